import { withJitter } from "../../core/backoff.ts";
import { countWithin, isOverOuterLimit } from "../../core/crash-budget.ts";
import { beginsAgain, decideRestart, isStable, type RestartDecision } from "../../core/restart.ts";
import { lengthMsOf, mostOf } from "../../core/restart-budget.ts";
import { type Budget, Budgets } from "./budgets.ts";
import { type Child, none, recoveryOf } from "./child.ts";
import type { Engine } from "./engine.ts";
import { type Ending, isUnrecoverable, retryAfterMsOf, withoutStack } from "./exit.ts";
import type { Judgement } from "./records.ts";
import { done } from "./result.ts";

/** Failures that an escalation tells of. */
const remembered = 20;

/** What becomes of a child that has failed: asks its budget, waits, refuses. */
export class Restarts {
  readonly #engine: Engine;
  readonly budgets: Budgets;

  constructor(engine: Engine, above: Budgets | null) {
    this.#engine = engine;
    this.budgets = new Budgets(() => engine.policy, above);
  }

  /** `uptimeMs` null: it did not even start. */
  failed(child: Child, ending: Ending, uptimeMs: number | null): void {
    const { policy, quarantine } = this.#engine;
    const at = this.#engine.now();
    if (uptimeMs === null && ending.cause !== null) child.lastCause = withoutStack(ending.cause);
    if (isStable(uptimeMs, policy)) forgetEpisode(child);
    const isHopeless = uptimeMs === null && isUnrecoverable(ending.error);
    // Where nothing is ever escalated, nothing of it has to be kept.
    if (policy.onExhausted !== "shutdown" || isHopeless) this.#remember(child, ending);
    if (child.recovery?.isProbing === true) return quarantine.enter(child, "probeFailed");
    if (isHopeless) return quarantine.enter(child, "unrecoverable");
    const { budget, isOwn } = this.budgets.spentBy(child);
    this.settle(budget, child, at);
    if (budget.refusedUntil !== null) return this.#refused(child, budget.refusedUntil);
    const chance = policy.jitter === "none" ? 0 : this.#engine.chance();
    const question = { ledger: budget.ledger, budget: budget.limit, isOwn, attempt: child.attempt };
    const hintMs = retryAfterMsOf(ending.error);
    const decision = decideRestart({ ...question, uptimeMs, at, chance, hintMs }, policy);
    child.attempt = decision.attempt;
    if (policy.outerLimit !== null) {
      const recovery = recoveryOf(child);
      recovery.crashedAt = countWithin(recovery.crashedAt, at, policy.outerLimit);
    }
    const judgement = this.#judgement(child, budget, decision, ending);
    if (decision.kind === "exhausted") this.#exhausted(child, budget, decision, judgement, chance);
    else if (this.#isHopeless(child)) quarantine.enter(child, "outerLimit");
    // What fails to start is tried again in a later turn: a loop of failures must not hold the host.
    else this.#schedule(child, Math.max(decision.delayMs, uptimeMs === null ? 1 : 0), judgement);
  }

  #remember(child: Child, { cause }: Ending): void {
    const recovery = recoveryOf(child);
    const failure = {
      at: this.#engine.wallNow(),
      incarnation: child.incarnation,
      cause: cause === null ? null : withoutStack(cause),
    };
    recovery.failures = [...recovery.failures.slice(1 - remembered), failure];
  }

