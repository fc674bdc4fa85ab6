/**
 * The worker's side: runs some work on an attempt that a host assigns, under a lease that it gives up in time.
 *
 * - W1. Nothing begins before the first heartbeat was accepted, nor after the lease is over by the worker's own clock,
 *   which begins when the last accepted heartbeat was sent.
 * - W2. An action is recorded as requested before it begins, and as completed when it has ended.
 * - W3. What the worker before left open is recorded as interrupted first, and given to the work.
 * - W4. It ends when it is told to, when its work has ended, and when its host is gone.
 *
 * @module
 */
import { HostMessage, type Assignment, isLossOfLease, type WorkerMessage } from "../../core/worker.ts";
import type { Json, RunDefinition } from "../../core/checkpoint.ts";
import { HomeostatError, toFailure } from "../../core/errors.ts";
import { MessageReader } from "../process/message-reader.ts";
import { HeldLease } from "./child/held-lease.ts";
import { RunContext, type WorkContext } from "./child/run-context.ts";
import { encodeMessage } from "./protocol.ts";

export type { WorkContext } from "./child/run-context.ts";

/** Resolves with the result; rejects when the attempt failed. */
export type Work<State> = (context: WorkContext<State>) => Promise<Json>;

/** From being told to stop to ending without having stopped. */
const stopMs = 1_000;

/** Makes this process a worker: to be called once, at its start. It owns stdin, stdout and the exit of the process. */
export function runWorker<State>(definition: RunDefinition<State>, work: Work<State>): void {
  const abort = new AbortController();
  const reader = new MessageReader(Infinity);
  let lease: HeldLease | null = null;

  process.stdin.on("data", (chunk: Buffer) => {
    for (const { method, params } of reader.read(chunk).messages) {
      hear(HostMessage.parse({ ...(params as object), type: method }));
    }
  });
  // W4. Whoever could renew the lease is gone.
  process.stdin.on("end", () => stop("its host is gone"));
  process.stdin.on("error", () => stop("its host is gone"));
  process.stdout.on("error", () => stop("its host is gone"));
  say({ type: "worker.ready" });

  function hear(message: HostMessage): void {
    if (message.type === "lease.renewed") return lease?.renewed(message.version);
    if (message.type === "attempt.stop") return stop(message.reason);
    if (lease !== null) throw new HomeostatError("invalid_state", "a worker works on one attempt");
    lease = new HeldLease(message, say);
    void attempt(message, lease);
  }

  function stop(reason: string): void {
    abort.abort(new HomeostatError("aborted", `the worker was stopped: ${reason}`));
    if (lease === null) process.exit(0);
    setTimeout(() => process.exit(1), stopMs);
  }

  async function attempt(assignment: Assignment, held: HeldLease): Promise<void> {
    const { epoch } = assignment.lease;
    try {
      await held.granted(abort.signal);
      const context = new RunContext(definition, assignment, { lease: held, signal: abort.signal, say });
      const result = await work(context);
      held.assert();
      end({ type: "worker.completed", epoch, result }, 0);
    } catch (error) {
      const { code, message } = toFailure(error);
      end({ type: "worker.failed", epoch, code, message }, isLossOfLease(code) ? 2 : 1);
    }
  }
}

function say(message: WorkerMessage): void {
  process.stdout.write(encodeMessage(message));
}

/** Exits when the host has been told. */
function end(message: WorkerMessage, code: number): void {
  process.stdout.write(encodeMessage(message), () => process.exit(code));
}
