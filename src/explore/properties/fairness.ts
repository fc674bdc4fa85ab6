/**
 * Runs on which something that ought to happen never does, and that no fairness assumption rules out.
 *
 * A run may stay for ever in any state, as nobody has to send an event; a weakly fair action does not stay possible for
 * ever without happening, a strongly fair one is not possible again and again without happening.
 *
 * @module
 */
import type { Label, StateGraph } from "../explorer/graph.ts";
import { components } from "./components.ts";

/**
 * Actions by name: `timers`, `outcomes`, `events`, or one action such as `after DELAY`, `done ACTOR`, or an event's type.
 */
export interface Fairness {
  readonly weak?: readonly string[];
  readonly strong?: readonly string[];
}

/** Armed timers fire sooner or later: that is all that is taken for granted. */
export const defaultFairness: Fairness = { weak: ["timers"] };

/** A set of actions that counts as one: one of them happening is enough, all of them impossible is an excuse. */
interface FairAction {
  readonly name: string;
  readonly isStrong: boolean;
  covers(label: Label): boolean;
}

export interface Lasso {
  /** From the initial state; edges. */
  readonly stem: readonly number[];
  /** Edges that are repeated for ever; none: it stays where the stem ends. */
  readonly loop: readonly number[];
}

/** Every timer and every outcome is an action of its own, as one does not stand in for another. */
function fairActions(graph: StateGraph, { weak = [], strong = [] }: Fairness): FairAction[] {
  const kinds: Readonly<Record<string, Label["kind"]>> = {
    timers: "timer",
    outcomes: "outcome",
    events: "event",
  };
  const named = (names: readonly string[], isStrong: boolean): FairAction[] =>
    names.flatMap((name) => {
      const kind = kinds[name];
      if (kind === undefined) return [{ name, isStrong, covers: ({ action }: Label) => action === name }];
      // An actor may end well or badly: fair is that it ends.
      const subject = (it: Label): string =>
        kind === "outcome" ? it.action.replace(/^(done|error) /, "") : kind === "timer" ? it.name : it.action;
      const subjects = new Set(graph.labels.filter((it) => it.kind === kind).map(subject));
      return [...subjects].map((it) => ({
        name: it,
        isStrong,
        covers: (label: Label) => label.kind === kind && subject(label) === it,
      }));
    });
  return [...named(weak, false), ...named(strong, true)];
}

/**
 * A shortest way into a fair run that stays in the states for which `waiting` holds, after one of `starts`; `null`:
 * there is none.
 */
export function findFairRun(
  graph: StateGraph,
  starts: readonly number[],
  waiting: (state: number) => boolean,
  fairness: Fairness,
): Lasso | null {
  const actions = fairActions(graph, fairness);
  const covered = graph.labels.map((label) => actions.map((it) => it.covers(label)));
  const covers = (edge: number, action: number): boolean =>
    covered[graph.labelIndex(edge)]?.[action] ?? false;
  const reached = reachable(graph, starts, waiting);
  const search = new FairSearch(graph, actions, covers);
  let best: Lasso | null = null;
  for (const component of components(graph, [...reached.keys()], (it) => reached.has(it))) {
    for (const run of search.runsIn(component)) {
      const lasso = { stem: stemTo(graph, reached, run.state), loop: run.loop };
      if (best === null || lengthOf(lasso) < lengthOf(best)) best = lasso;
    }
  }
  return best;
}

const lengthOf = ({ stem, loop }: Lasso): number => stem.length + loop.length;

/** Edges by which the states were reached from `starts` without leaving the waiting ones; -1 for the starts. */
function reachable(
  graph: StateGraph,
  starts: readonly number[],
  waiting: (state: number) => boolean,
): ReadonlyMap<number, number> {
  const reached = new Map<number, number>();
  const queue = starts.filter(waiting);
  for (const state of queue) reached.set(state, -1);
  for (const state of queue) {
    const [first, end] = graph.edgesFrom(state);
    for (let edge = first; edge < end; edge++) {
      const to = graph.to(edge);
      if (reached.has(to) || !waiting(to)) continue;
      reached.set(to, edge);
      queue.push(to);
    }
  }
  return reached;
}

function stemTo(graph: StateGraph, reached: ReadonlyMap<number, number>, state: number): number[] {
  const within: number[] = [];
  let at = state;
  for (let edge = reached.get(at) ?? -1; edge !== -1; edge = reached.get(at) ?? -1) {
    within.push(edge);
    at = graph.from(edge);
  }
  return [...graph.pathTo(at), ...within.toReversed()];
}

class FairSearch {
  readonly #graph: StateGraph;
  readonly #actions: readonly FairAction[];
  readonly #covers: (edge: number, action: number) => boolean;

