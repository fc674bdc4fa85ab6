import { describe, expect, it } from "vitest";
import { type AnyStateMachine, assign, createMachine, fromPromise, raise, setup } from "xstate";
import { getAdjacencyMap } from "xstate/graph";
import * as z from "zod";
import { boundaryPayloads, explore, type ExploreOptions } from "../../src/explore/index.ts";
import { randomMachine } from "./support/random-machine.ts";

const values = (machine: AnyStateMachine, options?: ExploreOptions): string[] => {
  const { graph } = explore(machine, options);
  const names = Array.from({ length: graph.states }, (_, i) => JSON.stringify(graph.snapshot(i).value));
  return [...new Set(names)].toSorted();
};
const findings = (machine: AnyStateMachine, options?: ExploreOptions) =>
  explore(machine, options).findings.map(({ kind, subject, message }) => ({ kind, subject, message }));

/** Crashes within a budget, attempts within another, and tokens: states are combinations of the three. */
const budget = (crashes: number, attempts: number, tokens: number): AnyStateMachine =>
  setup({
    types: {} as { context: { crashes: number; attempts: number; tokens: number } },
    guards: {
      mayCrash: ({ context }) => context.crashes < crashes,
      mayTry: ({ context }) => context.attempts < attempts,
      hasToken: ({ context }) => context.tokens > 0,
      lacksToken: ({ context }) => context.tokens < tokens,
    },
    actions: {
      crash: assign({ crashes: ({ context }) => context.crashes + 1 }),
      try: assign({ attempts: ({ context }) => context.attempts + 1 }),
      use: assign({ tokens: ({ context }) => context.tokens - 1 }),
      refill: assign({ tokens }),
      heal: assign({ attempts: 0 }),
      reset: assign({ crashes: 0, attempts: 0, tokens }),
    },
  }).createMachine({
    context: { crashes: 0, attempts: 0, tokens },
    initial: "up",
    states: {
      up: {
        on: {
          crash: { guard: "mayCrash", target: "down", actions: "crash" },
          work: { guard: "hasToken", actions: "use" },
          refill: { guard: "lacksToken", actions: "refill" },
        },
      },
      down: { on: { retry: [{ guard: "mayTry", target: "probing", actions: "try" }, "halted"] } },
      probing: { on: { ok: "up", fail: "down", heal: { target: "up", actions: "heal" } } },
      halted: { on: { operator: { target: "up", actions: "reset" } } },
    },
  });

describe("the graph of a machine", () => {
  it("has exactly its states and the edges that do something", () => {
    const { graph, ignored, complete } = explore(budget(9, 9, 36));
    expect([graph.states, graph.edges, ignored, complete]).toEqual([10_027, 22_203, 552, true]);
  });

  it("has the states of xstate/graph, where that is sound", () => {
    const differing = Array.from({ length: 60 }, (_, seed) => {
      const { machine } = randomMachine(seed, { timers: false, actors: false, finals: false, sends: false });
      const events = ["E0", "E1", "E2", "E3"].map((type) => ({ type }));
      let reference: number;
      try {
        // The history of a state is no part of the reference's key: only machines without any can be compared.
        if (JSON.stringify(machine.config).includes("history")) return null;
        reference = Object.keys(getAdjacencyMap(machine, { events })).length;
      } catch {
        return null;
      }
      const { graph } = explore(machine, { events: () => events });
      // The reference goes on from a state that ended in an error.
      if (graph.snapshot(0).status === "error") return null;
      return graph.states === reference ? null : [seed, graph.states, reference];
    });
    expect(differing.filter((it) => it !== null)).toEqual([]);
  });

  it("leads to each state in as few steps as possible", () => {
    const { graph } = explore(budget(2, 2, 2));
    const halted = Array.from({ length: graph.states }, (_, i) => i).find(
      (it) => graph.snapshot(it).value === "halted",
    );
    const path = graph.pathTo(halted ?? -1).map((it) => graph.label(it).name);
    expect(path).toEqual(["crash", "retry", "fail", "retry", "fail", "retry"]);
  });

  it("names the transitions that a step took, eventless and raised ones included", () => {
    const machine = createMachine({
      id: "m",
      initial: "a",
      states: {
        a: { on: { go: { target: "b", actions: raise({ type: "on" }) } } },
        b: { on: { on: "c" } },
        c: { always: "d" },
        d: { type: "final" },
      },
    });
    const { graph } = explore(machine);
    expect(graph.edge(0).taken.map(({ id }) => id)).toEqual(["m.a go", "m.b on", "m.c always"]);
  });
});

