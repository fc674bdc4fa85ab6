/** Recorded traffic of the attempt ledger against the pure decisions. */
import {
  type AttemptCounts,
  attemptCount,
  attemptRecovery,
  closeAttempt,
  type FailureScenario,
  type LedgerEntry,
  openEntry,
  recipeFor,
  recordCommand,
  recoveryReference,
  reportStatus,
  scenarioFor,
  startAttempt,
} from "../../core/recovery.ts";
import { LedgerOperation, readOperation } from "../wire/recovery-operations.ts";
import { entryToWire, reportToWire, resultToWire } from "../wire/recovery.ts";
import type { CreateSubject, Operation } from "../subject.ts";

export const recoveryLedgerDecisions: CreateSubject = () => {
  let counts: AttemptCounts = {};
  let failAtStep: number | null = null;
  let tick = 0;
  const ledger = new Map<FailureScenario, LedgerEntry>();

  return { answer };

  function answer(operation: Operation): unknown {
    const op = readOperation(LedgerOperation, operation);
    switch (op.op) {
      case "new":
        failAtStep = op.fail_at_step;
        return { ok: true };
      case "attempt":
        return attempt(op.scenario);
      case "status_report":
        return reportToWire(reportStatus(op.scenario, ledger.get(op.scenario) ?? null));
      case "scenario_for":
        return { scenario: scenarioFor(op.kind) };
      case "ledger_ids":
        return { ids: [...ledger.keys()].toSorted() };
    }
  }

  function attempt(scenario: FailureScenario): unknown {
    const recipe = recipeFor(recoveryReference.recipes, scenario);
    const before = attemptCount(counts, scenario);
    const made = attemptRecovery(recipe, { counts, failAtStep });
    counts = made.counts;
    let entry = ledger.get(scenario) ?? openEntry(scenario, recipe.maxAttempts);
    if (attemptCount(counts, scenario) > before) {
      entry = startAttempt(entry, ++tick);
      const stopsAt = failAtStep ?? recipe.steps.length;
      for (const [index, command] of recipe.steps.slice(0, stopsAt + 1).entries()) {
        const status = index === stopsAt ? "failed" : "succeeded";
        const outcome = { command, status, detail: "", at: tick } as const;
        entry = recordCommand(entry, index, outcome, recoveryReference.rules.logLimit);
      }
    }
    entry = closeAttempt(entry, made.result, ++tick);
    ledger.set(scenario, entry);
    return { result: resultToWire(made.result), ledger_entry: entryToWire(entry) };
  }
};
