import { describe, expect, it } from "vitest";
import { type Happening, history } from "../../src/simulate/history.ts";
import { measure } from "../../src/simulate/measure.ts";
import { builtInPolicies } from "../../src/simulate/policies.ts";
import { homeostat } from "../../src/simulate/policies/homeostat.ts";
import { mcpHttp } from "../../src/simulate/policies/mcp-sdk.ts";
import { nomad } from "../../src/simulate/policies/nomad.ts";
import { otp } from "../../src/simulate/policies/otp.ts";
import { pm2 } from "../../src/simulate/policies/pm2.ts";
import { suture } from "../../src/simulate/policies/suture.ts";
import { systemd } from "../../src/simulate/policies/systemd.ts";
import type { RestartPolicy } from "../../src/simulate/policy.ts";
import type { CrashTrace } from "../../src/simulate/trace.ts";

const hourMs = 3_600_000;

function builtIn(name: string): RestartPolicy {
  const policy = builtInPolicies.find((it) => it.name === name);
  if (policy === undefined) throw new Error(`no policy ${name}`);
  return policy;
}

interface Options {
  readonly horizonMs?: number;
  readonly chance?: number;
}

function happenings(
  policy: RestartPolicy,
  trace: CrashTrace,
  { horizonMs = hourMs, chance = 0 }: Options = {},
): Happening[] {
  return [...history({ policy, trace, horizonMs, random: () => chance })];
}

const every = (intervalMs: number): CrashTrace => ({ kind: "interval", intervalMs });
const uptimes = (...uptimesMs: number[]): CrashTrace => ({ kind: "uptimes", name: "uptimes", uptimesMs });
const figures = (policy: RestartPolicy, intervalMs: number, options: Options = {}) =>
  measure(happenings(policy, every(intervalMs), options), options.horizonMs ?? hourMs);

/** Milliseconds from each crash to the start that follows it. */
function waits(policy: RestartPolicy, trace: CrashTrace, options: Options = {}): number[] {
  const all = happenings(policy, trace, options).filter(
    (it) => it.type === "started" || it.type === "crashed",
  );
  return all.flatMap((it, index) => {
    const before = all[index - 1];
    return it.type === "started" && before !== undefined ? [it.at - before.at] : [];
  });
}

describe("starts in an hour without jitter, by crash interval,", () => {
  const intervals = [50, 500, 2_000, 20_000, 45_000, 100_000, 1_200_000];
  it.each([
    // Ours counts crashes beyond a window too: 19 at 45 s, where the budget alone would start 80.
    ["homeostat", [17, 17, 17, 16, 19, 36, 3]],
    ["otp", [2, 2, 2, 181, 81, 37, 4]],
    ["elixir", [4, 4, 1801, 181, 81, 37, 4]],
    ["suture", [1416, 1201, 803, 181, 81, 37, 4]],
    ["systemd", [5, 5, 1715, 180, 80, 36, 3]],
    ["kubernetes", [17, 17, 17, 16, 15, 13, 4]],
    ["nomad-service", [3, 3, 3, 3, 3, 3, 3]],
    ["nomad-batch", [4, 4, 4, 4, 4, 4, 3]],
    ["nomad-delay", [6, 6, 6, 6, 6, 6, 3]],
    ["pm2", [16, 16, 1801, 181, 81, 37, 4]],
    ["pm2-backoff", [250, 243, 221, 108, 80, 36, 3]],
    ["vscode-languageclient", [5, 5, 5, 5, 5, 37, 4]],
    ["vscode-exthost", [3, 3, 3, 3, 3, 3, 4]],
    ["mcp-stdio", [1, 1, 1, 1, 1, 1, 1]],
  ])("of %s are those of its rules: %j", (name, expected) => {
    expect(intervals.map((intervalMs) => figures(builtIn(name), intervalMs).starts)).toEqual(expected);
  });
});

