/** One attempt as the original makes it: a decision over counts, with nothing executed. */
import * as z from "zod";
import type { RecoveryRecipe } from "./recipes.ts";
import type { ScenarioName } from "./scenarios.ts";
import { RecoveryStep } from "./steps.ts";

export const RecoveryResult = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("recovered"), stepsTaken: z.int().nonnegative() }),
  z.object({
    kind: z.literal("partial_recovery"),
    recovered: z.array(RecoveryStep),
    remaining: z.array(RecoveryStep),
  }),
  z.object({ kind: z.literal("escalation_required"), reason: z.string() }),
]);
export type RecoveryResult = z.infer<typeof RecoveryResult>;

/** What the original logs of an attempt: always two of these. */
export type AttemptEvent =
  | {
      readonly kind: "recovery_attempted";
      readonly scenario: ScenarioName;
      readonly recipe: RecoveryRecipe;
      readonly result: RecoveryResult;
    }
  | { readonly kind: "recovery_succeeded" | "recovery_failed" | "escalated" };

/** Attempts by scenario; one that is missing counts 0. */
export type AttemptCounts = Readonly<Record<string, number>>;

/** Attempts made for `scenario`. */
export function attemptCount(counts: AttemptCounts, scenario: ScenarioName): number {
  return Object.hasOwn(counts, scenario) ? (counts[scenario] ?? 0) : 0;
}

/**
 * An attempt with `recipe`, stopped before the step at `failAtStep`; `null`, and an index beyond the last step: not
 * stopped. The attempt is counted before the first step, a refused one is not.
 */
export function attemptRecovery(
  recipe: RecoveryRecipe,
  { counts, failAtStep }: { readonly counts: AttemptCounts; readonly failAtStep: number | null },
): {
  readonly result: RecoveryResult;
  readonly counts: AttemptCounts;
  readonly events: readonly AttemptEvent[];
} {
  const { scenario, steps, maxAttempts } = recipe;
  const made = attemptCount(counts, scenario);
  const isRefused = made >= maxAttempts;
  const result: RecoveryResult = isRefused
    ? { kind: "escalation_required", reason: attemptsExceeded(scenario, maxAttempts) }
    : resultAfter(steps, Math.min(failAtStep ?? steps.length, steps.length), scenario);
  return {
    result,
    counts: isRefused ? counts : { ...counts, [scenario]: made + 1 },
    events: [{ kind: "recovery_attempted", scenario, recipe, result }, { kind: verdict[result.kind] }],
  };
}

const verdict = {
  recovered: "recovery_succeeded",
  partial_recovery: "recovery_failed",
  escalation_required: "escalated",
} as const satisfies Record<RecoveryResult["kind"], AttemptEvent["kind"]>;

/** The result when the first `done` of `steps` were done and the next one, if any, was not. */
export function resultAfter(
  steps: readonly RecoveryStep[],
  done: number,
  scenario: ScenarioName,
): RecoveryResult {
  if (done >= steps.length) return { kind: "recovered", stepsTaken: steps.length };
  if (done === 0) return { kind: "escalation_required", reason: failedAtFirstStep(scenario) };
  return { kind: "partial_recovery", recovered: steps.slice(0, done), remaining: steps.slice(done) };
}

// ── Texts of the original ────────────────────────────────────────────────────

export function attemptsExceeded(scenario: ScenarioName, maxAttempts: number): string {
  return `max recovery attempts (${maxAttempts}) exceeded for ${scenario}`;
}

export function failedAtFirstStep(scenario: ScenarioName): string {
  return `recovery failed at first step for ${scenario}`;
}

export function stepsRemaining(count: number): string {
  return `${count} step(s) remaining after partial recovery`;
}
