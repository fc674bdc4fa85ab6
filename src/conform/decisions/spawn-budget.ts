import {
  beginSpawn,
  currentSpawnWindow,
  finishSpawn,
  referenceSpawnPolicy,
  type SpawnWindow,
} from "../../core/spawn-budget.ts";
import type { Operation, Subject } from "../subject.ts";
import { keyText } from "../wire/backend-key.ts";
import {
  SpawnBudgetOperation,
  wireSpawnDecision,
  wireSpawnPolicy,
  wireSpawnWindow,
} from "../wire/spawn-budget.ts";
import { readOperation } from "../wire/wire.ts";

/** One spawn budget per key, decided by the pure functions alone. */
export function spawnBudgetDecisions(): Subject {
  let policy = referenceSpawnPolicy();
  const windows = new Map<string, SpawnWindow>();
  return { answer };

  function answer(operation: Operation): unknown {
    const it = readOperation(SpawnBudgetOperation, operation);
    if (it.op === "new") {
      policy = referenceSpawnPolicy({ attempts: it.config?.max_attempts, windowMs: it.config?.window_ms });
      windows.clear();
      return wireSpawnPolicy(policy);
    }
    const key = keyText(it.key);
    const previous = windows.get(key) ?? null;
    switch (it.op) {
      case "try_begin": {
        const { window, decision } = beginSpawn(previous, it.now_ms, policy);
        windows.set(key, window);
        return wireSpawnDecision(decision);
      }
      case "finish": {
        const window = finishSpawn(previous, it.outcome, it.now_ms, policy);
        if (window !== null) windows.set(key, window);
        return { ok: true };
      }
      case "snapshot": {
        const window = currentSpawnWindow(previous, it.now_ms, policy);
        windows.set(key, window);
        return wireSpawnWindow(window, it.now_ms, policy);
      }
    }
  }
}
