/**
 * A machine that runs on data alone: its events, its time and the ends of its actors are given, and what it does is read.
 *
 * @module
 */
import type { AnyEventObject } from "xstate";
import type { Stepper } from "../explore/stepper.ts";
import {
  applyStimulus,
  initialWorld,
  type Outcome,
  type Stimulus,
  type World,
  type WorldStep,
} from "../explore/world.ts";
import { type Observation, observe, type SeenEffect, seenEffects, sentTo } from "./observation.ts";

/** Told of every stimulus that was applied. */
export type OnStep = (before: World, stimulus: Stimulus, result: WorldStep) => void;

export class ChartRun {
  readonly #stepper: Stepper;
  readonly #onStep: OnStep | undefined;
  readonly #deadlines = new Map<number, number>();
  #world: World;
  #effects: SeenEffect[] = [];
  #nowMs = 0;

  constructor(stepper: Stepper, input: unknown, onStep?: OnStep) {
    this.#stepper = stepper;
    this.#onStep = onStep;
    const { world, steps } = initialWorld(stepper, input);
    this.#world = world;
    this.#note(steps);
  }

  get world(): World {
    return this.#world;
  }

  /** Milliseconds since it was created. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** When a pending timer fires. */
  deadline(serial: number): number {
    return this.#deadlines.get(serial) ?? Number.POSITIVE_INFINITY;
  }

  send(event: AnyEventObject): void {
    this.#apply({ kind: "event", event });
  }

  /** One that is not there, or has ended, changes nothing. */
  settle(child: string, outcome: Outcome): void {
    this.#apply({ kind: "outcome", child, outcome });
  }

  /** Fires what is due within `ms`, each at its own instant; what is armed meanwhile counts from there. */
  advance(ms: number): void {
    const until = this.#nowMs + ms;
    for (;;) {
      let due: World["timers"][number] | undefined;
      for (const timer of this.#world.timers) {
        if (due === undefined || this.deadline(timer.serial) < this.deadline(due.serial)) due = timer;
      }
      if (due === undefined || this.deadline(due.serial) > until) break;
      this.#nowMs = Math.max(this.#nowMs, this.deadline(due.serial));
      if (due.to !== "self") this.#effects.push(sentTo(due.to, due.event));
      this.#apply({ kind: "timer", serial: due.serial });
    }
    this.#nowMs = until;
  }

  /** The state, and what was done since this was asked for last. */
  observe(): Observation {
    const effects = this.#effects;
    this.#effects = [];
    return observe(this.#world.snapshot, effects);
  }

  #apply(stimulus: Stimulus): void {
    const before = this.#world;
    const result = applyStimulus(this.#stepper, before, stimulus);
    this.#world = result.world;
    this.#note(result.steps);
    this.#onStep?.(before, stimulus, result);
  }

  #note(steps: WorldStep["steps"]): void {
    for (const { effects } of steps) {
      if (effects.length > 0) this.#effects.push(...seenEffects(effects));
    }
    if (this.#world.timers.length === 0) return this.#deadlines.clear();
    for (const { serial, delayMs } of this.#world.timers) {
      if (!this.#deadlines.has(serial)) this.#deadlines.set(serial, this.#nowMs + Math.max(0, delayMs));
    }
  }
}
