import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Happening, history } from "../../src/simulate/history.ts";
import { measure } from "../../src/simulate/measure.ts";
import { builtInPolicies } from "../../src/simulate/policies.ts";
import type { RestartPolicy } from "../../src/simulate/policy.ts";
import { type Conditions, simulate, simulateOne } from "../../src/simulate/simulate.ts";
import { type CrashTrace, parseTrace } from "../../src/simulate/trace.ts";

const hourMs = 3_600_000;
const conditions: Conditions = { horizonMs: hourMs, healAtMs: null, readyAfterMs: 0, seed: 1 };

/** Waits 1 s after each crash. */
const patient: RestartPolicy<null> = {
  name: "patient",
  summary: "",
  source: "",
  initial: null,
  decide: () => ({ state: null, answer: { kind: "restart", afterMs: 1_000 } }),
};

const uptimeMs = fc.oneof(fc.nat(2_000), fc.integer({ min: 0, max: 1_300_000 }));
const traces: fc.Arbitrary<CrashTrace> = fc.oneof(
  fc.record({ kind: fc.constant("interval" as const), intervalMs: fc.integer({ min: 50, max: 1_200_000 }) }),
  fc.record({
    kind: fc.constant("uptimes" as const),
    name: fc.constant("u"),
    uptimesMs: fc.array(uptimeMs, { maxLength: 40 }),
  }),
  fc.record({
    kind: fc.constant("instants" as const),
    name: fc.constant("i"),
    instants: fc.array(fc.nat(hourMs), { maxLength: 40 }).map((it) => it.toSorted((a, b) => a - b)),
  }),
);
const worlds = fc.record({
  name: fc.constantFrom(...builtInPolicies.map((it) => it.name)),
  trace: traces,
  horizonMs: fc.integer({ min: 1, max: hourMs }),
  healAtMs: fc.option(fc.nat(hourMs)),
  readyAfterMs: fc.constantFrom(0, 30, 5_000),
  chance: fc.constantFrom(0, 0.5, 0.999),
});
type World = typeof worlds extends fc.Arbitrary<infer W> ? W : never;

function lived({ chance, name, ...world }: World): Happening[] {
  const policy = builtInPolicies.find((it) => it.name === name) ?? patient;
  return [...history({ ...world, policy, random: () => chance })];
}

/** Holds for every built-in policy in any world. */
function always(holds: (happenings: readonly Happening[], world: World) => void): void {
  fc.assert(
    fc.property(worlds, (world) => {
      holds(lived(world), world);
    }),
    { numRuns: 400 },
  );
}

describe("a history", () => {
  it("never has two starts without a crash between them", () => {
    always((happenings) => {
      const turns = happenings.filter((it) => it.type === "started" || it.type === "crashed");
      expect(turns.map((it) => it.type)).toEqual(
        turns.map((_, index) => (index % 2 === 0 ? "started" : "crashed")),
      );
    });
  });

  it("goes forward in time and ends at the horizon", () => {
    always((happenings, { horizonMs }) => {
      const instants = happenings.map((it) => it.at);
      expect(instants).toEqual(instants.toSorted((a, b) => a - b));
      expect(instants.at(-1)).toBeLessThanOrEqual(horizonMs);
    });
  });

  it("has nothing after giving up", () => {
    always((happenings) => {
      const end = happenings.findIndex((it) => it.type === "crashed" && it.answer.kind === "giveUp");
      const after = end < 0 ? [] : happenings.slice(end + 1).map((it) => it.type);
      expect(["", "gaveUp"]).toContain(after.join());
    });
  });

  it("starts again exactly when the policy said, unless that is after the horizon", () => {
    always((happenings, { horizonMs }) => {
      const due = happenings.flatMap((it) => {
        if (it.type !== "crashed" || it.answer.kind === "giveUp") return [];
        return it.at + (it.answer.kind === "refuse" ? it.answer.retryAfterMs : it.answer.afterMs);
      });
      const starts = happenings.filter((it) => it.type === "started").map((it) => it.at);
      expect(starts).toEqual([0, ...due.filter((it) => it <= horizonMs)]);
    });
  });

  it("has no crash from the moment of healing on", () => {
    always((happenings, { healAtMs }) => {
      const crashes = happenings.filter((it) => it.type === "crashed");
      expect(crashes.filter((it) => it.at >= (healAtMs ?? Infinity))).toEqual([]);
    });
  });

  it("is the same each time", () => {
    always((happenings, world) => expect(lived(world)).toEqual(happenings));
  });
});