describe("the moment of giving up, by crash interval,", () => {
  it.each([
    ["otp", 2_000, 4_000],
    ["elixir", 500, 2_000],
    ["nomad-service", 50, 30_150],
    ["nomad-service", 100_000, 330_000],
    ["pm2", 50, 800],
    ["vscode-languageclient", 45_000, 225_000],
    ["vscode-exthost", 100_000, 300_000],
    ["mcp-stdio", 1_200_000, 1_200_000],
    ["suture", 50, null],
    ["kubernetes", 50, null],
    ["homeostat", 50, null],
  ])("of %s at %d ms is %s", (name, intervalMs, gaveUpAtMs) => {
    expect(figures(builtIn(name), intervalMs)).toMatchObject({ gaveUpAtMs });
  });
});

describe("homeostat", () => {
  it("starts an always-crashing backend 120 times an hour for ever without an outer limit", () => {
    const unlimited = homeostat({ budgetWindowMs: 60_000, outerLimit: null });
    expect(figures(unlimited, 50)).toMatchObject({ starts: 120, gaveUpAtMs: null, toldAtMs: null });
    expect(figures(unlimited, 50, { horizonMs: 10 * hourMs })).toMatchObject({ startsPerHour: 120 });
  });

  it("tells somebody at the third refused window and goes on with one probe every five minutes", () => {
    expect(waits(builtIn("homeostat"), every(50)).slice(0, 8)).toEqual([
      250, 29_700, 250, 29_700, 250, 300_000, 300_000, 300_000,
    ]);
    expect(figures(builtIn("homeostat"), 50)).toMatchObject({ toldAtMs: 60_450, refusals: 14 });
  });

  it("escalates once in an episode", () => {
    const told = happenings(builtIn("homeostat"), every(50)).filter((it) => it.type === "escalated");
    expect(told).toEqual([{ type: "escalated", at: 60_450 }]);
  });

  it("forgets crashes only after 60 s of uptime", () => {
    const thirdRefusal = (uptimeMs: number) =>
      waits(builtIn("homeostat"), uptimes(50, 50, 50, 50, uptimeMs, 50)).at(-1);
    expect(thirdRefusal(59_999)).toBe(300_000);
    expect(thirdRefusal(60_000)).toBe(29_700);
  });

  it("does not take a start that never served for uptime", () => {
    const never = uptimes(0, 0, 0, 0, 0, 0, 0);
    expect(waits(builtIn("homeostat"), never)).toEqual([250, 29_750, 250, 29_750, 250, 300_000, 300_000]);
  });

  it("follows the chart under the preset of the reference: a sign of life forgets", () => {
    const reference = homeostat({ provenUptimeMs: 0, outerLimit: null });
    expect(waits(reference, uptimes(50, 50, 50))).toEqual([250, 250, 250]);
    expect(waits(reference, uptimes(0, 0, 0))).toEqual([250, 29_750, 250]);
  });
});

describe("otp", () => {
  it("counts whole seconds, a restart of exactly the period's age included", () => {
    const ends = (...list: number[]) => happenings(builtIn("otp"), uptimes(...list)).at(-1)?.type;
    // At 0 s and 5 s: both count.
    expect(ends(999, 5_000)).toBe("gaveUp");
    // At 0 s and 6 s.
    expect(ends(999, 5_001)).toBe("served");
    // At 0.5 s and 5.9 s: more than 5 s apart, yet whole seconds 0 and 5.
    expect(ends(500, 5_400)).toBe("gaveUp");
  });

  it("gives up at the first crash with an intensity of 0", () => {
    expect(figures(otp({ intensity: 0 }), 60_000)).toMatchObject({ starts: 1, gaveUpAtMs: 60_000 });
  });
});

describe("suture", () => {
  it("pauses when failures × 0.5 ^ (t / 30 s) + 1 passes 5, and forgets in the pause", () => {
    // 1 / (1 − 0.5 ^ (t / 30)) is the most that failures every t seconds add up to; it passes 5 below 9.66 s.
    expect(waits(builtIn("suture"), every(9_700)).every((it) => it === 0)).toBe(true);
    expect(waits(builtIn("suture"), every(9_500))).toContain(15_000);
    expect(waits(builtIn("suture"), every(50)).slice(0, 12)).toEqual([
      0, 0, 0, 0, 0, 15_000, 0, 0, 0, 0, 0, 15_000,
    ]);
  });

  it("pauses between once and one and a half times as long", () => {
    expect(waits(suture(), every(50), { chance: 0.5 })[5]).toBe(18_750);
    expect(waits(suture(), every(50), { chance: 0.9999 })[5]).toBeLessThan(22_500);
  });
});