describe("timers", () => {
  const racing = (first: number, second: number): AnyStateMachine =>
    createMachine({
      type: "parallel",
      states: {
        x: { initial: "a", states: { a: { after: { [first]: "b" } }, b: {} } },
        y: { initial: "a", states: { a: { after: { [second]: "b" } }, b: {} } },
      },
    });

  it("fire only when they are armed, the shorter one of those armed together first", () => {
    expect(values(racing(10, 20))).toEqual(['{"x":"a","y":"a"}', '{"x":"b","y":"a"}', '{"x":"b","y":"b"}']);
    expect(values(racing(20, 10))).toContain('{"x":"a","y":"b"}');
  });

  it("fire in any order where the order is left free", () => {
    expect(values(racing(10, 20), { timers: "free" })).toHaveLength(4);
  });

  it("do not fire any more once their state was left", () => {
    const machine = createMachine({
      initial: "a",
      states: {
        a: { on: { go: "b" }, after: { 5: "late" } },
        b: { on: { back: "a" } },
        late: { type: "final" },
      },
    });
    const { graph } = explore(machine);
    const edges = Array.from({ length: graph.edges }, (_, i) => graph.edge(i));
    expect(edges.filter(({ label }) => label.kind === "timer").map(({ from, to }) => [from, to])).toEqual([
      [0, 2],
    ]);
  });
});

describe("actors", () => {
  const machine = setup({
    types: {} as { context: { got: unknown } },
    actors: { fetch: fromPromise(() => Promise.resolve(1)) },
  }).createMachine({
    context: { got: null },
    initial: "busy",
    states: {
      busy: {
        invoke: {
          src: "fetch",
          id: "f",
          onDone: { target: "well", actions: assign({ got: ({ event }) => event.output }) },
          onError: "badly",
        },
        on: { leave: "left" },
      },
      well: { type: "final" },
      badly: { type: "final" },
      left: { on: { back: "busy" } },
    },
  });

  it("end well and badly, as far as the machine has a transition for it", () => {
    expect(values(machine)).toEqual(['"badly"', '"busy"', '"left"', '"well"']);
  });

  it("give what their cases say, and end only while they are there", () => {
    const outcomes = { fetch: [1, 2].map((output) => ({ kind: "done", output }) as const) };
    const { graph } = explore(machine, { outcomes });
    expect(graph.states).toBe(4);
    const ends = graph.labels.filter(({ kind }) => kind === "outcome").map(({ name }) => name);
    expect(ends).toEqual(["done f 1", "done f 2"]);
  });

  it("are reported when nothing handles their failure", () => {
    const outcomes = { fetch: [{ kind: "error", error: new Error("no") }] } as const;
    const deaf = createMachine({ invoke: { src: fromPromise(() => Promise.resolve(1)), id: "fetch" } });
    expect(findings(deaf, { outcomes })).toMatchObject([{ kind: "errored", subject: "error fetch" }]);
  });
});

describe("payloads", () => {
  const events = {
    sized: z.object({ size: z.int().min(1).max(9), kind: z.enum(["a", "b"]) }),
    patterned: z.object({ name: z.string().regex(/^x+$/) }),
  };

  it("come from the boundaries of the event's schema", () => {
    expect(boundaryPayloads(events.sized)).toEqual([
      { size: 1, kind: "a" },
      { size: 1, kind: "b" },
      { size: 2, kind: "a" },
      { size: 2, kind: "b" },
      { size: 9, kind: "a" },
      { size: 9, kind: "b" },
    ]);
  });

  it("vary one field at a time where there would be too many", () => {
    const wide = z.object(Object.fromEntries("abcdef".split("").map((key) => [key, z.boolean().nullable()])));
    expect(boundaryPayloads(wide)).toHaveLength(13);
  });

  it("are reported where none can be derived", () => {
    const machine = setup({ schemas: { events } }).createMachine({
      initial: "a",
      states: { a: { on: { sized: "b", patterned: "b" } }, b: { type: "final" } },
    });
    const { stimuli, graph } = explore(machine);
    expect([...stimuli.underivable]).toEqual(["patterned"]);
    expect(graph.edges).toBe(7);
  });
});

