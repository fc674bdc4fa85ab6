/**
 * Which way through the explored states a suite takes: as few steps and as few beginnings as can be had.
 *
 * @module
 */
import type { PlanGraph, PlanStep } from "./plan-graph.ts";
import { exactTours } from "./planner/exact.ts";
import { greedyTours, type Tours } from "./planner/greedy.ts";
import { Left } from "./planner/left.ts";
import { postmanTours } from "./planner/postman.ts";

export interface PlanOptions {
  /** What it costs to create the system anew, in steps; 1 by default, more for a browser or a process. */
  readonly reset?: number;
  /** Steps of one test; 50 by default. An item that is further away gets a longer test of its own. */
  readonly maxSteps?: number;
}

export interface Plan {
  readonly paths: readonly (readonly PlanStep[])[];
  /** `exact`: there is no cheaper plan. */
  readonly method: "exact" | "greedy";
}

/** Steps, and `reset` for each path but the first. */
export function costOf(paths: readonly (readonly PlanStep[])[], reset: number): number {
  return paths.reduce((sum, path) => sum + path.length, 0) + reset * Math.max(0, paths.length - 1);
}

/** Tours that cover the items `wanted`, all of them where a step has them at all. */
export function planItems(graph: PlanGraph, wanted: readonly number[], options: PlanOptions = {}): Plan {
  const { reset = 1, maxSteps = 50 } = options;
  const exact = exactTours(graph, wanted, reset);
  if (exact?.every(({ length }) => length <= maxSteps) === true) return { paths: exact, method: "exact" };
  const tried = attempts(graph).map(({ turn, slack }): Tours & { readonly cost: number } => {
    const tours = greedyTours(graph, wanted, { reset, maxSteps, turn, slack });
    const paths = withoutRepetition(graph, wanted, tours.paths);
    return { left: tours.left, paths, cost: costOf(paths, reset) };
  });
  const { left, paths } = chosen(graph, tried);
  const far = left.length === 0 ? [] : greedyTours(graph, left, { reset: 0, maxSteps: unlimited }).paths;
  return { paths: [...paths, ...far], method: "greedy" };
}

const unlimited = Number.MAX_SAFE_INTEGER;

/**
 * Of the cheapest, and those that are hardly dearer and have no more tests, the one in which most steps follow each other
 * in different ways: it finds more of the faults that depend on how a state was reached.
 */
function chosen<T extends Tours & { readonly cost: number }>(graph: PlanGraph, tried: readonly T[]): T {
  const fewest = Math.min(...tried.map(({ left }) => left.length));
  const full = tried.filter(({ left }) => left.length === fewest);
  const best = full.toSorted((a, b) => a.cost - b.cost)[0] as T;
  const near = full.filter(
    ({ cost, paths }) => cost <= best.cost * 1.05 && paths.length <= best.paths.length,
  );
  return near.toSorted((a, b) => pairsIn(graph, b) - pairsIn(graph, a))[0] ?? best;
}

/** In how many ways steps follow each other, by what they cover. */
function pairsIn({ listOf, probes }: PlanGraph, { paths }: Tours): number {
  const kind = (step: PlanStep | undefined): number =>
    step === undefined ? -1 : step >= 0 ? (listOf[step] ?? 0) : (probes[-1 - step]?.list ?? 0);
  return new Set(paths.flatMap((path) => path.map((step, at) => `${kind(path[at - 1])} ${kind(step)}`))).size;
}

/** The tours that take every edge; longer ones than `maxSteps` are cut, and continued from the beginning. */
export function planEdges(graph: PlanGraph, { reset = 1, maxSteps }: PlanOptions = {}): Plan {
  const paths = postmanTours(graph, reset);
  if (maxSteps === undefined || paths.every(({ length }) => length <= maxSteps)) {
    return { paths, method: "exact" };
  }
  const ways = shortestWays(graph);
  return { paths: paths.flatMap((path) => cut(graph, path, maxSteps, ways)), method: "greedy" };
}

/** How often and how a graph of this size is tried: about the same time for each size. */
function attempts({ states, edges }: PlanGraph): { turn: number; slack: number }[] {
  const count = Math.max(12, Math.min(48, Math.floor(40_000 / (states + edges))));
  return Array.from({ length: count }, (_, turn) => ({
    turn: turn >> 1,
    slack: turn % 2 === 0 ? 0 : 1 + (turn >> 3),
  }));
}

/** Without the ends of paths that cover nothing, and without paths that others make superfluous. */
function withoutRepetition(
  graph: PlanGraph,
  wanted: readonly number[],
  paths: readonly (readonly PlanStep[])[],
): readonly (readonly PlanStep[])[] {
  let kept = paths;
  for (const path of paths.toReversed()) {
    const others = kept.filter((it) => it !== path);
    if (coversAs(graph, wanted, others, kept)) kept = others;
  }
  const trimmed = kept.map((path) => [...path]);
  for (const [index, path] of trimmed.entries()) {
    const left = new Left(graph, wanted);
    for (const step of trimmed.filter((_, at) => at !== index).flat()) left.cover(step);
    let end = 0;
    path.forEach((step, at) => {
      const before = left.count;
      left.cover(step);
      if (left.count < before) end = at + 1;
    });
    path.length = end;
  }
  return trimmed.filter(({ length }) => length > 0);
}

function coversAs(
  graph: PlanGraph,
  wanted: readonly number[],
  some: readonly (readonly PlanStep[])[],
  all: readonly (readonly PlanStep[])[],
): boolean {
  const [fewer, more] = [some, all].map((paths) => {
    const left = new Left(graph, wanted);
    for (const step of paths.flat()) left.cover(step);
    return left.count;
  });
  return fewer === more;
}

/** By state, an edge by which a shortest way leads to it; -1 for the first. */
function shortestWays({ states, firstEdge, to }: PlanGraph): Int32Array {
  const by = new Int32Array(states).fill(-1);
  const seen = new Uint8Array(states);
  const queue = [0];
  seen[0] = 1;
  for (const state of queue) {
    for (let edge = firstEdge[state] ?? 0; edge < (firstEdge[state + 1] ?? 0); edge++) {
      const next = to[edge] ?? 0;
      if (seen[next] === 1) continue;
      seen[next] = 1;
      by[next] = edge;
      queue.push(next);
    }
  }
  return by;
}

function cut(graph: PlanGraph, path: readonly PlanStep[], maxSteps: number, ways: Int32Array): PlanStep[][] {
  const pieces: PlanStep[][] = [];
  for (let at = 0; at < path.length;) {
    const lead: PlanStep[] = [];
    for (let edge = ways[graph.from[path[at] ?? 0] ?? 0] ?? -1; at > 0 && edge !== -1;) {
      lead.push(edge);
      edge = ways[graph.from[edge] ?? 0] ?? -1;
    }
    const room = Math.max(1, maxSteps - lead.length);
    pieces.push([...lead.toReversed(), ...path.slice(at, at + room)]);
    at += room;
  }
  return pieces;
}
