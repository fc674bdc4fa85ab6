import { assign, type AnyStateMachine, createMachine } from "xstate";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { actorSut, chartSut, generateSuite, runTest, type Suite, type Sut } from "../../src/testgen/index.ts";
import { actionName } from "../../src/testgen/suite/script.ts";
import { budgetMachine, pluginMachine, regionsMachine } from "../../bench/explore/machines.ts";
import { orderMachine } from "./support/stranger.ts";

const stranger = orderMachine as AnyStateMachine;

const missing = ({ coverage }: Suite): string[] => coverage.flatMap((it) => it.missing);
const stepsOf = ({ tests }: Suite): number => tests.reduce((sum, { steps }) => sum + steps.length, 0);
const why = ({ tests }: Suite): string[] => tests.flatMap((it) => it.why);

async function passes(suite: Suite, sut: Sut): Promise<boolean> {
  for (const test of suite.tests) await runTest(test, sut);
  return true;
}

describe("a suite of a stranger's chart", () => {
  const suite = generateSuite(stranger);

  it("covers its timers, actors, regions, history and eventless transitions, with no change to it", () => {
    expect(missing(suite)).toEqual([]);
    expect(Object.fromEntries(suite.coverage.map(({ criterion, of }) => [criterion, of]))).toEqual({
      states: 13,
      transitions: 12,
      guards: 10,
      unhandled: 39,
      outcomes: 3,
      timers: 4,
    });
  });

  it("says why each test is there", () => {
    expect(suite.tests.every((it) => it.why.length > 0)).toBe(true);
    expect(why(suite)).toEqual(
      expect.arrayContaining([
        "takes order.payment.waiting after 5000",
        "takes order.delivery.idle always",
        "takes order.delivery.held RESUME",
        "charge ends: error",
        "charge ends late and is not heard",
        "order.payment.expired ignores PAY",
      ]),
    );
  });

  it("passes on the chart as data and on a real actor", async () => {
    expect(await passes(suite, chartSut(stranger))).toBe(true);
    expect(await passes(suite, actorSut(stranger))).toBe(true);
  });

  it("lets an actor end late after its state was left, and expects nothing of it", () => {
    const late = suite.tests
      .flatMap(({ steps }) => steps)
      .filter(({ action }) => actionName(action).startsWith("late "));
    expect(late.length).toBeGreaterThan(0);
    expect(late.every(({ expected }) => expected.effects.length === 0)).toBe(true);
  });

  it("is the same each time it is made", () => {
    expect(JSON.stringify(generateSuite(stranger))).toBe(JSON.stringify(suite));
  });
});

describe("guards of and, or, not", () => {
  it("are covered part by part, each deciding as true and as false", () => {
    const suite = generateSuite(stranger, { cover: ["guards"] });
    const parts = why(suite).filter((it) => it.includes("decides the guard of order.delivery.packing SHIP"));
    expect(parts.toSorted()).toEqual([
      "few decides the guard of order.delivery.packing SHIP, being false",
      "few decides the guard of order.delivery.packing SHIP, being true",
      "paid decides the guard of order.delivery.packing SHIP, being false",
      "paid decides the guard of order.delivery.packing SHIP, being true",
    ]);
  });
});

