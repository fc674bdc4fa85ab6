/** The spawn budget of each server, as the supervisor keeps it. */
import {
  beginSpawn,
  currentSpawnWindow,
  finishSpawn,
  type SpawnWindow,
} from "../../src/core/spawn-budget.ts";
import type { SupervisorContext } from "./schemas.ts";

type Context = Pick<SupervisorContext, "spawnBudget" | "spawns">;
type Spawns = Record<string, SpawnWindow>;

/** Why a start of `key` may not be made at `at`; `null`: it may. Another start under way is no refusal: it is the start. */
export function spawnRefusal(
  { spawnBudget, spawns }: Context,
  key: string,
  at: number,
): { readonly retryAfterMs: number; readonly isStormTrip: boolean } | null {
  if (spawnBudget === null) return null;
  const { decision } = beginSpawn(spawns[key] ?? null, at, spawnBudget);
  return decision.kind === "exhausted" ? decision : null;
}

/** A start was made, whoever asked for it: beyond the budget too, an operator's is free. */
export function withSpawn({ spawnBudget, spawns }: Context, key: string, at: number): Spawns {
  if (spawnBudget === null) return spawns;
  const window = currentSpawnWindow(spawns[key] ?? null, at, spawnBudget);
  const attempts = Math.min(spawnBudget.attempts, window.attempts + 1);
  return { ...spawns, [key]: { ...window, attempts, inFlight: true } };
}

export function withSpawnEnded(
  { spawnBudget, spawns }: Context,
  key: string,
  at: number,
  outcome: "success" | "failed",
): Spawns {
  const before = spawns[key];
  if (spawnBudget === null || before === undefined) return spawns;
  // Success forgets only what was spent on it: a start that served is still one of its window.
  const window =
    outcome === "failed" ? finishSpawn(before, outcome, at, spawnBudget) : { ...before, inFlight: false };
  return window === null ? spawns : { ...spawns, [key]: window };
}

/** The alarm of this window was raised. */
export function withTrip({ spawnBudget, spawns }: Context, key: string, at: number): Spawns {
  if (spawnBudget === null) return spawns;
  return { ...spawns, [key]: beginSpawn(spawns[key] ?? null, at, spawnBudget).window };
}