describe("figures", () => {
  it("add up: uptime and downtime are the horizon", () => {
    always((happenings, { horizonMs, healAtMs }) => {
      const { uptimeMs: up, downtimeMs, longestGapMs } = measure(happenings, horizonMs, healAtMs);
      expect(up + downtimeMs).toBeCloseTo(horizonMs, 3);
      expect(longestGapMs).toBeLessThanOrEqual(downtimeMs);
      expect(Math.min(up, downtimeMs)).toBeGreaterThanOrEqual(0);
    });
  });

  it("count what happened", () => {
    always((happenings, { horizonMs }) => {
      const figures = measure(happenings, horizonMs);
      const count = (type: Happening["type"]) => happenings.filter((it) => it.type === type).length;
      expect(figures).toMatchObject({ starts: count("started"), crashes: count("crashed") });
      expect(figures.gaveUpAtMs !== null).toBe(count("gaveUp") === 1);
      expect(figures.startsPerHour).toBeCloseTo((count("started") * hourMs) / horizonMs);
    });
  });

  it("of 10 s up and 1 s down are these", () => {
    const trace: CrashTrace = { kind: "interval", intervalMs: 10_000 };
    expect(simulateOne(patient, trace, { ...conditions, horizonMs: 33_000 })).toEqual({
      policy: "patient",
      trace: "10000ms",
      intervalMs: 10_000,
      starts: 4,
      startsPerHour: (4 * hourMs) / 33_000,
      crashes: 3,
      refusals: 0,
      gaveUpAtMs: null,
      toldAtMs: null,
      uptimeMs: 30_000,
      downtimeMs: 3_000,
      longestGapMs: 1_000,
      healing: null,
    });
  });

  it("take the time from a start until it serves for downtime", () => {
    const trace: CrashTrace = { kind: "interval", intervalMs: 10_000 };
    const slow = simulateOne(patient, trace, { ...conditions, horizonMs: 33_000, readyAfterMs: 2_000 });
    expect(slow).toMatchObject({ uptimeMs: 24_000, downtimeMs: 9_000, longestGapMs: 3_000 });
    const never = simulateOne(patient, trace, { ...conditions, horizonMs: 33_000, readyAfterMs: 10_000 });
    expect(never).toMatchObject({ uptimeMs: 0, longestGapMs: 33_000 });
  });
});

describe("a unit that can be healthy again", () => {
  const trace: CrashTrace = { kind: "interval", intervalMs: 10_000 };
  const healedAt = (healAtMs: number, readyAfterMs = 0) =>
    simulateOne(patient, trace, { ...conditions, healAtMs, readyAfterMs }).healing;

  it("serves on when it runs", () => {
    expect(healedAt(5_000)).toEqual({ healAtMs: 5_000, starts: 0, servedAfterMs: 0 });
    expect(healedAt(10_000)).toEqual({ healAtMs: 10_000, starts: 0, servedAfterMs: 0 });
  });

  it("serves with its next start, when it is down", () => {
    expect(healedAt(10_001)).toEqual({ healAtMs: 10_001, starts: 1, servedAfterMs: 999 });
    expect(healedAt(11_000)).toEqual({ healAtMs: 11_000, starts: 1, servedAfterMs: 0 });
    expect(healedAt(10_400, 200)).toEqual({ healAtMs: 10_400, starts: 1, servedAfterMs: 800 });
  });

  it("never serves when the policy gave up before, and within its probe interval when homeostat quarantined it", () => {
    const healing = Object.fromEntries(
      simulate(builtInPolicies, [{ kind: "interval", intervalMs: 50 }], {
        ...conditions,
        healAtMs: 600_000,
      }).map((it) => [it.policy, it.healing?.servedAfterMs]),
    );
    expect(healing).toMatchObject({
      otp: null,
      systemd: null,
      pm2: null,
      "mcp-stdio": null,
      homeostat: 60_500,
    });
  });
});