describe("payloads from a schema", () => {
  const gate = createMachine({
    id: "gate",
    context: { sum: 0 },
    initial: "open",
    schemas: {
      events: {
        ENTER: z.object({ age: z.int().min(0).max(120), member: z.boolean(), note: z.string() }),
      },
    } as never,
    states: {
      open: {
        on: {
          ENTER: [
            { guard: ({ event }) => event["age"] >= 18 && event["member"] === true, target: "in" },
            { actions: assign({ sum: 1 }) },
          ],
        },
      },
      in: { on: { LEAVE: "open" } },
    },
  }) as AnyStateMachine;

  it("have their boundary values in every pair, of the fields that are read and of no others", () => {
    const suite = generateSuite(gate);
    const sent = suite.tests.flatMap(({ steps }) =>
      steps.flatMap(({ action }) =>
        action.kind === "send" && action.event.type === "ENTER" ? [action.event] : [],
      ),
    );
    expect(missing(suite)).toEqual([]);
    expect(
      why(suite)
        .filter((it) => it.startsWith("ENTER with"))
        .toSorted(),
    ).toEqual([
      "ENTER with age 0",
      "ENTER with age 1",
      "ENTER with age 120",
      "ENTER with member false",
      "ENTER with member true",
    ]);
    expect(new Set(sent.map((it) => JSON.stringify(it["note"]))).size).toBe(1);
  });
});

describe("time", () => {
  it("is chosen so that timers fire in the order of the walk", async () => {
    const race = createMachine({
      id: "race",
      type: "parallel",
      states: {
        slow: { initial: "a", states: { a: { on: { ARM: "b" } }, b: { after: { 1_000: "c" } }, c: {} } },
        fast: { initial: "a", states: { a: { on: { GO: "b" } }, b: { after: { 10: "c" } }, c: {} } },
      },
    }) as AnyStateMachine;
    const suite = generateSuite(race);
    expect(missing(suite)).toEqual([]);
    expect(await passes(suite, actorSut(race))).toBe(true);
  });

  it("shows two timers of one instant in one step, and none before it", async () => {
    const twins = createMachine({
      id: "twins",
      type: "parallel",
      states: {
        left: { initial: "a", states: { a: { after: { 10: "b" } }, b: {} } },
        right: { initial: "a", states: { a: { after: { 10: "b" } }, b: {} } },
      },
    }) as AnyStateMachine;
    const suite = generateSuite(twins);
    expect(suite.tests.flatMap(({ steps }) => steps.map(({ action }) => actionName(action)))).toEqual([
      "wait 9 ms",
      "after 10, after 10",
    ]);
    expect(await passes(suite, actorSut(twins))).toBe(true);
  });
});

describe("sizes", () => {
  it.each([
    { machine: pluginMachine(), most: [4, 105] },
    { machine: regionsMachine(), most: [4, 160] },
    { machine: budgetMachine(3, 3, 4), most: [4, 80] },
  ])("of $machine.id are no larger than they were", ({ machine, most: [tests = 0, steps = 0] }) => {
    const suite = generateSuite(machine);
    expect(missing(suite)).toEqual([]);
    expect(suite.tests.length).toBeLessThanOrEqual(tests);
    expect(stepsOf(suite)).toBeLessThanOrEqual(steps);
  });

  it("keep to the longest test that is allowed", () => {
    const suite = generateSuite(regionsMachine(), { maxSteps: 20 });
    expect(missing(suite)).toEqual([]);
    expect(Math.max(...suite.tests.map(({ steps }) => steps.length))).toBeLessThanOrEqual(20);
  });
});

describe("a machine that cannot be explored", () => {
  it("is refused with what is in the way", () => {
    const impure = createMachine({
      id: "dice",
      initial: "a",
      context: { n: 0 },
      states: { a: { on: { ROLL: { actions: assign({ n: () => Math.random() }) } } } },
    }) as AnyStateMachine;
    expect(() => generateSuite(impure)).toThrow(
      /dice cannot be explored: context.n gets another value when the step is repeated/,
    );
  });

  it("that never ends gets a suite of what was seen, and names the key that grows", () => {
    const counter = createMachine({
      id: "counter",
      context: { clicks: 0 },
      on: {
        CLICK: {
          actions: assign({ clicks: ({ context }: { context: { clicks: number } }) => context.clicks + 1 }),
        },
      },
    }) as AnyStateMachine;
    const suite = generateSuite(counter, { maxStates: 50 });
    expect(suite.tests.length).toBe(1);
    expect(suite.warnings.join()).toContain("clicks");
  });
});
