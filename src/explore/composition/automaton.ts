/**
 * One chart of a composition as a table: its states by number, and what each stimulus and each message makes of them.
 * XState runs a step once, whatever the other components do.
 *
 * @module
 */
import type { AnyEventObject, AnyMachineSnapshot } from "xstate";
import { createKeys, type Keys } from "../explorer/keys.ts";
import { createLabels } from "../explorer/labels.ts";
import { createStimuli, plainInput, type Stimuli } from "../explorer/stimuli.ts";
import { createStepper, type Effect, type Stepper } from "../stepper.ts";
import { applyStimulus, initialWorld, type Stimulus, type World, type WorldStep } from "../world.ts";
import type { ComponentOptions } from "./types.ts";

/** A component that was not started, or was stopped. */
export const away = 0;

/** What may happen to a component by itself. */
export interface OwnMove {
  /** The event with its payload, `after DELAY`, `done ACTOR`. */
  readonly name: string;
  readonly kind: Stimulus["kind"];
  readonly move: Move;
}

export interface Move {
  readonly to: number;
  readonly effects: readonly Effect[];
  /** It takes a transition, or changes its state. */
  readonly isFelt: boolean;
  /** What the step threw. */
  readonly error: string | null;
}

export class Automaton {
  readonly #stepper: Stepper;
  readonly #keys: Keys;
  readonly #stimuli: Stimuli;
  readonly #options: ComponentOptions;
  readonly #labelOf: ReturnType<typeof createLabels>;
  readonly #worlds: (World | null)[] = [null];
  readonly #index = new Map<string, number>();
  readonly #moves: (readonly OwnMove[] | undefined)[] = [];
  readonly #deliveries: (Move | undefined)[][] = [];
  readonly #starts = new Map<string, Move>();
  /** Steps that XState ran. */
  runs = 0;

  constructor(options: ComponentOptions) {
    const { machine, abstract, ignore, ignoreChildren, events, outcomes, timers = "ordered" } = options;
    const timed = timers === "ordered";
    this.#options = options;
    this.#stepper = createStepper(machine);
    this.#keys = createKeys({ abstract, ignore, ignoreChildren, timed });
    this.#stimuli = createStimuli(machine, this.#stepper.table, { events, outcomes, timed });
    this.#labelOf = createLabels(this.#stepper.table.nodes);
  }

  /** How many states it has been in so far, {@link away} included. */
  get states(): number {
    return this.#worlds.length;
  }

  world(local: number): World | null {
    return this.#worlds[local] ?? null;
  }

  start(input: unknown = this.#options.input ?? plainInput(this.#options.machine)): Move {
    const key = JSON.stringify(input) ?? "";
    let move = this.#starts.get(key);
    if (move === undefined)
      this.#starts.set(key, (move = this.#moveOf(initialWorld(this.#stepper, input), away)));
    return move;
  }

  /** What may happen to it by itself: events from outside, timers, ends of actors. */
  moves(local: number): readonly OwnMove[] {
    let moves = this.#moves[local];
    if (moves !== undefined) return moves;
    const world = this.world(local);
    moves = (world === null ? [] : this.#stimuli.of(world)).map((stimulus) => ({
      name: this.#labelOf(stimulus, world as World).name,
      kind: stimulus.kind,
      move: this.#run(local, stimulus),
    }));
    return (this.#moves[local] = moves);
  }

  deliver(local: number, message: number, event: AnyEventObject): Move {
    const known = (this.#deliveries[local] ??= []);
    const { receive } = this.#options;
    const world = this.world(local);
    return (known[message] ??= this.#run(local, {
      kind: "event",
      event: receive === undefined || world === null ? event : receive(event, world.snapshot),
    }));
  }

  /** The state with `snapshot` for its own; without timers and children. */
  numberOf(snapshot: AnyMachineSnapshot): number {
    return this.#number({ snapshot, timers: [], armedSoFar: 0, ended: new Set() });
  }

  #run(local: number, stimulus: Stimulus): Move {
    const world = this.world(local);
    if (world === null || world.snapshot.status !== "active") {
      return { to: local, effects: [], isFelt: false, error: null };
    }
    this.runs++;
    try {
      return this.#moveOf(applyStimulus(this.#stepper, world, stimulus), local);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { to: local, effects: [], isFelt: false, error: message };
    }
  }

  #moveOf({ world, steps }: WorldStep, from: number): Move {
    const to = this.#number(world);
    const effects = steps.flatMap((it) => it.effects);
    const isTaken = steps.some(({ microsteps }) => microsteps.some(({ taken }) => taken.length > 0));
    return { to, effects, isFelt: to !== from || isTaken, error: null };
  }

  #number(world: World): number {
    const key = this.#keys.of(world);
    let number = this.#index.get(key);
    if (number === undefined) {
      number = this.#worlds.push(world) - 1;
      this.#index.set(key, number);
    }
    return number;
  }
}
