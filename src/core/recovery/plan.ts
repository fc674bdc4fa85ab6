/** From a recipe and the facts of a failure to the steps that are run. */
import type { RecoveryRecipe } from "./recipes.ts";
import type { FailureFacts } from "./scenarios.ts";
import { RecoveryStep } from "./steps.ts";

/**
 * The steps of `recipe` for this failure: targets filled in from the facts. A step that the facts do not allow becomes
 * a question to a person, never a guess.
 */
export function planSteps(recipe: RecoveryRecipe, facts: FailureFacts): RecoveryStep[] {
  return recipe.steps.map((step) => planStep(step, facts));
}

/** The same for one step. */
export function planStep(step: RecoveryStep, facts: FailureFacts): RecoveryStep {
  if (step.kind === "restart_plugin") {
    const name = step.name ?? facts.plugin;
    if (name === null) return askPerson("a plugin is to be restarted, and the failure names none");
    return { ...step, name, servers: step.servers ?? facts.failedServers };
  }
  if (step.kind === "accept_trust_prompt" && !facts.trusted) {
    return askPerson("a trust prompt waits, and what asks is not on the allow-list");
  }
  return step;
}

function askPerson(reason: string): RecoveryStep {
  return RecoveryStep.parse({ kind: "escalate_to_human", reason });
}
