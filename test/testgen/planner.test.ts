import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exploring } from "../../src/testgen/exploring.ts";
import type { PlanGraph, PlanStep } from "../../src/testgen/plan-graph.ts";
import { costOf, planEdges, planItems } from "../../src/testgen/planner.ts";
import { exactTours } from "../../src/testgen/planner/exact.ts";
import { greedyTours } from "../../src/testgen/planner/greedy.ts";
import { budgetMachine, pluginMachine, regionsMachine } from "../../bench/explore/machines.ts";

/** Every edge an item; every state reachable from the first. */
const graphs = fc
  .tuple(
    fc.array(fc.nat(5), { minLength: 0, maxLength: 4 }),
    fc.array(fc.tuple(fc.nat(4), fc.nat(4)), { maxLength: 5 }),
  )
  .map(([parents, extra]): PlanGraph => {
    const states = parents.length + 1;
    const tree = parents.map((parent, index) => [parent % (index + 1), index + 1] as const);
    const all = [...tree, ...extra.map(([from, to]) => [from % states, to % states] as const)];
    const sorted = all.toSorted(([a], [b]) => a - b);
    return {
      states,
      edges: sorted.length,
      from: Int32Array.from(sorted, ([from]) => from),
      to: Int32Array.from(sorted, ([, to]) => to),
      firstEdge: Int32Array.from(
        { length: states + 1 },
        (_, state) => sorted.filter(([from]) => from < state).length,
      ),
      listOf: Int32Array.from(sorted, (_, edge) => edge + 1),
      lists: [[], ...sorted.map((_, edge) => [edge])],
      itemCount: sorted.length,
      probes: [],
      probesOf: [],
      samples: new Map(),
    };
  });

const isPath = ({ from, to }: PlanGraph, path: readonly PlanStep[]): boolean => {
  let state = 0;
  return path.every((step) => {
    if (step < 0) return true;
    const fits = from[step] === state;
    state = to[step] ?? -1;
    return fits;
  });
};
const items = ({ itemCount }: PlanGraph): number[] => Array.from({ length: itemCount }, (_, item) => item);

describe("plans", () => {
  it("take every edge in as few steps as an exhaustive search finds", () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const { paths } = planEdges(graph, { reset: 1 });
        const best = exactTours(graph, items(graph), 1) ?? [];
        expect(paths.every((path) => isPath(graph, path))).toBe(true);
        expect(new Set(paths.flat()).size).toBe(graph.edges);
        expect(costOf(paths, 1)).toBe(costOf(best, 1));
      }),
    );
  });

  it("cover every item, with no test longer than allowed where one of that length can", () => {
    fc.assert(
      fc.property(graphs, fc.integer({ min: 5, max: 9 }), (graph, maxSteps) => {
        const { paths } = planItems(graph, items(graph), { maxSteps });
        expect(new Set(paths.flat()).size).toBe(graph.edges);
        expect(paths.every((path) => isPath(graph, path) && path.length <= maxSteps)).toBe(true);
      }),
    );
  });

  it("go further than allowed for what cannot be had otherwise", () => {
    const chain = exploring(budgetMachine(1, 1, 9), { cover: ["guards"] });
    const all = items(chain.plan);
    const { paths } = planItems(chain.plan, all, { maxSteps: 4 });
    expect(greedyTours(chain.plan, all, { reset: 1, maxSteps: 4 }).left).not.toEqual([]);
    expect(Math.max(...paths.map(({ length }) => length))).toBe(10);
  });

  it("cut a tour of all edges at the allowed length", () => {
    const { plan } = exploring(regionsMachine());
    const { paths } = planEdges(plan, { maxSteps: 40 });
    expect(new Set(paths.flat()).size).toBe(508);
    expect(paths.every((path) => isPath(plan, path) && path.length <= 40)).toBe(true);
  });
});

describe("on the machines of the benchmarks, plans", () => {
  it.each([
    { machine: pluginMachine(), edges: [2, 42], transitions: [2, 25] },
    { machine: regionsMachine(), edges: [4, 740], transitions: [1, 36] },
    { machine: budgetMachine(3, 3, 4), edges: [40, 843], transitions: [1, 40] },
  ])("take all edges and all transitions of $machine.id in so many tests and steps", (it) => {
    const { plan } = exploring(it.machine, { cover: ["transitions"], verify: false });
    const size = ({ paths }: ReturnType<typeof planEdges>): number[] => [paths.length, paths.flat().length];
    expect(size(planEdges(plan))).toEqual(it.edges);
    const [tests, steps] = size(planItems(plan, items(plan)));
    expect(tests).toBe(it.transitions[0]);
    expect(steps).toBeLessThanOrEqual(it.transitions[1] ?? 0);
  });
});
