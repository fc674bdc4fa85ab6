import type { AnyEventObject, AnyStateMachine } from "xstate";
import { describe, expect, it } from "vitest";
import { doorMachine, explore } from "../../examples/test-your-own/door-chart.ts";
import { doorSut } from "../../examples/test-your-own/door-sut.ts";
import type { Bug } from "../../examples/test-your-own/door.ts";
import {
  actorSut,
  assertWalks,
  chartSut,
  replayWalk,
  SuiteMismatch,
  type Sut,
  walkRandomly,
} from "../../src/testgen/index.ts";
import { exploring } from "../../src/testgen/exploring.ts";
import { shorten } from "../../src/testgen/walks/shorten.ts";
import { actionName } from "../../src/testgen/suite/script.ts";
import { budgetMachine, pluginMachine } from "../../bench/explore/machines.ts";
import { orderMachine } from "./support/stranger.ts";

const stranger = orderMachine as AnyStateMachine;
const machine = pluginMachine();

/** The chart itself, but for what `change` makes of an event, here and after those before it: `STATE EVENT`, the last one being this. */
function faulty(
  change: (event: AnyEventObject, before: readonly string[]) => AnyEventObject | null,
  of = machine,
): Sut {
  return {
    name: "a faulty one",
    async create(input) {
      const session = await chartSut(of).create(input);
      const before: string[] = [];
      return {
        ...session,
        send(event) {
          const { value } = (session.read?.() ?? {}) as { value?: unknown };
          before.push(`${JSON.stringify(value)} ${event.type}`);
          const changed = change(event, before);
          return changed === null ? undefined : session.send(changed);
        },
      };
    },
  };
}

const namesOf = (report: Awaited<ReturnType<typeof walkRandomly>>): string[] =>
  (report.failure?.test.steps ?? []).map(({ action }) => actionName(action));

describe("walks of a system that does what its machine does", () => {
  it.each([
    ["the chart as data", chartSut(stranger)],
    ["a real actor, with timers and promises", actorSut(stranger)],
  ])("all pass on %s", async (_, sut) => {
    const report = await walkRandomly(stranger, sut, { seed: 1, runs: 30, maxSteps: 20 });
    expect(report).toMatchObject({ machine: "order", runs: 30, failure: null });
    expect(report.frontiers).toBeGreaterThan(20);
    expect(report.steps).toBeGreaterThan(300);
  });

  it("are the same with the same seed", async () => {
    const twice = [1, 2].map(() => walkRandomly(machine, chartSut(machine), { seed: 7, runs: 10 }));
    const [first, second] = await Promise.all(twice);
    expect(first).toEqual(second);
  });
});

