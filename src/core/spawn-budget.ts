/**
 * Spawn budget: how often a backend may be started in a window, one start at a time.
 *
 * @see running-process `spawn_coordinator.rs`
 * @module
 */
import * as z from "zod";
import { DurationMs, MonotonicMs } from "./time.ts";

export const SpawnBudgetPolicy = z.strictObject({
  /** Starts per window. @see running-process, `SpawnBudgetConfig` */
  attempts: z.int().positive().default(3),
  /** Length of a window; a new one opens at its end. @see running-process, `DEFAULT_SPAWN_BUDGET_WINDOW` */
  windowMs: DurationMs.default(30_000),
  /**
   * How long a start excludes others: until it is finished, or only within its window, as in the reference, where a
   * start slower than the window loses its protection.
   */
  singleFlight: z.enum(["untilFinished", "withinWindow"]).default("untilFinished"),
});
export type SpawnBudgetPolicy = z.output<typeof SpawnBudgetPolicy>;

/** The reference's policy: the least is one attempt and a window of 1 ms. */
export function referenceSpawnPolicy({
  attempts = 3,
  windowMs = 30_000,
}: { readonly attempts?: number; readonly windowMs?: number } = {}): SpawnBudgetPolicy {
  return {
    attempts: Math.max(1, attempts),
    windowMs: Math.max(1, windowMs),
    singleFlight: "withinWindow",
  };
}

export const SpawnWindow = z.object({
  startedAt: MonotonicMs,
  attempts: z.int().nonnegative(),
  /** A start is under way. */
  inFlight: z.boolean(),
  /** The storm of this window was reported. */
  tripped: z.boolean(),
});
export type SpawnWindow = z.infer<typeof SpawnWindow>;

export const SpawnDecision = z.discriminatedUnion("kind", [
  /** Start it, as the attempt of this number; `remaining` are left in the window. */
  z.object({
    kind: z.literal("permitted"),
    attempt: z.int().positive(),
    remaining: z.int().nonnegative(),
  }),
  z.object({ kind: z.literal("alreadyInProgress") }),
  z.object({
    kind: z.literal("exhausted"),
    retryAfterMs: z.number().positive(),
    /** The first refusal of its window: the one to raise an alarm for. */
    isStormTrip: z.boolean(),
  }),
]);
export type SpawnDecision = z.infer<typeof SpawnDecision>;

/** May a start begin at `at`? And the window afterwards. */
export function beginSpawn(
  previous: SpawnWindow | null,
  at: number,
  policy: SpawnBudgetPolicy,
): { readonly window: SpawnWindow; readonly decision: SpawnDecision } {
  const window = currentSpawnWindow(previous, at, policy);
  if (window.inFlight) return { window, decision: { kind: "alreadyInProgress" } };
  const remaining = policy.attempts - window.attempts - 1;
  if (remaining < 0) {
    const retryAfterMs = policy.windowMs - elapsedMs(window, at);
    const decision = { kind: "exhausted", retryAfterMs, isStormTrip: !window.tripped } as const;
    return { window: { ...window, tripped: true }, decision };
  }
  const attempt = window.attempts + 1;
  return {
    window: { ...window, attempts: attempt, inFlight: true },
    decision: { kind: "permitted", attempt, remaining },
  };
}

/**
 * The window after a start has ended: success opens a new one with nothing spent, failure only ends the flight. Without
 * a window there is nothing to end.
 */
export function finishSpawn(
  window: SpawnWindow | null,
  outcome: "success" | "failed",
  at: number,
  policy: SpawnBudgetPolicy,
): SpawnWindow | null {
  if (window === null) return null;
  if (outcome === "success") return freshWindow(at);
  return { ...currentSpawnWindow(window, at, policy), inFlight: false };
}

/** The window that holds at `at`; a clock gone back neither moves nor ends it. */
export function currentSpawnWindow(
  previous: SpawnWindow | null,
  at: number,
  { windowMs, singleFlight }: SpawnBudgetPolicy,
): SpawnWindow {
  if (previous === null) return freshWindow(at);
  if (elapsedMs(previous, at) < windowMs) return previous;
  return { ...freshWindow(at), inFlight: singleFlight === "untilFinished" && previous.inFlight };
}

/** What is left of `window` at `at`; `retryAfterMs` is `null` while a start may begin. */
export function spawnBudgetLeft(
  window: SpawnWindow,
  at: number,
  { attempts, windowMs }: SpawnBudgetPolicy,
): { readonly remaining: number; readonly retryAfterMs: number | null } {
  const remaining = Math.max(0, attempts - window.attempts);
  return { remaining, retryAfterMs: remaining === 0 ? windowMs - elapsedMs(window, at) : null };
}

const freshWindow = (at: number): SpawnWindow => ({
  startedAt: at,
  attempts: 0,
  inFlight: false,
  tripped: false,
});

const elapsedMs = ({ startedAt }: SpawnWindow, at: number): number => Math.max(0, at - startedAt);
