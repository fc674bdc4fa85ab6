/** Recorded traffic of recovery recipes against the pure decisions. */
import {
  type AttemptCounts,
  attemptCount,
  type AttemptEvent,
  attemptRecovery,
  type FailureScenario,
  recipeFor,
  recoveryReference,
  scenarioFor,
} from "../../core/recovery.ts";
import { readOperation, RecipesOperation } from "../wire/recovery-operations.ts";
import { eventToWire, recipeToWire, resultToWire } from "../wire/recovery.ts";
import type { CreateSubject, Operation } from "../subject.ts";

export const recoveryRecipesDecisions: CreateSubject = () => {
  let counts: AttemptCounts = {};
  let failAtStep: number | null = null;
  const log: AttemptEvent[] = [];

  return { answer };

  function answer(operation: Operation): unknown {
    const op = readOperation(RecipesOperation, operation);
    switch (op.op) {
      case "new":
        failAtStep = op.fail_at_step;
        return { ok: true };
      case "set_fail_at_step":
        failAtStep = op.index;
        return { ok: true };
      case "attempt":
        return attempt(op.scenario);
      case "attempt_worker_failure": {
        const scenario = scenarioFor(op.kind);
        return { scenario, ...attempt(scenario) };
      }
      case "attempt_count":
        return { attempt_count: attemptCount(counts, op.scenario) };
      case "recipe":
        return { recipe: recipeToWire(recipeFor(recoveryReference.recipes, op.scenario)) };
      case "event_names":
        return { events: log.map(({ kind }) => kind) };
    }
  }

  function attempt(scenario: FailureScenario): object {
    const recipe = recipeFor(recoveryReference.recipes, scenario);
    const made = attemptRecovery(recipe, { counts, failAtStep });
    counts = made.counts;
    log.push(...made.events);
    return {
      result: resultToWire(made.result),
      attempt_count: attemptCount(counts, scenario),
      new_events: made.events.map(eventToWire),
    };
  }
};
