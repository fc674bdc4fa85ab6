/** Pure decisions of the recovery chart: each takes a context and gives the next one. */
import type { Failure } from "../../src/core/errors.ts";
import {
  attemptsExceeded,
  cancelAttempt,
  closeAttempt,
  type CommandResult,
  type EscalationCause,
  exhaust,
  failedAtFirstStep,
  FailureFacts,
  openEntry,
  planSteps,
  queueAttempt,
  recipeFor,
  recordCommand,
  type RecoveryResult,
  type RecoveryStep,
  recoveryRecipes,
  settle,
  startAttempt,
  stepsRemaining,
} from "../../src/core/recovery.ts";
import { type RecoveryContext, RecoveryInput } from "./schemas.ts";
import { closedResult, nextStep } from "./views.ts";

type Context = RecoveryContext;

/**
 * Nothing has failed yet.
 *
 * @throws HomeostatError `invalid_event` when there is no recipe for the scenario
 */
export function firstContext(input: RecoveryInput): Context {
  const { scenario, recipe: own, ...rest } = RecoveryInput.parse(input);
  const recipe = own ?? recipeFor(recoveryRecipes, scenario);
  const nothingYet = { episode: 0, stepIndex: 0, attempts: 0, escalations: 0, refusals: 0, seq: 0, at: 0 };
  const none = {
    steps: [],
    undoing: null,
    log: [],
    attemptOpen: false,
    ledger: null,
    cause: null,
    deadline: null,
  };
  return {
    ...rest,
    ...nothingYet,
    ...none,
    recipe,
    facts: FailureFacts.parse({}),
    budget: recipe.maxAttempts,
  };
}

/** A new episode: whole budget, steps planned for its own facts. */
export function openEpisode(context: Context, at: number, facts: FailureFacts): Context {
  const { recipe } = context;
  const budget = recipe.maxAttempts;
  return {
    ...context,
    at,
    facts,
    episode: context.episode + 1,
    steps: stepsFor(context, facts),
    stepIndex: 0,
    attempts: 0,
    budget,
    cause: null,
    refusals: 0,
    ledger: openEntry(recipe.scenario, budget),
  };
}

/** The same episode again, from the first step and with the newest facts: a recovery that did not hold. */
export function reopenEpisode(context: Context, at: number, facts: FailureFacts): Context {
  return queue({ ...context, at, facts, steps: stepsFor(context, facts), stepIndex: 0 });
}

/** Goes on from the step that failed. */
export function resume(context: Context): Context {
  return queue(context);
}

/** A person's attempts: from the failed step if that may be done again, else from the start. */
export function grantAttempts(context: Context, at: number, attempts: number): Context {
  const stepIndex = nextStep(context)?.idempotent === true ? context.stepIndex : 0;
  const raised = { ...context, at, stepIndex, budget: context.attempts + attempts };
  return queue({ ...raised, ledger: { ...entryOf(context), attemptType: "manual" } });
}

function queue(context: Context): Context {
  return { ...context, cause: null, ledger: queueAttempt(entryOf(context), context.budget) };
}

/** The attempt is spent, before its first step. */
export function beginAttempt(context: Context): Context {
  const ledger = startAttempt(entryOf(context), context.at);
  return { ...context, attempts: context.attempts + 1, attemptOpen: true, ledger };
}

/** The current step was done. */
export function passStep(context: Context, at: number, detail: string): Context {
  const next = recordStep(context, { status: "succeeded", detail, at });
  return { ...next, stepIndex: context.stepIndex + 1 };
}

/** The current step was not done, and why. */
export function failStep(
  context: Context,
  failure: Failure,
  status: "failed" | "timed_out",
  at: number,
): Context {
  const cause = stepCause(context, failure);
  return closeFailed(recordStep(context, { status, detail: failure.message, at }), cause);
}

/** The current step was given up because the recovery was. */
export function cancelStep(context: Context, at: number): Context {
  return recordStep(context, { status: "cancelled", detail: "", at });
}

/** A person is asked instead of running the next step. */
export function askPerson(context: Context): Context {
  const step = nextStep(context);
  if (step?.kind !== "escalate_to_human") return context;
  const { reason } = step;
  return closeFailed(context, { ...nothing, kind: "human_requested", reason, step });
}