describe("jitter", () => {
  const trace: CrashTrace = { kind: "interval", intervalMs: 50 };
  const alone = (name: string, seed: number) =>
    simulate(
      builtInPolicies.filter((it) => it.name === name),
      [trace],
      { ...conditions, seed },
    );

  it("is the same for the same seed, whatever else is simulated", () => {
    const all = simulate(builtInPolicies, [{ kind: "interval", intervalMs: 500 }, trace], conditions);
    const one = all.filter((it) => it.policy === "suture" && it.intervalMs === 50);
    expect(alone("suture", 1)).toEqual(one);
  });

  it("is another for another seed", () => {
    expect(alone("nomad-service", 1)).not.toEqual(alone("nomad-service", 2));
  });
});

describe("a recorded trace", () => {
  it("may be uptimes, records with more members included", () => {
    const text = '{"uptimeMs":50}\n\n{"type":"server.exited","at":17,"uptimeMs":70.5}\n';
    expect(parseTrace("t", text)).toEqual({ kind: "uptimes", name: "t", uptimesMs: [50, 70.5] });
  });

  it("may be instants, counted from a first start", () => {
    expect(parseTrace("t", '{"at":50}\n{"at":50}')).toMatchObject({ kind: "instants", instants: [50, 50] });
    expect(parseTrace("t", '{"startedAt":1000}\n{"at":1050}')).toMatchObject({ instants: [50] });
  });

  it.each([
    ["", "t holds no crash"],
    ['{"startedAt":4}', "t holds no crash"],
    ["{", "t:1: no JSON: "],
    ["7", "t:1: line: "],
    ['{"uptimeMs":-1}', "t:1: uptimeMs: "],
    ['{"uptimeMs":1}\n{"at":1}', 't:2: "at" after "uptimeMs"'],
    ['{"at":1}\n{"uptimeMs":1}', 't:2: "uptimeMs" after "at"'],
    ['{"at":1}\n{"startedAt":1}', 't:2: expected {"uptimeMs": number} or {"at": number}'],
    ['{"at":5}\n{"at":3}', 't:2: "at" goes back by 2 ms'],
    ['{"startedAt":9}\n{"at":3}', 't:2: "at" is 6 ms before the first start'],
    ["{}", 't:1: expected {"uptimeMs": number} or {"at": number}'],
  ])("is refused when it is %j: %s", (text, message) => {
    expect(() => parseTrace("t", text)).toThrow(message);
  });

  it("of instants crashes what runs then, and passes what is down", () => {
    const trace = parseTrace("t", '{"at":5000}\n{"at":5500}\n{"at":6000}\n{"at":8000}');
    const crashes = [...history({ policy: patient, trace, horizonMs: hourMs, random: () => 0 })]
      .filter((it) => it.type === "crashed")
      .map((it) => it.at);
    // Started again at 6 s: what happened at that very instant hit nothing.
    expect(crashes).toEqual([5_000, 8_000]);
  });

  it("of uptimes ends with an incarnation that lives on", () => {
    const trace = parseTrace("t", '{"uptimeMs":50}\n{"uptimeMs":50}');
    expect(simulateOne(patient, trace, conditions)).toMatchObject({
      starts: 3,
      crashes: 2,
      downtimeMs: 2_000,
    });
  });
});

describe("policies", () => {
  it("have unique names in kebab-case, a summary and a source", () => {
    const names = builtInPolicies.map((it) => it.name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, summary, source } of builtInPolicies) {
      expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      expect(summary).not.toBe("");
      expect(source).toMatch(/^https:|^machines[/]/);
    }
  });
});
