/** Timers whose clocks are kept as zones: what is reached is what time in small steps reaches. */
import { describe, expect, it } from "vitest";
import { type AnyStateMachine, createMachine, fromPromise } from "xstate";
import { type Exploration, explore, type ExploreOptions } from "../../src/explore/index.ts";
import { at, includes, later, nothing, rearranged } from "../../src/explore/explorer/zones/zone.ts";
import { exploreTicks } from "./support/ticks.ts";
import { reachedBy } from "./support/zone-difference.ts";

const leaseMachine = createMachine({
  id: "lease",
  type: "parallel",
  states: {
    heart: {
      initial: "ok",
      states: {
        ok: { after: { 1000: "late" }, on: { BEAT: { target: "ok", reenter: true } } },
        late: { after: { 2000: "dead" }, on: { BEAT: "ok" } },
        dead: {},
      },
    },
    lease: {
      initial: "held",
      states: {
        held: { after: { 5000: "expired" }, on: { RENEW: { target: "held", reenter: true } } },
        expired: { on: { RENEW: "held" } },
      },
    },
    retry: {
      initial: "idle",
      states: {
        idle: { on: { CALL: "busy" } },
        busy: {
          invoke: { src: fromPromise(async () => 1), id: "call", onDone: "idle", onError: "backoff" },
          after: { 3000: "backoff" },
        },
        backoff: { after: { 500: "busy" }, on: { GIVEUP: "idle" } },
      },
    },
  },
}) as AnyStateMachine;

const zoned = (machine: AnyStateMachine, options: ExploreOptions = {}): Exploration =>
  explore(machine, { time: "zones", ...options });

describe("a machine with timers, explored by zones", () => {
  it("has 56 states where time in steps of half a second has 1,080, and reaches the same", () => {
    const exploration = zoned(leaseMachine);
    const zones = reachedBy(exploration);
    const ticks = exploreTicks(leaseMachine, { tickMs: 500 });
    expect({ complete: exploration.complete, zones: zones.states, ticks: ticks?.states }).toEqual({
      complete: true,
      zones: 56,
      ticks: 1_080,
    });
    expect(zones.configurations).toEqual(ticks?.configurations);
    expect(zones.firings).toEqual(ticks?.firings);
  });

  it("lets no timer fire that another one always stops, which their order alone does not tell", () => {
    // 3 and 3 after it are behind 5, however the events come.
    const machine = createMachine({
      type: "parallel",
      states: {
        guard: { initial: "armed", states: { armed: { after: { 5: "fired" } }, fired: {} } },
        steps: {
          initial: "a",
          states: { a: { after: { 3: "b" } }, b: { after: { 3: "c" } }, c: {} },
        },
      },
    } as never) as AnyStateMachine;
    const values = (time: "order" | "zones"): unknown[] => {
      const { graph } = explore(machine, { time });
      return Array.from({ length: graph.states }, (_, state) => graph.snapshot(state).value);
    };
    const early = { guard: "armed", steps: "c" };
    expect(values("order")).toContainEqual(early);
    expect(values("zones")).toEqual([
      { guard: "armed", steps: "a" },
      { guard: "armed", steps: "b" },
      { guard: "fired", steps: "b" },
      { guard: "fired", steps: "c" },
    ]);
  });

  it("ends at its budget of states with what it has", () => {
    const { stoppedBy, graph } = zoned(leaseMachine, { maxStates: 20 });
    expect({ stoppedBy, states: graph.states }).toEqual({ stoppedBy: "states", states: 20 });
  });

  it("says which event throws, and goes on with the others", () => {
    const machine = createMachine({
      initial: "a",
      states: {
        a: {
          after: { 5: "b" },
          on: {
            boom: {
              guard: () => {
                throw new Error("no");
              },
              target: "b",
            },
          },
        },
        b: {},
      },
    }) as AnyStateMachine;
    const { findings, graph } = zoned(machine);
    expect(graph.states).toBe(2);
    expect(findings).toMatchObject([{ kind: "thrown", subject: "boom", state: 0 }]);
  });
});

describe("a zone", () => {
  const both = later(rearranged(nothing, [-1, -1]), [3, 5]);

  it("lets a clock come to its limit only as far as the other ones let time pass", () => {
    expect(at(both, 0, 3)).not.toBeNull();
    expect(at(both, 1, 5)).toBeNull();
  });

  it("keeps how far apart clocks are when one starts anew", () => {
    const fired = at(both, 0, 3);
    const next = later(rearranged(fired ?? both, [-1, 1]), [3, 5]);
    expect(at(next, 0, 3)).toBeNull();
    expect(at(next, 1, 5)).not.toBeNull();
  });

  it("includes itself and what comes earlier, not what comes later", () => {
    const fired = at(both, 0, 3) ?? both;
    expect([includes(both, both), includes(both, fired), includes(fired, both)]).toEqual([true, true, false]);
  });
});
