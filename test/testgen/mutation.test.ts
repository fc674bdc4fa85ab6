import { type AnyStateMachine, createMachine } from "xstate";
import { describe, expect, it } from "vitest";
import {
  generateSuite,
  mutantsOf,
  mutationScore,
  operators,
  runTest,
  chartSut,
} from "../../src/testgen/index.ts";
import { budgetMachine, pluginMachine, regionsMachine } from "../../bench/explore/machines.ts";
import { orderMachine } from "./support/stranger.ts";

const byOperator = (machine: AnyStateMachine, types: readonly string[]): Record<string, number> => {
  const all = mutantsOf(machine, types);
  return Object.fromEntries(
    operators.map((it) => [it, all.filter(({ operator }) => operator === it).length]),
  );
};

describe("mutants", () => {
  it("are made by every operator at every place", () => {
    const door = createMachine({
      id: "door",
      initial: "closed",
      states: {
        closed: { on: { OPEN: { target: "open", guard: "isUnlocked", actions: "creak" } } },
        open: { on: { CLOSE: "closed" }, entry: "light" },
        broken: {},
      },
    }) as AnyStateMachine;
    expect(byOperator(door, ["OPEN", "CLOSE"])).toEqual({
      "missing transition": 2,
      "wrong target": 4,
      "guard dropped": 1,
      "guard negated": 1,
      "action dropped": 2,
      sneak: 4,
      split: 2,
    });
  });

  it("are as many as were published for the machines of the benchmarks", () => {
    const types = (machine: AnyStateMachine): string[] =>
      machine.events.filter((it) => !it.startsWith("xstate."));
    expect(mutantsOf(pluginMachine(), types(pluginMachine())).length).toBe(184);
    expect(mutantsOf(regionsMachine(), types(regionsMachine())).length).toBe(349);
  });
});

describe("a suite", () => {
  it.each([
    { machine: pluginMachine(), score: 0.95 },
    { machine: regionsMachine(), score: 0.95 },
    { machine: budgetMachine(3, 3, 4), score: 0.95 },
    { machine: orderMachine as AnyStateMachine, score: 0.9 },
  ])(
    "finds nearly all mutants of $machine.id, and all that differ with the tests that are added for them",
    (it) => {
      const plain = generateSuite(it.machine);
      expect(mutationScore(it.machine, plain.tests).score).toBeGreaterThanOrEqual(it.score);
      const full = generateSuite(it.machine, { killMutants: true });
      const { score, survivors } = mutationScore(it.machine, full.tests);
      expect({ score, survivors }).toEqual({ score: 1, survivors: [] });
      expect(full.tests.length).toBeLessThanOrEqual(plain.tests.length + 4);
    },
  );

  it("that finds nothing gets, for each mutant, a shortest test that would", async () => {
    const machine = pluginMachine();
    const { score, survivors } = mutationScore(machine, []);
    expect(score).toBe(0);
    expect(survivors.length).toBe(184);
    for (const { killedBy } of survivors) {
      expect(killedBy).not.toBeNull();
      if (killedBy !== null) await runTest(killedBy, chartSut(machine));
    }
    const first = survivors.find(({ mutant }) => mutant === "discovered INSTALL");
    expect(first?.killedBy?.steps.map(({ action }) => action)).toEqual([
      { kind: "send", event: { type: "INSTALL" } },
    ]);
  });

  it("is not blamed for mutants that do nothing else", () => {
    const lamp = createMachine({
      id: "lamp",
      initial: "on",
      states: { on: { on: { FLIP: [{ target: "off", guard: () => true }, { target: "off" }] } }, off: {} },
    }) as AnyStateMachine;
    const { score, equivalent } = mutationScore(lamp, generateSuite(lamp).tests);
    expect({ score, equivalent }).toEqual({ score: 1, equivalent: 3 });
  });
});