describe("systemd", () => {
  it("fails when the sixth start is due within 10 s of the first, RestartSec after the crash", () => {
    // Start n is due at n × (uptime + 100 ms); the sixth at exactly 10 s is one too many, 5 ms later it is not.
    expect(figures(builtIn("systemd"), 1_900)).toMatchObject({ starts: 5, gaveUpAtMs: 10_000 });
    expect(figures(builtIn("systemd"), 1_901)).toMatchObject({ gaveUpAtMs: null });
    expect(figures(builtIn("systemd"), 500)).toMatchObject({ starts: 5, gaveUpAtMs: 3_000 });
  });

  it("has not failed yet while the restart is not due", () => {
    expect(figures(builtIn("systemd"), 50, { horizonMs: 749 })).toMatchObject({
      starts: 5,
      gaveUpAtMs: null,
    });
    expect(figures(builtIn("systemd"), 50, { horizonMs: 750 })).toMatchObject({ starts: 5, gaveUpAtMs: 750 });
  });

  it("grows the delay as r0 × (rn / r0) ^ (i / n) and never goes back", () => {
    const steps = waits(builtIn("systemd-steps"), uptimes(0, 0, 0, 0, 0, 0, 0, hourMs / 2));
    const formula = [0, 1, 2, 3, 4, 5, 5, 5].map((i) => Math.round(100 * (60_000 / 100) ** (i / 5)));
    expect(steps).toEqual(formula);
  });

  it("opens the window of its start limit with a start, not with the time", () => {
    // Two of the starts of the first window are less than 10 s old when the limit would bind on a sliding one.
    const window = waits(systemd({ startLimitBurst: 2 }), uptimes(9_000, 900, 0));
    expect(window).toEqual([100, 100, 100]);
  });
});

describe("kubernetes", () => {
  it("restarts at once, then after 10 s × 2 ^ n up to 300 s", () => {
    expect(waits(builtIn("kubernetes"), every(50)).slice(0, 8)).toEqual([
      0, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000,
    ]);
  });

  it("starts over after more than ten minutes of uptime", () => {
    expect(waits(builtIn("kubernetes"), uptimes(50, 50, 50, 600_000))).toEqual([0, 10_000, 20_000, 40_000]);
    expect(waits(builtIn("kubernetes"), uptimes(50, 50, 50, 600_001))).toEqual([0, 10_000, 20_000, 0]);
  });
});

describe("nomad", () => {
  it("waits 15 s and up to a quarter more", () => {
    expect(waits(builtIn("nomad-service"), every(50), { chance: 0.8 })).toEqual([18_000, 18_000]);
  });

  it("opens an interval with the task, and again with the first crash after its end", () => {
    const halfHour = 30 * 60_000;
    const ends = (first: number) =>
      happenings(builtIn("nomad-service"), uptimes(first, 0, 0), { horizonMs: 2 * hourMs }).at(-1)?.type;
    expect(ends(halfHour - 30_000)).toBe("gaveUp");
    expect(ends(halfHour - 29_999)).toBe("served");
  });

  it("waits for the end of the interval in mode delay", () => {
    expect(waits(builtIn("nomad-delay"), every(0.5 * 60_000)).slice(0, 4)).toEqual([
      15_000, 15_000, 1_680_000, 15_000,
    ]);
  });

  it("does not restart at all with no attempts", () => {
    expect(figures(nomad({ attempts: 0, mode: "delay" }), 50)).toMatchObject({ starts: 1, gaveUpAtMs: 50 });
  });
});

