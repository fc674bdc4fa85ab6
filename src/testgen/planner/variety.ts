/**
 * Plans that go on a little where they ended, so that steps follow each other in more ways: faults that depend on how a
 * state was reached show themselves only then.
 *
 * @module
 */
import type { PlanGraph, PlanStep } from "../plan-graph.ts";

export interface VarietyOptions {
  /** How many steps may be added, as a share of those that are there. */
  readonly share: number;
  readonly maxSteps: number;
}

/** So far is looked for a pair of steps that is new. */
const maxWay = 6;

export function varied(
  graph: PlanGraph,
  paths: readonly (readonly PlanStep[])[],
  { share, maxSteps }: VarietyOptions,
): PlanStep[][] {
  const longer = paths.map((path) => [...path]);
  let left = Math.floor(share * longer.flat().length);
  const kindOf = (step: PlanStep | undefined): number =>
    step === undefined || step < 0 ? -1 : (graph.listOf[step] ?? 0);
  const pairOf = (first: PlanStep | undefined, second: PlanStep): string =>
    `${kindOf(first)} ${kindOf(second)}`;
  const seen = new Set(longer.flatMap((path) => path.map((step, at) => pairOf(path[at - 1], step))));
  for (;;) {
    const ways = longer.flatMap((path) => {
      const room = Math.min(maxWay, left, maxSteps - path.length);
      const way = wayToNew(graph, path, room, (first, second) => !seen.has(pairOf(first, second)));
      return way === null ? [] : [{ path, way }];
    });
    const [shortest] = ways.toSorted((a, b) => a.way.length - b.way.length);
    if (shortest === undefined) return longer;
    for (const step of shortest.way) {
      seen.add(pairOf(shortest.path.at(-1), step));
      shortest.path.push(step);
      left--;
    }
  }
}

/** From the end of `path` to the nearest edge that follows its predecessor for the first time. */
function wayToNew(
  { firstEdge, from, to }: PlanGraph,
  path: readonly PlanStep[],
  room: number,
  isNew: (first: PlanStep | undefined, second: PlanStep) => boolean,
): PlanStep[] | null {
  const lastEdge = path.findLast((step) => step >= 0);
  const start = lastEdge === undefined ? 0 : (to[lastEdge] ?? 0);
  const reachedBy = new Map<number, PlanStep | undefined>([[start, path.at(-1)]]);
  let level = [start];
  for (let depth = 1; depth <= room; depth++) {
    const next: number[] = [];
    for (const state of level) {
      const by = reachedBy.get(state);
      for (let edge = firstEdge[state] ?? 0; edge < (firstEdge[state + 1] ?? 0); edge++) {
        if (isNew(by, edge)) return wayBack(edge);
        const into = to[edge] ?? 0;
        if (reachedBy.has(into)) continue;
        reachedBy.set(into, edge);
        next.push(into);
      }
    }
    level = next;
  }
  return null;

  function wayBack(edge: PlanStep): PlanStep[] {
    const way = [edge];
    for (let state = from[edge] ?? 0; state !== start;) {
      const by = reachedBy.get(state) ?? 0;
      way.push(by);
      state = from[by] ?? 0;
    }
    return way.toReversed();
  }
}
