/**
 * The cheapest tours that cover a few items, by search over every state with every set of items covered so far.
 *
 * @module
 */
import type { PlanGraph, PlanStep } from "../plan-graph.ts";

/** States times sets of items; about 80 bytes each while it is searched. */
const maxNodes = 1 << 23;

/** `null`: too many to search. Otherwise no tours that cover `wanted` have fewer steps + `reset` for each but the first. */
export function exactTours(
  graph: PlanGraph,
  wanted: readonly number[],
  reset: number,
): readonly (readonly PlanStep[])[] | null {
  const bits = wanted.length;
  if (bits > 20 || graph.states * 2 ** bits > maxNodes) return null;
  const bitOf = new Map(wanted.map((item, bit) => [item, 1 << bit]));
  const masks = graph.lists.map((list) => list.reduce((mask, item) => mask | (bitOf.get(item) ?? 0), 0));
  const full = 2 ** bits - 1;
  const size = graph.states << bits;
  const cost = new Int32Array(size).fill(0x7fffffff);
  const cameFrom = new Int32Array(size).fill(-1);
  const cameBy = new Int32Array(size);
  const buckets: number[][] = [[0]];
  cost[0] = 0;

  const reach = (node: number, from: number, by: number, total: number): void => {
    if (total >= (cost[node] ?? 0)) return;
    cost[node] = total;
    cameFrom[node] = from;
    cameBy[node] = by;
    (buckets[total] ??= []).push(node);
  };
  for (let total = 0; total < buckets.length; total++) {
    for (const node of buckets[total] ?? []) {
      if (cost[node] !== total) continue;
      const mask = node & full;
      const state = node >> bits;
      if (mask === full) return pathsTo(node);
      for (let edge = graph.firstEdge[state] ?? 0; edge < (graph.firstEdge[state + 1] ?? 0); edge++) {
        const next = ((graph.to[edge] ?? 0) << bits) | mask | (masks[graph.listOf[edge] ?? 0] ?? 0);
        reach(next, node, edge, total + 1);
      }
      for (const probe of graph.probesOf[state] ?? []) {
        const next = node | (masks[graph.probes[probe]?.list ?? 0] ?? 0);
        if (next !== node) reach(next, node, -1 - probe, total + 1);
      }
      if (state !== 0) reach(mask, node, anew, total + reset);
    }
  }
  return null;

  function pathsTo(node: number): PlanStep[][] {
    const paths: PlanStep[][] = [[]];
    for (let at = node; cameFrom[at] !== -1; at = cameFrom[at] ?? -1) {
      const by = cameBy[at] ?? 0;
      if (by === anew) paths.push([]);
      else paths.at(-1)?.push(by);
    }
    return paths.map((it) => it.toReversed()).toReversed();
  }
}

const anew = 0x7fffffff;
