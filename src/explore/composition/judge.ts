/** What the properties of a composition come to. */
import { Asked, sought } from "./composed-properties.ts";
import type { Automaton } from "./automaton.ts";
import type { ComposedGraph } from "./graph.ts";
import { type FairActions, findWaiting } from "./liveness.ts";
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

  fair(weak: readonly string[], strong: readonly string[]): FairActions {
    const numbers = new Map<string, number>();
    const isNamed = (name: string, by: readonly string[]): boolean =>
      by.some((it) => name === it || name.startsWith(`${it} `));
    const all = this.#fairNames.map((name) => {
      if (!isNamed(name, weak) && !isNamed(name, strong)) return -1;
      const number = numbers.get(name) ?? numbers.size;
      numbers.set(name, number);
      return number;
    });
    const isStrong = Uint8Array.from(numbers.keys(), (name) => (isNamed(name, strong) ? 1 : 0));
    return { fair: Int32Array.from(all), isStrong };
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
  readonly #watched: readonly {
    readonly asked: Asked;
    readonly onceDelivered: boolean;
    state: number;
  }[];

  constructor(options: CompositionOptions, parts: Parts) {
    this.#options = options;
    this.#parts = parts;
    this.#watched = (options.properties ?? []).flatMap((it) => {
      const predicate = sought(it);
      const onceDelivered = it.kind === "always" && it.onceDelivered === true;
      return predicate === null ? [] : [{ asked: this.#ask(it, predicate), onceDelivered, state: -1 }];
    });
  }

  /** `state` was found. */
  look(vector: Int32Array, state: number): void {
    const { length } = this.#parts.names;
    for (const watch of this.#watched) {
      if (watch.state !== -1 || !watch.asked.of(vector)) continue;
      if (watch.onceDelivered && vector.subarray(length).some((box) => box !== 0)) continue;
      watch.state = state;
    }
  }

  results(isComplete: boolean): readonly ComposedResult[] {
    let watched = 0;
    return (this.#options.properties ?? []).map((property) => {
      const { name, kind } = property;
      if (property.kind === "leadsTo") return { name, kind, ...this.#wait(property, isComplete) };
      const { state = -1 } = this.#watched[watched++] ?? {};
      const path = state === -1 ? null : this.#named(this.#parts.graph.pathTo(state));
      const [found, notFound] =
        kind === "always" ? (["violated", "holds"] as const) : (["holds", "violated"] as const);
      return {
        name,
        kind,
        path,
        loop: null,
        verdict: state !== -1 ? found : isComplete ? notFound : "unproven",
      };
    });
  }

  #wait(
    property: Extract<ComposedProperty, { kind: "leadsTo" }>,
    isComplete: boolean,
  ): Pick<ComposedResult, "verdict" | "path" | "loop"> {
    const { symmetry, fair = ["deliveries", "timers"], stronglyFair = [] } = this.#options;
    if (symmetry !== undefined) return { verdict: "refused", path: null, loop: null };
    if (!isComplete) return { verdict: "unproven", path: null, loop: null };
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
    if (!isExercised) return { verdict: "vacuous", path: null, loop: null };
    const lasso = findWaiting(graph, {
      states,
      starts: (it) => starts[it] === 1,
      waits: (it) => waits[it] === 1,
      fairness: actions.fair(fair, stronglyFair),
    });
    if (lasso === null) return { verdict: "holds", path: null, loop: null };
    return { verdict: "violated", path: this.#named(lasso.stem), loop: this.#named(lasso.loop) };
  }

  #ask(property: ComposedProperty, predicate: (snapshots: Snapshots) => boolean): Asked {
    return new Asked(this.#parts.names, this.#parts.automata, property.about, predicate);
  }

  #named(edges: readonly number[]): readonly string[] {
    const { graph, actions } = this.#parts;
    return edges.map((edge) => actions.names[graph.action(edge)] ?? "");
  }
}
