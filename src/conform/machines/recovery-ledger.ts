/** Recorded traffic of the attempt ledger against running charts: every answer is read off their snapshots. */
import { type FailureScenario, reportStatus, scenarioFor } from "../../core/recovery.ts";
import { RecoveryCharts } from "./recovery-charts.ts";
import { LedgerOperation, readOperation } from "../wire/recovery-operations.ts";
import { entryToWire, reportToWire, resultToWire } from "../wire/recovery.ts";
import type { CreateSubject, Operation } from "../subject.ts";

export const recoveryLedgerMachines: CreateSubject = () => {
  const charts = new RecoveryCharts();

  return { answer, dispose: () => charts.stop() };

  function answer(operation: Operation): unknown {
    const op = readOperation(LedgerOperation, operation);
    switch (op.op) {
      case "new":
        charts.failAtStep = op.fail_at_step;
        return { ok: true };
      case "attempt":
        return attempt(op.scenario);
      case "status_report": {
        const { ledger, cause } = charts.context(op.scenario);
        return reportToWire(reportStatus(op.scenario, ledger, cause));
      }
      case "scenario_for":
        return { scenario: scenarioFor(op.kind) };
      case "ledger_ids":
        return { ids: charts.attempted() };
    }
  }

  function attempt(scenario: FailureScenario): unknown {
    charts.fail(scenario);
    const { ledger } = charts.context(scenario);
    return {
      result: ledger?.result == null ? null : resultToWire(ledger.result),
      ledger_entry: ledger === null ? null : entryToWire(ledger),
    };
  }
};
