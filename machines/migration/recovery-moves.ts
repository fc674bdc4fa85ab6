/** Moves of a recovery: failures, attempts, marks, and giving up. */
import {
  auditTexts,
  decideStrategy,
  excludeTarget,
  exhaustedStrategy,
  isRetry,
  isRetryable,
  markFailed,
  markSucceeded,
  openAttempt,
  openAttemptOf,
  type Phase,
  type RecoveryStrategy,
  refuseExecution as refusalOf,
  refuseMark as markRefusalOf,
  reportFailure,
  type ReportedFailure,
  shouldChangeTarget,
} from "../../src/core/migration.ts";
import { type Fault, judge, type PhaseEnded } from "./judge.ts";
import {
  type At,
  audited,
  changeOwner,
  closeAttempt,
  inTurn,
  type Move,
  openEscalation,
  stay,
  told,
} from "./move.ts";
import { noteVerification } from "./phase-moves.ts";
import type { EscalationCause, Exhaustion, MigrationContext } from "./schemas.ts";

/** What is to be done about the pending failure: the original's table, cut short once retrying is over. */
function dueStrategy(context: MigrationContext): RecoveryStrategy | null {
  const { pending } = context.recovery;
  if (pending === null) return null;
  return isOver(context) ? exhaustedStrategy(context.policy) : decideStrategy(pending, context.policy);
}

/** No target is left, or the next retry would not start before the recovery's deadline. */
function isOver({ exhaustion, recovery: { pending }, recoveryDeadline }: MigrationContext): boolean {
  if (exhaustion !== null) return true;
  return pending !== null && recoveryDeadline !== null && pending.readyAt >= recoveryDeadline;
}

/** Whether the strategy is due without a wait: a rollback is, where execution is held to the back-off at all. */
export function waitsForNothing(context: MigrationContext): boolean {
  const strategy = dueStrategy(context);
  return context.policy.rules.earlyExecution === "refused" && strategy !== null && !isRetry(strategy);
}

export function failPhase(context: MigrationContext, ended: PhaseEnded): Move {
  const fault = judge(context, ended);
  if (fault === null) return stay;
  const { at, outcome } = ended.output;
  const noneLeft = ended.phase === "choosingTarget" && outcome === "done";
  return inTurn(
    context,
    (it) => noteVerification(it, ended),
    (it) =>
      ended.phase === "preparing" ? audited(it, at, "ValidationCompleted", fault.message, false) : stay,
    () => ({ context: noneLeft ? { exhaustion: "noTargetLeft" } : {}, reports: [] }),
    (it) => recordFailure(it, toReport(it, fault, at), ended.phase),
  );
}

function toReport(context: MigrationContext, fault: Fault, at: number): ReportedFailure {
  const retryCount = context.recovery.pending?.retryCount ?? 0;
  return { ...fault, target: context.target, at, retryCount };
}

/** A failure that somebody else reports; from an idle chart, that of a migration which it now looks after. */
export function adoptFailure(context: MigrationContext, failure: ReportedFailure): Move {
  const target = context.target ?? failure.target;
  return inTurn(
    context,
    (it) => changeOwner(it, failure.at, "source", "newMigration"),
    () => ({ context: { sourceFrozen: true, target, touchedTarget: failure.target }, reports: [] }),
    (it) => recordFailure(it, failure, null),
  );
}

export function recordFailure(
  context: MigrationContext,
  failure: ReportedFailure,
  phase: Phase | null = null,
): Move {
  const { at, errorType, message, target } = failure;
  const { rules, recoveryTimeoutMs } = context.policy;
  const closes = rules.marks === "byAttempt";
  return inTurn(
    context,
    (it) => (closes ? closeAttempt(it, at, { failed: message }) : stay),
    (it) => {
      const recovery = reportFailure(it.recovery, failure, it.policy);
      const facts = { retryable: isRetryable(errorType), changesTarget: shouldChangeTarget(errorType) };
      const retryCount = recovery.pending?.retryCount ?? 0;
      return {
        context: {
          at,
          deadline: null,
          recovery,
          recoveryDeadline:
            rules.deadline === "kept" ? (it.recoveryDeadline ?? at + recoveryTimeoutMs) : null,
          failedTargets: excludeTarget(it.failedTargets, target, errorType),
        },
        reports: [
          {
            type: "migration.failed",
            ...told(it, at),
            phase,
            errorType,
            message,
            target,
            ...facts,
            retryCount,
          },
        ],
      };
    },
  );
}

export function scheduleRecovery(context: MigrationContext): Move {
  const { pending } = context.recovery;
  const strategy = dueStrategy(context);
  if (pending === null || strategy === null) return stay;
  const { readyAt } = pending;
  return {
    context: { deadline: readyAt },
    reports: [{ type: "recovery.scheduled", ...told(context, context.at), strategy, readyAt }],
  };
}

