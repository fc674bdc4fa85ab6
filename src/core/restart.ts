/**
 * Whether a child that wants its restart gets it, and when. Pure; the supervisor is `src/runtime/tree`.
 *
 * @module
 */
import { backoffMs, withJitter } from "./backoff.ts";
import type { TreePolicy } from "./child-spec.ts";
import { withinPeriod } from "./supervision.ts";

/** What is remembered of one child, or of all of them where they share a count. */
export interface RestartHistory {
  /** Instants of restarts, failed ones included, oldest first. */
  readonly times: readonly number[];
}

export interface RestartQuestion extends RestartHistory {
  /** Restarts of this child since it was last stable. */
  readonly attempt: number;
  /** How long it ran; `null` when it did not start at all. */
  readonly uptimeMs: number | null;
  readonly at: number;
  /** From 0 up to but not including 1; spreads the delay. */
  readonly chance: number;
}

export type RestartDecision = RestartHistory &
  (
    | { readonly kind: "restart"; readonly attempt: number; readonly delayMs: number }
    | { readonly kind: "exhausted"; readonly attempt: number }
  );

/** A restart at exactly `periodMs` after another does not count that one: `at − t < periodMs` counts. */
export function decideRestart(question: RestartQuestion, policy: TreePolicy): RestartDecision {
  const { limit, stabilityMs, backoff, jitter } = policy;
  const { at, uptimeMs } = question;
  const isStable = stabilityMs !== null && uptimeMs !== null && uptimeMs >= stabilityMs;
  const known = isStable && limit.scope === "child" ? [] : withinPeriod(question.times, at, limit.periodMs);
  const attempt = isStable ? 1 : question.attempt + 1;
  if (known.length >= limit.intensity) return { kind: "exhausted", times: known, attempt };
  const delayMs = backoff === null ? 0 : withJitter(backoffMs(backoff, attempt), jitter, question.chance);
  return { kind: "restart", times: [...known, at], attempt, delayMs };
}
