/**
 * The explored states and what leads from one to the next, as integers: 8 bytes a state and 8 an edge besides
 * what the states themselves take.
 *
 * @module
 */
import type { AnyMachineSnapshot } from "xstate";
import type { Transition } from "../stepper.ts";
import type { Stimulus, World } from "../world.ts";
import { IntList } from "./int-list.ts";

/** A stimulus as edges share it. */
export interface Label {
  /** `type`, with its payload; `after DELAY`; `done ACTOR` or `error ACTOR`, with what it gave. */
  readonly name: string;
  /** The event's type, `after DELAY`, `done ACTOR` or `error ACTOR`: what a fairness constraint names. */
  readonly action: string;
  readonly kind: Stimulus["kind"];
  /** One of the stimuli that it stands for; of a timer the serial is that of one state alone. */
  readonly stimulus: Stimulus;
  /** Of a timer: the type of the event that it brings. */
  readonly timerEvent: string | null;
}

export interface Edge {
  readonly from: number;
  readonly to: number;
  readonly label: Label;
  /** In the order in which they were taken, eventless and raised ones included. */
  readonly taken: readonly Transition[];
}

/** The states by number, as they are kept. */
export interface States {
  readonly count: number;
  /** Of what it keeps beside the worlds of {@link WorldList}. */
  readonly bytes: number;
  world(state: number): World;
}

/** States as the worlds that were found first. */
export class WorldList implements States {
  readonly #worlds: World[] = [];
  readonly #index = new Map<string, number>();
  readonly bytes = 0;

  get count(): number {
    return this.#worlds.length;
  }

  /** The state of `key`; `undefined`: it is new. */
  find(key: string): number | undefined {
    return this.#index.get(key);
  }

  add(key: string, world: World): number {
    const state = this.#worlds.push(world) - 1;
    this.#index.set(key, state);
    return state;
  }

  world(state: number): World {
    return this.#worlds[state] as World;
  }
}

export class StateGraph {
  readonly #states: States;
  readonly #parentEdge = new IntList();
  /** States are found level by level: the first one of each. */
  readonly #levels = new IntList();
  /** Edges are added state by state: those of state `n` begin here. */
  readonly #firstEdge = new IntList();
  readonly #to = new IntList();
  /** Index into {@link #kinds}. */
  readonly #kindOf = new IntList();
  readonly #kinds: { readonly label: number; readonly taken: readonly Transition[] }[] = [];
  readonly #kindIndex = new Map<string, number>();
  readonly #labels: Label[] = [];
  readonly #labelIndex = new Map<string, number>();
  #nextDepth = 0;

  constructor(states: States) {
    this.#states = states;
  }

  get states(): number {
    return this.#states.count;
  }

  get edges(): number {
    return this.#to.length;
  }

  /** What states and edges take, without the worlds of a machine that is explored as it is. */
  get bytes(): number {
    const lists = [this.#parentEdge, this.#levels, this.#firstEdge, this.#to, this.#kindOf];
    return this.#states.bytes + lists.reduce((sum, it) => sum + it.bytes, 0);
  }

  /**
   * To be called for each state in turn, when it was added to the states.
   *
   * @param parentEdge By which it was found first; -1 for the initial state.
   */
  noteState(parentEdge: number): void {
    const state = this.#parentEdge.length;
    this.#parentEdge.push(parentEdge);
    if (this.#nextDepth === this.#levels.length) this.#levels.push(state);
  }

  /** To be called for each state in turn, before its edges are added. */
  beginEdgesOf(state: number): void {
    while (this.#firstEdge.length <= state) this.#firstEdge.push(this.edges);
    this.#nextDepth = this.depth(state) + 1;
  }

  /** @param kind From {@link internKind}. */
  addEdge(to: number, kind: number): number {
    this.#to.push(to);
    this.#kindOf.push(kind);
    return this.edges - 1;
  }

  /** What edges with the same label and the same transitions have in common. */
  internKind(label: number, taken: readonly Transition[]): number {
    const key = `${label}:${taken.map((it) => it.index).join()}`;
    let index = this.#kindIndex.get(key);
    if (index === undefined) {
      index = this.#kinds.push({ label, taken }) - 1;
      this.#kindIndex.set(key, index);
    }
    return index;
  }

  internLabel(name: string, label: () => Label): number {
    let index = this.#labelIndex.get(name);
    if (index === undefined) {
      index = this.#labels.push(label()) - 1;
      this.#labelIndex.set(name, index);
    }
    return index;
  }

  /** The world that was found first of those that count as this state. */
  world(state: number): World {
    if (!(state >= 0 && state < this.states)) {
      throw new RangeError(`there are ${this.states} states, none is number ${state}`);
    }
    return this.#states.world(state);
  }

  snapshot(state: number): AnyMachineSnapshot {
    return this.world(state).snapshot;
  }

  /** Steps from the initial state, at least. */
  depth(state: number): number {
    return this.#levels.lastUpTo(state);
  }

  edge(edge: number): Edge {
    const kind = this.#kinds[this.#kindOf.at(edge)];
    if (kind === undefined) throw new RangeError(`there is no edge ${edge}`);
    return {
      from: this.from(edge),
      to: this.to(edge),
      label: this.#labels[kind.label] as Label,
      taken: kind.taken,
    };
  }

  from(edge: number): number {
    return edge < 0 || edge >= this.edges ? -1 : this.#firstEdge.lastUpTo(edge);
  }

  to(edge: number): number {
    return this.#to.at(edge);
  }

  label(edge: number): Label {
    return this.#labels[this.labelIndex(edge)] as Label;
  }

  get labels(): readonly Label[] {
    return this.#labels;
  }

  /** Index into {@link labels}. */
  labelIndex(edge: number): number {
    return this.#kinds[this.#kindOf.at(edge)]?.label ?? -1;
  }

  /** The edges that leave `state`: from the first number up to but not including the second. */
  edgesFrom(state: number): readonly [number, number] {
    const { length } = this.#firstEdge;
    const first = state < length ? this.#firstEdge.at(state) : this.edges;
    const end = state + 1 < length ? this.#firstEdge.at(state + 1) : this.edges;
    return [first, end];
  }

  /** A shortest way to `state` from the initial one, as edges. */
  pathTo(state: number): readonly number[] {
    const path: number[] = [];
    for (let edge = this.#parentEdge.at(state); edge !== -1; edge = this.#parentEdge.at(this.from(edge))) {
      path.push(edge);
    }
    return path.toReversed();
  }
}