  #judgement(child: Child, budget: Budget, decision: RestartDecision, { reason, cause }: Ending): Judgement {
    const { limit, name } = budget;
    const { attempt, count, kind } = decision;
    return {
      id: child.spec.id,
      attempt,
      restarts: count,
      limit: limit.kind,
      intensity: mostOf(limit),
      periodMs: lengthMsOf(limit),
      budget: name,
      restarting: kind === "restart",
      level: attempt > this.#engine.policy.errorAfter ? "error" : "warning",
      reason,
      cause,
    };
  }

  #schedule(child: Child, delayMs: number, judgement: Judgement): void {
    const { children, policy, group } = this.#engine;
    const dueAt = this.#engine.now() + delayMs;
    this.#engine.record({ type: "restart.scheduled", ...judgement, delayMs, dueAt });
    child.state = "restarting";
    const isNow = delayMs === 0;
    if (policy.strategy !== "oneForOne") group.join(child, policy.strategy, dueAt, isNow);
    else if (isNow) this.begin(child);
    else children.arm(child, dueAt, () => this.begin(child));
  }

  /** Starts `child` as soon as there is a slot. */
  begin(child: Child): void {
    const { children } = this.#engine;
    children.starts.run(child, () => {
      const launch = children.launch(child);
      if (launch.kind === "failed") this.failed(child, launch.ending, null);
    });
  }

  #exhausted(
    child: Child,
    budget: Budget,
    { earliestAt }: RestartDecision,
    judgement: Judgement,
    chance: number,
  ): void {
    const { policy, quarantine } = this.#engine;
    const { onExhausted, pauseMs, jitter } = policy;
    this.#engine.record({ type: "restart.refused", ...judgement, earliestAt });
    const { id } = child.spec;
    if (onExhausted === "shutdown")
      return this.#engine.shutdown(
        `the restarts of "${id}" are exhausted`,
        done("shutdown", { exhausted: id }),
      );
    if (onExhausted === "quarantine") return quarantine.enter(child, "exhausted");
    const at = this.#engine.now();
    const until = pauseMs === null ? (earliestAt ?? at + 1) : at + withJitter(pauseMs, jitter, chance);
    budget.refuse(until, pauseMs !== null);
    const { restarts, intensity, budget: name } = judgement;
    const facts = { id, budget: name, restarts, intensity, restarting: false as const };
    this.#engine.record({ type: "restarts.paused", ...facts, until });
    const recovery = recoveryOf(child);
    recovery.refusedAt = countWithin(recovery.refusedAt, at, policy.outerLimit);
    if (this.#isHopeless(child)) return quarantine.enter(child, "outerLimit");
    this.#refused(child, until);
  }

  #isHopeless({ recovery }: Child): boolean {
    return recovery !== null && isOverOuterLimit(recovery, this.#engine.policy.outerLimit);
  }

  /** Down until `until`, then back with those that went down with it. */
  #refused(child: Child, until: number): void {
    const { children, policy, group } = this.#engine;
    children.disarm(child);
    recoveryOf(child).companions = group.abandon(child);
    child.state = "refused";
    if (policy.resume === "timer") children.arm(child, until, () => this.readmit(child));
  }

  /** The refusal of `child` is over. */
  readmit(child: Child): void {
    const { policy, group } = this.#engine;
    const at = this.#engine.now();
    const { budget } = this.budgets.of(child);
    this.settle(budget, child, at);
    if (beginsAgain(budget.limit, policy)) child.attempt = 0;
    const recovery = recoveryOf(child);
    const { companions } = recovery;
    recovery.companions = none;
    child.state = "restarting";
    if (policy.strategy === "oneForOne" || companions.length === 0) this.begin(child);
    else group.join(child, policy.strategy, at, true, companions);
  }

  /** A refusal of `budget` that is over is told once, by the first that meets it. */
  settle(budget: Budget, { spec: { id } }: Child, at: number): void {
    if (!budget.settle(at)) return;
    const facts = { id, budget: budget.name, restarts: 0, intensity: mostOf(budget.limit) };
    this.#engine.record({ type: "restarts.resumed", ...facts, restarting: true });
  }

  /** Forgets what `child`, or all that share its budget, have spent. */
  forget(child: Child): void {
    forgetEpisode(child);
    child.attempt = 0;
    this.budgets.of(child).budget.forget();
  }

  /** The child says that it is well. */
  healthy(child: Child): void {
    const { policy, quarantine, children } = this.#engine;
    children.ready(child);
    if (policy.stabilityBy !== "report") return;
    child.attempt = 0;
    forgetEpisode(child);
    const { budget, isOwn } = this.budgets.of(child);
    if (isOwn) budget.forget();
    if (child.recovery?.isProbing === true) quarantine.cured(child);
  }
}

function forgetEpisode({ recovery }: Child): void {
  if (recovery === null) return;
  recovery.failures = none;
  recovery.refusedAt = none;
  recovery.crashedAt = none;
}
