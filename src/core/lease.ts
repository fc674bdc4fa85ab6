/**
 * Leases: who may work on an attempt, for how long, and what a crash of that worker leads to. Pure decisions; the chart is
 * `machines/lease-recovery.ts`.
 *
 * The epoch is the fencing token: it grows with every recovery of the attempt, and every heartbeat, acknowledgement and
 * effect names the one it was granted under.
 *
 * @see oris `crates/oris-execution-runtime`: lease, repository and recovery
 * @module
 */
import * as z from "zod";
import { DurationMs, MonotonicMs } from "./time.ts";

/** The steps from a lost lease to a worker again, in the only order there is. */
export const RecoveryPipelineStep = z.enum([
  "leaseExpired",
  "checkpointReload",
  "replay",
  "readyForDispatch",
]);
export type RecoveryPipelineStep = z.infer<typeof RecoveryPipelineStep>;
export const recoveryPipeline: readonly RecoveryPipelineStep[] = RecoveryPipelineStep.options;

/** The step after `step`, the first one after `null`; `null` after the last. */
export function nextPipelineStep(step: RecoveryPipelineStep | null): RecoveryPipelineStep | null {
  return recoveryPipeline[step === null ? 0 : recoveryPipeline.indexOf(step) + 1] ?? null;
}

/** Whether `steps` begin the pipeline: none skipped, repeated, swapped or added. */
export function isPipelinePrefix(steps: readonly string[]): boolean {
  return steps.every((step, index) => step === recoveryPipeline[index]);
}

export const LeasePolicy = z.object({
  /** From a grant or heartbeat to the end of the lease. @see oris `LeaseConfig` */
  ttlMs: DurationMs.default(30_000),
  /** After its end the owner must stop, and for so long nobody else may start. @see oris `LeaseConfig.heartbeat_grace` */
  graceMs: z.int().nonnegative().default(5_000),
  /** Recoveries of one attempt; one more is a dead letter. `null`: no bound, as in the reference. */
  recoveries: z.int().nonnegative().nullable().default(3),
  /** Between a recovery that failed and the next. */
  retryBackoffMs: DurationMs.default(1_000),
  /** How long the checkpoint may take to reload. */
  reloadMs: DurationMs.default(30_000),
  /** How long the replay may take. */
  replayMs: DurationMs.default(60_000),
});
export type LeasePolicy = z.output<typeof LeasePolicy>;

/** The reference: leases of 30 s with 5 s of grace, recovered as often as they expire. */
export const referenceLeasePolicy: LeasePolicy = LeasePolicy.parse({ recoveries: null });

export const Epoch = z.int().positive();

export const Lease = z.object({
  leaseId: z.string(),
  attemptId: z.string(),
  workerId: z.string(),
  epoch: Epoch,
  /** Grows with every heartbeat, which has to name the one it saw. */
  version: z.int().positive(),
  expiresAt: MonotonicMs,
  heartbeatAt: MonotonicMs,
});
export type Lease = z.output<typeof Lease>;

/** Who says that it holds a lease. */
export const LeaseClaim = z.object({ workerId: z.string(), epoch: Epoch });
export type LeaseClaim = z.output<typeof LeaseClaim>;

export const LeaseRefusal = z.object({
  reason: z.enum([
    /** there is no lease */
    "notHeld",
    /** the epoch is not that of the lease: a recovery has begun since */
    "staleEpoch",
    /** another worker holds it */
    "notOwner",
    /** somebody else's heartbeat was faster */
    "versionConflict",
    /** the lease is over */
    "expired",
    /** it is held already */
    "alreadyLeased",
    /** it is being recovered, is a dead letter, or has ended */
    "notDispatchable",
  ]),
  message: z.string(),
});
export type LeaseRefusal = z.output<typeof LeaseRefusal>;

export function grantLease(
  { leaseId, attemptId, workerId, epoch }: Pick<Lease, "leaseId" | "attemptId" | "workerId" | "epoch">,
  at: number,
  { ttlMs }: LeasePolicy,
): Lease {
  return { leaseId, attemptId, workerId, epoch, version: 1, expiresAt: at + ttlMs, heartbeatAt: at };
}

