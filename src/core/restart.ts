/**
 * Whether a child that wants its restart gets it, and when. No clock, no chance: both arrive with the question. The
 * supervisor is `src/runtime/tree`.
 *
 * @module
 */
import { restartDelayMs } from "./backoff.ts";
import type { TreePolicy } from "./child-spec.ts";
import type { RestartBudget, RestartLedger, Spending } from "./restart-budget.ts";

export interface RestartQuestion {
  /** What was spent of `budget`, by this child or by all that share it; an answer is spent in it. */
  readonly ledger: RestartLedger;
  readonly budget: RestartBudget;
  /** Whether stability of this child forgets the ledger: it is its own. */
  readonly isOwn: boolean;
  /** Restarts of this child since it was last stable. */
  readonly attempt: number;
  /** How long it ran; `null` when it did not start at all. */
  readonly uptimeMs: number | null;
  readonly at: number;
  /** From 0 up to but not including 1; spreads the delay. */
  readonly chance: number;
  /** When to come back, as whoever failed said; `null`: it did not. */
  readonly hintMs?: number | null;
}

export type RestartDecision = Omit<Spending, "granted"> &
  (
    | { readonly kind: "restart"; readonly attempt: number; readonly delayMs: number }
    | { readonly kind: "exhausted"; readonly attempt: number }
  );

type Delays = Pick<TreePolicy, "backoff" | "jitter" | "stabilityMs" | "stabilityBy">;

export const isStable = (
  uptimeMs: number | null,
  { stabilityMs, stabilityBy }: Pick<Delays, "stabilityMs" | "stabilityBy">,
): boolean =>
  stabilityBy === "uptime" && stabilityMs !== null && uptimeMs !== null && uptimeMs >= stabilityMs;

export function decideRestart(question: RestartQuestion, policy: Delays): RestartDecision {
  const { ledger, budget, isOwn, at, chance, hintMs = null } = question;
  const wasStable = isStable(question.uptimeMs, policy);
  if (wasStable && isOwn) ledger.forget();
  const attempt = wasStable ? 1 : question.attempt + 1;
  const { granted, count, earliestAt } = ledger.spend(at, budget);
  if (!granted) return { kind: "exhausted", count, earliestAt, attempt };
  const delayMs = restartDelayMs(policy.backoff, policy.jitter, { attempt, chance, hintMs });
  return { kind: "restart", count, earliestAt, attempt, delayMs };
}

/** Whether the end of a refusal is that of its count, so that back-off begins again too. */
export const beginsAgain = (budget: RestartBudget, { pauseMs }: Pick<TreePolicy, "pauseMs">): boolean =>
  pauseMs !== null || budget.kind === "tumbling";
