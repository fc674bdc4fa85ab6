/**
 * The explored states and what leads from one to the next, as integers; 16 bytes a state and 16 an edge besides the
 * worlds themselves.
 *
 * @module
 */
import type { AnyMachineSnapshot } from "xstate";
import type { Transition } from "../stepper.ts";
import type { Stimulus, World } from "../world.ts";

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

/** A list of integers that grows. */
export class IntList {
  #items = new Int32Array(1 << 8);
  length = 0;

  push(item: number): void {
    if (this.length === this.#items.length) {
      const grown = new Int32Array(this.length * 2);
      grown.set(this.#items);
      this.#items = grown;
    }
    this.#items[this.length++] = item;
  }

  at(index: number): number {
    return this.#items[index] ?? -1;
  }
}

export class StateGraph {
  readonly #worlds: World[] = [];
  readonly #index = new Map<string, number>();
  readonly #parentEdge = new IntList();
  readonly #depth = new IntList();
  /** Edges are added state by state: those of state `n` begin here. */
  readonly #firstEdge = new IntList();
  readonly #from = new IntList();
  readonly #to = new IntList();
  readonly #label = new IntList();
  readonly #takenOf = new IntList();
  readonly #labels: Label[] = [];
  readonly #labelIndex = new Map<string, number>();
  readonly #takenLists: (readonly Transition[])[] = [];
  readonly #takenIndex = new Map<string, number>();

  get states(): number {
    return this.#worlds.length;
  }

  get edges(): number {
    return this.#from.length;
  }

  /** The state of `key`; `undefined`: it is new. */
  find(key: string): number | undefined {
    return this.#index.get(key);
  }

  /** @param parentEdge By which it was found first; -1 for the initial state. */
  addState(key: string, world: World, parentEdge: number, depth: number): number {
    const state = this.#worlds.push(world) - 1;
    this.#index.set(key, state);
    this.#parentEdge.push(parentEdge);
    this.#depth.push(depth);
    return state;
  }

  /** To be called for each state in turn, before its edges are added. */
  beginEdgesOf(state: number): void {
    while (this.#firstEdge.length <= state) this.#firstEdge.push(this.edges);
  }

  addEdge(from: number, to: number, label: number, taken: readonly Transition[]): number {
    this.#from.push(from);
    this.#to.push(to);
    this.#label.push(label);
    this.#takenOf.push(this.#internTaken(taken));
    return this.edges - 1;
  }

  internLabel(name: string, label: () => Label): number {
    let index = this.#labelIndex.get(name);
    if (index === undefined) {
      index = this.#labels.push(label()) - 1;
      this.#labelIndex.set(name, index);
    }
    return index;
  }

  #internTaken(taken: readonly Transition[]): number {
    const key = taken.map((it) => it.index).join();
    let index = this.#takenIndex.get(key);
    if (index === undefined) {
      index = this.#takenLists.push(taken) - 1;
      this.#takenIndex.set(key, index);
    }
    return index;
  }

  /** The world that was found first of those that count as this state. */
  world(state: number): World {
    const world = this.#worlds[state];
    if (world === undefined) throw new RangeError(`there are ${this.states} states, none is number ${state}`);
    return world;
  }

  snapshot(state: number): AnyMachineSnapshot {
    return this.world(state).snapshot;
  }

  /** Steps from the initial state, at least. */
  depth(state: number): number {
    return this.#depth.at(state);
  }

  edge(edge: number): Edge {
    const label = this.#labels[this.#label.at(edge)];
    const taken = this.#takenLists[this.#takenOf.at(edge)];
    if (label === undefined || taken === undefined) throw new RangeError(`there is no edge ${edge}`);
    return { from: this.from(edge), to: this.to(edge), label, taken };
  }

  from(edge: number): number {
    return this.#from.at(edge);
  }

  to(edge: number): number {
    return this.#to.at(edge);
  }

  label(edge: number): Label {
    return this.#labels[this.#label.at(edge)] as Label;
  }

  get labels(): readonly Label[] {
    return this.#labels;
  }

  /** Index into {@link labels}. */
  labelIndex(edge: number): number {
    return this.#label.at(edge);
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
    for (let at = state; this.#parentEdge.at(at) !== -1; at = this.from(this.#parentEdge.at(at))) {
      path.push(this.#parentEdge.at(at));
    }
    return path.toReversed();
  }
}
