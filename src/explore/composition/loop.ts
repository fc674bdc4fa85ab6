/** Loops in a strongly connected part of a composition. */
import { type ComposedGraph, nowhere } from "./graph.ts";

/** What a loop has to do to be fair: take an edge, or come to a state that excuses it. */
export interface Need {
  readonly isMet: (edge: number) => boolean;
  readonly isExcused: (state: number) => boolean;
}

/** Edges from `start` through all that `needs` ask for, the nearest first, and back; within the part alone. */
export function shortestLoop(
  graph: ComposedGraph,
  start: number,
  within: (state: number) => boolean,
  needs: readonly Need[],
): readonly number[] {
  const loop: number[] = [];
  const open = new Set(needs.filter((it) => !it.isExcused(start)));
  let at = start;
  while (open.size > 0 || at !== start || loop.length === 0) {
    const goals = [...open];
    const path = shortest(graph, at, within, (edge) => {
      const to = graph.to(edge);
      return goals.length === 0 ? to === start : goals.some((it) => it.isMet(edge) || it.isExcused(to));
    });
    if (path === null) throw new Error("the part is not strongly connected");
    for (const edge of path) {
      loop.push(edge);
      at = graph.to(edge);
      for (const need of open) if (need.isMet(edge) || need.isExcused(at)) open.delete(need);
    }
  }
  return loop;
}

function shortest(
  graph: ComposedGraph,
  from: number,
  within: (state: number) => boolean,
  isGoal: (edge: number) => boolean,
): readonly number[] | null {
  const arrived = new Map<number, number>([[from, -1]]);
  for (const state of arrived.keys()) {
    const end = graph.first(state + 1);
    for (let edge = graph.first(state); edge < end; edge++) {
      const to = graph.to(edge);
      if (to === nowhere || !within(to)) continue;
      if (isGoal(edge)) return [...back(graph, arrived, state), edge];
      if (!arrived.has(to)) arrived.set(to, edge);
    }
  }
  return null;
}

function back(graph: ComposedGraph, arrived: ReadonlyMap<number, number>, state: number): number[] {
  const path: number[] = [];
  for (let edge = arrived.get(state) ?? -1; edge !== -1; edge = arrived.get(graph.from(edge)) ?? -1) {
    path.push(edge);
  }
  return path.toReversed();
}