describe("a walk that fails", () => {
  it("is made as short as the shortest way to the transition that is wrong", async () => {
    const sut = faulty((event) => (event.type === "DEGRADE" ? null : event));
    const report = await walkRandomly(machine, sut, { seed: 3 });
    expect(report.failure).toMatchObject({
      minimality: "transition",
      transitions: ["plugin.active.running DEGRADE"],
    });
    expect(namesOf(report)).toEqual(["INSTALL", "OK", "START", "OK", "DEGRADE"]);
    expect(report.failure?.foundWith).toBeGreaterThan(5);
  });

  it("is made the shortest there is, all that is shorter being tried, where an event does what the machine ignores", async () => {
    const sut = faulty((event, before) =>
      before.at(-1) === '"installing" RETRY' ? { type: "FAIL" } : event,
    );
    const report = await walkRandomly(machine, sut, { seed: 3, runs: 300 });
    expect(namesOf(report)).toEqual(["INSTALL", "RETRY"]);
    expect(report.failure).toMatchObject({ minimality: "shortest", transitions: [] });
  });

  it("is made short by two transitions in a row where the fault needs both", async () => {
    const sut = faulty((event, before) =>
      before.slice(-2).join() === '{"active":"degraded"} RESTART,{"active":"starting"} OK' ? null : event,
    );
    const report = await walkRandomly(machine, sut, { seed: 5, runs: 300, maxTries: 100 });
    expect(namesOf(report)).toEqual(["INSTALL", "OK", "START", "OK", "DEGRADE", "RESTART", "OK"]);
    expect(report.failure?.minimality).toBe("pair");
  });

  it("is found after many steps that are all needed", async () => {
    const budget = budgetMachine(3, 3, 4);
    const sut = faulty(
      (event, before) =>
        event.type === "RETRY" && before.filter((it) => it === '"up" CRASH').length === 3 ? null : event,
      budget,
    );
    const report = await walkRandomly(budget, sut, { seed: 2 });
    expect(report.failure?.test.steps.length).toBe(8);
    expect(namesOf(report).filter((it) => it === "CRASH")).toHaveLength(3);
  });

  it("gives way to another fault that is nearer, when all that is shorter is tried", async () => {
    const sut = faulty((event) => (event.type === "DEGRADE" || event.type === "UNINSTALL" ? null : event));
    const way = ["INSTALL", "OK", "START", "OK", "DEGRADE"];
    const moves = way.map((type) => ({ kind: "event", event: { type } }) as const);
    const short = await shorten(exploring(machine), sut, moves, 5_000);
    expect(short).toMatchObject({ minimality: "shortest", test: { steps: { length: 3 } } });
    const hurried = await shorten(exploring(machine), sut, moves, 50);
    expect(hurried).toMatchObject({ minimality: "transition", test: { steps: { length: 5 } } });
  });

  it("is played again by its moves, also when they were written down", async () => {
    const sut = faulty((event) => (event.type === "DEGRADE" ? null : event));
    const { failure } = await walkRandomly(machine, sut, { seed: 3 });
    const moves = JSON.parse(JSON.stringify(failure?.moves)) as NonNullable<typeof failure>["moves"];
    await expect(replayWalk(machine, sut, moves)).rejects.toThrow("after step 5, DEGRADE");
    await expect(replayWalk(machine, chartSut(machine), moves)).resolves.toBeUndefined();
  });

  it("says how to play it again, and how short it is", async () => {
    const sut = faulty((event) => (event.type === "UNINSTALL" ? null : event));
    await expect(assertWalks(machine, sut, { seed: 3 })).rejects.toThrow(
      /3 steps \(INSTALL, (?:OK|FAIL), UNINSTALL\): nothing shorter fails; found with \d+, seed 3\nagain: replayWalk\(machine, sut, \[\{"kind":"event"/,
    );
  });

  it("counts what the system throws", async () => {
    const sut = faulty((event) => {
      if (event.type === "STOP") throw new Error("no such thing");
      return event;
    });
    const report = await walkRandomly(machine, sut, { seed: 3 });
    expect(namesOf(report)).toEqual(["STOP"]);
    expect(report.failure?.message).toContain("no such thing");
  });

  it("is told as such when the system fails only once", async () => {
    let left = 1;
    const sut = faulty((event, before) =>
      before.at(-1) === '"installed" START' && left-- > 0 ? null : event,
    );
    const report = await walkRandomly(machine, sut, { seed: 3 });
    expect(report.failure?.message).toContain("failed once and not again");
  });
});

describe("walks of a door in plain TypeScript", () => {
  const limits = { ...explore, seed: 1, runs: 50, maxTries: 500 };

  it("find nothing where there is nothing", async () => {
    expect(await walkRandomly(doorMachine, doorSut(), limits)).toMatchObject({ failure: null });
  });

  it.each<Bug>([
    "a right code does not forget wrong ones",
    "opening does not stop the lock",
    "reset opens the door",
  ])("find its planted bug: %s", async (bug) => {
    const { failure } = await walkRandomly(doorMachine, doorSut(bug), limits);
    expect(failure?.test.steps.length).toBeLessThanOrEqual(6);
    const again = replayWalk(doorMachine, doorSut(bug), failure?.moves ?? [], explore);
    await expect(again).rejects.toThrow(SuiteMismatch);
  });
});
