/**
 * One state for all those that differ only in which of several like components is which: components are put in the order of
 * what is true of each.
 *
 * @see Ip and Dill, Better verification through symmetry, 1996
 * @module
 */
import type { AnyEventObject, AnyMachineSnapshot, AnyStateMachine } from "xstate";
import type { Automaton } from "./automaton.ts";
import type { Mailboxes } from "./mailboxes.ts";
import type { Messages } from "./messages.ts";
import type { Symmetry } from "./types.ts";

/** Vectors hold the states of all components, then their mailboxes. */
export class Symmetric {
  readonly #symmetry: Symmetry;
  readonly #machines: readonly AnyStateMachine[];
  readonly #automata: readonly Automaton[];
  readonly #messages: Messages;
  readonly #mailboxes: Mailboxes;
  readonly #like: readonly number[];
  readonly #others: readonly number[];
  readonly #names: readonly string[];
  /** By component or kind, then by order, then by number: what it becomes. */
  readonly #locals: number[][][];
  readonly #contents: number[][] = [];
  readonly #renamedMessages: number[][] = [];
  readonly #views: number[][][];
  readonly #mentions: number[][] = [];
  readonly #messageMentions: number[][] = [];
  readonly #order: Int32Array;
  /** 0: nothing. */
  readonly #texts = new Map<string, number>([["", 0]]);
  readonly #signatures: Int32Array[];
  readonly #buffer: Int32Array;

  constructor(
    symmetry: Symmetry,
    names: readonly string[],
    parts: {
      readonly machines: readonly AnyStateMachine[];
      readonly automata: readonly Automaton[];
      readonly messages: Messages;
      readonly mailboxes: Mailboxes;
    },
  ) {
    this.#symmetry = symmetry;
    this.#names = symmetry.among;
    this.#machines = parts.machines;
    this.#automata = parts.automata;
    this.#messages = parts.messages;
    this.#mailboxes = parts.mailboxes;
    this.#like = symmetry.among.map((name) => names.indexOf(name));
    this.#others = names.map((_, index) => index).filter((index) => !this.#like.includes(index));
    this.#views = names.map(() => []);
    this.#locals = names.map(() => []);
    this.#order = new Int32Array(this.#like.length);
    this.#signatures = this.#like.map(() => new Int32Array(2 + 2 * this.#others.length));
    this.#buffer = new Int32Array(2 * names.length);
    if (new Set(this.#like.map((index) => parts.automata[index])).size > 1) {
      throw new TypeError("components that are alike must be given as one and the same options object");
    }
  }

  /** Changes `vector` to the one that stands for it. */
  normalise(vector: Int32Array): void {
    const like = this.#like;
    const count = this.#automata.length;
    const order = this.#order;
    let isSorted = true;
    for (let i = 0; i < like.length; i++) {
      this.#sign(vector, i);
      let at = i;
      for (; at > 0 && this.#isBefore(i, order[at - 1] as number); at--) order[at] = order[at - 1] as number;
      if (at < i) isSorted = false;
      order[at] = i;
    }
    if (isSorted) return;
    const key = order.reduce((sum, it) => sum * like.length + it, 0);
    const buffer = this.#buffer;
    buffer.set(vector);
    for (let to = 0; to < like.length; to++) {
      const from = like[order[to] as number] as number;
      vector[like[to] as number] = buffer[from] as number;
      vector[count + (like[to] as number)] = this.#renamedContents(buffer[count + from] as number, key);
    }
    for (const other of this.#others) {
      vector[other] = this.#renamedLocal(other, vector[other] as number, key);
      vector[count + other] = this.#renamedContents(vector[count + other] as number, key);
    }
  }

  #sign(vector: Int32Array, i: number): void {
    const signature = this.#signatures[i] as Int32Array;
    const index = this.#like[i] as number;
    const count = this.#automata.length;
    signature[0] = vector[index] as number;
    signature[1] = vector[count + index] as number;
    let at = 2;
    for (const other of this.#others) {
      signature[at++] = this.#view(other, vector[other] as number, i);
      signature[at++] = this.#mention(vector[count + other] as number, i);
    }
  }

  #isBefore(i: number, j: number): boolean {
    const a = this.#signatures[i] as Int32Array;
    const b = this.#signatures[j] as Int32Array;
    for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return (a[at] as number) < (b[at] as number);
    return false;
  }

