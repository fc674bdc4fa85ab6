/**
 * A worker as its host sees it: a process that works on one attempt under a lease.
 *
 * @module
 */
import * as z from "zod";
import { Json, OpenAction, ResumePoint } from "./checkpoint.ts";
import { ErrorCode } from "./errors.ts";
import { Epoch, Lease } from "./lease.ts";
import type { ServerExit } from "./server.ts";
import { DurationMs } from "./time.ts";

/** What a worker is to do. */
export const Assignment = z.object({
  runId: z.string(),
  lease: Lease,
  /** From a heartbeat that was accepted to the end of the lease. */
  ttlMs: DurationMs,
  /** The directory of the run's checkpoint; absolute. */
  directory: z.string(),
  /** What the replay led to; `null`: the worker finds out by itself. */
  resume: ResumePoint.nullable(),
});
export type Assignment = z.infer<typeof Assignment>;

const epoch = { epoch: Epoch };
/** What a worker says, by `type`. */
export const WorkerMessage = z.discriminatedUnion("type", [
  /** It runs, and can be assigned an attempt. */
  z.object({ type: z.literal("worker.ready") }),
  /** It is alive; `version` is the one of its lease that it saw last. */
  z.object({ type: z.literal("worker.heartbeat"), ...epoch, version: z.int().positive() }),
  /** It begins at event `seq`; what was in flight before has been recorded as interrupted. */
  z.object({
    type: z.literal("worker.resumed"),
    ...epoch,
    seq: z.int().nonnegative(),
    interrupted: z.array(OpenAction),
  }),
  z.object({ type: z.literal("worker.progressed"), ...epoch, data: Json }),
  /** A snapshot was written after event `seq`. */
  z.object({ type: z.literal("worker.checkpointed"), ...epoch, seq: z.int().nonnegative() }),
  z.object({ type: z.literal("worker.completed"), ...epoch, result: Json }),
  z.object({ type: z.literal("worker.failed"), ...epoch, code: ErrorCode, message: z.string() }),
]);
export type WorkerMessage = z.infer<typeof WorkerMessage>;

/** What a host says to a worker. */
export const HostMessage = z.discriminatedUnion("type", [
  Assignment.extend({ type: z.literal("attempt.start") }),
  /** A heartbeat was accepted. */
  z.object({ type: z.literal("lease.renewed"), version: z.int().positive() }),
  z.object({ type: z.literal("attempt.stop"), reason: z.string() }),
]);
export type HostMessage = z.infer<typeof HostMessage>;

/** The reasons for which a worker gives an attempt up that say nothing about the attempt. */
export const isLossOfLease = (code: ErrorCode): boolean =>
  code === "stale_epoch" || code === "lease_expired" || code === "aborted";

/** A worker's process, ready for an attempt. */
export interface WorkerSession {
  readonly pid: number;
  /** Settles once, however it ended, after its last message; never rejects. */
  readonly exited: Promise<ServerExit>;
  /** Hands it its attempt. A worker that takes no more messages has ended, or is about to. */
  assign(assignment: Assignment): void;
  /** Tells it that its heartbeat was accepted. */
  renew(version: number): void;
  /** Tells it to stop, then walks the ladder EOF → TERM → KILL; resolves when nothing of its group is left. */
  stop(reason: string): Promise<ServerExit>;
}

/** Starts a worker; rejects with a `HomeostatError` when it does not become ready, and then nothing of it is left. */
export type StartWorker = (onMessage: (message: WorkerMessage) => void) => Promise<WorkerSession>;