/** Every step was done, and the subject is not healthy. */
export function failConfirmation(context: Context, failure: Failure, at: number): Context {
  const kind = failure.code === "not_provided" ? "not_provided" : "not_confirmed";
  const reason = `recovery of ${context.recipe.scenario} is not confirmed: ${failure.message}`;
  return closeFailed({ ...context, at, deadline: null }, { ...nothing, kind, reason, failure });
}

/** Every step was done, and that counts. */
export function succeed(context: Context, at: number): Context {
  const { rules, steps } = context;
  const result: RecoveryResult = { kind: "recovered", stepsTaken: steps.length };
  const ledger = closeAttempt(entryOf(context), result, at);
  const attempts = rules.returnsAttempts && rules.provenMs === 0 ? 0 : context.attempts;
  const deadline = at + rules.provenMs;
  return { ...context, at, deadline, attempts, attemptOpen: false, cause: null, ledger };
}

/** A failure that is answered with no attempt, because none is left. */
export function refuseExhausted(context: Context, at: number): Context {
  const reason = attemptsExceeded(context.recipe.scenario, context.budget);
  const ledger = closeAttempt(entryOf(context), { kind: "escalation_required", reason }, at);
  const cause: EscalationCause = { ...nothing, kind: "attempts_exhausted", reason };
  return { ...context, at, deadline: null, cause, ledger, refusals: context.refusals + 1 };
}

/** Automation leaves the subject alone; an attempt under way failed by that. */
export function cancel(context: Context, at: number): Context {
  const isUnderWay = context.ledger?.state === "running" || context.ledger?.state === "queued";
  const ledger = isUnderWay
    ? cancelAttempt(entryOf(context), `recovery of ${context.recipe.scenario} was cancelled`, at)
    : context.ledger;
  return { ...context, at, deadline: null, attemptOpen: false, ledger };
}

/** The subject could not be stopped. */
export function failAbort(context: Context, failure: Failure, at: number): Context {
  const reason = `${context.subject} could not be stopped: ${failure.message}`;
  const cause: EscalationCause = { ...nothing, kind: "abort_failed", reason, failure };
  return { ...context, at, deadline: null, cause, ledger: exhaust(entryOf(context), reason, at) };
}

/** The automatic part is over: the ledger says why. */
export function giveUp(context: Context): Context {
  const reason = context.cause?.reason ?? "";
  const ledger = entryOf(context);
  if (ledger.escalationReason === reason) return context;
  return { ...context, ledger: exhaust(ledger, reason, ledger.finishedAt ?? context.at) };
}

/** The next failure has its attempts again. */
export function closeEpisode(context: Context, at: number): Context {
  const budget = context.recipe.maxAttempts;
  const ledger = settle(entryOf(context), budget, at);
  return { ...context, at, deadline: null, attempts: 0, budget, refusals: 0, cause: null, ledger };
}

function stepsFor({ recipe, rules }: Context, facts: FailureFacts): RecoveryStep[] {
  return rules.plansFromFacts ? planSteps(recipe, facts) : recipe.steps;
}

const nothing = { step: null, failure: null } as const;

function closeFailed(context: Context, cause: EscalationCause): Context {
  const next = { ...context, attemptOpen: false, cause };
  return { ...next, ledger: closeAttempt(entryOf(next), closedResult(next), next.at) };
}

function stepCause(context: Context, failure: Failure): EscalationCause {
  const { stepIndex, steps, recipe } = context;
  const step = nextStep(context);
  if (failure.code === "not_provided") {
    return { kind: "not_provided", reason: failure.message, step, failure };
  }
  if (stepIndex === 0) {
    return { kind: "first_step_failed", reason: failedAtFirstStep(recipe.scenario), step, failure };
  }
  return { kind: "partial_recovery", reason: stepsRemaining(steps.length - stepIndex), step, failure };
}

function recordStep(context: Context, outcome: Pick<CommandResult, "status" | "detail" | "at">): Context {
  const command = nextStep(context);
  if (command === null) return context;
  const { stepIndex, rules } = context;
  const ledger = recordCommand(entryOf(context), stepIndex, { ...outcome, command }, rules.logLimit);
  return { ...context, at: outcome.at, deadline: null, ledger };
}

/** The episode's entry in the ledger. */
export function entryOf({ ledger, recipe, budget }: Context): NonNullable<Context["ledger"]> {
  return ledger ?? openEntry(recipe.scenario, budget);
}
