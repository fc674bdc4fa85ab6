/** What the lease-recovery chart is made of: its types, its actors, and the names that its states refer to. */
import { assign, enqueueActions, setup } from "xstate";
import { toFailure } from "../../src/core/errors.ts";
import type { LeaseRefusal } from "../../src/core/lease.ts";
import { notProvided, tell } from "../actors.ts";
import {
  exhausted,
  granted,
  hasRecoveryLeft,
  type Heartbeat,
  recoveryFacts,
  type RecoveryReport,
  renewed,
  timedOut,
} from "./decisions.ts";
import {
  LeaseRecoveryContext,
  type LeaseRecoveryEvent,
  leaseRecoveryEvents,
  LeaseRecoveryInput,
  type LeaseRecoveryReport,
  leaseRecoveryReports,
  type RecoveryStepInput,
  type ReloadedCheckpoint,
  type ReplayedRun,
  type ReplayInput,
} from "./schemas.ts";

export interface At {
  at: number;
}
export interface InStep {
  step: "checkpointReload" | "replay";
}

/** A parent gets the reports under one name: recoveries and attempts are spoken of by other charts too. */
const report = (args: Parameters<typeof tell<LeaseRecoveryReport>>[0], told: LeaseRecoveryReport): void =>
  tell(args, told, "lease.reported");

export const leaseRecovery = setup({
  types: {} as {
    input: LeaseRecoveryInput;
    context: LeaseRecoveryContext;
    events: LeaseRecoveryEvent;
    emitted: LeaseRecoveryReport;
  },
  schemas: {
    input: LeaseRecoveryInput,
    context: LeaseRecoveryContext,
    events: leaseRecoveryEvents,
    emitted: leaseRecoveryReports,
  },
  actors: {
    /** Loads the run's last checkpoint. */
    reloadCheckpoint: notProvided<ReloadedCheckpoint, RecoveryStepInput>("reloadCheckpoint"),
    /** Replays what was recorded after it; executes nothing. */
    replay: notProvided<ReplayedRun, ReplayInput>("replay"),
  },
  guards: {
    isAccepted: (_, { refusal }: { refusal: LeaseRefusal | null }) => refusal === null,
    isAcceptedSuccess: (_, it: { refusal: LeaseRefusal | null; succeeded: boolean }) =>
      it.refusal === null && it.succeeded,
    isAcceptedLoss: ({ context }, { refusal }: { refusal: LeaseRefusal | null }) =>
      refusal === null && hasRecoveryLeft(context),
    hasRecoveryLeft: ({ context }) => hasRecoveryLeft(context),
  },
  actions: {
    issue: assign(({ context }, { at, ...claim }: At & { leaseId: string; workerId: string }) =>
      granted(context, claim, at),
    ),
    renew: assign(({ context }, { heartbeat }: { heartbeat: Heartbeat }) => renewed(context, heartbeat)),
    /** Nobody holds it from here on; what comes next begins at once. */
    release: assign((_, { at }: At) => ({ lease: null, at, deadline: at })),
    settle: assign((_, { at }: At) => ({ at, deadline: null })),
    raiseFence: assign(({ context: { epoch, recoveries } }) => ({
      epoch: epoch + 1,
      recoveries: recoveries + 1,
      checkpointSeq: null,
    })),
    armReload: assign(({ context: { at, policy } }) => ({ deadline: at + policy.reloadMs })),
    armReplay: assign(({ context: { at, policy } }) => ({ deadline: at + policy.replayMs })),
    armRetry: assign(({ context: { at, policy } }) => ({ deadline: at + policy.retryBackoffMs })),
    disarm: assign({ lease: null, deadline: null }),
    keepCheckpoint: assign((_, { seq, at }: ReloadedCheckpoint) => ({ checkpointSeq: seq, at })),
    forgive: assign({ recoveries: 0, cause: null }),
    recordFailure: assign((_, { step, error }: InStep & { error: unknown }) => ({
      cause: { step, kind: "failed" as const, ...toFailure(error) },
    })),
    recordTimeOut: assign(({ context }, { step }: InStep) => ({
      at: context.deadline ?? context.at,
      cause: timedOut(context, step),
    })),
    recordExhausted: assign(({ context }) => ({ cause: exhausted(context) })),
    recordLoss: assign((_, { message }: { message: string }) => ({
      cause: { step: "execution" as const, kind: "failed" as const, code: null, message },
    })),
    tellIssued: enqueueActions(({ enqueue, self, context: { attemptId, at, lease } }) => {
      if (lease === null) return;
      const { leaseId, workerId, epoch, expiresAt } = lease;
      report({ enqueue, self }, { type: "lease.issued", attemptId, at, leaseId, workerId, epoch, expiresAt });
    }),
    tellRenewed: enqueueActions(({ enqueue, self, context: { attemptId, at, lease } }) => {
      if (lease === null) return;
      const { epoch, version, expiresAt } = lease;
      report({ enqueue, self }, { type: "lease.renewed", attemptId, at, epoch, version, expiresAt });
    }),
    tellRefused: enqueueActions(
      ({ enqueue, self, context }, { refusal, at }: At & { refusal: LeaseRefusal | null }) => {
        if (refusal === null) return;
        report({ enqueue, self }, { type: "claim.refused", attemptId: context.attemptId, at, ...refusal });
      },
    ),
    tellRecovery: enqueueActions(({ enqueue, self, context }, { report: type }: { report: RecoveryReport }) =>
      report({ enqueue, self }, { type, ...recoveryFacts(context) }),
    ),
    tellFailed: enqueueActions(({ enqueue, self, context }) => {
      const { cause } = context;
      if (cause !== null)
        report({ enqueue, self }, { type: "recovery.failed", ...recoveryFacts(context), cause });
    }),
    tellDeadLettered: enqueueActions(({ enqueue, self, context }) => {
      const { attemptId, runId, at, recoveries, cause } = context;
      if (cause === null) return;
      report({ enqueue, self }, { type: "attempt.deadLettered", attemptId, runId, at, recoveries, cause });
    }),
    tellEnded: enqueueActions(
      ({ enqueue, self, context: { attemptId, at } }, { outcome }: { outcome: "completed" | "cancelled" }) =>
        report({ enqueue, self }, { type: "attempt.ended", attemptId, at, outcome }),
    ),
  },
  delays: {
    untilDeadline: ({ context: { at, deadline } }) => Math.max(0, (deadline ?? at) - at),
  },
});
