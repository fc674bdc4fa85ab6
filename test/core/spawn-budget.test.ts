import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  beginSpawn,
  currentSpawnWindow,
  finishSpawn,
  referenceSpawnPolicy,
  spawnBudgetLeft,
  SpawnBudgetPolicy,
  type SpawnWindow,
} from "../../src/core/spawn-budget.ts";

const policy = SpawnBudgetPolicy.parse({});
const reference = referenceSpawnPolicy();
const window = (more: Partial<SpawnWindow> = {}): SpawnWindow => ({
  startedAt: 0,
  attempts: 0,
  inFlight: false,
  tripped: false,
  ...more,
});

describe("SpawnBudgetPolicy", () => {
  it("is three starts in 30 s", () => {
    expect(policy).toEqual({ attempts: 3, windowMs: 30_000, singleFlight: "untilFinished" });
    expect(reference).toEqual({ attempts: 3, windowMs: 30_000, singleFlight: "withinWindow" });
  });

  it("has, in the reference, a floor of one start and 1 ms", () => {
    expect(referenceSpawnPolicy({ attempts: 0, windowMs: 0 })).toMatchObject({ attempts: 1, windowMs: 1 });
  });
});

describe("beginSpawn", () => {
  it("permits the first start and opens a window", () => {
    expect(beginSpawn(null, 7, policy)).toEqual({
      decision: { kind: "permitted", attempt: 1, remaining: 2 },
      window: window({ startedAt: 7, attempts: 1, inFlight: true }),
    });
  });

  it("permits one start at a time", () => {
    expect(beginSpawn(window({ attempts: 1, inFlight: true }), 1, policy).decision).toEqual({
      kind: "alreadyInProgress",
    });
  });

  it("refuses the fourth start of a window, and trips once", () => {
    const first = beginSpawn(window({ attempts: 3 }), 1_000, policy);
    expect(first.decision).toEqual({ kind: "exhausted", retryAfterMs: 29_000, isStormTrip: true });
    expect(beginSpawn(first.window, 2_000, policy).decision).toEqual({
      kind: "exhausted",
      retryAfterMs: 28_000,
      isStormTrip: false,
    });
  });

  it("opens a new window, that can trip again, at the end of the old one and not before", () => {
    const spent = window({ attempts: 3, tripped: true });
    expect(beginSpawn(spent, 29_999, policy).decision).toMatchObject({ kind: "exhausted", retryAfterMs: 1 });
    expect(beginSpawn(spent, 30_000, policy)).toEqual({
      decision: { kind: "permitted", attempt: 1, remaining: 2 },
      window: window({ startedAt: 30_000, attempts: 1, inFlight: true }),
    });
  });

  it("protects a start that is slower than the window; in the reference it does not", () => {
    const slow = window({ attempts: 1, inFlight: true });
    expect(beginSpawn(slow, 30_000, policy).decision.kind).toBe("alreadyInProgress");
    expect(beginSpawn(slow, 30_000, reference).decision.kind).toBe("permitted");
  });

  it("neither moves nor ends a window when the clock goes back", () => {
    expect(currentSpawnWindow(window({ startedAt: 50, attempts: 2 }), 0, policy)).toEqual(
      window({ startedAt: 50, attempts: 2 }),
    );
    const spent = window({ startedAt: 50, attempts: 3 });
    expect(beginSpawn(spent, 0, policy).decision).toMatchObject({ retryAfterMs: 30_000 });
  });
});

describe("finishSpawn", () => {
  const started = window({ attempts: 2, inFlight: true });

  it("opens a window with nothing spent after a success", () => {
    expect(finishSpawn(started, "success", 9, policy)).toEqual(window({ startedAt: 9 }));
  });

  it("only ends the flight after a failure", () => {
    expect(finishSpawn(started, "failed", 9, policy)).toEqual(window({ attempts: 2 }));
  });

  it("refreshes a window that is over, even after a failure", () => {
    expect(finishSpawn(started, "failed", 30_000, policy)).toEqual(window({ startedAt: 30_000 }));
  });

  it("changes nothing where nothing began", () => {
    expect(finishSpawn(null, "success", 9, policy)).toBeNull();
  });
});

describe("spawnBudgetLeft", () => {
  it("says how long to wait only when nothing is left", () => {
    expect(spawnBudgetLeft(window({ attempts: 2 }), 5, policy)).toEqual({ remaining: 1, retryAfterMs: null });
    expect(spawnBudgetLeft(window({ attempts: 3 }), 5, policy)).toEqual({
      remaining: 0,
      retryAfterMs: 29_995,
    });
  });
});

it("never has two starts under way, more than three in a window, or two trips of one window", () => {
  const steps = fc.array(
    fc.tuple(fc.constantFrom("begin", "success", "failed"), fc.constantFrom(0, 1, 9_999, 15_000, 30_000)),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(steps, (taken) => {
      let state: SpawnWindow | null = null;
      let at = 0;
      let flights = 0;
      const trips: number[] = [];
      for (const [what, gapMs] of taken) {
        at += gapMs;
        if (what === "begin") {
          const begun: ReturnType<typeof beginSpawn> = beginSpawn(state, at, policy);
          state = begun.window;
          if (begun.decision.kind === "permitted") flights += 1;
          if (begun.decision.kind === "exhausted" && begun.decision.isStormTrip) trips.push(state.startedAt);
        } else {
          state = finishSpawn(state, what === "success" ? "success" : "failed", at, policy);
          flights = 0;
        }
        expect(flights).toBeLessThanOrEqual(1);
        expect(state?.attempts ?? 0).toBeLessThanOrEqual(3);
      }
      expect(new Set(trips).size).toBe(trips.length);
    }),
  );
});
