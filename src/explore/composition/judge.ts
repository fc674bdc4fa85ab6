/** What the properties of a composition come to. */
import { Asked, sought } from "./composed-properties.ts";
import type { Automaton } from "./automaton.ts";
import type { ComposedGraph } from "./graph.ts";
import { findWaiting } from "./liveness.ts";
import type { ComposedProperty, ComposedResult, CompositionOptions, Snapshots } from "./types.ts";
import type { Vectors } from "../explorer/tabled/vectors.ts";

/** Actions by number, with the name under which each counts as fair. */
export class Actions {
  readonly names: string[] = [];
  readonly #index = new Map<string, number>();
  readonly #fairNames: string[] = [];

  /** @param fairName The deliveries to a component are one fair action, a timer is one of its own. */
  number(name: string, fairName: string): number {
    let action = this.#index.get(name);
    if (action === undefined) {
      action = this.names.push(name) - 1;
      this.#fairNames.push(fairName);
      this.#index.set(name, action);
    }
    return action;
  }

  /** By action: the number of the fair action that it is, or -1. */
  fair(named: readonly string[]): { readonly fair: Int32Array; readonly fairActions: number } {
    const numbers = new Map<string, number>();
    const all = this.#fairNames.map((name) => {
      if (!named.some((it) => name === it || name.startsWith(`${it} `))) return -1;
      const number = numbers.get(name) ?? numbers.size;
      numbers.set(name, number);
      return number;
    });
    return { fair: Int32Array.from(all), fairActions: numbers.size };
  }
}

interface Parts {
  readonly names: readonly string[];
  readonly automata: readonly Automaton[];
  readonly vectors: Vectors;
  readonly graph: ComposedGraph;
  readonly actions: Actions;
}

export class Judge {
  readonly #options: CompositionOptions;
  readonly #parts: Parts;
  readonly #watched: readonly { readonly asked: Asked; state: number }[];

  constructor(options: CompositionOptions, parts: Parts) {
    this.#options = options;
    this.#parts = parts;
    this.#watched = (options.properties ?? []).flatMap((it) => {
      const predicate = sought(it);
      return predicate === null ? [] : [{ asked: this.#ask(it, predicate), state: -1 }];
    });
  }

  /** `state` was found. */
  look(vector: Int32Array, state: number): void {
    for (const watch of this.#watched) if (watch.state === -1 && watch.asked.of(vector)) watch.state = state;
  }

  results(isComplete: boolean): readonly ComposedResult[] {
    let watched = 0;
    return (this.#options.properties ?? []).map((property) => {
      const { name, kind } = property;
      if (property.kind === "leadsTo") return { name, kind, ...this.#wait(property, isComplete) };
      const { state = -1 } = this.#watched[watched++] ?? {};
      const path = state === -1 ? null : this.#path(state);
      const [found, notFound] =
        kind === "always" ? (["violated", "holds"] as const) : (["holds", "violated"] as const);
      return { name, kind, path, verdict: state !== -1 ? found : isComplete ? notFound : "unproven" };
    });
  }

  #wait(
    property: Extract<ComposedProperty, { kind: "leadsTo" }>,
    isComplete: boolean,
  ): Pick<ComposedResult, "verdict" | "path"> {
    const { symmetry, fair = ["deliveries", "timers"] } = this.#options;
    if (symmetry !== undefined) return { verdict: "refused", path: null };
    if (!isComplete) return { verdict: "unproven", path: null };
    const { vectors, graph, actions, names } = this.#parts;
    const states = vectors.count;
    const from = this.#ask(property, property.from);
    const to = this.#ask(property, property.to);
    const starts = new Uint8Array(states);
    const waits = new Uint8Array(states);
    const vector = new Int32Array(2 * names.length);
    let isExercised = false;
    for (let state = 0; state < states; state++) {
      vectors.read(state, vector);
      if (from.of(vector)) {
        starts[state] = 1;
        isExercised = true;
      }
      if (!to.of(vector)) waits[state] = 1;
    }
    if (!isExercised) return { verdict: "vacuous", path: null };
    const state = findWaiting(graph, {
      states,
      starts: (it) => starts[it] === 1,
      waits: (it) => waits[it] === 1,
      ...actions.fair(fair),
    });
    if (state === -1) return { verdict: "holds", path: null };
    return { verdict: "violated", path: this.#path(state) };
  }

  #ask(property: ComposedProperty, predicate: (snapshots: Snapshots) => boolean): Asked {
    return new Asked(this.#parts.names, this.#parts.automata, property.about, predicate);
  }

  #path(state: number): readonly string[] {
    const { graph, actions } = this.#parts;
    return graph.pathTo(state).map((action) => actions.names[action] ?? "");
  }
}
