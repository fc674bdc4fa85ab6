import { givenUpAt } from "../../core/forecast.ts";
import { mostOf } from "../../core/restart-budget.ts";
import { type Child, type ChildState, recoveryOf } from "./child.ts";
import type { Engine } from "./engine.ts";
import type { TreeEscalation } from "./escalations.ts";

/** What is to be expected of one child; instants are monotonic, of the tree's clock. */
export interface ChildStatus {
  readonly id: string;
  readonly state: ChildState;
  /** Restarts since it was last stable, of as many as its budget grants at once. */
  readonly attempt: number;
  readonly attempts: number;
  /** When it is started, or may be; null: it runs, or somebody has to say so. */
  readonly nextAttemptAt: number | null;
  /**
   * How long it is still tried if each start fails at once and each wait is the longest; null: for ever (looked at for
   * 2,000 restarts), or it is not tried any more.
   */
  readonly givesUpAfterMs: number | null;
  /** What it waits for. */
  readonly requires: readonly string[];
  readonly escalation: TreeEscalation | null;
}

export function nextAttemptAt(engine: Engine, child: Child): number | null {
  switch (child.state) {
    case "restarting":
      return engine.group.dueAt(child) ?? child.deadline?.at ?? engine.now();
    case "refused":
      return engine.restarts.budgets.of(child).budget.refusedUntil ?? engine.now();
    case "quarantined":
      return child.recovery?.probeAt ?? null;
    case "stopped":
      return engine.group.dueAt(child);
    case "running":
    case "waiting":
    case "stopping":
      return null;
  }
}

export function statusOf(engine: Engine, child: Child): ChildStatus {
  const { spec, state, attempt } = child;
  const { limit, ledger } = engine.restarts.budgets.of(child).budget;
  const { refusedAt, crashedAt } = child.recovery ?? recoveryOf({ ...child });
  const nextAt = nextAttemptAt(engine, child);
  const isTried = state === "running" || state === "restarting" || state === "refused";
  const from = nextAt ?? engine.now();
  const outlook = { ledger, budget: limit, attempt, refusedAt, crashedAt, nextAt: from };
  const endsAt = isTried ? givenUpAt(outlook, engine.policy) : null;
  return {
    id: spec.id,
    state,
    attempt,
    attempts: mostOf(limit),
    nextAttemptAt: nextAt,
    givesUpAfterMs: endsAt === null ? null : endsAt - engine.now(),
    requires: state === "waiting" ? engine.children.starts.missing(child) : [],
    escalation: engine.escalations.get(spec.id),
  };
}
