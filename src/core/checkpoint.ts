/**
 * Checkpoints of a run: what its worker records while it works, and how another one finds its way back from that.
 *
 * The events are the truth, a snapshot of the state only spares their replay. An action is recorded twice: `requested`
 * before it has any effect, then how it ended. So whatever is open at the end of the events may have had its effect.
 *
 * @see oris `crates/oris-kernel`: event log, snapshots, replay
 * @module
 */
import * as z from "zod";
import { Epoch } from "./lease.ts";

export const Json = z.json();
export type Json = z.infer<typeof Json>;

const actionId = z.string().min(1);
export const RunEvent = z.discriminatedUnion("kind", [
  /** An action is about to have its effect. */
  z.object({ kind: z.literal("requested"), actionId, data: Json }),
  /** It had it. */
  z.object({ kind: z.literal("completed"), actionId, data: Json }),
  /** Its worker was gone before it said how it ended; said by the next one. */
  z.object({ kind: z.literal("interrupted"), actionId }),
  /** Anything else that the state depends on. */
  z.object({ kind: z.literal("recorded"), data: Json }),
]);
export type RunEvent = z.infer<typeof RunEvent>;

export const RecordedEvent = z.object({
  /** From 1, without gaps. */
  seq: z.int().positive(),
  /** Of the lease that it was recorded under. */
  epoch: Epoch,
  /** SHA-256 of the state that it led to; `null`: not recorded. */
  stateHash: z.string().nullable(),
  event: RunEvent,
});
export type RecordedEvent = z.infer<typeof RecordedEvent>;

/** What a kind of run consists of. Its state is JSON. */
export interface RunDefinition<State> {
  readonly initial: State;
  /** Pure: equal arguments give an equal state, and are not changed. Executes nothing. */
  readonly reduce: (state: State, event: RunEvent) => State;
  /** What the state of a snapshot has to fit. */
  readonly state: z.ZodType<State>;
}

/** An action whose end is not recorded. */
export const OpenAction = z.object({ actionId, data: Json, epoch: Epoch });
export type OpenAction = z.infer<typeof OpenAction>;

/**
 * The open actions after `event`; `null` when it may not come next: an action is open once at a time, and has one end.
 */
export function openActions(
  open: readonly OpenAction[],
  event: RunEvent,
  epoch: number,
): readonly OpenAction[] | null {
  if (event.kind === "recorded") return open;
  const isOpen = open.some(({ actionId: id }) => id === event.actionId);
  if (event.kind === "requested") {
    return isOpen ? null : [...open, { actionId: event.actionId, data: event.data, epoch }];
  }
  return isOpen ? open.filter(({ actionId: id }) => id !== event.actionId) : null;
}

/** Where a worker goes on. */
export const ResumePoint = z.object({
  /** Of the lease that it goes on under. */
  epoch: Epoch,
  /** Of the last event; 0: there is none. */
  seq: z.int().nonnegative(),
  state: Json,
  /** What the worker before had under way: nobody knows whether it had its effect. */
  inFlight: z.array(OpenAction),
});
export type ResumePoint = z.infer<typeof ResumePoint>;

/** What both steps of a recovery are told: the attempt, and the epoch that every write of theirs has to carry. */
export interface RecoveryStepInput {
  readonly attemptId: string;
  readonly runId: string;
  readonly epoch: number;
}

export interface ReplayInput extends RecoveryStepInput {
  readonly checkpointSeq: number | null;
}

export interface ReloadedCheckpoint {
  /** Sequence number of the last event in the checkpoint; `null`: there is no checkpoint. */
  readonly seq: number | null;
  /** When it was done, in monotonic milliseconds. */
  readonly at: number;
}

export interface ReplayedRun {
  /** When it was done, in monotonic milliseconds. */
  readonly at: number;
}

/** Fences off every lower epoch, then loads the run's last checkpoint. */
export type ReloadCheckpoint = (input: RecoveryStepInput, signal: AbortSignal) => Promise<ReloadedCheckpoint>;

/** Replays what was recorded after the checkpoint; executes nothing. */
export type ReplayRun = (
  input: ReplayInput,
  signal: AbortSignal,
) => Promise<ReplayedRun & { readonly resume: ResumePoint }>;
