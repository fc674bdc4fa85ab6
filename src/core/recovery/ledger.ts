/**
 * The attempt ledger: what was tried for one scenario, what came of it, and what is best done next. `null` stands for
 * "never attempted", which is not the same as exhausted.
 */
import * as z from "zod";
import { MonotonicMs } from "../time.ts";
import { RecoveryResult, stepsRemaining } from "./attempt.ts";
import { type EscalationCause, RecommendedAction, recommendedAction } from "./escalation.ts";
import { ScenarioName } from "./scenarios.ts";
import { RecoveryStep } from "./steps.ts";

/** What became of one step. */
export const CommandResult = z.object({
  command: RecoveryStep,
  status: z.enum(["succeeded", "failed", "timed_out", "cancelled"]),
  /** The original's text. */
  result: z.string(),
  /** What the step itself said; empty when it said nothing. */
  detail: z.string(),
  /** The attempt it belongs to, from 1. */
  attempt: z.int().positive(),
  at: MonotonicMs,
  /** Set where it undid a step: its place, from 0. */
  compensates: z.int().nonnegative().optional(),
});
export type CommandResult = z.infer<typeof CommandResult>;

const LedgerState = z.enum(["queued", "running", "succeeded", "failed", "exhausted"]);
type LedgerState = z.infer<typeof LedgerState>;

export const AttemptType = z.enum(["automatic", "manual"]);
export type AttemptType = z.infer<typeof AttemptType>;

export const LedgerEntry = z.object({
  recipeId: ScenarioName,
  /** `manual` once a person granted attempts. */
  attemptType: AttemptType,
  trigger: ScenarioName,
  attemptCount: z.int().nonnegative(),
  retryLimit: z.int().nonnegative(),
  attemptsRemaining: z.int().nonnegative(),
  state: LedgerState,
  /** Of the first attempt; `null` while it is queued. */
  startedAt: MonotonicMs.nullable(),
  /** Of the last attempt or refusal; `null` while one is under way. */
  finishedAt: MonotonicMs.nullable(),
  commandResults: z.array(CommandResult),
  result: RecoveryResult.nullable(),
  lastFailureSummary: z.string().nullable(),
  escalationReason: z.string().nullable(),
});
export type LedgerEntry = z.infer<typeof LedgerEntry>;

/** The entry of a new episode, before its first attempt. */
export function openEntry(scenario: ScenarioName, retryLimit: number): LedgerEntry {
  return {
    recipeId: scenario,
    attemptType: "automatic",
    trigger: scenario,
    attemptCount: 0,
    retryLimit,
    attemptsRemaining: retryLimit,
    state: "queued",
    startedAt: null,
    finishedAt: null,
    commandResults: [],
    result: null,
    lastFailureSummary: null,
    escalationReason: null,
  };
}

/** Another attempt is to be made, out of `retryLimit`. */
export function queueAttempt(entry: LedgerEntry, retryLimit: number): LedgerEntry {
  const attemptsRemaining = Math.max(0, retryLimit - entry.attemptCount);
  const next = { retryLimit, attemptsRemaining, state: "queued", finishedAt: null } as const;
  return { ...entry, ...next, result: null, escalationReason: null };
}

/** An attempt is spent. */
export function startAttempt(entry: LedgerEntry, at: number): LedgerEntry {
  const attemptCount = entry.attemptCount + 1;
  const attemptsRemaining = Math.max(0, entry.retryLimit - attemptCount);
  const startedAt = entry.startedAt ?? at;
  return { ...entry, attemptCount, attemptsRemaining, state: "running", startedAt, finishedAt: null };
}

/** A step ended; the oldest of more than `limit` results is dropped. */
export function recordCommand(
  entry: LedgerEntry,
  index: number,
  outcome: Pick<CommandResult, "command" | "status" | "detail" | "at" | "compensates">,
  limit: number,
): LedgerEntry {
  const what = outcome.compensates === undefined ? "step" : "compensation of step";
  const result = `${what} ${index} ${outcome.status === "succeeded" ? "succeeded" : "failed"} for ${entry.trigger}`;
  const command: CommandResult = { ...outcome, result, attempt: Math.max(1, entry.attemptCount) };
  return { ...entry, commandResults: [...entry.commandResults, command].slice(-limit) };
}

/** The attempt ended with `result`; a partial recovery is failed, not exhausted. */
export function closeAttempt(entry: LedgerEntry, result: RecoveryResult, at: number): LedgerEntry {
  switch (result.kind) {
    case "recovered":
      return { ...entry, state: "succeeded", finishedAt: at, result, lastFailureSummary: null };
    case "partial_recovery": {
      const lastFailureSummary = stepsRemaining(result.remaining.length);
      return { ...entry, state: "failed", finishedAt: at, result, lastFailureSummary };
    }
    case "escalation_required":
      return exhaust({ ...entry, result }, result.reason, at);
  }
}

/** No attempt is left, or none may be made. */
export function exhaust(entry: LedgerEntry, reason: string, at: number): LedgerEntry {
  const texts = { lastFailureSummary: reason, escalationReason: reason };
  return { ...entry, state: "exhausted", finishedAt: at, ...texts };
}

/** The attempt was cancelled: it failed, and nobody is asked. */
export function cancelAttempt(entry: LedgerEntry, reason: string, at: number): LedgerEntry {
  return { ...entry, state: "failed", finishedAt: at, lastFailureSummary: reason };
}

/**
 * The episode is over and well, by whatever means; `retryLimit` attempts are there again. One that ended before its
 * first attempt leaves no entry: it was never attempted.
 */
export function settle(entry: LedgerEntry, retryLimit: number, at: number): LedgerEntry | null {
  if (entry.attemptCount === 0) return null;
  const limits = { retryLimit, attemptsRemaining: retryLimit, escalationReason: null };
  return { ...entry, ...limits, state: "succeeded", finishedAt: at };
}

/** What is to be said of one scenario; the nulls are those of one that was never attempted. */
export const StatusReport = z.object({
  scenario: ScenarioName,
  attempted: z.boolean(),
  state: LedgerState.nullable(),
  attemptCount: z.int().nonnegative(),
  retryLimit: z.int().nonnegative().nullable(),
  attemptsRemaining: z.int().nonnegative().nullable(),
  escalationReason: z.string().nullable(),
  recommendedAction: RecommendedAction,
});
export type StatusReport = z.infer<typeof StatusReport>;

/** The report on `scenario`; `cause` is that of its escalation, `null` when there was none. */
export function reportStatus(
  scenario: ScenarioName,
  entry: LedgerEntry | null,
  cause: EscalationCause | null = null,
): StatusReport {
  if (entry === null) {
    const never = { attempted: false, state: null, attemptCount: 0, retryLimit: null } as const;
    const nulls = { attemptsRemaining: null, escalationReason: null };
    return { scenario, ...never, ...nulls, recommendedAction: "attempt_recovery" };
  }
  const { state, attemptCount, retryLimit, attemptsRemaining, escalationReason } = entry;
  const numbers = { attemptCount, retryLimit, attemptsRemaining, escalationReason };
  return {
    scenario,
    attempted: attemptCount > 0,
    state,
    ...numbers,
    recommendedAction: nextAction(state, cause),
  };
}

function nextAction(state: LedgerState, cause: EscalationCause | null): RecommendedAction {
  switch (state) {
    case "queued":
    case "running":
      return "await_attempt";
    case "succeeded":
      return "none";
    case "failed":
    case "exhausted":
      return cause === null ? "resolve_manually" : recommendedAction(cause);
  }
}