/** Whether the owner must have stopped at `at`. */
export function isLeaseExpired({ expiresAt }: Lease, at: number): boolean {
  return at >= expiresAt;
}

/** Whether the attempt may be taken from its owner at `at`: strictly after the grace. */
export function isRequeueDue({ expiresAt }: Lease, at: number, { graceMs }: LeasePolicy): boolean {
  return expiresAt < at - graceMs;
}

/** The first whole millisecond at which {@link isRequeueDue} holds. */
export function requeueDueAt({ expiresAt }: Lease, { graceMs }: LeasePolicy): number {
  return Math.floor(expiresAt + graceMs) + 1;
}

/** The leases to recover at `at`, in order, each with all that a recovery has to know. */
export function requeueDue(leases: readonly Lease[], at: number, policy: LeasePolicy): Lease[] {
  return leases.filter((lease) => isRequeueDue(lease, at, policy));
}

const notHeld: LeaseRefusal = { reason: "notHeld", message: "no worker holds a lease on this attempt" };

/** Why nobody may act on `lease` under `claim`, whatever the time; `null` when it is the owner's. */
function fence(lease: Lease, { workerId, epoch }: LeaseClaim): LeaseRefusal | null {
  if (epoch !== lease.epoch) {
    const message = `stale epoch ${epoch} for lease: ${lease.leaseId} (current epoch ${lease.epoch})`;
    return { reason: "staleEpoch", message };
  }
  if (workerId === lease.workerId) return null;
  return {
    reason: "notOwner",
    message: `lease ${lease.leaseId} is owned by another worker, not ${workerId}`,
  };
}

const expired = ({ leaseId, expiresAt }: Lease, at: number): LeaseRefusal => ({
  reason: "expired",
  message: `lease ${leaseId} expired at ${expiresAt} (now ${at})`,
});

/** Why `claim` must not execute, have an effect or acknowledge at `at`; `null` when it may. */
export function refuseExecution(lease: Lease | null, claim: LeaseClaim, at: number): LeaseRefusal | null {
  if (lease === null) return notHeld;
  return fence(lease, claim) ?? (isLeaseExpired(lease, at) ? expired(lease, at) : null);
}

export type HeartbeatOutcome =
  | { readonly kind: "renewed"; readonly lease: Lease }
  | { readonly kind: "refused"; readonly refusal: LeaseRefusal };

/** Extends a lease by compare-and-set on `version`; possible in the grace, when nobody else has it yet, not after. */
export function heartbeat(
  lease: Lease | null,
  claim: LeaseClaim & { readonly version: number },
  at: number,
  policy: LeasePolicy,
): HeartbeatOutcome {
  if (lease === null) return { kind: "refused", refusal: notHeld };
  const refusal = fence(lease, claim) ?? refuseRenewal(lease, claim.version, at, policy);
  if (refusal !== null) return { kind: "refused", refusal };
  const expiresAt = Math.max(lease.expiresAt, at + policy.ttlMs);
  const heartbeatAt = Math.max(lease.heartbeatAt, at);
  return { kind: "renewed", lease: { ...lease, version: lease.version + 1, heartbeatAt, expiresAt } };
}

function refuseRenewal(lease: Lease, version: number, at: number, policy: LeasePolicy): LeaseRefusal | null {
  if (version !== lease.version) {
    const message = `lease heartbeat version conflict for lease: ${lease.leaseId}`;
    return { reason: "versionConflict", message };
  }
  return isRequeueDue(lease, at, policy) ? expired(lease, at) : null;
}

/** Why nobody may lease the attempt: it is held (`lease`), or not dispatchable; `null` when it may be. */
export function refuseDispatch(
  lease: Lease | null,
  dispatchable: boolean,
  { attemptId, leaseId }: { readonly attemptId: string; readonly leaseId: string },
): LeaseRefusal | null {
  if (lease !== null) {
    return { reason: "alreadyLeased", message: `active lease already exists for attempt: ${attemptId}` };
  }
  if (dispatchable) return null;
  return { reason: "notDispatchable", message: `attempt is not dispatchable for lease: ${leaseId}` };
}
