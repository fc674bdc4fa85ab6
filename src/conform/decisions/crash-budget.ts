import { type CrashWindow, recordCrash, referenceCrashPolicy } from "../../core/crash-budget.ts";
import type { Operation, Subject } from "../subject.ts";
import { keyText } from "../wire/backend-key.ts";
import { CrashBudgetOperation, wireCrash, wirePolicy } from "../wire/crash-budget.ts";
import { readOperation } from "../wire/wire.ts";

/** One budget per key, decided by the pure functions alone. */
export function crashBudgetDecisions(): Subject {
  let policy = referenceCrashPolicy();
  const windows = new Map<string, CrashWindow>();
  return { answer };

  function answer(operation: Operation): unknown {
    const it = readOperation(CrashBudgetOperation, operation);
    switch (it.op) {
      case "new":
        policy = referenceCrashPolicy({
          retryBackoffMs: it.policy?.retry_backoff_ms,
          budgetWindowMs: it.policy?.budget_window_ms,
        });
        windows.clear();
        return wirePolicy(policy);
      case "record_crash": {
        const key = keyText(it.key);
        const { window, decision } = recordCrash(windows.get(key) ?? null, it.now_ms, policy);
        windows.set(key, window);
        return wireCrash(decision, window, windows.size);
      }
      case "record_success":
        windows.delete(keyText(it.key));
        return { entry: null, tracked: windows.size };
    }
  }
}
