import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import { Client } from "@modelcontextprotocol/client";
import * as z from "zod";
import type { OpenServer, OpenServerInput, Resource, ServerSession, StartPhase } from "../../core/ports.ts";
import type { ServerExit } from "../../core/server.ts";
import { StartError } from "../../core/start-error.ts";
import { childEnvironment, type Environment, redact, secretsOf } from "../process/environment.ts";
import { type OwnedProcess, startProcess } from "../process/owned-process.ts";
import type { RunDirectory } from "../process/run-directory.ts";
import { WriteError } from "../process/write-error.ts";
import { type Discovered, discoverResources, noTimeout } from "./discovery.ts";
import { McpSession, verifyByTools } from "./session.ts";
import { explainStartFailure, offeredVersions } from "./start-failure.ts";
import { ToolChanges } from "./tool-changes.ts";
import { ProcessTransport } from "./transport.ts";

export interface McpServerOptions {
  /** Remembers the processes, so that the next host can end what a killed one left behind. */
  readonly runDirectory?: Pick<RunDirectory, "runId" | "recordProcess" | "forgetProcess">;
  /** How the client introduces itself; default: homeostat and its version. */
  readonly clientInfo?: { readonly name: string; readonly version: string };
  /** Of one message from a server; default: 10 000 000. */
  readonly maxMessageBytes?: number;
  /** The host's environment, of which servers get a few variables; default: `process.env`. */
  readonly env?: Environment;
}

/** A process that failed to start gets a short ladder: the next attempt waits for it. */
const failedStartStop = { eofMs: 100, termMs: 200 };

/** Opens MCP servers as child processes that speak over stdin and stdout. */
export function openMcpServer(options: McpServerOptions = {}): OpenServer {
  const settings = {
    runId: options.runDirectory?.runId ?? randomUUID(),
    clientInfo: options.clientInfo ?? ownInfo(),
    maxMessageBytes: options.maxMessageBytes ?? 10_000_000,
    hostEnv: options.env ?? process.env,
    runDirectory: options.runDirectory ?? null,
  };
  return (input, signal) => new Start(input, signal, settings).run();
}

interface Settings {
  readonly runId: string;
  readonly clientInfo: { readonly name: string; readonly version: string };
  readonly maxMessageBytes: number;
  readonly hostEnv: Environment;
  readonly runDirectory: NonNullable<McpServerOptions["runDirectory"]> | null;
}

interface Connected {
  readonly client: Client;
  readonly changes: ToolChanges;
}

/** One start of one server, with one deadline over all of its phases. */
class Start {
  readonly #input: OpenServerInput;
  readonly #settings: Settings;
  readonly #aborted: AbortSignal;
  readonly #deadline = new AbortController();
  readonly #bound: AbortSignal;
  readonly #secrets: readonly string[];
  readonly #env: Readonly<Record<string, string>>;
  #phase: StartPhase = "spawn_connect";
  #process: OwnedProcess | null = null;
  #transport: ProcessTransport | null = null;
  #exit: ServerExit | null = null;
  #answeredVersion: string | null = null;

  constructor(input: OpenServerInput, signal: AbortSignal, settings: Settings) {
    this.#input = input;
    this.#settings = settings;
    this.#aborted = signal;
    this.#bound = AbortSignal.any([signal, this.#deadline.signal]);
    this.#secrets = secretsOf(input.spec.env);
    this.#env = childEnvironment(settings.hostEnv, input.spec.env, settings.runId);
  }

