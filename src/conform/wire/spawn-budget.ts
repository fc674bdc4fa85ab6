/** The operations and answers of kind `x_spawn_budget`, in the originals' names. */
import * as z from "zod";
import {
  type SpawnBudgetPolicy,
  spawnBudgetLeft,
  type SpawnDecision,
  type SpawnWindow,
} from "../../core/spawn-budget.ts";
import { BackendKey } from "./backend-key.ts";

const keyed = { key: BackendKey, now_ms: z.number() };

export const SpawnBudgetOperation = z.discriminatedUnion("op", [
  z.strictObject({
    op: z.literal("new"),
    config: z
      .strictObject({ max_attempts: z.int().nonnegative(), window_ms: z.int().nonnegative() })
      .nullable(),
  }),
  z.strictObject({ op: z.literal("try_begin"), ...keyed }),
  z.strictObject({ op: z.literal("finish"), ...keyed, outcome: z.enum(["success", "failed"]) }),
  z.strictObject({ op: z.literal("snapshot"), ...keyed }),
]);

export function wireSpawnPolicy({ attempts, windowMs }: SpawnBudgetPolicy): unknown {
  return { config: { max_attempts: attempts, window_ms: windowMs } };
}

export function wireSpawnDecision(decision: SpawnDecision): unknown {
  switch (decision.kind) {
    case "permitted":
      return { ok: { attempt_number: decision.attempt, remaining_after_begin: decision.remaining } };
    case "alreadyInProgress":
      return { err: "already_in_progress" };
    case "exhausted": {
      const { retryAfterMs: retry_after_ms, isStormTrip: is_storm_trip } = decision;
      return { err: "budget_exhausted", retry_after_ms, remaining: 0, is_storm_trip };
    }
  }
}

export function wireSpawnWindow(window: SpawnWindow, at: number, policy: SpawnBudgetPolicy): unknown {
  const { remaining, retryAfterMs: retry_after_ms } = spawnBudgetLeft(window, at, policy);
  return { attempts_used: window.attempts, remaining, in_flight: window.inFlight, retry_after_ms };
}
