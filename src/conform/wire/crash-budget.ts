/** The operations and answers of kind `crash_budget`, in the originals' names. */
import * as z from "zod";
import type { CrashBudgetPolicy, CrashDecision, CrashWindow } from "../../core/crash-budget.ts";
import { BackendKey } from "./backend-key.ts";

const WirePolicy = z.strictObject({
  retry_backoff_ms: z.int().nonnegative(),
  budget_window_ms: z.int().nonnegative(),
});

export const CrashBudgetOperation = z.discriminatedUnion("op", [
  z.strictObject({ op: z.literal("new"), policy: WirePolicy.nullable() }),
  z.strictObject({ op: z.literal("record_crash"), key: BackendKey, now_ms: z.number() }),
  z.strictObject({ op: z.literal("record_success"), key: BackendKey }),
]);

export function wirePolicy({ retryBackoffMs, budgetWindowMs }: CrashBudgetPolicy): unknown {
  return { policy: { retry_backoff_ms: retryBackoffMs, budget_window_ms: budgetWindowMs } };
}

export function wireCrash(decision: CrashDecision, window: CrashWindow, tracked: number): unknown {
  const entry = { window_started_at_ms: window.startedAt, crashes_in_window: window.crashes };
  return { decision: wireDecision(decision), entry, tracked };
}

function wireDecision(decision: CrashDecision): unknown {
  const { kind, retryAfterMs: retry_after_ms } = decision;
  return kind === "retry"
    ? { retry: { retry_after_ms, attempt: decision.attempt } }
    : { refuse: { reason: decision.reason, retry_after_ms } };
}
