/** Why a person, or the policy, has to take over, and what is best done next. */
import * as z from "zod";
import { Failure } from "../errors.ts";
import { RecoveryStep } from "./steps.ts";

export const EscalationCause = z.object({
  kind: z.enum([
    /** the first step failed: nothing was done */
    "first_step_failed",
    /** a later step failed: some of it was done */
    "partial_recovery",
    /** it failed again with every attempt spent */
    "attempts_exhausted",
    /** every step succeeded, and the health check did not */
    "not_confirmed",
    /** the host gave no implementation for what the recipe asks for */
    "not_provided",
    /** the recipe asks for a person */
    "human_requested",
    /** the subject was to be stopped, and was not */
    "abort_failed",
    /** a later step failed, and what was done before could not be undone */
    "compensation_failed",
  ]),
  /** For people. */
  reason: z.string().min(1),
  /** The step that was not done; `null` when it is no step's fault. */
  step: RecoveryStep.nullable(),
  failure: Failure.nullable(),
});
export type EscalationCause = z.infer<typeof EscalationCause>;

export const RecommendedAction = z.enum([
  /** nothing is wrong */
  "none",
  /** nothing was tried yet */
  "attempt_recovery",
  /** an attempt is under way */
  "await_attempt",
  /** what is left may be done again: grant another attempt */
  "retry_remaining",
  /** it cannot be repeated safely: repair it by hand, then resolve */
  "resolve_manually",
  /** every step worked and it is still not healthy: look at the subject */
  "inspect_subject",
  /** the host lacks an implementation: provide it, then retry */
  "provide_port",
  /** the recipe's question waits for an answer */
  "decide",
  /** stop the subject by hand */
  "stop_manually",
]);
export type RecommendedAction = z.infer<typeof RecommendedAction>;

/** What a person had best do about `cause`. */
export function recommendedAction({ kind, step }: EscalationCause): RecommendedAction {
  switch (kind) {
    case "first_step_failed":
    case "partial_recovery":
      return step?.idempotent === true ? "retry_remaining" : "resolve_manually";
    case "attempts_exhausted":
    case "compensation_failed":
      return "resolve_manually";
    case "not_confirmed":
      return "inspect_subject";
    case "not_provided":
      return "provide_port";
    case "human_requested":
      return "decide";
    case "abort_failed":
      return "stop_manually";
  }
}

/** Whether only a person can help, whatever the recipe's policy says. */
export function needsPerson({ kind }: EscalationCause): boolean {
  return (
    kind === "human_requested" ||
    kind === "not_provided" ||
    kind === "abort_failed" ||
    kind === "compensation_failed"
  );
}
