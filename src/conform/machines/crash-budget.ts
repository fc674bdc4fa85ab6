import { type Actor, createActor } from "xstate";
import { crashBudgetMachine, type CrashBudgetReport } from "../../../machines/crash-budget.ts";
import { type CrashDecision, referenceCrashPolicy } from "../../core/crash-budget.ts";
import { HomeostatError } from "../../core/errors.ts";
import { VirtualClock } from "../../runtime/virtual-clock.ts";
import type { Operation, Subject } from "../subject.ts";
import { type BackendKey, keyText } from "../wire/backend-key.ts";
import { CrashBudgetOperation, wireCrash, wirePolicy } from "../wire/crash-budget.ts";
import { readOperation } from "../wire/wire.ts";

type Budget = Actor<typeof crashBudgetMachine>;

/** One running chart per key, on a clock that follows the recording; the answers are the charts' reports. */
export function crashBudgetMachines(): Subject {
  let policy = referenceCrashPolicy();
  const clock = new VirtualClock();
  const budgets = new Map<string, Budget>();
  let reported: CrashDecision | null = null;
  return { answer, dispose };

  function answer(operation: Operation): unknown {
    const it = readOperation(CrashBudgetOperation, operation);
    switch (it.op) {
      case "new":
        dispose();
        policy = referenceCrashPolicy({
          retryBackoffMs: it.policy?.retry_backoff_ms,
          budgetWindowMs: it.policy?.budget_window_ms,
        });
        return wirePolicy(policy);
      case "record_crash": {
        const budget = budgetOf(it.key);
        clock.advanceTo(it.now_ms);
        reported = null;
        budget.send({ type: "backend.exited", at: it.now_ms });
        const { window } = budget.getSnapshot().context;
        if (reported === null || window === null) {
          throw new HomeostatError("internal", "the chart crashBudget answered a crash with no report");
        }
        return wireCrash(reported, window, tracked());
      }
      case "record_success":
        budgets.get(keyText(it.key))?.send({ type: "backend.started", at: clock.now() });
        return { entry: null, tracked: tracked() };
    }
  }

  function budgetOf(key: BackendKey): Budget {
    const text = keyText(key);
    const known = budgets.get(text);
    if (known !== undefined) return known;
    const budget = createActor(crashBudgetMachine, { clock, input: { key: text, policy } });
    budget.on("start.scheduled", report);
    budget.on("start.refused", report);
    budgets.set(text, budget.start());
    return budget;
  }

  function report(event: Extract<CrashBudgetReport, { type: "start.scheduled" | "start.refused" }>): void {
    reported =
      event.type === "start.scheduled"
        ? { kind: "retry", retryAfterMs: event.retryAfterMs, attempt: event.attempt }
        : { kind: "refuse", reason: event.reason, retryAfterMs: event.retryAfterMs };
  }

  /** Budgets that remember a crash. */
  function tracked(): number {
    let count = 0;
    for (const budget of budgets.values()) if (budget.getSnapshot().context.window !== null) count += 1;
    return count;
  }

  function dispose(): void {
    for (const budget of budgets.values()) budget.stop();
    budgets.clear();
  }
}
