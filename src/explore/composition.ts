/**
 * Several charts that send each other messages, through a mailbox each, first in, first out: every state of them together.
 *
 * A step of one chart is run by XState once for each of its own states and each message, whatever the others do; the product
 * is one of integers. Messages may take any time, and arrive in the order in which they were put into a mailbox.
 *
 * @module
 */
import { Automaton, away, type Move } from "./composition/automaton.ts";
import { Actions, Judge } from "./composition/judge.ts";
import { ComposedGraph } from "./composition/graph.ts";
import { Mailboxes } from "./composition/mailboxes.ts";
import { Messages } from "./composition/messages.ts";
import { Symmetric } from "./composition/symmetric.ts";
import type { Composed, ComponentOptions, CompositionOptions } from "./composition/types.ts";
import { Wiring } from "./composition/wiring.ts";
import { Vectors } from "./explorer/tabled/vectors.ts";

export type {
  Composed,
  ComposedProperty,
  ComposedResult,
  ComponentOptions,
  CompositionOptions,
  Snapshots,
  Symmetry,
} from "./composition/types.ts";

/** Throws a `TypeError` for a composition that is not put together right. */
export function exploreComposition(options: CompositionOptions): Composed {
  return new Composition(options).run();
}

class Composition {
  readonly #names: readonly string[];
  readonly #options: CompositionOptions;
  readonly #automata: readonly Automaton[];
  readonly #messages = new Messages();
  readonly #mailboxes = new Mailboxes();
  readonly #capacity: readonly number[];
  readonly #wiring: Wiring;
  readonly #symmetric: Symmetric | null;
  readonly #vectors: Vectors;
  readonly #graph = new ComposedGraph();
  readonly #at: Int32Array;
  readonly #next: Int32Array;
  readonly #actions = new Actions();
  readonly #deliveryActions: number[][];
  readonly #moveActions: Map<Move, number>[];
  readonly #judge: Judge;
  readonly #errors = new Set<string>();
  readonly #maxStates: number;
  readonly #until: number;
  #stoppedBy: Composed["stoppedBy"] = null;
  #overflows = 0;
  #jammed = 0;
  /** Only what goes on for ever asks which steps wait. */
  readonly #keepsWaiting: boolean;
  readonly #deliversFirst: boolean;
  readonly #tooSmall = new Set<string>();

