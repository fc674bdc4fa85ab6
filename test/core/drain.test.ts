import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type * as z from "zod";
import { coolsDownUntil, DrainPolicy, DrainUnit, isDrained, planDrain } from "../../src/core/drain.ts";

type Unit = z.input<typeof DrainUnit>;
type Policy = z.input<typeof DrainPolicy>;

/** Units by id; `n` is drained, `o` is another node. */
const unit = (id: string, change: Partial<Unit> = {}): Unit => ({ id, node: "n", group: "g", ...change });
const elsewhere = (id: string, change: Partial<Unit> = {}): Unit => unit(id, { node: "o", ...change });

function plan(
  units: readonly Unit[],
  policy: Policy = {},
  { at = 0, deadline = null as number | null } = {},
) {
  const state = { units: units.map((it) => DrainUnit.parse(it)), node: "n", at, deadline };
  return planDrain(state, DrainPolicy.parse(policy));
}

/** Letters of the units that are acted on, then those that wait. */
const moves = (units: readonly Unit[], policy: Policy = {}, instants = {}): [string, string] => {
  const { steps, waiting } = plan(units, policy, instants);
  return [steps.map((it) => it.unit).join(""), waiting.map((it) => it.unit).join("")];
};

const pending = { health: "pending" } as const;
const terminal = { status: "terminal" } as const;
const moving = { status: "moving" } as const;
const two = { maxParallel: 2 };

describe("a step of a drain", () => {
  it.each<[string, readonly Unit[], Policy, string, string]>([
    ["moves nothing from an empty node", [], {}, "", ""],
    ["leaves other nodes alone", [elsewhere("a"), elsewhere("b")], {}, "", ""],
    ["moves the only unit", [unit("a")], {}, "a", ""],
    ["moves one at a time", [unit("a"), unit("b"), unit("c")], {}, "a", "bc"],
    ["moves two where two may be in flight", [unit("a"), unit("b"), unit("c")], two, "ab", "c"],
    ["moves all where more may be in flight", [unit("a"), unit("b")], { maxParallel: 9 }, "ab", ""],
    ["waits for the one that moves", [unit("a", moving), unit("b")], {}, "", "ab"],
    ["fills the place that is left", [unit("a", moving), unit("b"), unit("c")], two, "b", "ac"],
    ["waits for health elsewhere", [unit("a"), elsewhere("b", pending)], {}, "", "a"],
    ["fills the place beside pending health", [unit("a"), unit("b"), elsewhere("c", pending)], two, "a", "b"],
    [
      "waits for the health of two",
      [unit("a"), elsewhere("b", pending), elsewhere("c", pending)],
      two,
      "",
      "a",
    ],
    ["goes on when it was proven", [unit("a"), elsewhere("b")], {}, "a", ""],
    ["waits for pending health on the node itself", [unit("a"), unit("b", pending)], {}, "", "ab"],
    [
      "does not wait for what is unhealthy",
      [unit("a"), elsewhere("b", { health: "unhealthy" })],
      {},
      "a",
      "",
    ],
    ["moves what is unhealthy", [unit("a", { health: "unhealthy" })], {}, "a", ""],
    ["does not move what has ended", [unit("a", terminal), unit("b")], {}, "b", ""],
    [
      "does not count what ended before it proved healthy",
      [unit("a"), elsewhere("b", { ...pending, ...terminal })],
      {},
      "a",
      "",
    ],
    [
      "counts what is missing of a group",
      [unit("a"), elsewhere("b", terminal)],
      { wanted: { g: 2 } },
      "",
      "a",
    ],
    [
      "has room when nothing is missing",
      [unit("a"), elsewhere("b"), elsewhere("c", terminal)],
      { wanted: { g: 2 } },
      "a",
      "",
    ],
    ["counts each group by itself", [unit("a"), unit("b"), unit("c", { group: "h" })], {}, "ac", "b"],
    [
      "is not held up by another group's health",
      [unit("a"), elsewhere("b", { group: "h", ...pending })],
      {},
      "a",
      "",
    ],
    ["leaves system units", [unit("a", { kind: "system" }), unit("b")], {}, "b", ""],
    ["lets batch work end", [unit("a", { kind: "batch" }), unit("b")], {}, "b", "a"],
  ])("L19: %s", (_, units, policy, acted, waits) => {
    expect(moves(units, policy)).toEqual([acted, waits]);
  });

  it("L19: never has more in flight than may be, nor touches another node, however it goes on", () => {
    const units = fc.array(
      fc.record({
        node: fc.constantFrom("n", "n", "o"),
        group: fc.constantFrom("g", "h"),
        kind: fc.constantFrom("service", "service", "system", "batch"),
        health: fc.constantFrom("healthy", "healthy", "pending", "unhealthy"),
        status: fc.constantFrom("running", "running", "running", "terminal"),
      } as const),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(units, fc.integer({ min: 1, max: 3 }), (given, maxParallel) => {
        let now: Unit[] = given.map((it, index) => ({ ...it, id: String(index) }));
        const inFlight = (group: string): number =>
          now.filter(
            (it) =>
              it.group === group &&
              it.status !== "terminal" &&
              (it.status === "moving" || it.health === "pending"),
          ).length;
        for (let round = 0; round < 40; round += 1) {
          const before = { g: inFlight("g"), h: inFlight("h") };
          const { steps } = plan(now, { maxParallel });
          const ids = steps.map((it) => it.unit);
          expect(now.filter(({ id, node }) => ids.includes(id) && node !== "n")).toEqual([]);
          now = now.map((it) => (ids.includes(it.id) ? { ...it, status: "moving" } : it));
          for (const group of ["g", "h"] as const) {
            expect(inFlight(group)).toBeLessThanOrEqual(Math.max(maxParallel, before[group]));
          }
          // The first in flight arrives, and then proves healthy.
          const first = now.find(
            (it) => it.status === "moving" || (it.status === "running" && it.health === "pending"),
          );
          now = now.map((it) => {
            if (it !== first) return it;
            return it.status === "moving"
              ? { ...it, node: "o", status: "running", health: "pending" }
              : { ...it, health: "healthy" };
          });
        }
        const left = now.filter((it) => it.node === "n" && it.kind === "service" && it.status !== "terminal");
        expect(left).toEqual([]);
      }),
    );
  });

  it("says what each unit waits for", () => {
    const units = [unit("a", moving), unit("b"), unit("c", { kind: "batch" })];
    expect(plan(units, {}, { deadline: 9 }).waiting).toEqual([
      { unit: "a", reason: "inFlight", until: null },
      { unit: "b", reason: "maxParallel", until: null },
      { unit: "c", reason: "batch", until: 9 },
    ]);
  });

  it("moves batch work from its deadline on", () => {
    const units = [unit("a", { kind: "batch" })];
    expect(moves(units, {}, { at: 9, deadline: 10 })).toEqual(["", "a"]);
    expect(moves(units, {}, { at: 10, deadline: 10 })).toEqual(["a", ""]);
  });
});

