/** What can be read off a recovery context. */
import type { Failure } from "../../src/core/errors.ts";
import {
  attemptsExceeded,
  describeStep,
  type RecoveryResult,
  type RecoveryStep,
  resultAfter,
} from "../../src/core/recovery.ts";
import type { RecoveryContext } from "./schemas.ts";

/** Whether the failed attempt may go on by itself. */
export function mayResume(context: RecoveryContext): boolean {
  const { cause, rules } = context;
  const isStepsFault = cause?.kind === "first_step_failed" || cause?.kind === "partial_recovery";
  return isStepsFault && rules.resumes && attemptLeft(context) && nextStep(context)?.idempotent === true;
}

export function attemptLeft({ attempts, budget }: RecoveryContext): boolean {
  return attempts < budget;
}

/** The step that is to be done next; `null` when all are done. */
export function nextStep({ steps, stepIndex }: RecoveryContext): RecoveryStep | null {
  return steps[stepIndex] ?? null;
}

export function timeoutFailure(what: string, afterMs: number): Failure {
  return { code: "aborted", message: `${what} gave no answer within ${afterMs} ms and was aborted` };
}

export function stepTimeout(context: RecoveryContext): Failure {
  const step = nextStep(context);
  return timeoutFailure(step === null ? "the step" : describeStep(step), step?.timeoutMs ?? 0);
}

/** What the attempt came to, told when it closes. */
export function closedResult({ cause, steps, stepIndex, recipe }: RecoveryContext): RecoveryResult {
  if (cause === null) return { kind: "recovered", stepsTaken: steps.length };
  const isPartial = stepIndex > 0 && stepIndex < steps.length;
  if (isPartial) return resultAfter(steps, stepIndex, recipe.scenario);
  return { kind: "escalation_required", reason: cause.reason };
}

/** Why a failure that changes nothing is answered with no attempt. */
export function refusalReason({ ledger, recipe, attempts, budget }: RecoveryContext): string {
  if (ledger?.state === "queued" || ledger?.state === "running") {
    return `recovery of ${recipe.scenario} is under way`;
  }
  if (attempts >= budget) return attemptsExceeded(recipe.scenario, budget);
  return `recovery of ${recipe.scenario} has been handed over`;
}
