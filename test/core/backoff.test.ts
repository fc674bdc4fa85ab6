import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backoffMs, BackoffSchedule, restartDelayMs, withJitter } from "../../src/core/backoff.ts";
import { seededRandom } from "../../src/core/random.ts";

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

  it.each([
    ["exponential", { kind: "exponential", initialMs: 9, maxMs: 8 }],
    ["geometric", { kind: "geometric", initialMs: 9, steps: 2, maxMs: 8 }],
    ["fibonacci", { kind: "fibonacci", initialMs: 9, maxMs: 8 }],
  ])("is refused where its first wait is over its longest (%s)", (_, schedule) => {
    expect(BackoffSchedule.safeParse(schedule).success).toBe(false);
    expect(BackoffSchedule.safeParse({ ...schedule, maxMs: 9 }).success).toBe(true);
  });

  it("F01: is exact for any number of restarts, and never beyond its longest", () => {
    const [second, minute, day] = [1_000, 60_000, 86_400_000];
    const delay = (restarts: number, initialMs: number, maxMs: number) =>
      delays({ kind: "exponential", initialMs, maxMs }, [restarts + 1])[0];
    expect(delay(0, 5 * minute, 7 * minute)).toBe(5 * minute);
    expect(delay(2, 5 * second, 7 * second)).toBe(7 * second);
    expect(delay(2, 5 * second, 7 * day)).toBe(20 * second);
    expect(delay(29, 5 * minute, 10 * minute)).toBe(10 * minute);
    expect(delay(29, 10_000 * day, 10_000 * day)).toBe(10_000 * day);
    expect(delay(2 ** 31 - 1, 10_000 * day, 10_000 * day)).toBe(10_000 * day);
    expect(delay(Number.MAX_SAFE_INTEGER, 1, 7 * second)).toBe(7 * second);
    // Its (0, 0, 0) is a policy without back-off here.
    expect(restartDelayMs(null, "none", { attempt: 1, chance: 0, hintMs: null })).toBe(0);
  });

  it("F20: rises geometrically from the first wait to the longest in as many steps", () => {
    const schedule = { kind: "geometric", initialMs: 100, steps: 5, maxMs: 100_000 };
    expect(delays(schedule, [1, 2, 3, 4, 5, 6, 7])).toEqual([
      100, 398, 1_585, 6_310, 25_119, 100_000, 100_000,
    ]);
  });

  it("lets so many come at once, before the first wait", () => {
    const constant = { kind: "constant", delayMs: 9, atOnce: 2 };
    expect(delays(constant, [1, 2, 3, 4])).toEqual([0, 0, 9, 9]);
    const fibonacci = { kind: "fibonacci", initialMs: 10, atOnce: 1 };
    expect(delays(fibonacci, [1, 2, 3, 4, 5])).toEqual([0, 10, 10, 20, 30]);
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

  it("leaves at once what comes at once", () => {
    for (const jitter of ["equal", "full", { above: 1 }] as const) expect(withJitter(0, jitter, 0.9)).toBe(0);
  });

  it("F16: spreads a delay b over [b, 1.5b), and the same seed spreads it the same", () => {
    const sample = (seed: number) => {
      const chance = seededRandom(seed);
      return Array.from({ length: 5_000 }, () => withJitter(15_000, { above: 0.5 }, chance()));
    };
    const delaysOfOne = sample(1);
    expect(Math.min(...delaysOfOne)).toBeGreaterThanOrEqual(15_000);
    expect(Math.max(...delaysOfOne)).toBeLessThan(22_500);
    expect(Math.min(...delaysOfOne)).toBeLessThan(15_100);
    expect(Math.max(...delaysOfOne)).toBeGreaterThan(22_400);
    expect(sample(1)).toEqual(delaysOfOne);
    expect(sample(2)).not.toEqual(delaysOfOne);
  });

  it("F16: stays below 1.5b for the largest chance there is", () => {
    expect(withJitter(1_000, { above: 0.5 }, 1 - 2 ** -53)).toBe(1_499);
    expect(withJitter(1, { above: 0.5 }, 1 - 2 ** -53)).toBe(1);
  });

  it("F16: keeps to [b, 1.5b) for every delay and chance", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e9 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (b, chance) => {
          const delay = withJitter(b, { above: 0.5 }, chance);
          expect(delay >= b && delay < 1.5 * b && Number.isInteger(delay)).toBe(true);
        },
      ),
    );
  });
});

describe("restartDelayMs", () => {
  const schedule = BackoffSchedule.parse({ kind: "exponential", initialMs: 1_000, factor: 1.5 });

  it("F17: multiplies by 1.5 up to 30 s, and keeps to the wait that a server asks for", () => {
    const delay = (attempt: number, hintMs: number | null = null) =>
      restartDelayMs(schedule, "none", { attempt, chance: 0, hintMs });
    expect([1, 2, 3, 4].map((it) => delay(it))).toEqual([1_000, 1_500, 2_250, 3_375]);
    expect([9, 10, 99].map((it) => delay(it))).toEqual([25_629, 30_000, 30_000]);
    expect([1, 9].map((it) => delay(it, 3_000))).toEqual([3_000, 3_000]);
  });
});
