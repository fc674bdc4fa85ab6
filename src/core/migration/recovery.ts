/** The recoveries of one agent: its pending failure and the attempts made so far. */
import * as z from "zod";
import { MonotonicMs } from "../time.ts";
import { MigrationErrorType } from "./errors.ts";
import { type MigrationPolicy, retryDelayMs } from "./policy.ts";

/** @see mielin-cells 0.1.0-rc.1, `RecoveryStrategy` */
export const RecoveryStrategy = z.enum([
  "RetryOnSameTarget",
  "RetryOnDifferentTarget",
  "Rollback",
  /** a person decides */
  "GiveUp",
]);
export type RecoveryStrategy = z.infer<typeof RecoveryStrategy>;

export const RecoveryAttempt = z.object({
  /** Unique within the agent; marks name it. */
  id: z.int().positive(),
  /** Retries before it, plus one. */
  number: z.int().positive(),
  strategy: RecoveryStrategy,
  at: MonotonicMs,
  /** Where it goes; until a target is chosen, the one that failed. */
  target: z.string().nullable(),
  outcome: z.enum(["open", "succeeded", "failed"]),
  error: z.string().nullable(),
});
export type RecoveryAttempt = z.infer<typeof RecoveryAttempt>;

export const ReportedFailure = z.object({
  errorType: MigrationErrorType,
  message: z.string(),
  target: z.string().nullable(),
  at: MonotonicMs,
  retryCount: z.int().nonnegative(),
});
export type ReportedFailure = z.infer<typeof ReportedFailure>;

export const PendingFailure = ReportedFailure.extend({
  /** When the first failure of this recovery was reported; `at` is when the last one was. */
  firstAt: MonotonicMs,
  /** When the back-off has passed. */
  readyAt: MonotonicMs,
});
export type PendingFailure = z.infer<typeof PendingFailure>;

export const AgentRecovery = z.object({
  pending: PendingFailure.nullable(),
  /** Oldest first; `null`: no failure was ever reported, or the history was cleared. */
  attempts: z.array(RecoveryAttempt).nullable(),
});
export type AgentRecovery = z.infer<typeof AgentRecovery>;

export const noRecovery: AgentRecovery = { pending: null, attempts: null };

/** What to do about a failure after `retryCount` retries. */
export function decideStrategy(
  { errorType, retryCount }: Pick<ReportedFailure, "errorType" | "retryCount">,
  policy: Pick<MigrationPolicy, "maxRetries" | "autoRollback">,
): RecoveryStrategy {
  if (retryCount >= policy.maxRetries) return exhaustedStrategy(policy);
  switch (errorType) {
    case "NetworkTransient":
    case "Timeout":
      return "RetryOnSameTarget";
    case "InsufficientResources":
    case "IncompatibleTarget":
    case "TargetUnreachable":
      return "RetryOnDifferentTarget";
    case "StateCorruption":
    case "NetworkPermanent":
    case "Unknown":
      return exhaustedStrategy(policy);
  }
}

/** What is left when nothing can be retried. */
export function exhaustedStrategy({ autoRollback }: Pick<MigrationPolicy, "autoRollback">): RecoveryStrategy {
  return autoRollback ? "Rollback" : "GiveUp";
}

export function isRetry(strategy: RecoveryStrategy): boolean {
  return strategy === "RetryOnSameTarget" || strategy === "RetryOnDifferentTarget";
}

/** The recovery after a failure was reported. */
export function reportFailure(
  recovery: AgentRecovery,
  { errorType, message, target, at, retryCount }: ReportedFailure,
  policy: MigrationPolicy,
): AgentRecovery {
  const known = policy.rules.rereport === "keepsCount" ? recovery.pending : null;
  const pending = {
    errorType,
    message,
    target,
    at,
    firstAt: known?.firstAt ?? at,
    retryCount: known?.retryCount ?? retryCount,
  };
  return { pending: scheduled(pending, policy), attempts: recovery.attempts ?? [] };
}

/** The recovery under another policy, which holds at once. */
export function reschedule(recovery: AgentRecovery, policy: MigrationPolicy): AgentRecovery {
  return recovery.pending === null ? recovery : { ...recovery, pending: scheduled(recovery.pending, policy) };
}