  async run(): Promise<ServerSession> {
    const timer = setTimeout(() => this.#deadline.abort(), this.#input.spec.start.handshakeMs);
    try {
      return await this.#open();
    } catch (error) {
      throw await this.#fail(error);
    } finally {
      clearTimeout(timer);
    }
  }

  async #open(): Promise<ServerSession> {
    this.#bound.throwIfAborted();
    this.#enter("spawn_connect");
    const owned = await this.#spawn();
    this.#enter("initialize_handshake");
    const { client, changes } = await this.#connect(owned);
    this.#enter("tool_discovery");
    const tools = await this.#inTime(verifyByTools(client, this.#bound));
    const resources = await this.#discoverResources(client);
    // Whatever happened meanwhile: a session is that of a process that runs.
    this.#aborted.throwIfAborted();
    if (!owned.isOpen) throw new WriteError(false);
    this.#enter("ready");
    const { name, version } = client.getServerVersion() ?? {};
    const { stop } = this.#input.spec;
    return new McpSession(
      {
        info: name === undefined || version === undefined ? null : { name, version },
        tools: tools.items,
        resources: resources.items,
        partial: tools.partial || resources.partial,
      },
      { client, process: owned, changes, stop, redact: (text) => redact(text, this.#secrets) },
    );
  }

  async #spawn(): Promise<OwnedProcess> {
    const { command, args, cwd } = this.#input.spec;
    const owned = await startProcess({
      command,
      args,
      cwd,
      env: this.#env,
      secrets: this.#secrets,
      maxMessageBytes: this.#settings.maxMessageBytes,
      onMessage: (message) => this.#transport?.deliver(message),
    });
    this.#own(owned);
    return owned;
  }

  /** Most servers speak a version that starts with `initialize`; one that does not says so, and is asked again. */
  async #connect(owned: OwnedProcess): Promise<Connected> {
    try {
      return await this.#handshake(owned, "legacy");
    } catch (error) {
      const pin = offeredVersions(error)?.toSorted().at(-1);
      if (pin === undefined) throw error;
      return this.#handshake(owned, { pin });
    }
  }

  async #handshake(owned: OwnedProcess, mode: "legacy" | { readonly pin: string }): Promise<Connected> {
    const client = new Client(this.#settings.clientInfo, { versionNegotiation: { mode } });
    const changes = new ToolChanges(client);
    const transport = new ProcessTransport(owned);
    this.#transport = transport;
    // Set before `connect`, which chains it: the version is not in the error that the client throws.
    transport.onmessage = (message) => {
      this.#answeredVersion ??= Answer.safeParse(message).data?.result.protocolVersion ?? null;
    };
    await this.#inTime(client.connect(transport, { signal: this.#bound, timeout: noTimeout }));
    void owned.exited.then(() => changes.stop());
    await this.#inTime(changes.listen(this.#bound));
    return { client, changes };
  }

  #own(started: OwnedProcess): void {
    const { runDirectory } = this.#settings;
    this.#process = started;
    runDirectory?.recordProcess(started.pid);
    void started.exited.then((exit) => (this.#exit = exit));
    void started.gone().then((isGone) => {
      if (isGone) runDirectory?.forgetProcess(started.pid);
    });
  }

  /** A server without its list of resources is of use all the same. */
  async #discoverResources(client: Client): Promise<Discovered<Resource>> {
    if (client.getServerCapabilities()?.resources === undefined) return { items: [], partial: false };
    this.#enter("resource_discovery");
    try {
      return await this.#inTime(discoverResources(client, this.#bound));
    } catch {
      return { items: [], partial: true };
    }
  }

  #enter(phase: StartPhase): void {
    this.#phase = phase;
    this.#input.onPhase(phase);
  }

  /** The client does not watch the signal everywhere: a message that a stopped process does not take waits for ever. */
  async #inTime<T>(work: Promise<T>): Promise<T> {
    const late = Promise.withResolvers<never>();
    const onAbort = (): void => late.reject(this.#bound.reason);
    if (this.#bound.aborted) onAbort();
    this.#bound.addEventListener("abort", onAbort, { once: true });
    work.catch(() => {});
    try {
      return await Promise.race([work, late.promise]);
    } finally {
      this.#bound.removeEventListener("abort", onAbort);
    }
  }

  /** Ends what was started until nothing of it is left, and says why there is no session. */
  async #fail(error: unknown): Promise<StartError> {
    const owned = this.#process;
    // It takes no more messages: its end is near, and says more than the failed message.
    if (owned !== null && error instanceof WriteError) await owned.exited;
    const ownExit = this.#exit;
    const exit = owned === null ? null : await owned.close(failedStartStop);
    const failure = explainStartFailure({
      error,
      server: this.#input.server,
      attempt: { command: this.#input.spec.command, cwd: this.#input.spec.cwd, env: this.#env },
      phase: this.#phase,
      handshakeMs: this.#input.spec.start.handshakeMs,
      isAborted: this.#aborted.aborted,
      isLate: this.#deadline.signal.aborted,
      answeredVersion: this.#answeredVersion,
      endedByItself: ownExit !== null,
      exit,
    });
    return new StartError({ ...failure, message: redact(failure.message, this.#secrets) }, error);
  }
}

const Answer = z.object({ result: z.object({ protocolVersion: z.string() }) });

function ownInfo(): { name: string; version: string } {
  const manifest: unknown = createRequire(import.meta.url)("homeostat/package.json");
  return z.object({ name: z.string(), version: z.string() }).parse(manifest);
}
