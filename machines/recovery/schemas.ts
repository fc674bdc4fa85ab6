/** Input, context and events of the recovery chart, and what its three actors are given and give back. */
import * as z from "zod";
import { Failure } from "../../src/core/errors.ts";
import type { EventOf } from "../../src/core/events.ts";
import {
  EscalationCause,
  FailureFacts,
  LedgerEntry,
  RecoveryRecipe,
  RecoveryRules,
  RecoveryStep,
  ScenarioName,
} from "../../src/core/recovery.ts";
import { MonotonicMs } from "../../src/core/time.ts";

export const RecoveryInput = z.object({
  /** What is recovered; every report carries it. */
  subject: z.string().default(""),
  /** Ignored when a recipe is given: it names its own. */
  scenario: ScenarioName.default("partial_plugin_startup"),
  /** `null`: the built-in one of `scenario`. */
  recipe: RecoveryRecipe.nullable().default(null),
  rules: RecoveryRules.prefault({}),
  /** No attempt begins before `recovery.release`. */
  held: z.boolean().default(false),
});
export type RecoveryInput = z.input<typeof RecoveryInput>;

/** One line of the chart's own log. */
export const RecoveryRecord = z.object({
  seq: z.int().positive(),
  episode: z.int().nonnegative(),
  at: MonotonicMs,
  /** The type of the report that it stands for. */
  type: z.string(),
});
export type RecoveryRecord = z.infer<typeof RecoveryRecord>;

export const RecoveryContext = z.object({
  subject: z.string(),
  recipe: RecoveryRecipe,
  rules: RecoveryRules,
  held: z.boolean(),
  /** Episodes so far; 0: nothing ever failed. */
  episode: z.int().nonnegative(),
  facts: FailureFacts,
  /** The recipe's steps for these facts. */
  steps: z.array(RecoveryStep),
  /** The next step: those before it are done. */
  stepIndex: z.int().nonnegative(),
  /** While steps are undone: those from here on are. */
  undoing: z.int().nonnegative().nullable(),
  /** Attempts spent in this episode. */
  attempts: z.int().nonnegative(),
  /** Attempts that may be spent in this episode; a person may raise it. */
  budget: z.int().nonnegative(),
  /** An attempt was started and has not been closed. */
  attemptOpen: z.boolean(),
  /** Of the last episode; `null`: never attempted. */
  ledger: LedgerEntry.nullable(),
  /** Why the last attempt did not help. */
  cause: EscalationCause.nullable(),
  /** Escalations opened so far. */
  escalations: z.int().nonnegative(),
  /** Failures answered with no attempt, in this episode. */
  refusals: z.int().nonnegative(),
  /** Records so far, dropped ones included. */
  seq: z.int().nonnegative(),
  log: z.array(RecoveryRecord),
  /** The instant of the last event that had one. */
  at: MonotonicMs,
  /** When the current state ends by itself. */
  deadline: MonotonicMs.nullable(),
});
export type RecoveryContext = z.output<typeof RecoveryContext>;

const at = { at: MonotonicMs };
const person = { ...at, by: z.string().optional() };
export const recoveryEvents = {
  /** The scenario's failure was seen; `facts` say of what. */
  "failure.reported": z.object({ ...at, facts: FailureFacts }),
  /** The subject was verified to be healthy, by whatever means. */
  "health.verified": z.object(at),
  /** No attempt may begin: what the recipe needs is not to be had. */
  "recovery.hold": z.object(at),
  "recovery.release": z.object(at),
  /** Automation is to leave the subject alone. */
  "recovery.cancel": z.object(at),
  "escalation.acknowledge": z.object(person),
  /** A person vouches that it is mended. */
  "escalation.resolve": z.object(person),
  /** So many further attempts. */
  "escalation.retry": z.object({ ...person, attempts: z.int().positive() }),
  /** The subject is to be stopped. */
  "escalation.abort": z.object(person),
};
export type RecoveryChartEvent = EventOf<typeof recoveryEvents>;

// ── Actors ───────────────────────────────────────────────────────────────────

/** What the three actors know; episode and attempt are the fencing token of what they do. */
export const RecoveryJob = z.object({
  subject: z.string(),
  scenario: ScenarioName,
  episode: z.int().positive(),
  attempt: z.int().nonnegative(),
  facts: FailureFacts,
});
export type RecoveryJob = z.infer<typeof RecoveryJob>;

/** Input of `step`. */
export const RecoveryStepInput = RecoveryJob.extend({
  step: RecoveryStep,
  index: z.int().nonnegative(),
  /** Set where it undoes the step of that place. */
  compensates: z.literal(true).optional(),
});
export type RecoveryStepInput = z.infer<typeof RecoveryStepInput>;

const settled = {
  /** When it was settled; `null`: not known, the chart keeps its last instant. */
  at: MonotonicMs.nullable().default(null),
  detail: z.string().default(""),
};
/** Output of `step`; a rejection counts as failed. */
export const StepOutcome = z.discriminatedUnion("outcome", [
  z.object({ outcome: z.literal("succeeded"), ...settled }),
  z.object({ outcome: z.literal("failed"), ...settled, failure: Failure }),
]);
export type StepOutcome = z.input<typeof StepOutcome>;

/** Output of `confirm`; a rejection counts as not healthy. */
export const ConfirmOutcome = z.object({ healthy: z.boolean(), ...settled });
export type ConfirmOutcome = z.input<typeof ConfirmOutcome>;

/** Output of `abort`, when the subject has stopped; a rejection says that it has not. */
export const AbortOutcome = z.object(settled);
export type AbortOutcome = z.input<typeof AbortOutcome>;
