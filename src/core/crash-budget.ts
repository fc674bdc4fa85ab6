/**
 * Crash budget: how often a backend may crash before it is left down. Pure decisions; the chart is
 * `machines/crash-budget.ts`.
 *
 * @module
 */
import * as z from "zod";
import { DurationMs, MonotonicMs } from "./time.ts";

/** After this many refused windows, or crashes, within `periodMs` a backend is quarantined. */
export const OuterLimit = z.strictObject({
  refusedWindows: z.int().positive().default(3),
  /**
   * So many crashes within `periodMs` are as bad, whatever windows they fell into: one that lives just longer than a
   * window is never refused, and would be started again for ever (115 times an hour at 31 s; `homeostat simulate`).
   */
  crashes: z.int().positive().default(10),
  periodMs: DurationMs.default(15 * 60_000),
});
export type OuterLimit = z.infer<typeof OuterLimit>;

export const CrashBudgetPolicy = z.strictObject({
  /** Wait before the retry. @see running-process 4.5.5, `DEFAULT_RECOVERY_RETRY_BACKOFF` */
  retryBackoffMs: DurationMs.default(250),
  /** Length of a window. @see running-process 4.5.5, `DEFAULT_RECOVERY_BUDGET_WINDOW` */
  budgetWindowMs: DurationMs.default(30_000),
  /** Retries per window. @see running-process 4.5.5: one */
  retries: z.int().nonnegative().default(1),
  /** `tumbling`: a window opens with a crash and ends after its length. `sliding`: any stretch of that length counts. */
  window: z.enum(["tumbling", "sliding"]).default("tumbling"),
  /** Verified uptime after which the crashes are forgotten; 0: at the first sign of life. */
  provenUptimeMs: z.int().nonnegative().default(60_000),
  /** `null`: refused for ever again, never quarantined. */
  outerLimit: OuterLimit.nullable().prefault({}),
  /** Between the half-open probes of a quarantined backend. */
  probeEveryMs: DurationMs.default(5 * 60_000),
});
export type CrashBudgetPolicy = z.output<typeof CrashBudgetPolicy>;

/**
 * The policy of running-process 4.5.5: one retry per tumbling window, forgotten at the first sign of life, never
 * quarantined. A zero becomes 1 ms, as there.
 */
export function referenceCrashPolicy({
  retryBackoffMs = 250,
  budgetWindowMs = 30_000,
}: { readonly retryBackoffMs?: number; readonly budgetWindowMs?: number } = {}): CrashBudgetPolicy {
  return CrashBudgetPolicy.parse({
    retryBackoffMs: Math.max(1, retryBackoffMs),
    budgetWindowMs: Math.max(1, budgetWindowMs),
    provenUptimeMs: 0,
    outerLimit: null,
  });
}

/** The crashes that still count. */
export const CrashWindow = z.object({
  startedAt: MonotonicMs,
  /** Crashes since `startedAt`, refused ones included. */
  crashes: z.int().positive(),
  /** When retries were granted, oldest first; only kept by a sliding window. */
  grantedAt: z.array(MonotonicMs),
});
export type CrashWindow = z.infer<typeof CrashWindow>;

export const CrashDecision = z.discriminatedUnion("kind", [
  /** Start it again after `retryAfterMs`. */
  z.object({ kind: z.literal("retry"), retryAfterMs: DurationMs, attempt: z.int().positive() }),
  /** Leave it down; ask again after `retryAfterMs`. */
  z.object({
    kind: z.literal("refuse"),
    reason: z.literal("backend_unavailable"),
    /** Of the unit of `at`, which need not be whole. */
    retryAfterMs: z.number().positive(),
  }),
]);
export type CrashDecision = z.infer<typeof CrashDecision>;

/**
 * What a crash at `at` means, and the window afterwards. An `at` before the window's start (a clock gone back) counts
 * as its start: the window neither moves nor refreshes.
 */
export function recordCrash(
  window: CrashWindow | null,
  at: number,
  policy: CrashBudgetPolicy,
): { readonly window: CrashWindow; readonly decision: CrashDecision } {
  return policy.window === "tumbling"
    ? recordTumbling(window, at, policy)
    : recordSliding(window, at, policy);
}

function recordTumbling(
  previous: CrashWindow | null,
  at: number,
  { budgetWindowMs, retries, retryBackoffMs }: CrashBudgetPolicy,
): ReturnType<typeof recordCrash> {
  const elapsed = previous === null ? 0 : Math.max(0, at - previous.startedAt);
  const isOpen = previous !== null && elapsed < budgetWindowMs;
  const window = isOpen
    ? { ...previous, crashes: previous.crashes + 1 }
    : { startedAt: at, crashes: 1, grantedAt: [] };
  if (window.crashes <= retries) {
    return { window, decision: { kind: "retry", retryAfterMs: retryBackoffMs, attempt: window.crashes } };
  }
  const retryAfterMs = isOpen ? budgetWindowMs - elapsed : budgetWindowMs;
  return { window, decision: { kind: "refuse", reason: "backend_unavailable", retryAfterMs } };
}

function recordSliding(
  previous: CrashWindow | null,
  at: number,
  { budgetWindowMs, retries, retryBackoffMs }: CrashBudgetPolicy,
): ReturnType<typeof recordCrash> {
  const granted = (previous?.grantedAt ?? []).filter((it) => at - it < budgetWindowMs);
  const crashes = (previous?.crashes ?? 0) + 1;
  const startedAt = previous?.startedAt ?? at;
  if (granted.length < retries) {
    const window = { startedAt, crashes, grantedAt: [...granted, at] };
    return { window, decision: { kind: "retry", retryAfterMs: retryBackoffMs, attempt: granted.length + 1 } };
  }
  const frees = granted.at(-retries);
  const retryAfterMs =
    frees === undefined ? budgetWindowMs : Math.min(budgetWindowMs, frees + budgetWindowMs - at);
  const window = { startedAt, crashes, grantedAt: granted };
  return { window, decision: { kind: "refuse", reason: "backend_unavailable", retryAfterMs } };
}

/** Whether `decision` is the one that turned its window into a refused one: later refusals of it do not count again. */
export function isFirstRefusal(
  window: CrashWindow,
  decision: CrashDecision,
  policy: CrashBudgetPolicy,
): boolean {
  if (decision.kind !== "refuse") return false;
  return policy.window === "sliding" || window.crashes === policy.retries + 1;
}

/** `times` plus `at`, without those that the outer limit no longer counts; none where there is no outer limit. */
export function countWithin(times: readonly number[], at: number, outerLimit: OuterLimit | null): number[] {
  if (outerLimit === null) return [];
  return [...times.filter((it) => at - it < outerLimit.periodMs), at];
}

/** Whether so many refused windows, or so many crashes, are one too many. */
export function isOverOuterLimit(
  { refusedAt, crashedAt }: { readonly refusedAt: readonly number[]; readonly crashedAt: readonly number[] },
  outerLimit: OuterLimit | null,
): boolean {
  if (outerLimit === null) return false;
  return refusedAt.length >= outerLimit.refusedWindows || crashedAt.length >= outerLimit.crashes;
}
