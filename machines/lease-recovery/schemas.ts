/** Input, context, events, reports and actors' shapes of the lease-recovery chart. */
import * as z from "zod";
import { ErrorCode } from "../../src/core/errors.ts";
import type { EventOf } from "../../src/core/events.ts";
import { Epoch, Lease, LeaseClaim, LeasePolicy, LeaseRefusal } from "../../src/core/lease.ts";
import { MonotonicMs } from "../../src/core/time.ts";

export type {
  RecoveryStepInput,
  ReloadedCheckpoint,
  ReplayedRun,
  ReplayInput,
} from "../../src/core/checkpoint.ts";

/** The attempt, and the lease that a worker holds on it when the chart begins to watch. */
export const LeaseRecoveryInput = z.object({
  attemptId: z.string().default(""),
  runId: z.string().default(""),
  leaseId: z.string().default(""),
  workerId: z.string().default(""),
  epoch: Epoch.default(1),
  /** When the lease was granted. */
  at: MonotonicMs.default(0),
  policy: LeasePolicy.prefault({}),
});
export type LeaseRecoveryInput = z.input<typeof LeaseRecoveryInput>;

/** Why a recovery failed, or an attempt became a dead letter. */
export const RecoveryCause = z.object({
  step: z.enum(["leaseExpired", "checkpointReload", "replay", "execution"]),
  kind: z.enum([
    /** the step was refused or threw */
    "failed",
    /** no answer by its deadline */
    "timedOut",
    /** the lease was lost once more than there are recoveries */
    "exhausted",
  ]),
  code: ErrorCode.nullable(),
  message: z.string(),
});
export type RecoveryCause = z.infer<typeof RecoveryCause>;

export const LeaseRecoveryContext = z.object({
  attemptId: z.string(),
  runId: z.string(),
  policy: LeasePolicy,
  /** The fencing token: that of the lease, or the one that the next lease is granted under. */
  epoch: Epoch,
  /** `null` while nobody may work on the attempt. */
  lease: Lease.nullable(),
  /** Recoveries begun since the attempt began or was redriven. */
  recoveries: z.int().nonnegative(),
  /** Of the checkpoint that was reloaded; `null`: there is none, replay starts at the beginning. */
  checkpointSeq: z.int().nonnegative().nullable(),
  /** Why the last recovery, or the attempt, failed. */
  cause: RecoveryCause.nullable(),
  /** The instant of the last event that was accepted and told one. */
  at: MonotonicMs,
  /** When the current state ends by itself. */
  deadline: MonotonicMs.nullable(),
});
export type LeaseRecoveryContext = z.output<typeof LeaseRecoveryContext>;

const at = { at: MonotonicMs };
export const leaseRecoveryEvents = {
  /** The owner says that it is alive; `version` is the one it saw last. */
  "heartbeat.received": LeaseClaim.extend({ ...at, version: z.int().positive() }),
  /** The owner says how its work ended. */
  "attempt.acknowledged": LeaseClaim.extend({
    ...at,
    outcome: z.enum(["completed", "failed"]),
    message: z.string().default(""),
  }),
  /** The lease of this epoch was found expired elsewhere, or its worker is gone. */
  "lease.expired": z.object({ ...at, epoch: Epoch }),
  /** A worker asks for the attempt. */
  "attempt.claimed": z.object({ ...at, leaseId: z.string(), workerId: z.string() }),
  "attempt.cancelled": z.object(at),
  /** A person sends a dead letter on its way again, with all its recoveries. */
  "attempt.redriven": z.object(at),
};
export type LeaseRecoveryEvent = EventOf<typeof leaseRecoveryEvents>;

const named = { attemptId: z.string(), at: MonotonicMs };
const recovery = { ...named, runId: z.string(), epoch: Epoch, recovery: z.int().positive() };
/** What the chart tells its parent and emits. */
export const leaseRecoveryReports = {
  "lease.issued": z.object({
    ...named,
    leaseId: z.string(),
    workerId: z.string(),
    epoch: Epoch,
    expiresAt: MonotonicMs,
  }),
  "lease.renewed": z.object({ ...named, epoch: Epoch, version: z.int(), expiresAt: MonotonicMs }),
  "claim.refused": LeaseRefusal.extend(named),
  "recovery.started": z.object(recovery),
  /** The attempt may be dispatched. */
  "recovery.succeeded": z.object(recovery),
  "recovery.failed": z.object({ ...recovery, cause: RecoveryCause }),
  "recovery.cancelled": z.object(recovery),
  "attempt.deadLettered": z.object({
    ...named,
    runId: z.string(),
    recoveries: z.int(),
    cause: RecoveryCause,
  }),
  "attempt.ended": z.object({ ...named, outcome: z.enum(["completed", "cancelled"]) }),
};
export type LeaseRecoveryReport = EventOf<typeof leaseRecoveryReports>;
