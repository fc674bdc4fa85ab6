/**
 * What has to be true of every run of a machine, checked on all of them.
 *
 * @module
 */
import type { AnyMachineSnapshot } from "xstate";
import type { Exploration, ExploreObserver, ReachedEdge } from "./explorer.ts";
import type { Label } from "./explorer/graph.ts";
import { defaultFairness, type Fairness, findFairRun } from "./properties/fairness.ts";
import type { Effect, Transition } from "./stepper.ts";
import type { World } from "./world.ts";

export type { Fairness } from "./properties/fairness.ts";

/** A state as properties see it. */
export interface StateView {
  readonly snapshot: AnyMachineSnapshot;
  readonly context: Record<string, unknown>;
  /** Active states by dotted path: `a.b` is active when `a.b` or anything below it is. */
  readonly in: (path: string) => boolean;
  readonly world: World;
}

/** One step: what happened, and what it changed. */
export interface StepView {
  readonly before: StateView;
  readonly after: StateView;
  /** The event's type, `after DELAY`, `done ACTOR` or `error ACTOR`. */
  readonly action: string;
  readonly label: Label;
  readonly effects: readonly Effect[];
  /** Events that the step emitted, or sent to another actor, of this type. */
  readonly told: (type: string) => readonly { readonly type: string; readonly [field: string]: unknown }[];
  readonly taken: readonly Transition[];
}

type Predicate = (state: StateView) => boolean;
type StepPredicate = (step: StepView) => boolean;

export type Property =
  /** Holds in every state; where `when` is given, in every state in which that holds. */
  | { readonly kind: "always"; readonly name: string; readonly when?: Predicate; readonly holds: Predicate }
  /** Holds of every step. */
  | {
      readonly kind: "alwaysStep";
      readonly name: string;
      readonly when?: StepPredicate;
      readonly holds: StepPredicate;
    }
  /** Holds in some state. */
  | { readonly kind: "sometimes"; readonly name: string; readonly holds: Predicate }
  /** Every fair run comes to a state in which it holds. */
  | {
      readonly kind: "eventually";
      readonly name: string;
      readonly holds: Predicate;
      readonly fairness?: Fairness;
    }
  /** After every state in which `from` holds, every fair run comes to one in which `to` does. */
  | {
      readonly kind: "leadsTo";
      readonly name: string;
      readonly from: Predicate;
      readonly to: Predicate;
      readonly fairness?: Fairness;
    };

export type Verdict =
  /** in all states, all of which were explored */
  | "holds"
  /** there is a counterexample */
  | "violated"
  /** no counterexample in what was explored, which is not all */
  | "unproven"
  /** it holds because nothing that it speaks of ever happens */
  | "vacuous";

export interface PropertyResult {
  readonly name: string;
  readonly kind: Property["kind"];
  readonly verdict: Verdict;
  /** States or steps about which it had something to say. */
  readonly exercised: number;
  /** From the initial state, as edges of the graph; for `sometimes` the witness. */
  readonly path: readonly number[] | null;
  /** Of a run that never ends: what is repeated after `path`. Empty: it stays there for ever. */
  readonly loop: readonly number[] | null;
  /** Why the predicate itself failed. */
  readonly problem: string | null;
}

interface Watch {
  exercised: number;
  /** By which it was caught, last; -1: in the initial state. */
  caught: number | null;
  problem: string | null;
}

/** Watches an exploration, and judges when it is over. */
export class PropertyChecker implements ExploreObserver {
  readonly #properties: readonly Property[];
  readonly #watches: Watch[];

  constructor(properties: readonly Property[]) {
    this.#properties = properties;
    this.#watches = properties.map(() => ({ exercised: 0, caught: null, problem: null }));
  }

