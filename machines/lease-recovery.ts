/**
 * Lease and recovery of one attempt: who works on it, and how it comes back when that worker is gone.
 *
 * ```text
 *   held ── heartbeat.received ▶ held      held ── attempt.acknowledged ▶ completed or deadLettered
 *   held ── lease.expired, or no heartbeat until the grace is over ──▶ recovering, or [no recovery left] deadLettered
 *   recovering:  leaseExpired ── at deadline ──▶ checkpointReload ── reloaded ──▶ replay ── replayed ──▶ readyForDispatch
 *                checkpointReload, replay ── failed or timed out ──▶ leaseExpired, or [no recovery left] deadLettered
 *   readyForDispatch ── attempt.claimed ──▶ held
 *   deadLettered ── attempt.redriven ──▶ recovering      any ── attempt.cancelled ──▶ cancelled
 * ```
 *
 * - E1. At any time at most one worker holds the attempt, and no epoch is ever held by two.
 * - E2. The attempt is dispatchable in `readyForDispatch` alone, which is entered by a finished replay alone.
 * - E3. The steps of a recovery happen in the pipeline's order, none skipped, none repeated.
 * - E4. Every recovery that starts raises the epoch and closes exactly once: succeeded, failed or cancelled.
 * - E5. At most `policy.recoveries` recoveries start before the attempt is a dead letter or has ended; a redrive begins to
 *   count anew and starts one at least.
 * - E6. Every dead letter has a cause.
 * - E7. Whatever names another epoch, owner or version is refused, and changes nothing.
 * - E8. No clock is read: time arrives as `event.at` or `output.at`; a timer that fires makes it `context.deadline`.
 *
 * @module
 */
import { initialContext, refusalOf, type RecoveryReport } from "./lease-recovery/decisions.ts";
import type { LeaseRecoveryContext, LeaseRecoveryEvent } from "./lease-recovery/schemas.ts";
import { type At, type InStep, leaseRecovery } from "./lease-recovery/setup.ts";

export * from "./lease-recovery/schemas.ts";

const when = ({ event }: { event: At }): At => ({ at: event.at });
const whenDone = ({ event }: { event: { output: At } }): At => ({ at: event.output.at });
/** A timer is taken to fire exactly at its deadline. */
const atDeadline = ({ context }: { context: LeaseRecoveryContext }): At => ({
  at: context.deadline ?? context.at,
});
const refused = ({ context, event }: { context: LeaseRecoveryContext; event: LeaseRecoveryEvent }) => ({
  refusal: refusalOf(context, event),
  at: event.at,
});
const isAccepted = { type: "isAccepted", params: refused } as const;
const refuse = { actions: { type: "tellRefused", params: refused } } as const;
const stepTold = <R extends RecoveryReport>(report: R) =>
  ({ type: "tellRecovery", params: { report } }) as const;

/** Another recovery after the back-off or, when none is left, the dead letter. */
const failure = <A>(record: A) =>
  [
    { guard: "hasRecoveryLeft", target: "leaseExpired", actions: [record, "tellFailed", "armRetry"] },
    { target: "#leaseRecovery.deadLettered", actions: [record, "tellFailed"] },
  ] as const;
const failed = (step: InStep["step"]) =>
  failure({
    type: "recordFailure",
    params: ({ event }: { event: { error: unknown } }) => ({ step, error: event.error }),
  } as const);
const timedOutIn = (step: InStep["step"]) => failure({ type: "recordTimeOut", params: { step } } as const);

export const leaseRecoveryMachine = leaseRecovery.createMachine({
  id: "leaseRecovery",
  version: "1",
  context: ({ input }) => initialContext(input),
  initial: "held",
  on: {
    "heartbeat.received": refuse,
    "attempt.acknowledged": refuse,
    "lease.expired": refuse,
    "attempt.claimed": refuse,
    "attempt.cancelled": { target: ".cancelled", actions: { type: "settle", params: when } },
  },
  states: {
    held: {
      tags: "leased",
      on: {
        "heartbeat.received": {
          guard: isAccepted,
          target: "held",
          reenter: true,
          actions: [{ type: "renew", params: ({ event }) => ({ heartbeat: event }) }, "tellRenewed"],
        },
        "attempt.acknowledged": [
          {
            guard: {
              type: "isAcceptedSuccess",
              params: ({ context, event }) => ({
                ...refused({ context, event }),
                succeeded: event.outcome === "completed",
              }),
            },
            target: "completed",
            actions: { type: "settle", params: when },
          },
          {
            guard: isAccepted,
            target: "deadLettered",
            actions: [
              { type: "settle", params: when },
              { type: "recordLoss", params: ({ event }) => ({ message: event.message }) },
            ],
          },
        ],
        "lease.expired": [
          {
            guard: { type: "isAcceptedLoss", params: refused },
            target: "recovering",
            actions: { type: "release", params: when },
          },
          {
            guard: isAccepted,
            target: "deadLettered",
            actions: [{ type: "release", params: when }, "recordExhausted"],
          },
        ],
      },
      after: {
        untilDeadline: [
          {
            guard: "hasRecoveryLeft",
            target: "recovering",
            actions: { type: "release", params: atDeadline },
          },
          {
            target: "deadLettered",
            actions: [{ type: "release", params: atDeadline }, "recordExhausted"],
          },
        ],
      },
    },
    recovering: {
      tags: "recovering",
      initial: "leaseExpired",
      on: {
        "attempt.cancelled": {
          target: "cancelled",
          actions: [{ type: "settle", params: when }, stepTold("recovery.cancelled")],
        },
      },
      states: {
        leaseExpired: {
          entry: ["raiseFence", stepTold("recovery.started")],
          after: {
            untilDeadline: {
              target: "checkpointReload",
              actions: { type: "settle", params: atDeadline },
            },
          },
        },
        checkpointReload: {
          entry: "armReload",
          invoke: {
            src: "reloadCheckpoint",
            input: ({ context: { attemptId, runId, epoch } }) => ({ attemptId, runId, epoch }),
            onDone: {
              target: "replay",
              actions: { type: "keepCheckpoint", params: ({ event }) => event.output },
            },
            onError: failed("checkpointReload"),
          },
          after: { untilDeadline: timedOutIn("checkpointReload") },
        },
        replay: {
          entry: "armReplay",
          invoke: {
            src: "replay",
            input: ({ context: { attemptId, runId, epoch, checkpointSeq } }) => ({
              attemptId,
              runId,
              epoch,
              checkpointSeq,
            }),
            onDone: {
              target: "#leaseRecovery.readyForDispatch",
              actions: [{ type: "settle", params: whenDone }, stepTold("recovery.succeeded")],
            },
            onError: failed("replay"),
          },
          after: { untilDeadline: timedOutIn("replay") },
        },
      },
    },
    readyForDispatch: {
      tags: "dispatchable",
      on: {
        "attempt.claimed": {
          target: "held",
          actions: [
            {
              type: "issue",
              params: ({ event: { leaseId, workerId, at } }) => ({ leaseId, workerId, at }),
            },
            "tellIssued",
          ],
        },
      },
    },
    deadLettered: {
      tags: "waiting",
      entry: ["disarm", "tellDeadLettered"],
      on: {
        "attempt.redriven": {
          target: "recovering",
          actions: [{ type: "release", params: when }, "forgive"],
        },
      },
    },
    completed: { type: "final", entry: ["disarm", { type: "tellEnded", params: { outcome: "completed" } }] },
    cancelled: { type: "final", entry: ["disarm", { type: "tellEnded", params: { outcome: "cancelled" } }] },
  },
});
