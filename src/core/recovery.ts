/**
 * Recovery recipes: what is tried automatically for a known failure, how often, and what happens when it did not help.
 * Data and pure decisions; the chart is `machines/recovery.ts`.
 *
 * @see claw-code `recovery_recipes.rs` at 9de97c95 (recipes, results), HEAD of 2026-08-16 (attempt ledger)
 * @module
 */
import * as z from "zod";
import { referenceRecipes } from "./recovery/recipes.ts";
import { DurationMs } from "./time.ts";

export * from "./recovery/attempt.ts";
export * from "./recovery/escalation.ts";
export * from "./recovery/ledger.ts";
export * from "./recovery/plan.ts";
export * from "./recovery/recipes.ts";
export * from "./recovery/scenarios.ts";
export * from "./recovery/steps.ts";

/** How the chart treats every recipe; each rule that the original lacks can be switched off. */
export const RecoveryRules = z.object({
  /** Steps are fitted to the failure's facts: targets filled in, an untrusted prompt left to a person. */
  plansFromFacts: z.boolean().default(true),
  /** A recovery counts only after a health check says so. */
  confirms: z.boolean().default(true),
  /** For that health check. @see StartPolicy: a handshake takes 5 s at most */
  confirmTimeoutMs: DurationMs.default(5_000),
  /** Spent attempts come back on verified health and when a person closes the episode. */
  returnsAttempts: z.boolean().default(true),
  /** How long a confirmed recovery must hold before they do; 0: at the confirmation. @see CrashBudgetPolicy.provenUptimeMs */
  provenMs: z.int().nonnegative().default(60_000),
  /** A failed attempt goes on from its failed step if that is idempotent and an attempt is left. */
  resumes: z.boolean().default(true),
  /** The recipe's escalation policy is acted on. */
  actsOnPolicy: z.boolean().default(true),
  /** For stopping the subject under the policy `abort`. @see the host's own deadline for a stop, 10 s */
  abortTimeoutMs: DurationMs.default(10_000),
  /** Records and command results kept; the oldest go first. */
  logLimit: z.int().positive().default(100),
});
export type RecoveryRules = z.output<typeof RecoveryRules>;

/** The preset under which chart and decisions answer as the original does. */
export const recoveryReference = {
  recipes: referenceRecipes,
  rules: RecoveryRules.parse({
    plansFromFacts: false,
    confirms: false,
    returnsAttempts: false,
    resumes: false,
    actsOnPolicy: false,
  }),
} as const;