  #view(other: number, local: number, i: number): number {
    const known = ((this.#views[other] as number[][])[local] ??= []);
    const name = this.#names[i] as string;
    return (known[i] ??= this.#number(() => {
      const snapshot = this.#automata[other]?.world(local)?.snapshot;
      return snapshot === undefined ? "away" : JSON.stringify(this.#symmetry.view(snapshot, name));
    }));
  }

  /** What the messages of a mailbox say of one of them, and where in it. */
  #mention(contents: number, i: number): number {
    if (contents === 0) return 0;
    const known = (this.#mentions[contents] ??= []);
    return (known[i] ??= this.#number(() =>
      this.#mailboxes
        .messages(contents)
        .map((message) => this.#messageMention(message, i))
        .join(),
    ));
  }

  #messageMention(message: number, i: number): number {
    const known = (this.#messageMentions[message] ??= []);
    const name = this.#names[i] as string;
    return (known[i] ??= this.#number(() => {
      const event = this.#messages.all[message];
      const hidden = JSON.stringify(this.#renamed(event, (it) => (it === name ? "*" : it)));
      return hidden === JSON.stringify(event) ? "" : hidden;
    }));
  }

  #number(text: () => string): number {
    const written = text();
    let number = this.#texts.get(written);
    if (number === undefined) this.#texts.set(written, (number = this.#texts.size));
    return number;
  }

  #renamedContents(contents: number, key: number): number {
    if (contents === 0) return 0;
    const known = (this.#contents[key] ??= []);
    return (known[contents] ??= this.#mailboxes.map(contents, (message) => {
      const messages = (this.#renamedMessages[key] ??= []);
      return (messages[message] ??= this.#messages.number(
        this.#renamed(this.#messages.all[message], this.#change()) as AnyEventObject,
      ));
    }));
  }

  #renamedLocal(other: number, local: number, key: number): number {
    const known = ((this.#locals[other] as number[][])[key] ??= []);
    let renamed = known[local];
    if (renamed !== undefined) return renamed;
    const automaton = this.#automata[other] as Automaton;
    const world = automaton.world(local);
    if (world === null) return local;
    if (world.timers.length > 0 || Object.keys(world.snapshot.children).length > 0) {
      throw new TypeError(
        "a component that refers to like ones has timers or actors: they cannot be renamed",
      );
    }
    const to = this.#change();
    const [value, context] = [world.snapshot.value, world.snapshot.context].map((it) =>
      this.#renamed(it, to),
    );
    const machine = this.#machines[other] as AnyStateMachine;
    const resolved = machine.resolveState({ value, context } as Parameters<
      AnyStateMachine["resolveState"]
    >[0]);
    renamed = automaton.numberOf(resolved as AnyMachineSnapshot);
    return (known[local] = renamed);
  }

  /** Who is called what in the order that was found last. */
  #change(): (name: string) => string {
    const names = this.#names;
    const places = new Map(
      Array.from(this.#order, (from, to) => [names[from] as string, names[to] as string] as const),
    );
    return (name) => places.get(name) ?? name;
  }

  #renamed(value: unknown, to: (name: string) => string): unknown {
    if (typeof value === "string") return this.#symmetry.rename(value, to);
    if (Array.isArray(value)) return value.map((it) => this.#renamed(it, to));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, it]) => [this.#symmetry.rename(key, to), this.#renamed(it, to)]),
    );
  }
}
