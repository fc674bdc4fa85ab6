import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  CrashBudgetPolicy,
  type CrashDecision,
  type CrashWindow,
  countWithin,
  isFirstRefusal,
  isOverOuterLimit,
  recordCrash,
  referenceCrashPolicy,
} from "../../src/core/crash-budget.ts";

const retry = (attempt = 1) => ({ kind: "retry", retryAfterMs: 250, attempt });
const refuse = (retryAfterMs: number) => ({ kind: "refuse", reason: "backend_unavailable", retryAfterMs });

/** The decisions on crashes at `times`, and the window after the last. */
function crashes(times: readonly number[], policy: CrashBudgetPolicy) {
  let window: CrashWindow | null = null;
  const decisions: CrashDecision[] = [];
  for (const at of times) {
    const recorded: ReturnType<typeof recordCrash> = recordCrash(window, at, policy);
    window = recorded.window;
    decisions.push(recorded.decision);
  }
  return { decisions, window };
}

describe("CrashBudgetPolicy", () => {
  it("keeps the reference's numbers and adds proof, quarantine and probes", () => {
    expect(CrashBudgetPolicy.parse({})).toEqual({
      retryBackoffMs: 250,
      budgetWindowMs: 30_000,
      retries: 1,
      window: "tumbling",
      provenUptimeMs: 60_000,
      outerLimit: { refusedWindows: 3, crashes: 10, periodMs: 900_000 },
      probeEveryMs: 300_000,
    });
  });
});

describe("referenceCrashPolicy", () => {
  it("asks for no proof and never quarantines", () => {
    expect(referenceCrashPolicy()).toMatchObject({
      retryBackoffMs: 250,
      budgetWindowMs: 30_000,
      retries: 1,
      window: "tumbling",
      provenUptimeMs: 0,
      outerLimit: null,
    });
  });

  it("makes 1 ms of a zero, of each by itself", () => {
    expect(referenceCrashPolicy({ retryBackoffMs: 0, budgetWindowMs: 7 })).toMatchObject({
      retryBackoffMs: 1,
      budgetWindowMs: 7,
    });
    expect(referenceCrashPolicy({ budgetWindowMs: 0 })).toMatchObject({
      retryBackoffMs: 250,
      budgetWindowMs: 1,
    });
  });
});

describe("recordCrash in a tumbling window", () => {
  const policy = referenceCrashPolicy();

  it.each([
    ["the first", [1_000], retry()],
    ["a second one at once", [1_000, 1_000], refuse(30_000)],
    ["a second one just before the window's end", [0, 29_999], refuse(1)],
    ["a second one at the window's end", [0, 30_000], retry()],
    ["a third one", [0, 10, 20], refuse(29_980)],
    ["the second one of a second window", [0, 10, 30_000, 30_001], refuse(29_999)],
    ["a second one after the clock went back", [1_000, 400], refuse(30_000)],
  ] as const)("answers %s", (_, times, expected) => {
    expect(crashes(times, policy).decisions.at(-1)).toEqual(expected);
  });

  it("counts refused crashes and does not move the window for them", () => {
    expect(crashes([5, 6, 7], policy).window).toEqual({ startedAt: 5, crashes: 3, grantedAt: [] });
  });

  it("numbers the retries where there are several", () => {
    const two = { ...policy, retries: 2 };
    expect(crashes([0, 1, 2], two).decisions).toEqual([retry(1), retry(2), refuse(29_998)]);
  });

  it("refuses all of a window without retries for its whole length", () => {
    expect(crashes([7], { ...policy, retries: 0 }).decisions).toEqual([refuse(30_000)]);
  });
});

describe("recordCrash in a sliding window", () => {
  const policy: CrashBudgetPolicy = { ...referenceCrashPolicy(), window: "sliding", retries: 2 };

  it.each([
    ["one retry of two", [0], retry(1)],
    ["both", [0, 10_000], retry(2)],
    ["no third until the first is out of the window", [0, 10_000, 29_999], refuse(1)],
    ["a third when the first is out of the window", [0, 10_000, 30_000], retry(2)],
    ["after a refusal, which spends nothing", [0, 10_000, 20_000, 30_000], retry(2)],
  ] as const)("grants %s", (_, times, expected) => {
    expect(crashes(times, policy).decisions.at(-1)).toEqual(expected);
  });

  it("grants at most `retries` in any stretch of a window's length, whatever the crashes", () => {
    fc.assert(
      fc.property(fc.nat(4), fc.array(fc.nat(20_000), { maxLength: 30 }), (retries, gaps) => {
        const times = gaps.map((_, index) => gaps.slice(0, index + 1).reduce((a, b) => a + b));
        const { decisions } = crashes(times, { ...policy, retries });
        const granted = times.filter((__, index) => decisions[index]?.kind === "retry");
        for (const end of granted) {
          const stretch = granted.filter((at) => at > end - policy.budgetWindowMs && at <= end);
          expect(stretch.length).toBeLessThanOrEqual(retries);
        }
      }),
    );
  });
});

it("a refusal's hint is over 0, at most a window, and a crash then is granted again", () => {
  const windows = fc.constantFrom("tumbling", "sliding") satisfies fc.Arbitrary<CrashBudgetPolicy["window"]>;
  fc.assert(
    fc.property(windows, fc.array(fc.nat(40_000), { minLength: 1, maxLength: 20 }), (window, gaps) => {
      const policy: CrashBudgetPolicy = { ...referenceCrashPolicy(), window };
      let at = 0;
      let state: CrashWindow | null = null;
      for (const gap of gaps) {
        at += gap;
        const recorded: ReturnType<typeof recordCrash> = recordCrash(state, at, policy);
        state = recorded.window;
        const { decision } = recorded;
        if (decision.kind === "retry") continue;
        expect(decision.retryAfterMs).toBeGreaterThan(0);
        expect(decision.retryAfterMs).toBeLessThanOrEqual(policy.budgetWindowMs);
        expect(recordCrash(state, at + decision.retryAfterMs, policy).decision.kind).toBe("retry");
      }
    }),
  );
});

describe("isFirstRefusal", () => {
  it("is the refusal that turned a tumbling window, not the later ones", () => {
    const policy = referenceCrashPolicy();
    const verdicts = [[0], [0, 1], [0, 1, 2]].map((times) => {
      const { window, decisions } = crashes(times, policy);
      const last = decisions.at(-1);
      return window !== null && last !== undefined && isFirstRefusal(window, last, policy);
    });
    expect(verdicts).toEqual([false, true, false]);
  });
});

describe("the outer limit", () => {
  const limit = { refusedWindows: 3, crashes: 5, periodMs: 900_000 };
  const times = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

  it("keeps what is younger than its period", () => {
    expect(countWithin([0, 1], 900_000, limit)).toEqual([1, 900_000]);
  });

  it("keeps nothing when there is no limit", () => {
    expect(countWithin([0, 1], 2, null)).toEqual([]);
  });

  it.each([
    [2, 4, false],
    [3, 0, true],
    [0, 5, true],
  ])(
    "is reached by as many refused windows, or crashes, as it names: %i, %i",
    (windows, crashes, expected) => {
      const facts = { refusedAt: times(windows), crashedAt: times(crashes) };
      expect([isOverOuterLimit(facts, limit), isOverOuterLimit(facts, null)]).toEqual([expected, false]);
    },
  );
});
