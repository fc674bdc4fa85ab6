/** Steps that are tabled by what they read: the graph is the one that running every step gives. */
import { describe, expect, it } from "vitest";
import { type AnyStateMachine, assign, setup, spawnChild } from "xstate";
import { explore } from "../../src/explore/index.ts";

interface Context {
  count: number;
  limit: number;
  list: number[];
  extra?: string;
}
type Change = (context: Context) => Partial<Context>;

const changing = (change: Change, guard: (context: Context) => boolean = () => true): AnyStateMachine =>
  setup({
    types: {} as { context: Context },
    guards: { may: ({ context }) => guard(context) },
    actions: {
      change: assign(({ context }) => change(context)),
      toggle: assign({ limit: ({ context }) => 7 - context.limit }),
    },
  }).createMachine({
    context: { count: 0, limit: 3, list: [] },
    initial: "a",
    // What a step does not read has to vary.
    on: { toggle: { actions: "toggle" } },
    states: {
      a: { on: { go: { guard: "may", target: "b", actions: "change" } } },
      b: { on: { back: "a", go: { guard: "may", actions: "change" } } },
    },
  });

const graphOf = (machine: AnyStateMachine, tabled: boolean): readonly string[] => {
  const { graph, findings, ignored } = explore(machine, { tabled, maxStates: 200 });
  const state = (it: number): string => {
    const { value, context } = graph.snapshot(it);
    return JSON.stringify([
      value,
      Object.entries(context as object).toSorted(([a], [b]) => a.localeCompare(b)),
    ]);
  };
  const edges = Array.from({ length: graph.edges }, (_, index) => {
    const { from, to, label, taken } = graph.edge(index);
    return `${state(from)} ${label.name} ${state(to)} ${taken.map(({ id }) => id).join()}`;
  });
  return [...edges, ...findings.map(({ kind, subject }) => `${kind} ${subject}`), `${ignored}`];
};

describe("a machine that is tabled", () => {
  const below = ({ count, limit }: Context): boolean => count < limit;
  it.each<[string, AnyStateMachine]>([
    ["counts", changing(({ count }) => ({ count: count + 1 }), below)],
    ["writes what is there already", changing(() => ({ limit: 3 }))],
    ["copies its context", changing((it) => ({ ...it, count: (it.count + 1) % 4 }))],
    ["merges into it", changing((it) => Object.assign({}, it, { count: (it.count + 1) % 4 }))],
    ["clones it", changing((it) => ({ ...structuredClone({ ...it }), count: (it.count + 1) % 4 }))],
    ["clones it, which cannot be traced", changing((it) => ({ count: (structuredClone(it).count + 1) % 4 }))],
    ["adds a key", changing(({ extra }) => ({ extra: `${extra ?? ""}x`.slice(0, 3) }))],
    ["asks whether a key is there", changing((it) => ("extra" in it ? {} : { extra: "x" }))],
    ["counts its keys", changing((it) => ({ count: Object.keys(it).length, extra: "x" }))],
    ["grows a list", changing(({ list }) => ({ list: [...list, list.length].slice(0, 3) }))],
    ["keeps its context in its context", changing((it) => ({ extra: JSON.stringify(it).slice(0, 12) }))],
    ["throws for some values", changing(({ count }) => ({ count: fail(count) }))],
  ])("has the graph that running every step gives when it %s", (_, machine) => {
    const tabled = graphOf(machine, true);
    expect(tabled.length).toBeGreaterThan(2);
    expect(tabled).toEqual(graphOf(machine, false));
  });

  it("runs a step once for the values that it reads, whatever the others are", () => {
    let runs = 0;
    const machine = setup({
      types: {} as { context: { a: number; b: number } },
      guards: {
        isBelow: ({ context }) => {
          runs++;
          return context.a < 50;
        },
      },
      actions: {
        a: assign({ a: ({ context }) => context.a + 1 }),
        b: assign({ b: ({ context }) => (context.b + 1) % 50 }),
      },
    }).createMachine({
      context: { a: 0, b: 0 },
      on: { a: { guard: "isBelow", actions: "a" }, b: { actions: "b" } },
    });
    const { graph } = explore(machine, { verify: false });
    expect({ states: graph.states, runs }).toEqual({ states: 2_550, runs: 51 });
    expect(graph.bytes / graph.states).toBeLessThan(80);
  });

  it("is run step by step where values refer to actors", () => {
    const machine = setup({
      types: {} as { context: { ref: unknown } },
      actors: { child: changing(() => ({})) as never },
    }).createMachine({
      context: ({ spawn }) => ({
        ref: (spawn as (src: string, it: object) => unknown)("child", { id: "c" }),
      }),
      entry: spawnChild("child" as never),
      on: { go: { actions: [] } },
    });
    expect(explore(machine).graph.states).toBe(1);
  });

  it("leaves Object.assign, the clock and chance as they were", () => {
    const before = [Object.assign, Date, Date.now, Math.random];
    explore(changing(({ count }) => ({ count: fail(count) })));
    expect([Object.assign, Date, Date.now, Math.random]).toEqual(before);
  });
});

function fail(count: number): number {
  if (count === 2) throw new Error("two");
  return count + 1;
}
