/** What the recovery chart tells its parent and emits. */
import * as z from "zod";
import { Failure } from "../../src/core/errors.ts";
import type { EventOf } from "../../src/core/events.ts";
import {
  AttemptType,
  CommandResult,
  EscalationCause,
  EscalationPolicy,
  FailureFacts,
  LedgerEntry,
  RecommendedAction,
  RecoveryResult,
  RecoveryStep,
  ScenarioName,
} from "../../src/core/recovery.ts";
import { MonotonicMs } from "../../src/core/time.ts";

const keyed = {
  subject: z.string(),
  scenario: ScenarioName,
  /** With `subject` and `scenario` what belongs together. */
  episode: z.int().nonnegative(),
  /** Counts the reports of one chart from 1, without a gap. */
  seq: z.int().positive(),
  at: MonotonicMs,
};
const step = { index: z.int().nonnegative(), step: RecoveryStep };
const escalation = { escalation: z.int().positive() };
const advice = { cause: EscalationCause, recommendedAction: RecommendedAction };

export const recoveryReports = {
  "recovery.queued": z.object({ ...keyed, held: z.boolean(), facts: FailureFacts }),
  "recovery.started": z.object({
    ...keyed,
    attempt: z.int().positive(),
    budget: z.int().positive(),
    attemptType: AttemptType,
    /** Greater than 0 when it goes on from where the last attempt failed. */
    fromStep: z.int().nonnegative(),
  }),
  "step.started": z.object({ ...keyed, ...step }),
  "step.finished": z.object({
    ...keyed,
    ...step,
    status: CommandResult.shape.status,
    failure: Failure.nullable(),
  }),
  /** Exactly once for each `recovery.started`. */
  "attempt.closed": z.object({
    ...keyed,
    attempt: z.int().positive(),
    outcome: z.enum(["recovered", "failed", "cancelled"]),
    /** `null` when it was cancelled. */
    result: RecoveryResult.nullable(),
  }),
  /** A step that was done is undone, because a later one failed. */
  "compensation.started": z.object({ ...keyed, ...step }),
  "compensation.finished": z.object({
    ...keyed,
    ...step,
    status: CommandResult.shape.status,
    failure: Failure.nullable(),
  }),
  "recovery.succeeded": z.object({ ...keyed, stepsTaken: z.int().nonnegative() }),
  /** Some steps are done, the others are not; what comes of it follows. */
  "recovery.failed": z.object({
    ...keyed,
    recovered: z.array(RecoveryStep),
    remaining: z.array(RecoveryStep),
  }),
  /** The automatic part is over without success: the policy decides. */
  "recovery.exhausted": z.object({ ...keyed, ...advice, policy: EscalationPolicy }),
  /** It failed again, and no attempt was made. */
  "recovery.refused": z.object({ ...keyed, reason: z.string(), refusals: z.int().positive() }),
  "recovery.cancelled": z.object(keyed),
  "escalation.opened": z.object({
    ...keyed,
    ...escalation,
    ...advice,
    /** What was done, oldest first. */
    history: z.array(CommandResult),
    ledger: LedgerEntry.nullable(),
  }),
  "escalation.acknowledged": z.object({ ...keyed, ...escalation, by: z.string().nullable() }),
  "escalation.closed": z.object({
    ...keyed,
    ...escalation,
    outcome: z.enum(["resolved", "retried", "aborted", "cancelled", "recovered", "superseded"]),
    by: z.string().nullable(),
  }),
  /** The policy `log_and_continue` was acted on. */
  "subject.degraded": z.object({ ...keyed, ...advice }),
  /** The policy `abort`, or a person's, was acted on: it has stopped. */
  "subject.aborted": z.object({ ...keyed, ...advice }),
  /** The next failure has its attempts again. */
  "episode.closed": z.object({
    ...keyed,
    outcome: z.enum(["recovered", "resolved", "superseded"]),
  }),
};
export type RecoveryReport = EventOf<typeof recoveryReports>;
/** A report without what every report has. */
export type RecoveryNews = RecoveryReport extends infer R
  ? R extends RecoveryReport
    ? Omit<R, keyof typeof keyed>
    : never
  : never;
export type EscalationOutcome = EventOf<typeof recoveryReports, "escalation.closed">["outcome"];
export type EpisodeOutcome = EventOf<typeof recoveryReports, "episode.closed">["outcome"];
