/**
 * A worker as an owned process that speaks JSON lines over stdin and stdout: each a JSON-RPC notification, whose method
 * is the `type` of a message and whose params are the rest of it.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import * as z from "zod";
import { HomeostatError } from "../../core/errors.ts";
import { describeExit, type ServerExit, StopPolicy } from "../../core/server.ts";
import { type Assignment, type HostMessage, WorkerMessage, type WorkerSession } from "../../core/worker.ts";
import { childEnvironment, type Environment, secretsOf } from "../process/environment.ts";
import type { RawMessage } from "../process/message-reader.ts";
import { type OwnedProcess, startProcess } from "../process/owned-process.ts";
import type { RunDirectory } from "../process/run-directory.ts";
import { explainSpawnError } from "../process/spawn-failure.ts";
import { encodeMessage } from "./protocol.ts";

export interface WorkerOptions {
  readonly command: string;
  readonly args?: readonly string[];
  /** Added to the few variables that every process gets. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: the host's. */
  readonly cwd?: string;
  /** The host's environment; default: `process.env`. */
  readonly hostEnv?: Environment;
  /** Remembers the process, so that the next host can end what a killed one left behind. */
  readonly runDirectory?: Pick<RunDirectory, "runId" | "recordProcess" | "forgetProcess">;
  /** From the spawn to `worker.ready`; default: 10 s. */
  readonly readyMs?: number;
  readonly stop?: StopPolicy;
  /** Of one message; default: 10 000 000. */
  readonly maxMessageBytes?: number;
  readonly onMessage?: (message: WorkerMessage) => void;
  /** Told why a message was refused that fits no schema; it changes nothing. */
  readonly onRefused?: (reason: string) => void;
}

const notReadyStop: StopPolicy = { eofMs: 100, termMs: 200 };

/**
 * Starts a worker and waits until it is ready for an attempt.
 *
 * @throws {HomeostatError} with the code of the failure to spawn it, `exited_in_handshake` or `handshake_timeout`; then
 *   nothing of it is left.
 */
export async function startWorker(options: WorkerOptions): Promise<WorkerSession> {
  const ready = Promise.withResolvers<void>();
  const owned = await spawn(options, (message) => {
    if (message.type === "worker.ready") ready.resolve();
    options.onMessage?.(message);
  });
  const readyMs = options.readyMs ?? 10_000;
  const timer = setTimeout(
    () =>
      ready.reject(
        new HomeostatError("handshake_timeout", `${options.command} was not ready in ${readyMs} ms`),
      ),
    readyMs,
  );
  void owned.exited.then((exit) => {
    const message = `${options.command} ${describeExit(exit)} before it was ready`;
    ready.reject(new HomeostatError("exited_in_handshake", message));
  });
  try {
    await ready.promise;
  } catch (error) {
    await owned.close(notReadyStop);
    await owned.gone();
    throw error;
  } finally {
    clearTimeout(timer);
  }
  return new WorkerProcess(owned, options.stop ?? StopPolicy.parse({}));
}

class WorkerProcess implements WorkerSession {
  readonly pid: number;
  readonly exited: Promise<ServerExit>;
  readonly #owned: OwnedProcess;
  readonly #stop: StopPolicy;

  constructor(owned: OwnedProcess, stop: StopPolicy) {
    this.#owned = owned;
    this.#stop = stop;
    this.pid = owned.pid;
    this.exited = owned.exited;
  }

  assign(assignment: Assignment): void {
    this.#send({ type: "attempt.start", ...assignment });
  }

  renew(version: number): void {
    this.#send({ type: "lease.renewed", version });
  }

  async stop(reason: string): Promise<ServerExit> {
    this.#send({ type: "attempt.stop", reason });
    const exit = await this.#owned.close(this.#stop);
    await this.#owned.gone();
    return exit;
  }

  #send(message: HostMessage): void {
    // What cannot be sent is followed by the end of the process, which says more.
    this.#owned.send(encodeMessage(message)).catch(() => {});
  }
}

async function spawn(
  {
    command,
    args = [],
    env = {},
    cwd = null,
    ...options
  }: Omit<WorkerOptions, "cwd"> & { cwd?: string | null },
  onMessage: (message: WorkerMessage) => void,
): Promise<OwnedProcess> {
  const { runDirectory } = options;
  const environment = childEnvironment(
    options.hostEnv ?? process.env,
    env,
    runDirectory?.runId ?? randomUUID(),
  );
  const started = startProcess({
    command,
    args,
    cwd,
    env: environment,
    secrets: secretsOf(env),
    maxMessageBytes: options.maxMessageBytes ?? 10_000_000,
    onMessage: (raw) => {
      const parsed = parseMessage(raw);
      if (parsed.success) onMessage(parsed.data);
      else options.onRefused?.(z.prettifyError(parsed.error));
    },
  });
  const owned = await started.catch((error: unknown) => {
    const { code, message } = explainSpawnError(error, { command, cwd, env: environment });
    throw new HomeostatError(code, message, {}, error);
  });
  runDirectory?.recordProcess(owned.pid);
  void owned.gone().then((isGone) => {
    if (isGone) runDirectory?.forgetProcess(owned.pid);
  });
  return owned;
}

function parseMessage({ method, params }: RawMessage): z.ZodSafeParseResult<WorkerMessage> {
  return WorkerMessage.safeParse({ ...(params as object), type: method });
}