  onWorld(world: World, edge: number): void {
    const view = viewOf(world);
    this.#each((property, watch) => {
      if (property.kind !== "always" && property.kind !== "sometimes") return;
      if (watch.caught !== null) return;
      if (property.kind === "always" && property.when?.(view) === false) return;
      if (property.kind === "always") watch.exercised++;
      if (property.holds(view) === (property.kind === "always")) return;
      if (property.kind === "sometimes") watch.exercised++;
      watch.caught = edge;
    });
  }

  onEdge({ edge, before, after, label, effects, taken }: ReachedEdge): void {
    if (!this.#properties.some(({ kind }) => kind === "alwaysStep")) return;
    const step: StepView = {
      before: viewOf(before),
      after: viewOf(after),
      action: label.action,
      label,
      effects,
      told: (type) =>
        effects.flatMap((it) =>
          (it.kind === "emitted" || it.kind === "sent") && it.event.type === type ? [it.event] : [],
        ),
      taken,
    };
    this.#each((property, watch) => {
      if (property.kind !== "alwaysStep" || watch.caught !== null) return;
      if (property.when?.(step) === false) return;
      watch.exercised++;
      if (!property.holds(step)) watch.caught = edge;
    });
  }

  /** What each property came to, in their order. */
  results(exploration: Exploration): readonly PropertyResult[] {
    return this.#properties.map((property, index) => {
      const watch = this.#watches[index] as Watch;
      const result = { name: property.name, kind: property.kind, problem: watch.problem };
      if (watch.problem !== null) {
        return { ...result, verdict: "violated", exercised: watch.exercised, path: null, loop: null };
      }
      if (property.kind === "eventually" || property.kind === "leadsTo") {
        return { ...result, ...liveness(property, exploration) };
      }
      const path = watch.caught === null ? null : pathThrough(exploration, watch.caught);
      const { exercised } = watch;
      return { ...result, exercised, path, loop: null, verdict: this.#verdict(property, watch, exploration) };
    });
  }

  #verdict(property: Property, { caught, exercised }: Watch, { complete }: Exploration): Verdict {
    if (property.kind === "sometimes") return caught !== null ? "holds" : complete ? "violated" : "unproven";
    if (caught !== null) return "violated";
    if (!complete) return "unproven";
    return exercised === 0 ? "vacuous" : "holds";
  }

  #each(judge: (property: Property, watch: Watch) => void): void {
    this.#properties.forEach((property, index) => {
      const watch = this.#watches[index] as Watch;
      if (watch.problem !== null) return;
      try {
        judge(property, watch);
      } catch (error) {
        watch.problem = `the property itself throws: ${error instanceof Error ? error.message : String(error)}`;
      }
    });
  }
}

const pathThrough = ({ graph }: Exploration, edge: number): readonly number[] =>
  edge === -1 ? [] : [...graph.pathTo(graph.from(edge)), edge];

function liveness(
  property: Extract<Property, { kind: "eventually" | "leadsTo" }>,
  { graph, complete }: Exploration,
): Pick<PropertyResult, "verdict" | "exercised" | "path" | "loop" | "problem"> {
  const to = property.kind === "eventually" ? property.holds : property.to;
  const all = Array.from({ length: graph.states }, (_, state) => state);
  let starts: readonly number[];
  let answered: readonly boolean[];
  try {
    starts =
      property.kind === "eventually" ? [0] : all.filter((it) => property.from(viewOf(graph.world(it))));
    answered = all.map((it) => to(viewOf(graph.world(it))));
  } catch (error) {
    const problem = `the property itself throws: ${error instanceof Error ? error.message : String(error)}`;
    return { verdict: "violated", exercised: 0, path: null, loop: null, problem };
  }
  const exercised = starts.length;
  const nothing = { exercised, path: null, loop: null, problem: null };
  // Where states are missing, one that seems to be the end may not be it.
  if (!complete) return { ...nothing, verdict: "unproven" };
  if (exercised === 0) return { ...nothing, verdict: "vacuous" };
  const fairness = property.fairness ?? defaultFairness;
  const run = findFairRun(graph, starts, (state) => answered[state] === false, fairness);
  if (run === null) return { ...nothing, verdict: "holds" };
  return { ...nothing, verdict: "violated", path: run.stem, loop: run.loop };
}

export function viewOf(world: World): StateView {
  const { snapshot } = world;
  return {
    world,
    snapshot,
    context: snapshot.context as Record<string, unknown>,
    in: (path) => isIn(snapshot.value, path.split(".")),
  };
}

function isIn(value: unknown, [key, ...rest]: readonly string[]): boolean {
  if (key === undefined) return true;
  if (typeof value === "string") return value === key && rest.length === 0;
  const inner = (value as Record<string, unknown>)[key];
  return inner !== undefined && isIn(inner, rest);
}