  constructor(options: CompositionOptions) {
    const { components, mailbox, symmetry, maxStates = 1_000_000, maxSeconds = 60 } = options;
    this.#options = options;
    this.#names = Object.keys(components);
    const given = Object.values(components);
    const byOptions = new Map(given.map((it) => [it, new Automaton(it)]));
    this.#automata = given.map((it) => byOptions.get(it) as Automaton);
    this.#capacity = this.#names.map((name) =>
      typeof mailbox === "number" ? mailbox : (mailbox[name] ?? 1),
    );
    this.#wiring = new Wiring(this.#names, given, this.#automata, this.#messages);
    const parts = { automata: this.#automata, messages: this.#messages, mailboxes: this.#mailboxes };
    const machines = given.map(({ machine }) => machine);
    this.#symmetric =
      symmetry === undefined ? null : new Symmetric(symmetry, this.#names, { machines, ...parts });
    const width = 2 * this.#names.length;
    this.#vectors = new Vectors(width);
    this.#at = new Int32Array(width);
    this.#next = new Int32Array(width);
    this.#deliveryActions = this.#names.map(() => []);
    this.#moveActions = this.#names.map(() => new Map());
    this.#judge = new Judge(options, {
      names: this.#names,
      automata: this.#automata,
      vectors: this.#vectors,
      graph: this.#graph,
      actions: this.#actions,
    });
    this.#deliversFirst = options.delivery === "first";
    this.#maxStates = maxStates;
    this.#keepsWaiting = options.properties?.some(({ kind }) => kind === "leadsTo") ?? false;
    this.#until = globalThis.performance.now() + maxSeconds * 1_000;
  }

  run(): Composed {
    this.#begin();
    const count = this.#names.length;
    let state = 0;
    for (; state < this.#vectors.count && this.#stoppedBy === null; state++) {
      this.#graph.begin();
      this.#vectors.read(state, this.#at);
      const before = this.#graph.edges - this.#graph.blocked;
      const overflows = this.#overflows;
      for (let component = 0; component < count; component++) this.#expand(component);
      const isStuck = this.#graph.edges - this.#graph.blocked === before;
      if (isStuck && this.#overflows > overflows) this.#jammed++;
      if ((state & 1_023) === 0 && globalThis.performance.now() > this.#until) this.#stoppedBy = "time";
    }
    const isOpen = this.#overflows > 0 && this.#options.whenFull !== "wait";
    if (isOpen || this.#tooSmall.size > 0) this.#stoppedBy ??= "mailbox";
    return {
      states: this.#vectors.count,
      edges: this.#graph.edges - this.#graph.blocked,
      complete: this.#stoppedBy === null,
      stoppedBy: this.#stoppedBy,
      overflows: this.#overflows,
      jammed: this.#jammed,
      runs: [...new Set(this.#automata)].reduce((sum, it) => sum + it.runs, 0),
      errors: [...this.#errors],
      tooSmall: [...this.#tooSmall],
      properties: this.#judge.results(this.#stoppedBy === null),
      bytes: this.#vectors.bytes + this.#graph.bytes,
    };
  }

  #begin(): void {
    const next = this.#next;
    this.#names.forEach((name, component) => {
      const { isSpawned = false } = this.#options.components[name] as ComponentOptions;
      if (isSpawned || next[component] !== away) return;
      if (!this.#apply(component, (this.#automata[component] as Automaton).start()))
        this.#stoppedBy = "mailbox";
    });
    this.#put(-1);
  }

  #expand(component: number): void {
    const at = this.#at;
    const local = at[component] as number;
    if (local === away) return;
    const automaton = this.#automata[component] as Automaton;
    const contents = at[this.#names.length + component] as number;
    if (contents !== 0) {
      const message = this.#mailboxes.first(contents);
      const move = automaton.deliver(local, message, this.#messages.of(message));
      this.#next.set(at);
      this.#next[this.#names.length + component] = this.#mailboxes.rest(contents);
      this.#step(component, move, this.#deliveryAction(component, message));
    }
    if (this.#deliversFirst && this.#isUnderWay()) return;
    for (const { name, kind, move } of automaton.moves(local)) {
      if (!move.isFelt && move.error === null) continue;
      this.#next.set(at);
      this.#step(component, move, this.#moveAction(component, move, name, kind === "timer"));
    }
  }

  #isUnderWay(): boolean {
    const count = this.#names.length;
    for (let place = count; place < 2 * count; place++) if (this.#at[place] !== 0) return true;
    return false;
  }

  #step(component: number, move: Move, action: number): void {
    if (this.#stoppedBy !== null) return;
    if (move.error !== null) this.#errors.add(`${this.#names[component]}: ${move.error}`);
    if (this.#apply(component, move)) this.#put(action);
    else {
      this.#overflows++;
      if (this.#keepsWaiting) this.#graph.addBlocked(action);
    }
  }

  /** False: a mailbox is full. */
  #apply(component: number, move: Move): boolean {
    const next = this.#next;
    const count = this.#names.length;
    next[component] = move.to;
    for (const it of this.#wiring.consequences(component, move)) {
      if (it.kind === "sent") {
        // Nobody takes what is sent to one that is not there.
        if (next[it.to] === away) continue;
        const contents = next[count + it.to] as number;
        if (this.#mailboxes.length(contents) >= (this.#capacity[it.to] as number)) {
          // However long it waits, so much will never fit.
          if (this.#at[count + it.to] === 0) this.#tooSmall.add(this.#names[it.to] as string);
          return false;
        }
        next[count + it.to] = this.#mailboxes.put(contents, it.message);
      } else {
        next[it.component] = away;
        next[count + it.component] = 0;
        if (it.kind === "started" && !this.#apply(it.component, it.move)) return false;
      }
    }
    return true;
  }

  #put(action: number): void {
    this.#symmetric?.normalise(this.#next);
    const { count } = this.#vectors;
    const to = this.#vectors.put(this.#next, this.#maxStates);
    if (to === count && this.#vectors.count === count) {
      this.#stoppedBy = "states";
      return;
    }
    const edge = action === -1 ? -1 : this.#graph.add(to, action);
    if (to < count) return;
    this.#graph.noteState(edge);
    this.#judge.look(this.#next, to);
  }

  #deliveryAction(component: number, message: number): number {
    const known = this.#deliveryActions[component] as number[];
    const name = this.#names[component] as string;
    return (known[message] ??= this.#actions.number(
      `${name} ← ${JSON.stringify(this.#messages.all[message])}`,
      `deliveries ${name}`,
    ));
  }

  #moveAction(component: number, move: Move, moveName: string, isTimer: boolean): number {
    const known = this.#moveActions[component] as Map<Move, number>;
    let action = known.get(move);
    if (action === undefined) {
      const name = `${this.#names[component]}: ${moveName}`;
      known.set(move, (action = this.#actions.number(name, isTimer ? `timers ${name}` : name)));
    }
    return action;
  }
}
