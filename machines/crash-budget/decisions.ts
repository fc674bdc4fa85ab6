/** Decisions of the crash-budget chart: its context after a crash, what is left of a budget. */
import { countWithin, isFirstRefusal, recordCrash } from "../../src/core/crash-budget.ts";
import type { CrashBudgetContext } from "./schemas.ts";

interface Resting {
  readonly value: unknown;
  readonly context: CrashBudgetContext;
}

/**
 * A budget that was at rest while its host was down until `at`: a start that was under way ended with the host and is
 * granted again at once; a probe counts as not made, so that the next one is due.
 */
export function afterHostRestart({ value, context }: Resting, at: number): Resting {
  const isProbing = JSON.stringify(value) === '{"halfOpen":"probing"}';
  if (!isProbing && value !== "retrying") return { value, context };
  return { value: isProbing ? "quarantined" : "backingOff", context: { ...context, at, deadline: at } };
}

/** The context after a crash at `at`. */
export function afterCrash(context: CrashBudgetContext, at: number): CrashBudgetContext {
  const { window, decision } = recordCrash(context.window, at, context.policy);
  const refusedAt = isFirstRefusal(window, decision, context.policy)
    ? countWithin(context.refusedAt, at, context.policy.outerLimit)
    : context.refusedAt;
  const crashedAt = countWithin(context.crashedAt, at, context.policy.outerLimit);
  return { ...context, window, decision, refusedAt, crashedAt, at, deadline: at + decision.retryAfterMs };
}

/** Milliseconds from now until a start is possible again; `null`: a start is possible, or one is under way. */
export function retryAfterMs(
  { deadline, at }: CrashBudgetContext,
  state: string,
  now: number,
): number | null {
  const waits = state === "backingOff" || state === "refused" || state === "quarantined";
  return waits ? Math.max(0, (deadline ?? at) - now) : null;
}

/** Retries that a crash at `now` could still get from its window. */
export function retriesLeft(context: CrashBudgetContext, now: number): number {
  const { policy, window } = context;
  if (context.quarantined) return 0;
  if (window === null) return policy.retries;
  if (policy.window === "sliding") {
    const granted = window.grantedAt.filter((it) => now - it < policy.budgetWindowMs);
    return Math.max(0, policy.retries - granted.length);
  }
  const isOpen = now - window.startedAt < policy.budgetWindowMs;
  return isOpen ? Math.max(0, policy.retries - window.crashes) : policy.retries;
}
