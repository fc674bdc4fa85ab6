/**
 * A host on this machine: a directory with the state of its agents, and their servers as child processes.
 *
 * - L1. It serves an agent only while the agent's owner file names it.
 * - L2. It starts no agent that stands still because a migration has begun.
 * - L3. At most one process of an agent runs on it.
 *
 * @module
 */
import { mkdirSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import * as z from "zod";
import { HomeostatError } from "../../core/errors.ts";
import type { TargetCapabilities } from "../../core/migration.ts";
import type { OpenServer, ServerSession } from "../../core/ports.ts";
import { type ServerExit, ServerSpec } from "../../core/server.ts";
import { openMcpServer } from "../mcp/open-mcp-server.ts";
import type { RunDirectory } from "../process/run-directory.ts";
import { measure } from "./capabilities.ts";
import { hostError } from "./failures.ts";
import { nameOf } from "./files.ts";
import { GatedSession } from "./gated-session.ts";
import { holdingFolder } from "./migration-folder.ts";
import { type AgentPlace, type LocalAgent, requireFileName } from "./local-agent.ts";
import { claim, readOwner } from "./owner-file.ts";
import { Turns } from "./turns.ts";
import { untilAborted } from "./until-aborted.ts";

export interface LocalHostOptions {
  /** Unique among the hosts. */
  readonly name: string;
  /** Made if need be when the host is opened, and never later: a disk that is gone must not be mistaken for an empty one. */
  readonly directory: string;
  /** Remembers the processes, so that the next run can end what a killed one left behind. */
  readonly runDirectory?: RunDirectory;
  /** Default: {@link openMcpServer}. */
  readonly openServer?: OpenServer;
  /** What it offers to agents; default: this machine's architecture, free memory and disk, any version. */
  readonly capabilities?: Partial<TargetCapabilities>;
}

/** @throws {HomeostatError} `host_unreachable` when the directory cannot be made. */
export function openLocalHost(options: LocalHostOptions): LocalHost {
  const directory = resolve(options.directory);
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    throw hostError(error, options.name, "made its directory");
  }
  const { name, runDirectory, openServer = openMcpServer({ runDirectory }), capabilities = {} } = options;
  return new LocalHost({ name, directory, openServer, capabilities });
}

/** What a host has of one agent. */
interface Slot {
  readonly turns: Turns;
  incarnation: number;
  session: GatedSession | null;
}

const never = new AbortController().signal;

export class LocalHost {
  readonly name: string;
  /** Absolute. */
  readonly directory: string;
  readonly openServer: OpenServer;
  readonly #capabilities: Partial<TargetCapabilities>;
  readonly #slots = new Map<string, Slot>();

  constructor({
    name,
    directory,
    openServer,
    capabilities,
  }: Required<Pick<LocalHostOptions, "name" | "directory" | "openServer" | "capabilities">>) {
    this.name = name;
    this.directory = directory;
    this.openServer = openServer;
    this.#capabilities = capabilities;
  }

  /** @throws {HomeostatError} `config_invalid` when `stateFile` is not the name of a file in the agent's folder. */
  placeOf({ id, stateFile }: Pick<LocalAgent, "id" | "stateFile">): AgentPlace {
    requireFileName(id, stateFile);
    const directory = join(this.directory, nameOf("agent", id));
    return { host: this.name, directory, stateFile: join(directory, stateFile) };
  }

  /**
   * Starts the agent here and serves it. The first host that does so owns it; later only its owner may.
   *
   * @throws {HomeostatError} `invalid_state` when another host owns it or a migration holds it; otherwise as {@link prepare}.
   */
  async start(agent: LocalAgent, signal: AbortSignal = never): Promise<ServerSession> {
    const slot = this.#slotOf(agent);
    return slot.turns.take(async () => {
      this.#refuseHeld(agent);
      this.#refuseForeign(agent, claim(agent, this.name).owner);
      await this.#ready(agent, slot, signal);
      // A migration that has begun meanwhile ends the process in its turn, which is the next one.
      this.#refuseHeld(agent);
      return this.serve(agent);
    });
  }

  /** Ends its process in good order, if there is one; resolves when nothing of it is left. */
  stop(agent: Pick<LocalAgent, "id">): Promise<ServerExit | null> {
    const slot = this.#slotOf(agent);
    void slot.session?.closeGate();
    return slot.turns.take(async () => {
      const { session } = slot;
      if (session === null) return null;
      void session.closeGate();
      const exit = await session.close();
      if (slot.session === session) slot.session = null;
      return exit;
    });
  }

  /** The session by which the agent is served here; `null`: it is not. What was handed out before takes no more calls. */
  session(agent: Pick<LocalAgent, "id">): ServerSession | null {
    const session = this.#slotOf(agent).session;
    return session?.isOpen === true ? session : null;
  }

