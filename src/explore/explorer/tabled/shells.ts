/** All of a world but its context, numbered: which stimuli it takes, and where they lead for which values of the context. */
import type { Stimulus, World } from "../../world.ts";
import type { Keys } from "../keys.ts";
import type { Label } from "../graph.ts";
import type { Effect, Transition } from "../../stepper.ts";

/** What a step comes to for all contexts with the same values at the places that it reads. */
export interface Leaf {
  readonly isLeaf: true;
  readonly shell: number;
  /** Places and numbers of values, in turn. */
  readonly writes: Int32Array;
  /** Of the edge, in the graph; -1: no edge yet. */
  kind: number;
  readonly taken: readonly Transition[];
  readonly effects: readonly Effect[];
  /** An event by which nothing is taken. */
  readonly isQuiet: boolean;
  readonly throws: boolean;
}

export interface Branch {
  readonly isLeaf: false;
  /** Whose value decides. */
  readonly place: number;
  /** By number of the value. */
  readonly next: (Branch | Leaf | undefined)[];
}

export interface Shell {
  /** The first that was found; its context is of no meaning. */
  readonly world: World;
  readonly stimuli: readonly Stimulus[];
  readonly labels: readonly Label[];
  /** By stimulus. */
  readonly tables: (Branch | Leaf | undefined)[];
}

export class Shells {
  readonly #keys: Keys;
  readonly #numbers = new Map<string, number>();
  readonly #open: (world: World) => Shell;
  readonly all: Shell[] = [];

  constructor(keys: Keys, open: (world: World) => Shell) {
    this.#keys = keys;
    this.#open = open;
  }

  number(world: World): number {
    const key = this.#keys.shell(world);
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.all.push(this.#open(world)) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }
}

/** Throws when `places` are not the ones that the table asks for: the step does not depend on what it reads alone. */
export function insert(
  shell: Shell,
  stimulus: number,
  places: readonly number[],
  vector: Int32Array,
  leaf: Leaf,
): void {
  const { tables } = shell;
  let list: (Branch | Leaf | undefined)[] = tables;
  let at = stimulus;
  for (const place of places) {
    let node = list[at];
    if (node === undefined) list[at] = node = { isLeaf: false, place, next: [] };
    if (node.isLeaf || node.place !== place) throw new Inconsistent();
    list = node.next;
    at = vector[place] as number;
  }
  if (list[at] !== undefined) throw new Inconsistent();
  list[at] = leaf;
}

/** The same values were read, and something else followed. */
export class Inconsistent extends Error {
  override readonly name = "Inconsistent";
}
