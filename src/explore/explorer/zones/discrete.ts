/** A machine without its clocks: worlds by number, and each step out of them, run once whatever the clocks show. */
import type { Effect, Transition } from "../../stepper.ts";
import { applyStimulus, type Stimulus, type Timer, type World } from "../../world.ts";
import type { Label } from "../graph.ts";
import type { Session } from "../session.ts";

/** What a step comes to. */
export interface Move {
  /** -1: it throws, or leads to what cannot be told apart. */
  readonly to: number;
  /** By timer of what it leads to, the place of the same timer before; -1: it is armed now. */
  readonly sources: readonly number[];
  readonly taken: readonly Transition[];
  readonly effects: readonly Effect[];
  readonly error: { readonly thrown: unknown } | null;
}

export interface Location {
  readonly world: World;
  /** The shortest first; of those with the same delay the one that was armed first. */
  readonly timers: readonly Timer[];
  readonly delaysMs: readonly number[];
  readonly stimuli: readonly Stimulus[];
  readonly labels: readonly Label[];
  /** By stimulus: the place of the timer that it fires; -1: it is none. */
  readonly fires: readonly number[];
  readonly moves: (Move | undefined)[];
}

export class Locations {
  readonly all: Location[] = [];
  readonly #session: Session;
  readonly #numbers = new Map<string, number>();

  constructor(session: Session) {
    this.#session = session;
  }

  /** -1: it has no key; that is noted. */
  number(world: World, name: string | null): number {
    const session = this.#session;
    const timers = world.timers.toSorted((a, b) => a.delayMs - b.delayMs);
    const context = session.keyOf({ ...world, timers: [] }, null, name);
    if (context === null) return -1;
    const names = session.keys.timers({ ...world, timers });
    const key = [context, ...names.map((it, place) => `${it}@${timers[place]?.delayMs}`)].join("\n");
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.all.push(this.#open(world, timers)) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }

  move(location: Location, stimulus: number): Move {
    return (location.moves[stimulus] ??= this.#run(location, stimulus));
  }

  #open(world: World, timers: readonly Timer[]): Location {
    const session = this.#session;
    session.coverage.noteRest(world.snapshot);
    const stimuli = session.stimuliOf(world, 0);
    return {
      world,
      timers,
      delaysMs: timers.map(({ delayMs }) => delayMs),
      stimuli,
      labels: stimuli.map((it) => session.labelOf(it, world)),
      fires: stimuli.map((it) =>
        it.kind === "timer" ? timers.findIndex(({ serial }) => serial === it.serial) : -1,
      ),
      moves: [],
    };
  }

  #run({ world, stimuli, labels, timers }: Location, index: number): Move {
    const session = this.#session;
    const stimulus = stimuli[index] as Stimulus;
    const name = labels[index]?.name ?? "";
    const before = session.checks.begin(world.snapshot);
    try {
      const result = applyStimulus(session.stepper, world, stimulus);
      if (before !== null)
        session.suspect(session.checks.repeat(world, stimulus, result, before), null, name);
      const to = this.number(result.world, name);
      const places = new Map(timers.map(({ serial }, place) => [serial, place]));
      const armed = result.world.timers.toSorted((a, b) => a.delayMs - b.delayMs);
      return {
        to,
        sources: armed.map(({ serial }) => places.get(serial) ?? -1),
        taken: session.noteStep(result),
        effects: result.steps.flatMap((it) => it.effects),
        error: null,
      };
    } catch (thrown) {
      return { to: -1, sources: [], taken: [], effects: [], error: { thrown } };
    }
  }
}