describe("a machine that cannot be explored as it is", () => {
  const counting = (change: (n: number) => number): AnyStateMachine =>
    setup({
      types: {} as { context: { n: number; other: string } },
      actions: { count: assign({ n: ({ context }) => change(context.n) }) },
    }).createMachine({ context: { n: 0, other: "x" }, on: { go: { actions: "count" } } });

  it("names the key that goes on growing when the budget is spent", () => {
    const {
      stoppedBy,
      complete,
      diverging,
      findings: found,
    } = explore(
      counting((n) => n + 1),
      { maxStates: 500 },
    );
    expect({ stoppedBy, complete, keys: diverging.map(({ key }) => key) }).toEqual({
      stoppedBy: "states",
      complete: false,
      keys: ["n"],
    });
    expect(found[0]?.message).toContain("Math.min(context.n, 3)");
  });

  it("stops when its time is over, with what it has", () => {
    const { stoppedBy, graph } = explore(
      counting((n) => n + 1),
      { maxStates: 1e9, maxSeconds: 0.05 },
    );
    expect(stoppedBy).toBe("time");
    expect(graph.states).toBeGreaterThan(1);
  });

  it("is finite under an abstraction that keeps what matters", () => {
    const { graph, complete } = explore(
      counting((n) => n + 1),
      { abstract: ({ n }) => Number(n) % 2 },
    );
    expect([graph.states, complete]).toEqual([2, true]);
  });

  it("says that an abstraction takes states for one that behave differently", () => {
    const machine = setup({
      types: {} as { context: { n: number } },
      guards: { isThree: ({ context }) => context.n === 3 },
      actions: { count: assign({ n: ({ context }) => context.n + 1 }) },
    }).createMachine({
      context: { n: 0 },
      initial: "a",
      states: {
        a: { on: { go: [{ guard: "isThree", target: "b" }, { actions: "count" }] } },
        b: { type: "final" },
      },
    });
    expect(findings(machine, { abstract: ({ n }) => Math.min(Number(n), 2) })).toMatchObject([
      { kind: "abstractionInexact", subject: "go" },
    ]);
    expect(findings(machine, { ignore: ["n"] })).toMatchObject([{ kind: "abstractionInexact" }]);
    expect(explore(machine, { abstract: ({ n }) => Math.min(Number(n), 4) })).toMatchObject({
      complete: true,
    });
  });

  const startedAt = Date.now();
  it.each([
    ["the clock", () => Date.now() - startedAt < 3_600_000],
    ["a new date", () => new Date().getTime() - startedAt < 3_600_000],
    ["chance", () => Math.random() < 0.5],
  ])("names the guard that depends on %s", (_, isLucky) => {
    const machine = setup({ guards: { isLucky: () => isLucky() } }).createMachine({
      id: "m",
      initial: "a",
      states: { a: { on: { go: [{ guard: "isLucky", target: "b" }, "c"] } }, b: {}, c: {} },
    });
    expect(findings(machine)).toMatchObject([{ kind: "impure", subject: "isLucky of m.a go[0]" }]);
  });

  it("names the key whose assign depends on something outside", () => {
    let outside = 0;
    expect(findings(counting(() => ++outside))).toMatchObject([{ kind: "impure", subject: "n" }]);
  });

  it("names the key that was changed in place", () => {
    const machine = setup({
      types: {} as { context: { list: number[] } },
      actions: {
        grow: assign(({ context }) => {
          context.list.push(1);
          return {};
        }),
      },
    }).createMachine({ context: { list: [] }, on: { go: { actions: "grow" } } });
    expect(findings(machine, { maxStates: 50 })).toMatchObject([{ kind: "mutated", subject: "list" }]);
  });

  it("names the key that contains itself", () => {
    const ring: { self?: unknown } = {};
    ring.self = ring;
    expect(findings(createMachine({ context: { ring } }))).toMatchObject([
      { kind: "cyclic", subject: "ring.self" },
    ]);
  });

  it("says which event throws, and goes on with the others", () => {
    const machine = setup({
      types: {} as { events: { type: "read"; at: { n: number } } | { type: "go" } },
      guards: { reads: ({ event }) => event.type === "read" && event.at.n > 0 },
    }).createMachine({
      initial: "a",
      states: { a: { on: { read: { guard: "reads", target: "b" }, go: "b" } }, b: { type: "final" } },
    });
    const { graph, findings: found } = explore(machine);
    expect(graph.states).toBe(2);
    expect(found).toMatchObject([{ kind: "thrown", subject: "read", stimulus: "read" }]);
    expect(found[0]?.message).toContain("give event cases for read");
  });

  it("says that it has no initial state without an input", () => {
    const machine = setup({ types: {} as { input: { n: number }; context: { n: number } } }).createMachine({
      context: ({ input }) => ({ n: input.n }),
    });
    expect(findings(machine)).toMatchObject([{ kind: "thrown", subject: "initial state" }]);
    expect(findings(machine, { input: { n: 1 } })).toEqual([]);
  });
});
