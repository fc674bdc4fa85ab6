import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backoffMs, BackoffSchedule, withJitter } from "../../src/core/backoff.ts";

const delays = (schedule: unknown, attempts: readonly number[]): number[] =>
  attempts.map((attempt) => backoffMs(BackoffSchedule.parse(schedule), attempt));

describe("backoffMs", () => {
  it("stays constant", () => {
    expect(delays({ kind: "constant", delayMs: 250 }, [1, 2, 100])).toEqual([250, 250, 250]);
  });

  it("doubles up to its cap", () => {
    const schedule = { kind: "exponential", initialMs: 250, maxMs: 3_000 };
    expect(delays(schedule, [1, 2, 3, 4, 5])).toEqual([250, 500, 1_000, 2_000, 3_000]);
  });

  it("reaches its cap in equal ratios", () => {
    const schedule = { kind: "geometric", initialMs: 100, steps: 4, maxMs: 1_600 };
    expect(delays(schedule, [1, 2, 3, 4, 5, 6])).toEqual([100, 200, 400, 800, 1_600, 1_600]);
  });

  it("follows Fibonacci's numbers", () => {
    const schedule = { kind: "fibonacci", initialMs: 10, maxMs: 100 };
    expect(delays(schedule, [1, 2, 3, 4, 5, 6, 7, 8])).toEqual([10, 10, 20, 30, 50, 80, 100, 100]);
  });

  it.each(["exponential", "fibonacci"])("saturates at attempt 1,000,000 (%s)", (kind) => {
    expect(delays({ kind, initialMs: 10, maxMs: 100 }, [1_000_000])).toEqual([100]);
  });

  it("never shrinks and never exceeds its cap", () => {
    const schedule = fc.constantFrom(
      { kind: "exponential", initialMs: 7, factor: 1.5, maxMs: 10_000 },
      { kind: "geometric", initialMs: 7, steps: 9, maxMs: 10_000 },
      { kind: "fibonacci", initialMs: 7, maxMs: 10_000 },
    );
    fc.assert(
      fc.property(schedule, fc.integer({ min: 1, max: 200 }), (it, attempt) => {
        const [now = 0, next = 0] = delays(it, [attempt, attempt + 1]);
        expect(now).toBeLessThanOrEqual(next);
        expect(next).toBeLessThanOrEqual(10_000);
      }),
    );
  });
});

describe("withJitter", () => {
  it.each([
    ["none", 0.5, 1_000],
    ["equal", 0, 500],
    ["equal", 0.5, 750],
    ["full", 0, 1],
    ["full", 0.5, 500],
  ] as const)("%s with chance %d: %i ms of 1000", (jitter, chance, expected) => {
    expect(withJitter(1_000, jitter, chance)).toBe(expected);
  });
});