  /** The session of the agent's process, whether it is served or not; calls on it pass the gate by. */
  running(agent: Pick<LocalAgent, "id">): ServerSession | null {
    return this.#slotOf(agent).session?.inner ?? null;
  }

  /**
   * Starts its process without serving it, or finds that the one there is answers.
   *
   * @throws {HomeostatError} The code of a `StartError` when it does not start; `host_unreachable` and its like when the
   *   agent's folder cannot be made. Nothing is left then.
   */
  prepare(agent: LocalAgent, signal: AbortSignal): Promise<ServerSession> {
    const slot = this.#slotOf(agent);
    return slot.turns.take(() => this.#ready(agent, slot, signal));
  }

  /**
   * Serves the agent by the process that was prepared. In one turn of the event loop.
   *
   * @throws {HomeostatError} `invalid_state` when another host owns it, or its process is gone.
   */
  serve(agent: LocalAgent): ServerSession {
    this.#refuseForeign(agent, readOwner(agent)?.owner ?? "nobody");
    const { session } = this.#slotOf(agent);
    if (session === null) {
      const message = `agent "${agent.id}" has no process on host "${this.name}"; start it again`;
      throw new HomeostatError("invalid_state", message, { host: this.name, agent: agent.id });
    }
    session.openGate();
    return session;
  }

  /** Takes no more calls; resolves when none is under way, or `signal` aborts. */
  async withdraw(agent: Pick<LocalAgent, "id">, signal: AbortSignal): Promise<void> {
    const { session } = this.#slotOf(agent);
    if (session !== null) await untilAborted(session.closeGate(), signal);
  }

  /** @throws {HomeostatError} `host_unreachable` when the directory is gone or may not be written. */
  async capabilities(): Promise<TargetCapabilities> {
    try {
      return { ...(await measure(this.directory)), ...this.#capabilities };
    } catch (error) {
      throw hostError(error, this.name, "said what it can take");
    }
  }

  /** The agent's folder, in a directory that exists. */
  async makeFolder(agent: LocalAgent): Promise<void> {
    await mkdir(this.placeOf(agent).directory).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw hostError(error, this.name, "made the agent's folder");
    });
  }

  /** Ends every process of it. */
  async close(): Promise<void> {
    await Promise.all([...this.#slots.keys()].map((id) => this.stop({ id })));
  }

  async #ready(agent: LocalAgent, slot: Slot, signal: AbortSignal): Promise<ServerSession> {
    const spec = this.#specOf(agent);
    const known = slot.session;
    if (known !== null) {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(spec.probe.timeoutMs)]);
      if (await answers(known, limit)) return known.inner;
      await known.close();
    }
    await this.makeFolder(agent);
    const session = new GatedSession(await this.#open(agent, spec, slot, signal));
    slot.session = session;
    void session.exited.then(() => {
      void session.closeGate();
      if (slot.session === session) slot.session = null;
    });
    return session.inner;
  }

  async #open(agent: LocalAgent, spec: ServerSpec, slot: Slot, signal: AbortSignal): Promise<ServerSession> {
    slot.incarnation += 1;
    const { incarnation } = slot;
    const input = { plugin: this.name, server: agent.id, incarnation, spec };
    return this.openServer({ ...input, onPhase: () => {} }, signal).catch((error: unknown) => {
      throw hostError(error, this.name, `started agent "${agent.id}"`);
    });
  }

  #specOf(agent: LocalAgent): ServerSpec {
    const place = this.placeOf(agent);
    const { data, error } = ServerSpec.safeParse({ cwd: place.directory, ...agent.server(place) });
    if (data !== undefined) return data;
    const message = `the server of agent "${agent.id}" is not described as it should be: ${z.prettifyError(error)}; mend "server"`;
    throw new HomeostatError("config_invalid", message, { host: this.name, agent: agent.id });
  }

  #slotOf({ id }: Pick<LocalAgent, "id">): Slot {
    const slot = this.#slots.get(id) ?? { turns: new Turns(), incarnation: 0, session: null };
    this.#slots.set(id, slot);
    return slot;
  }

  /** L1. */
  #refuseForeign({ id }: LocalAgent, owner: string): void {
    if (owner === this.name) return;
    const message = `agent "${id}" belongs to "${owner}", not to host "${this.name}"; start it there, or migrate it`;
    throw new HomeostatError("invalid_state", message, { host: this.name, agent: id, owner });
  }

  /** L2. */
  #refuseHeld(agent: LocalAgent): void {
    const held = holdingFolder(this.placeOf(agent));
    if (held === null) return;
    const message = `agent "${agent.id}" stands still on host "${this.name}": a migration has begun (${held}); let it end, or roll it back`;
    throw new HomeostatError("invalid_state", message, { host: this.name, agent: agent.id });
  }
}

const answers = async (session: ServerSession, signal: AbortSignal): Promise<boolean> => {
  const [{ status }] = await Promise.allSettled([session.probe(signal)]);
  return status === "fulfilled";
};
