/**
 * What a policy still has in store for a child that fails at each start: until when it is tried.
 *
 * @module
 */
import { withJitter } from "./backoff.ts";
import type { TreePolicy } from "./child-spec.ts";
import { countWithin, isOverOuterLimit } from "./crash-budget.ts";
import { beginsAgain, decideRestart } from "./restart.ts";
import type { RestartBudget, RestartLedger } from "./restart-budget.ts";

export interface Outlook {
  readonly ledger: RestartLedger;
  readonly budget: RestartBudget;
  readonly attempt: number;
  readonly refusedAt: readonly number[];
  readonly crashedAt: readonly number[];
  /** When it is started next, or now if it runs. */
  readonly nextAt: number;
}

/** Restarts after which it is taken to be tried for ever. */
const horizon = 2_000;
/** The longest delays of any jitter. */
const longest = 1 - Number.EPSILON;

/** The instant at which it is given up; null: never, or not within 2,000 restarts. */
export function givenUpAt(outlook: Outlook, policy: TreePolicy): number | null {
  const ledger = outlook.ledger.copy();
  const { budget } = outlook;
  let { attempt, refusedAt, crashedAt, nextAt: at } = outlook;
  for (let restarts = 0; restarts < horizon; restarts++) {
    const question = { ledger, budget, isOwn: true, attempt, uptimeMs: null, at, chance: longest };
    const decision = decideRestart(question, policy);
    attempt = decision.attempt;
    crashedAt = countWithin(crashedAt, at, policy.outerLimit);
    if (decision.kind === "exhausted") {
      if (policy.onExhausted !== "refuse") return at;
      refusedAt = countWithin(refusedAt, at, policy.outerLimit);
    }
    if (isOverOuterLimit({ refusedAt, crashedAt }, policy.outerLimit)) return at;
    if (decision.kind === "restart") {
      at += Math.max(1, decision.delayMs);
      continue;
    }
    if (beginsAgain(budget, policy)) attempt = 0;
    if (policy.pauseMs === null) at = decision.earliestAt ?? at + 1;
    else {
      ledger.forget();
      at += withJitter(policy.pauseMs, policy.jitter, longest);
    }
  }
  return null;
}