export function offerRecovery(context: MigrationContext): Move {
  const { at, recoveryDeadline } = context;
  const strategy = dueStrategy(context);
  if (strategy === null) return stay;
  return {
    context: { deadline: recoveryDeadline },
    reports: [{ type: "recovery.ready", ...told(context, at), strategy }],
  };
}

/** Opens the attempt at what is due now. */
export function beginAttempt(context: MigrationContext, { at }: At): Move {
  const strategy = dueStrategy(context);
  if (strategy === null) return stay;
  const recovery = openAttempt(context.recovery, strategy, at, context.policy);
  const attempt = recovery.attempts?.at(-1);
  if (attempt === undefined) return stay;
  const elsewhere = strategy === "RetryOnDifferentTarget" ? { target: null } : {};
  const retryCount = recovery.pending?.retryCount ?? 0;
  return {
    context: { at, deadline: context.recoveryDeadline, recovery, ...elsewhere },
    reports: [{ type: "attempt.opened", ...told(context, at), attempt, retryCount }],
  };
}

export function refuseExecution(context: MigrationContext, { at }: At): Move {
  const reason = refusalOf(context.recovery, at, context.policy) ?? "notRecovering";
  const readyAt = context.recovery.pending?.readyAt ?? null;
  const message = {
    nothingPending: auditTexts.nothingPending,
    attemptOpen: "an attempt is under way: mark it first",
    tooEarly: `expected ${readyAt ?? at} or later, got ${at}: the back-off has not passed`,
    notRecovering: "the migration is not waiting for a recovery",
  }[reason];
  const report = { type: "recovery.refused", ...told(context, at), reason, message, readyAt } as const;
  return { context: { at }, reports: [report] };
}

/** The host's mark on the open attempt, or on the last one where the rules say so. */
export function succeedAttempt(context: MigrationContext, { at }: At): Move {
  const open = openAttemptOf(context.recovery);
  const owner = open === null ? context.owner : isRetry(open.strategy) ? "target" : "source";
  return inTurn(
    context,
    (it) => changeOwner(it, at, owner, "marked"),
    (it) => withAttemptClosed(it, markSucceeded(it.recovery), at),
    () => ({ context: { at, deadline: null, recoveryDeadline: null, exhaustion: null }, reports: [] }),
    () => ({ context: { sourceFrozen: false, touchedTarget: null }, reports: [] }),
  );
}

export function failAttempt(context: MigrationContext, { at, error }: At & { error: string }): Move {
  const recovery = markFailed(context.recovery, error, at, context.policy);
  return inTurn(
    context,
    (it) => withAttemptClosed(it, recovery, at),
    () => ({ context: { at }, reports: [] }),
  );
}

function withAttemptClosed(
  context: MigrationContext,
  recovery: MigrationContext["recovery"],
  at: number,
): Move {
  const attempt = recovery.attempts?.at(-1);
  const reports =
    attempt === undefined ? [] : [{ type: "attempt.closed", ...told(context, at), attempt } as const];
  return { context: { recovery }, reports };
}

export function refuseMark(
  context: MigrationContext,
  { at, attempt }: At & { attempt: number | null },
): Move {
  const reason = markRefusalOf(context.recovery, attempt, context.policy) ?? "unknownAttempt";
  return { context: { at }, reports: [{ type: "mark.refused", ...told(context, at), attempt, reason }] };
}

export function exhaust(
  context: MigrationContext,
  { at, exhaustion }: At & { exhaustion: Exhaustion },
): Move {
  return inTurn(
    context,
    () => ({ context: { at, exhaustion }, reports: [] }),
    (it) => closeAttempt(it, at, { failed: "the recovery's deadline has passed" }),
  );
}

/** Leaves it to a person, with the reason. */
export function giveUp(context: MigrationContext): Move {
  const { at, recovery } = context;
  const cause = causeOf(context);
  const message = recovery.pending?.message ?? cause;
  return inTurn(
    context,
    (it) => closeAttempt(it, at, { failed: cause }),
    () => ({ context: { deadline: null, recoveryDeadline: null }, reports: [] }),
    (it) => audited(it, at, "MigrationFailed", `${cause}: ${message}`, false),
    (it) => openEscalation(it, at, cause, message),
  );
}

function causeOf(context: MigrationContext): EscalationCause {
  const { exhaustion, recovery, policy } = context;
  if (exhaustion !== null) return exhaustion;
  if (recovery.pending === null) return "notRetryable";
  if (isRetry(decideStrategy(recovery.pending, policy))) return "recoveryDeadline";
  return recovery.pending.retryCount >= policy.maxRetries ? "retriesExhausted" : "notRetryable";
}
