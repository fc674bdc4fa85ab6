/** Recorded traffic of recovery recipes against running charts: every answer is read off reports and snapshots. */
import type { RecoveryReport } from "../../../machines/recovery.ts";
import {
  type AttemptEvent,
  type FailureScenario,
  type RecoveryRecipe,
  type RecoveryResult,
  scenarioFor,
} from "../../core/recovery.ts";
import { RecoveryCharts } from "./recovery-charts.ts";
import { readOperation, RecipesOperation } from "../wire/recovery-operations.ts";
import { eventToWire, recipeToWire, resultToWire } from "../wire/recovery.ts";
import type { CreateSubject, Operation } from "../subject.ts";

export const recoveryRecipesMachines: CreateSubject = () => {
  const charts = new RecoveryCharts();
  const log: AttemptEvent[] = [];

  return { answer, dispose: () => charts.stop() };

  function answer(operation: Operation): unknown {
    const op = readOperation(RecipesOperation, operation);
    switch (op.op) {
      case "new":
        charts.failAtStep = op.fail_at_step;
        return { ok: true };
      case "set_fail_at_step":
        charts.failAtStep = op.index;
        return { ok: true };
      case "attempt":
        return attempt(op.scenario);
      case "attempt_worker_failure": {
        const scenario = scenarioFor(op.kind);
        return { scenario, ...attempt(scenario) };
      }
      case "attempt_count":
        return { attempt_count: charts.context(op.scenario).attempts };
      case "recipe":
        return { recipe: recipeToWire(charts.context(op.scenario).recipe) };
      case "event_names":
        return { events: log.map(({ kind }) => kind) };
    }
  }

  function attempt(scenario: FailureScenario): object {
    const reports = charts.fail(scenario);
    const { recipe, attempts, ledger } = charts.context(scenario);
    const events = reports.flatMap((it) => originalEvents(it, recipe));
    log.push(...events);
    return {
      result: ledger?.result == null ? null : resultToWire(ledger.result),
      attempt_count: attempts,
      new_events: events.map(eventToWire),
    };
  }
};

/** What the original logs where the chart reports `report`. */
function originalEvents(report: RecoveryReport, recipe: RecoveryRecipe): AttemptEvent[] {
  const attempted = (result: RecoveryResult): AttemptEvent => ({
    kind: "recovery_attempted",
    scenario: report.scenario,
    recipe,
    result,
  });
  if (report.type === "attempt.closed") return report.result === null ? [] : [attempted(report.result)];
  if (report.type === "recovery.refused") {
    return [attempted({ kind: "escalation_required", reason: report.reason })];
  }
  const verdict = verdicts.get(report.type);
  return verdict === undefined ? [] : [{ kind: verdict }];
}

const verdicts = new Map<RecoveryReport["type"], Exclude<AttemptEvent["kind"], "recovery_attempted">>([
  ["recovery.succeeded", "recovery_succeeded"],
  ["recovery.failed", "recovery_failed"],
  ["recovery.exhausted", "escalated"],
]);