describe("pm2", () => {
  it("restarts what lives 2 s for ever, and gives up what lives less than 1 s, 16 times", () => {
    expect(figures(builtIn("pm2"), 2_000)).toMatchObject({ starts: 1_801, gaveUpAtMs: null });
    expect(figures(builtIn("pm2"), 1_000)).toMatchObject({ starts: 3_601, gaveUpAtMs: null });
    expect(figures(builtIn("pm2"), 999)).toMatchObject({ starts: 16, gaveUpAtMs: 15_984 });
  });

  it("cannot reach its cap with a back-off: 100 ms × 1.5 ^ n, rounded down, up to 15 s", () => {
    const delays = waits(builtIn("pm2-backoff"), every(50));
    expect(delays.slice(0, 6)).toEqual([100, 150, 225, 337, 505, 757]);
    expect(delays.at(-1)).toBe(15_000);
    expect(figures(builtIn("pm2-backoff"), 50)).toMatchObject({ starts: 250, gaveUpAtMs: null });
  });

  it("forgets the delay only if the worker looks, every 30 s, at more than 30 s of uptime", () => {
    // Started at 150 ms: the look at 30 s finds less than 30 s, the look at 60 s finds enough.
    expect(waits(builtIn("pm2-backoff"), uptimes(50, 59_849, 0))).toEqual([100, 150, 225]);
    expect(waits(builtIn("pm2-backoff"), uptimes(50, 59_850, 0))).toEqual([100, 100, 150]);
  });

  it("counts only what lived less than the least uptime and came soon after the creation", () => {
    const strict = pm2({ maxRestarts: 2 });
    const end = (...list: number[]) => happenings(strict, uptimes(...list)).at(-1);
    expect(end(1_000, 100, 100)).toEqual({ type: "gaveUp", at: 1_200 });
    expect(end(999, 100)).toEqual({ type: "gaveUp", at: 1_099 });
    expect(end(999, 1_000, 100)).toEqual({ type: "served", at: 2_099 });
  });

  it("takes a constant delay", () => {
    expect(waits(pm2({ restartDelayMs: 5_000 }), uptimes(50, 50))).toEqual([5_000, 5_000]);
  });
});

describe("vscode-languageclient", () => {
  it("stops at the fifth crash if the first is at most 180 s older", () => {
    expect(figures(builtIn("vscode-languageclient"), 45_000)).toMatchObject({
      starts: 5,
      gaveUpAtMs: 225_000,
    });
    expect(figures(builtIn("vscode-languageclient"), 45_001)).toMatchObject({ gaveUpAtMs: null });
  });
});

describe("vscode-exthost", () => {
  it("stops at the third crash if the first is at most 300 s older", () => {
    expect(figures(builtIn("vscode-exthost"), 150_000)).toMatchObject({ starts: 3, gaveUpAtMs: 450_000 });
    expect(figures(builtIn("vscode-exthost"), 150_001)).toMatchObject({ gaveUpAtMs: null });
  });
});

describe("mcp-http", () => {
  it("opens a dropped stream after 1 s, then 1.5 s, and gives up when both attempts fail", () => {
    expect(waits(builtIn("mcp-http"), uptimes(60_000, 0, 0))).toEqual([1_000, 1_500]);
    expect(happenings(builtIn("mcp-http"), uptimes(60_000, 0, 0)).at(-1)).toEqual({
      type: "gaveUp",
      at: 62_500,
    });
  });

  it("begins anew with every stream that opens: one that lives 50 ms is opened 3,429 times an hour", () => {
    expect(figures(builtIn("mcp-http"), 50)).toMatchObject({ starts: 3_429, gaveUpAtMs: null });
  });

  it("does not retry what never was open", () => {
    expect(happenings(builtIn("mcp-http"), uptimes(0)).at(-1)).toEqual({ type: "gaveUp", at: 0 });
  });

  it("waits 1 s × 1.5 ^ n up to 30 s when given more attempts", () => {
    const delays = waits(mcpHttp({ maxRetries: 12 }), uptimes(1, ...Array.from({ length: 11 }, () => 0)));
    expect(delays).toEqual(Array.from({ length: 12 }, (_, n) => Math.min(1_000 * 1.5 ** n, 30_000)));
  });
});
