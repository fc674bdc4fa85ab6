import type { AnyActorRef } from "xstate";
import * as z from "zod";
import type { ExitReason } from "../../core/supervision.ts";

/**
 * What a child says with its output when its end is not simply normal:
 *
 * - `shutdown`: it ended because it was told to, or in an orderly way; a transient child is not restarted.
 * - `ignore`, in its first step: there is nothing to run; its specification is kept, unless it is temporary.
 * - `terminateTree`: the supervisor shall end too, and its parents as far as they hand it on (`propagate`).
 */
export interface ChildExit {
  readonly type: "child.exit";
  readonly reason: "shutdown" | "ignore" | "terminateTree";
  readonly info: unknown;
}

/** An output for a child: see {@link ChildExit}. */
export const childExit = (reason: ChildExit["reason"], info: unknown = null): ChildExit => ({
  type: "child.exit",
  reason,
  info,
});

/** What a child sends its tree (`sendParent`) about itself; what another incarnation sent is ignored. */
export interface ChildReported {
  readonly type: "child.healthy" | "child.detached";
  readonly id: string;
  readonly sessionId: string;
}

/** It is ready, and well; see `ready` of its specification and `stabilityBy` of the policy. */
export const childHealthy = ({ id, sessionId }: AnyActorRef): ChildReported => ({
  type: "child.healthy",
  id,
  sessionId,
});

/** It leaves the tree and runs on by itself: nobody watches, restarts or stops it any more. */
export const childDetached = ({ id, sessionId }: AnyActorRef): ChildReported => ({
  type: "child.detached",
  id,
  sessionId,
});

/** An error as data. */
export const Cause = z.strictObject({
  name: z.string(),
  message: z.string(),
  code: z.string().nullable(),
  stack: z.string().nullable(),
  /** What it blames in turn, as far as that is an error. */
  get cause(): z.ZodNullable<typeof Cause> {
    return Cause.nullable();
  },
});
export type Cause = z.infer<typeof Cause>;

/** How an incarnation ended. `info` is what its output carried. */
export interface Ending {
  readonly reason: ExitReason;
  readonly directive: "ignore" | "terminateTree" | null;
  readonly cause: Cause | null;
  readonly error: unknown;
  readonly info: unknown;
}

export const asked: Ending = { reason: "shutdown", directive: null, cause: null, error: null, info: null };

/** How `ref` ended; `null` while it runs. */
export function endingOf(ref: AnyActorRef): Ending | null {
  const { status, output, error } = ref.getSnapshot() as { status: string; output: unknown; error: unknown };
  if (status === "active") return null;
  if (status === "error") return failed(error);
  if (status === "stopped") return asked;
  if (!isChildExit(output)) return { ...asked, reason: "normal", info: output ?? null };
  const { reason, info } = output;
  return { ...asked, directive: reason === "shutdown" ? null : reason, info };
}

export const failed = (error: unknown): Ending => ({
  reason: "abnormal",
  directive: null,
  cause: causeOf(error),
  error,
  info: null,
});

/** `cause` as it is remembered: ten thousand stacks would be more than all the rest. The record of the end has it. */
export function withoutStack(cause: Cause): Cause {
  return { ...cause, stack: null, cause: cause.cause && withoutStack(cause.cause) };
}

/** A failure that was stored while its child was being stopped for it. */
export function endingFrom({ cause, retryAfterMs }: StoredFailure): Ending {
  const error = Object.assign(new Error(cause.message), { name: cause.name, retryAfterMs });
  return { ...failed(error), cause };
}

interface StoredFailure {
  readonly cause: Cause;
  readonly retryAfterMs: number | null;
}

function isChildExit(output: unknown): output is ChildExit {
  return typeof output === "object" && output !== null && (output as ChildExit).type === "child.exit";
}

/** Errors that blame each other in a circle are cut off. */
const deepestCause = 8;

export function causeOf(error: unknown, depth = 0): Cause {
  if (!(error instanceof Error))
    return { name: "Error", message: String(error), code: null, stack: null, cause: null };
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  return {
    name: error.name,
    message: error.message,
    code: typeof code === "string" ? code : null,
    stack: error.stack ?? null,
    cause: cause instanceof Error && depth < deepestCause ? causeOf(cause, depth + 1) : null,
  };
}

/** Whether a failure says of itself that a retry cannot help. */
export const isUnrecoverable = (error: unknown): boolean =>
  typeof error === "object" &&
  error !== null &&
  (error as { unrecoverable?: unknown }).unrecoverable === true;

/** The wait that a failure asks for itself, as a server's `retry` does; null: none. */
export function retryAfterMsOf(error: unknown): number | null {
  if (typeof error !== "object" || error === null) return null;
  const { retryAfterMs } = error as { retryAfterMs?: unknown };
  const isWait = typeof retryAfterMs === "number" && Number.isFinite(retryAfterMs) && retryAfterMs >= 0;
  return isWait ? Math.ceil(retryAfterMs) : null;
}

/**
 * Stops what a crashed machine had invoked or spawned: XState leaves it running, out of reach.
 *
 * @see https://github.com/statelyai/xstate/issues/5153
 */
export function reap(ref: AnyActorRef): void {
  const { status, children } = ref.getSnapshot() as { status: string; children?: Record<string, unknown> };
  if (status !== "error" || children === undefined) return;
  for (const child of Object.values(children)) (child as { _stop?(): void } | undefined)?._stop?.();
}

/** The state a child was in last, where it has one. */
export function lastStateOf(ref: AnyActorRef): unknown {
  const { value } = ref.getSnapshot() as { value?: unknown };
  return value === undefined ? null : structuredClone(value);
}
