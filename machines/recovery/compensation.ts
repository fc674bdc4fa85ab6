/** Pure decisions on undoing what a failed attempt did. */
import type { Failure } from "../../src/core/errors.ts";
import { describeStep, planStep, recordCommand, type RecoveryStep } from "../../src/core/recovery.ts";
import { entryOf } from "./decisions.ts";
import type { RecoveryContext } from "./schemas.ts";

type Context = RecoveryContext;

interface Undo {
  /** Of the step that is undone. */
  readonly index: number;
  readonly step: RecoveryStep;
}

export interface UndoOutcome {
  readonly at: number;
  readonly status: "succeeded" | "failed" | "timed_out" | "cancelled";
  readonly detail: string;
  /** `null` when it succeeded or was cancelled. */
  readonly failure: Failure | null;
}

/** Whether a step could not be done, and one that was done before it can be undone; a question to a person waits for its answer. */
export function compensates(context: Context): boolean {
  const { rules, cause, stepIndex } = context;
  return rules.actsOnPolicy && cause?.kind !== "human_requested" && undoBelow(context, stepIndex) !== null;
}

/** The steps that were done are to be undone, the last one first. */
export function beginUndoing(context: Context): Context {
  return { ...context, undoing: context.stepIndex };
}

/** What is undone now, or next; `null`: nothing is left. */
export function nextUndo(context: Context): Undo | null {
  return context.undoing === null ? null : undoBelow(context, context.undoing);
}

/** The current one ended, well or not: the one before it is next. */
export function closeUndo(context: Context, { at, status, detail, failure }: UndoOutcome): Context {
  const undo = nextUndo(context);
  if (undo === null) return context;
  const { index, step } = undo;
  const outcome = { command: step, status, detail, at, compensates: index };
  const ledger = recordCommand(entryOf(context), index, outcome, context.rules.logLimit);
  const next = { ...context, at, deadline: null, undoing: index, ledger };
  if (failure === null || context.cause?.kind === "compensation_failed") return next;
  const reason = `${context.cause?.reason ?? ""}, and ${describeStep(step)} did not undo what was done: ${failure.message}`;
  return { ...next, cause: { kind: "compensation_failed", reason, step, failure } };
}

/** Nothing of the attempt is left to go on from. */
export function endUndoing(context: Context): Context {
  return { ...context, undoing: null, stepIndex: 0, deadline: null };
}

function undoBelow({ recipe, rules, facts }: Context, below: number): Undo | null {
  for (let index = below - 1; index >= 0; index -= 1) {
    const step = recipe.compensations?.[index] ?? null;
    if (step === null) continue;
    const planned = rules.plansFromFacts ? planStep(step, facts) : step;
    // The facts name no target, and nobody is asked twice.
    if (planned.kind !== "escalate_to_human") return { index, step: planned };
  }
  return null;
}
