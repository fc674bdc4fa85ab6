/** How often the parts of a chart were seen, by the ids of its chart model: what an inspector colours it by. */
import type { Exploration } from "./explorer.ts";
import type { Stepper } from "./stepper.ts";
import { chartIdOf } from "./way.ts";
import { activeNodes } from "./xstate-adapter.ts";

/** A coverage record of the inspector's protocol: its page opens a file of one, or of a list. */
export interface CoverageCounts {
  readonly kind: "coverage";
  /** The machine's id. */
  readonly def: string;
  readonly of: "tests";
  /** Every state; 0: it was never active. */
  readonly states: Readonly<Record<string, number>>;
  /** Every transition; 0: it was never taken. */
  readonly transitions: Readonly<Record<string, number>>;
  /** A shortest way to what was not seen, as far as there is one: the types of its events. */
  readonly paths: Readonly<Record<string, readonly string[]>>;
}

/** All at 0; those that can be counted up. */
export function emptyCounts({ table }: Stepper): Record<"states" | "transitions", Record<string, number>> {
  return {
    states: Object.fromEntries(table.nodes.filter(({ type }) => type !== "history").map(({ id }) => [id, 0])),
    transitions: Object.fromEntries(table.all.map((it) => [chartIdOf(it), 0])),
  };
}

/** Of an exploration: in how many of the explored states a state is active, and how many edges take a transition. */
export function exploredCounts({ stepper, graph }: Exploration): CoverageCounts {
  const { states, transitions } = emptyCounts(stepper);
  for (let state = 0; state < graph.states; state++) {
    for (const { id } of activeNodes(graph.snapshot(state))) states[id] = (states[id] ?? 0) + 1;
  }
  for (let edge = 0; edge < graph.edges; edge++) {
    for (const it of graph.edge(edge).taken)
      transitions[chartIdOf(it)] = (transitions[chartIdOf(it)] ?? 0) + 1;
  }
  return { kind: "coverage", def: stepper.machine.id, of: "tests", states, transitions, paths: {} };
}

/** Shortest ways to the states and transitions that `counts` has at 0. */
export function pathsTo(
  { graph }: Exploration,
  { states, transitions }: Pick<CoverageCounts, "states" | "transitions">,
): Record<string, readonly string[]> {
  const paths: Record<string, readonly string[]> = {};
  const actions = (edges: readonly number[]): string[] => edges.map((it) => graph.label(it).action);
  const isMissing = (counts: Readonly<Record<string, number>>, id: string): boolean =>
    counts[id] === 0 && !(id in paths);
  // States are found level by level, so that the first way to something is a shortest one.
  for (let state = 0; state < graph.states; state++) {
    for (const { id } of activeNodes(graph.snapshot(state))) {
      if (isMissing(states, id)) paths[id] = actions(graph.pathTo(state));
    }
    const [first, end] = graph.edgesFrom(state);
    for (let edge = first; edge < end; edge++) {
      for (const id of graph.edge(edge).taken.map(chartIdOf)) {
        if (isMissing(transitions, id)) paths[id] = actions([...graph.pathTo(state), edge]);
      }
    }
  }
  return paths;
}
