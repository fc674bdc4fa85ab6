/** What the lease-recovery chart decides about its context and an event. */
import {
  grantLease,
  heartbeat,
  type Lease,
  type LeaseRefusal,
  refuseDispatch,
  refuseExecution,
  requeueDueAt,
} from "../../src/core/lease.ts";
import {
  type LeaseRecoveryContext,
  type LeaseRecoveryEvent,
  LeaseRecoveryInput,
  type RecoveryCause,
} from "./schemas.ts";

export type Heartbeat = Extract<LeaseRecoveryEvent, { type: "heartbeat.received" }>;

export function initialContext(input: LeaseRecoveryInput): LeaseRecoveryContext {
  const { attemptId, runId, leaseId, workerId, epoch, at, policy } = LeaseRecoveryInput.parse(input);
  const rest = { recoveries: 0, checkpointSeq: null, cause: null };
  const context = { attemptId, runId, policy, epoch, lease: null, at, deadline: null, ...rest };
  return { ...context, ...granted(context, { leaseId, workerId }, at) };
}

type Holding = Pick<LeaseRecoveryContext, "lease" | "at" | "deadline">;

const holding = (lease: Lease, at: number, policy: LeaseRecoveryContext["policy"]): Holding => ({
  lease,
  at,
  deadline: requeueDueAt(lease, policy),
});

/** What a worker's claim changes. */
export function granted(
  { attemptId, epoch, policy }: LeaseRecoveryContext,
  { leaseId, workerId }: { readonly leaseId: string; readonly workerId: string },
  at: number,
): Holding {
  return holding(grantLease({ leaseId, attemptId, workerId, epoch }, at, policy), at, policy);
}

/** What an accepted heartbeat changes: nothing when it is refused. */
export function renewed(context: LeaseRecoveryContext, event: Heartbeat): Partial<Holding> {
  const outcome = heartbeat(context.lease, event, event.at, context.policy);
  return outcome.kind === "refused" ? {} : holding(outcome.lease, event.at, context.policy);
}

/** Why `event` is refused; `null` when it is accepted. An attempt is claimable in one state only, which does not ask. */
export function refusalOf(context: LeaseRecoveryContext, event: LeaseRecoveryEvent): LeaseRefusal | null {
  const { lease, attemptId, policy } = context;
  switch (event.type) {
    case "heartbeat.received": {
      const outcome = heartbeat(lease, event, event.at, policy);
      return outcome.kind === "refused" ? outcome.refusal : null;
    }
    case "attempt.acknowledged":
      return refuseExecution(lease, event, event.at);
    case "lease.expired":
      // Told by whoever watches the leases, so the time of the lease itself does not count.
      return refuseExecution(lease, { workerId: lease?.workerId ?? "", epoch: event.epoch }, -Infinity);
    case "attempt.claimed":
      return refuseDispatch(lease, false, { attemptId, leaseId: event.leaseId });
    case "attempt.cancelled":
    case "attempt.redriven":
      return null;
  }
}

export function hasRecoveryLeft({ recoveries, policy }: LeaseRecoveryContext): boolean {
  return policy.recoveries === null || recoveries < policy.recoveries;
}

export function exhausted({ recoveries }: LeaseRecoveryContext): RecoveryCause {
  const message = `lease lost after ${recoveries} recoveries`;
  return { step: "leaseExpired", kind: "exhausted", code: null, message };
}

export function timedOut(
  { policy }: LeaseRecoveryContext,
  step: "checkpointReload" | "replay",
): RecoveryCause {
  const afterMs = step === "replay" ? policy.replayMs : policy.reloadMs;
  return { step, kind: "timedOut", code: null, message: `${step} gave no result in ${afterMs} ms` };
}

/** The reports of a recovery that say no more than which one it is. */
export type RecoveryReport = "recovery.started" | "recovery.succeeded" | "recovery.cancelled";

/** Which recovery: the one that began last. */
export function recoveryFacts({ attemptId, runId, at, epoch, recoveries }: LeaseRecoveryContext): {
  attemptId: string;
  runId: string;
  at: number;
  epoch: number;
  recovery: number;
} {
  return { attemptId, runId, at, epoch, recovery: recoveries };
}