describe("a node", () => {
  const kinds = (...list: readonly (Partial<Unit> & { kind: Unit["kind"] })[]): DrainUnit[] =>
    list.map((it, index) => DrainUnit.parse(unit(String(index), it)));

  it.each([
    ["empty", [], true],
    ["with system units alone", kinds({ kind: "system" }), true],
    ["with a service", kinds({ kind: "service" }), false],
    ["with a service that has ended", kinds({ kind: "service", ...terminal }), true],
    ["with a service on its way", kinds({ kind: "service", ...moving }), false],
    ["with batch work", kinds({ kind: "batch" }), false],
    ["with batch work that has ended", kinds({ kind: "batch", ...terminal }), true],
    ["mixed", kinds({ kind: "system" }, { kind: "service", ...terminal }, { kind: "batch" }), false],
    [
      "mixed, with its services and batch work ended",
      kinds({ kind: "system" }, { kind: "service", ...terminal }, { kind: "batch", ...terminal }),
      true,
    ],
  ])("L20: %s", (_, units, done) => {
    expect(isDrained(units, "n")).toBe(done);
    expect(isDrained([...units, DrainUnit.parse(elsewhere("x"))], "n")).toBe(done);
    expect(plan(units).done).toBe(done);
  });
});

describe("a replacement that is made first", () => {
  const makeBeforeBreak = { order: "makeBeforeBreak" } as const;
  const free = { singleActivation: false };

  it("L22: is refused for a unit that may run once at a time", () => {
    expect(plan([unit("a"), unit("b", free)], { ...makeBeforeBreak, maxParallel: 2 })).toMatchObject({
      steps: [{ unit: "b", act: "replace" }],
      refused: [{ unit: "a", reason: "singleActivation" }],
    });
  });

  it("L22: is healthy before the old one stops", () => {
    const steps = (replacement: "none" | "pending" | "healthy") => {
      const { steps: acts, waiting } = plan(
        [unit("a", { ...free, replacement }), unit("b", free)],
        makeBeforeBreak,
      );
      return [acts.map((it) => `${it.act} ${it.unit}`), waiting.map((it) => `${it.reason} ${it.unit}`)];
    };
    expect(steps("none")).toEqual([["replace a"], ["maxParallel b"]]);
    expect(steps("pending")).toEqual([[], ["replacementPending a", "maxParallel b"]]);
    expect(steps("healthy")).toEqual([["retire a"], ["maxParallel b"]]);
  });
});

describe("a unit that was just moved", () => {
  it("L23: is not moved again until its cooldown ends, and then is", () => {
    const units = [unit("a", { movedAt: 100 }), unit("b", { group: "h" })];
    const at = (now: number) => plan(units, { cooldownMs: 50 }, { at: now });
    expect(at(149)).toMatchObject({
      steps: [{ unit: "b" }],
      waiting: [{ unit: "a", reason: "coolingDown", until: 150 }],
    });
    expect(at(150).steps.map((it) => it.unit)).toEqual(["a", "b"]);
    expect([coolsDownUntil(100, 149, 50), coolsDownUntil(100, 150, 50), coolsDownUntil(null, 0, 50)]).toEqual(
      [150, null, null],
    );
  });

  it("L23: leaves its place to others of its group", () => {
    expect(moves([unit("a", { movedAt: 0 }), unit("b")], { cooldownMs: 50 }, { at: 1 })).toEqual(["b", "a"]);
  });
});
