/**
 * The shortest tours that take every edge: the edges are balanced by the cheapest flow of repetitions and of beginnings
 * anew, and an Euler circuit goes through all of them.
 *
 * @see Edmonds, Johnson: Matching, Euler tours and the Chinese postman (1973)
 * @module
 */
import type { PlanGraph, PlanStep } from "../plan-graph.ts";
import { FlowNetwork } from "./flow.ts";

/** No tours that take every edge have fewer steps + `reset` for each but the first. */
export function postmanTours(graph: PlanGraph, reset: number): readonly (readonly PlanStep[])[] {
  const { states, edges, from, to } = graph;
  const source = states;
  const sink = states + 1;
  const end = states + 2;
  const surplus = new Int32Array(states);
  const network = new FlowNetwork(states + 3);
  const arcs: number[] = [];
  for (let edge = 0; edge < edges; edge++) {
    const [begin, into] = [from[edge] ?? 0, to[edge] ?? 0];
    surplus[into] = (surplus[into] ?? 0) + 1;
    surplus[begin] = (surplus[begin] ?? 0) - 1;
    arcs.push(begin === into ? -1 : network.arc(begin, into, 1));
  }
  const anew: number[] = [];
  // The last tour may end anywhere: nothing has to be created after it.
  const last: number[] = [];
  network.arc(end, 0, 0, 1);
  for (let state = 1; state < states; state++) {
    anew[state] = network.arc(state, 0, reset);
    last[state] = network.arc(state, end, 0, 1);
  }
  surplus.forEach((it, state) => {
    if (it > 0) network.arc(source, state, 0, it);
    if (it < 0) network.arc(state, sink, 0, -it);
  });
  network.send(source, sink);

  const out: PlanStep[][] = Array.from({ length: states }, () => []);
  const repeat = (state: number, step: PlanStep, times: number): void => {
    for (let time = 0; time < times; time++) out[state]?.push(step);
  };
  for (let edge = 0; edge < edges; edge++) {
    const arc = arcs[edge] ?? -1;
    repeat(from[edge] ?? 0, edge, 1 + (arc === -1 ? 0 : network.flowOf(arc)));
  }
  for (let state = 1; state < states; state++) {
    repeat(state, beginning, network.flowOf(anew[state] ?? 0) + network.flowOf(last[state] ?? 0));
  }
  return trimmed(circuit(out, to), edges);
}

/** In place of a step: the system is created anew. */
const beginning = -1;

/** Hierholzer's, cut where it begins anew. */
function circuit(out: readonly PlanStep[][], to: Int32Array): PlanStep[][] {
  const stack: (readonly [state: number, by: PlanStep | null])[] = [[0, null]];
  const steps: PlanStep[] = [];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const step = out[top[0]]?.pop();
    if (step !== undefined) stack.push([step === beginning ? 0 : (to[step] ?? 0), step]);
    else {
      stack.pop();
      if (top[1] !== null) steps.push(top[1]);
    }
  }
  const paths: PlanStep[][] = [[]];
  for (const step of steps.toReversed()) {
    if (step === beginning) paths.push([]);
    else paths.at(-1)?.push(step);
  }
  if (paths.length === 1) return paths;
  // What comes back to the first state without being created anew goes on with the first tour.
  const [first = [], ...others] = paths;
  const back = others.pop() ?? [];
  return [[...back, ...first], ...others];
}

/** The end of a path that only repeats what others take is needed for the way back alone. */
function trimmed(paths: PlanStep[][], edges: number): PlanStep[][] {
  const times = new Int32Array(edges);
  for (const path of paths) for (const step of path) times[step] = (times[step] ?? 0) + 1;
  for (const path of paths) {
    for (let last = path.at(-1); last !== undefined && (times[last] ?? 0) > 1; last = path.at(-1)) {
      times[last] = (times[last] ?? 0) - 1;
      path.pop();
    }
  }
  return paths.filter((it) => it.length > 0);
}
