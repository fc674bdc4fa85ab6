/** The semi-internal parts of XState that `src/explore/xstate-adapter.ts` relies on: a new version shows here first. */
import { describe, expect, it } from "vitest";
import { assign, fromPromise, setup, stopChild } from "xstate";
import {
  activeNodes,
  createInertMachine,
  historyDefault,
  historyOf,
  ownDescriptors,
  transitionsOf,
} from "../../src/explore/xstate-adapter.ts";

const started: string[] = [];
const machine = setup({
  types: {} as { context: { n: number } },
  actors: { work: fromPromise(async () => void started.push("work")) },
  actions: { shout: () => void started.push("shout") },
}).createMachine({
  id: "m",
  context: { n: 0 },
  initial: "idle",
  states: {
    idle: { on: { go: "busy" } },
    busy: {
      entry: ["shout", assign({ n: ({ context }) => context.n + 1 })],
      invoke: { id: "w", src: "work", systemId: "worker" },
      after: { 50: "idle" },
      on: { again: { target: "busy", reenter: true }, drop: { actions: stopChild("w") } },
    },
    checked: { always: "idle" },
    deep: {
      initial: "one",
      states: { one: {}, two: {}, plain: { type: "history" }, chosen: { type: "history", target: "two" } },
    },
  },
  on: { check: ".checked" },
});

describe("the inert machine", () => {
  const inert = createInertMachine(machine, 100);
  const { snapshot: idle } = inert.initial(undefined);
  const busy = inert.transition(idle, { type: "go" });

  it("reports each microstep with the transitions that were selected", () => {
    const { microsteps } = inert.transition(idle, { type: "check" });
    expect(microsteps.map(({ selected }) => selected.map((it) => it.eventType))).toEqual([["check"], [""]]);
    expect(microsteps.map(({ before }) => before.value)).toEqual(["idle", "checked"]);
  });

  it("gives the actions of a step, and executes none", () => {
    expect(busy.actions.map(({ type }) => type)).toEqual(["shout", "xstate.raise", "xstate.spawnChild"]);
    expect(busy.actions[1]?.params).toMatchObject({
      event: { type: "xstate.after.50.m.busy" },
      id: "xstate.after.50.m.busy",
      delay: 50,
    });
    expect(busy.actions[2]?.params).toMatchObject({ id: "w", actorRef: { id: "w", src: "work" } });
    expect(started).toEqual([]);
  });

  it("lets the successor of a stopped actor have its system id, in the same step", () => {
    const again = inert.transition(busy.snapshot, { type: "again" });
    expect(again.snapshot.context).toEqual({ n: 2 });
    expect(again.snapshot.children["w"]).not.toBe(busy.snapshot.children["w"]);
  });

  it("gives the actor that is stopped as the parameter of the action", () => {
    const { actions } = inert.transition(busy.snapshot, { type: "drop" });
    expect(actions.map(({ type, params }) => [type, (params as { id: string }).id])).toEqual([
      ["xstate.stopChild", "w"],
    ]);
  });

  it("ends a machine that never comes to rest", () => {
    const restless = setup({}).createMachine({
      initial: "a",
      states: { a: { on: { go: "b" } }, b: { always: "c" }, c: { always: "b" } },
    });
    const inert = createInertMachine(restless, 10);
    const { snapshot } = inert.initial(undefined);
    expect(() => inert.transition(snapshot, { type: "go" })).toThrow("more than 10 microsteps");
  });

  it("says why it has no initial state", () => {
    const broken = setup({ types: {} as { input: { n: number }; context: { n: number } } }).createMachine({
      context: ({ input }) => ({ n: input.n }),
    });
    expect(createInertMachine(broken, 10).initial(undefined).snapshot).toMatchObject({ status: "error" });
  });
});

describe("the parts of a machine", () => {
  const node = (path: string) => machine.getStateNodeById(`m.${path}`);

  it("are its nodes, active ones, descriptors and transitions", () => {
    const { snapshot } = createInertMachine(machine, 10).initial(undefined);
    expect(activeNodes(snapshot).map(({ id }) => id)).toEqual(["m", "m.idle"]);
    expect(historyOf(snapshot)).toEqual({});
    expect(ownDescriptors(node("busy"))).toEqual(["again", "drop", "xstate.after.50.m.busy"]);
    expect(transitionsOf(node("checked")).map(([descriptor]) => descriptor)).toEqual([""]);
  });

  it("include what a history state stands for before its parent was left", () => {
    const defaults = ["plain", "chosen"].map((it) => historyDefault(node(`deep.${it}`)));
    expect(defaults.map((targets) => targets.map(({ key }) => key))).toEqual([["one"], ["two"]]);
  });
});

describe("an assign", () => {
  it("merges what it returns into the context by one call of Object.assign", () => {
    const machine = setup({
      types: {} as { context: { a: number; b: number } },
      actions: { change: assign({ a: 1 }) },
    }).createMachine({ context: { a: 0, b: 0 }, on: { go: { actions: "change" } } });
    const inert = createInertMachine(machine, 10);
    const { snapshot } = inert.initial(undefined);
    const calls: unknown[][] = [];
    const real = Object.assign;
    Object.assign = (...args: Parameters<typeof real>) => {
      calls.push([...args]);
      return real(...args) as unknown;
    };
    try {
      inert.transition(snapshot, { type: "go" });
    } finally {
      Object.assign = real;
    }
    expect(calls.filter(([, context]) => context === snapshot.context)).toHaveLength(1);
    expect(calls.find(([, context]) => context === snapshot.context)?.[2]).toEqual({ a: 1 });
  });
});