/** `failure` with its count within bounds and its back-off computed. */
function scheduled(failure: Omit<PendingFailure, "readyAt">, policy: MigrationPolicy): PendingFailure {
  const { backoffFrom, counted, earlyExecution } = policy.rules;
  const retryCount =
    counted === "retries" ? Math.min(failure.retryCount, policy.maxRetries) : failure.retryCount;
  const anchor = backoffFrom === "lastFailure" ? failure.at : failure.firstAt;
  const waits = earlyExecution === "allowed" || isRetry(decideStrategy({ ...failure, retryCount }, policy));
  const readyAt = waits ? anchor + retryDelayMs(retryCount, policy) : failure.at;
  return { ...failure, retryCount, readyAt };
}

export const ExecutionRefusal = z.enum(["nothingPending", "attemptOpen", "tooEarly", "notRecovering"]);
export type ExecutionRefusal = z.infer<typeof ExecutionRefusal>;

/** Why no strategy may be executed at `at`; `null`: one may. */
export function refuseExecution(
  { pending, attempts }: AgentRecovery,
  at: number,
  { rules }: MigrationPolicy,
): ExecutionRefusal | null {
  if (pending === null) return "nothingPending";
  if (rules.earlyExecution === "allowed") return null;
  if (attempts?.at(-1)?.outcome === "open") return "attemptOpen";
  return at < pending.readyAt ? "tooEarly" : null;
}

/** The attempt that has not been closed; `null`: there is none. */
export function openAttemptOf({ attempts }: AgentRecovery): RecoveryAttempt | null {
  const last = attempts?.at(-1);
  return last?.outcome === "open" ? last : null;
}

/** Opens an attempt at `strategy`; a retry is spent before it runs. Nothing pending: nothing changes. */
export function openAttempt(
  recovery: AgentRecovery,
  strategy: RecoveryStrategy,
  at: number,
  policy: MigrationPolicy,
): AgentRecovery {
  const { pending } = recovery;
  if (pending === null) return recovery;
  const attempts = recovery.attempts ?? [];
  const attempt: RecoveryAttempt = {
    id: (attempts.at(-1)?.id ?? 0) + 1,
    number: pending.retryCount + 1,
    strategy,
    at,
    target: pending.target,
    outcome: "open",
    error: null,
  };
  const spent = policy.rules.counted === "executions" || isRetry(strategy) ? 1 : 0;
  return {
    pending: scheduled({ ...pending, retryCount: pending.retryCount + spent }, policy),
    attempts: [...attempts, attempt].slice(-policy.recordLimit),
  };
}

export const MarkRefusal = z.enum(["unknownAttempt", "alreadyClosed"]);
export type MarkRefusal = z.infer<typeof MarkRefusal>;

/** Why the attempt `id` cannot be marked; `null`: it can. Without an id, only where marks mean the last attempt. */
export function refuseMark(
  { attempts }: AgentRecovery,
  id: number | null,
  { rules }: MigrationPolicy,
): MarkRefusal | null {
  if (rules.marks === "last") return null;
  const attempt = attempts?.find((it) => it.id === id);
  if (attempt === undefined) return "unknownAttempt";
  return attempt.outcome === "open" ? null : "alreadyClosed";
}

/** The last attempt as succeeded, its recovery as over; an older error text stays. */
export function markSucceeded({ attempts }: AgentRecovery): AgentRecovery {
  return { pending: null, attempts: withLast(attempts, { outcome: "succeeded" }) };
}

/** The last attempt as failed at `at`, from which a back-off after the last failure counts. */
export function markFailed(
  { pending, attempts }: AgentRecovery,
  error: string,
  at: number,
  policy: MigrationPolicy,
): AgentRecovery {
  const moves = pending !== null && policy.rules.backoffFrom === "lastFailure";
  return {
    pending: moves ? scheduled({ ...pending, at }, policy) : pending,
    attempts: withLast(attempts, { outcome: "failed", error }),
  };
}

/** The last attempt as going to `target`. */
export function redirectAttempt(recovery: AgentRecovery, target: string): AgentRecovery {
  return { ...recovery, attempts: withLast(recovery.attempts, { target }) };
}

function withLast(
  attempts: readonly RecoveryAttempt[] | null,
  change: Partial<RecoveryAttempt>,
): RecoveryAttempt[] | null {
  const last = attempts?.at(-1);
  if (attempts === null || last === undefined) return attempts === null ? null : [];
  return [...attempts.slice(0, -1), { ...last, ...change }];
}