  constructor(
    graph: StateGraph,
    actions: readonly FairAction[],
    covers: (edge: number, action: number) => boolean,
  ) {
    this.#graph = graph;
    this.#actions = actions;
    this.#covers = covers;
  }

  /** Fair runs that stay in `component`: where to enter, and what to repeat. */
  *runsIn(component: readonly number[]): Generator<{ state: number; loop: readonly number[] }> {
    const resting = component
      .filter((state) => this.#actions.every((_, action) => !this.#isEnabled(state, action)))
      .toSorted((a, b) => this.#graph.depth(a) - this.#graph.depth(b))[0];
    if (resting !== undefined) yield { state: resting, loop: [] };

    const inside = new Set(component);
    const edges = component.flatMap((state) =>
      this.#edges(state).filter((edge) => inside.has(this.#graph.to(edge))),
    );
    if (edges.length === 0) return;
    const missing = this.#actions.findIndex(
      ({ isStrong }, action) =>
        isStrong &&
        !edges.some((edge) => this.#covers(edge, action)) &&
        component.some((state) => this.#isEnabled(state, action)),
    );
    if (missing !== -1) {
      // A run that stays here makes the action possible again and again; what is left without those states may be fair.
      const kept = new Set(component.filter((state) => !this.#isEnabled(state, missing)));
      for (const part of components(this.#graph, [...kept], (it) => kept.has(it))) yield* this.runsIn(part);
      return;
    }
    const needs = this.#actions.flatMap((_, action) => {
      const taken = edges.filter((edge) => this.#covers(edge, action));
      const disabled = component.filter((state) => !this.#isEnabled(state, action));
      return disabled.length === component.length ? [] : [{ taken, disabled, action }];
    });
    if (needs.some(({ taken, disabled }) => taken.length === 0 && disabled.length === 0)) return;
    // The shortest loop is looked for where that is cheap.
    const tried = component.length > 1_000 ? 1 : 50;
    const starts = component.toSorted((a, b) => this.#graph.depth(a) - this.#graph.depth(b)).slice(0, tried);
    for (const state of starts) yield { state, loop: this.#loopFrom(state, inside, needs) };
  }

  /** From `start` through all that fairness asks for, the nearest first, and back. */
  #loopFrom(start: number, inside: ReadonlySet<number>, needs: readonly Need[]): number[] {
    const loop: number[] = [];
    let at = start;
    const open = new Set(needs);
    const settle = (edge: number | null): void => {
      for (const need of open) {
        const isTaken = edge !== null && need.taken.includes(edge);
        const isExcused = !this.#actions[need.action]?.isStrong && need.disabled.includes(at);
        if (isTaken || isExcused) open.delete(need);
      }
    };
    settle(null);
    while (open.size > 0 || at !== start || loop.length === 0) {
      const goals = [...open];
      const path = this.#shortest(at, inside, (edge) => {
        const to = this.#graph.to(edge);
        if (goals.length === 0) return to === start;
        return goals.some(
          (it) =>
            it.taken.includes(edge) || (!this.#actions[it.action]?.isStrong && it.disabled.includes(to)),
        );
      });
      if (path === null) break;
      for (const edge of path) {
        loop.push(edge);
        at = this.#graph.to(edge);
        settle(edge);
      }
    }
    return loop;
  }

  #shortest(
    from: number,
    inside: ReadonlySet<number>,
    isGoal: (edge: number) => boolean,
  ): readonly number[] | null {
    const arrived = new Map<number, number>([[from, -1]]);
    for (const state of arrived.keys()) {
      for (const edge of this.#edges(state)) {
        const to = this.#graph.to(edge);
        if (!inside.has(to)) continue;
        if (isGoal(edge)) return [...this.#back(arrived, state), edge];
        if (!arrived.has(to)) arrived.set(to, edge);
      }
    }
    return null;
  }

  #back(arrived: ReadonlyMap<number, number>, state: number): number[] {
    const path: number[] = [];
    for (let edge = arrived.get(state) ?? -1; edge !== -1;) {
      path.push(edge);
      edge = arrived.get(this.#graph.from(edge)) ?? -1;
    }
    return path.toReversed();
  }

  #edges(state: number): number[] {
    const [first, end] = this.#graph.edgesFrom(state);
    return Array.from({ length: end - first }, (_, i) => first + i);
  }

  #isEnabled(state: number, action: number): boolean {
    return this.#edges(state).some((edge) => this.#covers(edge, action));
  }
}

interface Need {
  readonly action: number;
  readonly taken: readonly number[];
  readonly disabled: readonly number[];
}
