import { DrainPolicy, type DrainStep, DrainUnit, planDrain } from "../../core/drain.ts";
import { toFailure } from "../../core/errors.ts";
import { check } from "../check.ts";
import type { Clock } from "../clock.ts";
import type { DrainReport, DrainRequest, MoveOutcome, Mover } from "./api.ts";

/** One drain: plans, acts, and plans again whenever something has changed. */
export class Drain {
  readonly #request: DrainRequest;
  readonly #policy: DrainPolicy;
  readonly #move: Mover["move"];
  readonly #movedAt: (unit: string) => number | null;
  readonly #clock: Clock;
  readonly #deadline: number | null;
  /** What is being done, by unit. */
  readonly #pending = new Map<string, Promise<void>>();
  readonly #gone = new Set<string>();
  readonly #replaced = new Set<string>();
  readonly #failed = new Map<string, MoveOutcome | string>();

  constructor(
    request: DrainRequest,
    around: {
      readonly move: Mover["move"];
      readonly movedAt: (unit: string) => number | null;
      readonly cooldownMs: number;
      readonly clock: Clock;
    },
  ) {
    const { batchDeadlineMs, policy } = request;
    const given = { cooldownMs: around.cooldownMs, ...policy };
    this.#policy = check(DrainPolicy, given, "the policy of the drain");
    this.#request = request;
    this.#move = around.move;
    this.#movedAt = around.movedAt;
    this.#clock = around.clock;
    this.#deadline = batchDeadlineMs === undefined ? null : around.clock.now() + batchDeadlineMs;
  }

  async run(): Promise<DrainReport> {
    const { node, signal } = this.#request;
    for (;;) {
      const units = this.#units();
      const state = { units, node, at: this.#clock.now(), deadline: this.#deadline };
      const plan = planDrain(state, this.#policy);
      const isCalledOff = signal?.aborted === true;
      if (!isCalledOff) for (const it of plan.steps) this.#begin(it, units);
      const failed = [...this.#failed].map(([unit, because]) => ({ unit, because }));
      const isWaiting = plan.waiting.length > 0 && !isCalledOff;
      if (this.#pending.size === 0 && !isWaiting) {
        const { refused, waiting } = plan;
        return {
          drained: plan.done && failed.length === 0,
          moved: [...this.#gone],
          failed,
          refused,
          waiting,
        };
      }
      await this.#change(isWaiting);
    }
  }

  /** As the host has them, and what this drain knows better. */
  #units(): DrainUnit[] {
    return this.#request.units().map((it) => {
      const unit = check(DrainUnit, it, `unit "${it.id}"`);
      if (unit.node !== this.#request.node) return unit;
      if (this.#gone.has(unit.id)) return { ...unit, status: "terminal" };
      // What could not be moved is left alone, as what is not to be moved, and holds nobody up.
      if (this.#failed.has(unit.id)) return { ...unit, kind: "system", health: "unhealthy" };
      const isMoving = this.#pending.has(unit.id);
      const movedAt = unit.movedAt ?? this.#movedAt(unit.id);
      const isReplaced = this.#replaced.has(unit.id) && unit.replacement === "none";
      return {
        ...unit,
        movedAt,
        status: isMoving ? "moving" : unit.status,
        replacement: isReplaced ? "pending" : unit.replacement,
      };
    });
  }

  #begin({ unit: id, act }: DrainStep, units: readonly DrainUnit[]): void {
    const unit = units.find((it) => it.id === id);
    if (unit === undefined) return;
    const work = this.#act(unit, act)
      .catch((error: unknown) => void this.#failed.set(id, toFailure(error).message))
      .finally(() => void this.#pending.delete(id));
    this.#pending.set(id, work);
  }

  async #act(unit: DrainUnit, act: DrainStep["act"]): Promise<void> {
    const { node, optionsFor, replacement } = this.#request;
    if (act === "move") {
      const outcome = await this.#move(unit.id, optionsFor?.(unit) ?? { source: node });
      const isGone =
        outcome.outcome === "moved" || (outcome.outcome === "resolved" && outcome.owner === "target");
      if (isGone) this.#gone.add(unit.id);
      else this.#failed.set(unit.id, outcome);
      return;
    }
    if (replacement === undefined) {
      const message = `unit "${unit.id}" cannot be replaced: the drain has no "replacement" ports; give them, or move it`;
      return void this.#failed.set(unit.id, message);
    }
    if (act === "replace") {
      await replacement.start(unit);
      return void this.#replaced.add(unit.id);
    }
    await replacement.retire(unit);
    this.#gone.add(unit.id);
  }

  /** Resolves when something has ended, is due to be looked at again, or the drain is called off. */
  async #change(looksAgain: boolean): Promise<void> {
    const { signal, lookEveryMs = 1_000 } = this.#request;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = looksAgain ? this.#clock.setTimeout(resolve, lookEveryMs) : undefined;
    const wake = (): void => resolve();
    if (signal?.aborted !== true) signal?.addEventListener("abort", wake, { once: true });
    await Promise.race([promise, ...this.#pending.values()]);
    signal?.removeEventListener("abort", wake);
    if (timer !== undefined) this.#clock.clearTimeout(timer);
  }
}
