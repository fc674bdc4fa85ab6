import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type RestartBudget, RestartLedger } from "../../src/core/restart-budget.ts";

/** The instants that are granted, of those asked for. */
function granted(budget: RestartBudget, instants: readonly number[]): number[] {
  const ledger = new RestartLedger();
  return instants.filter((at) => ledger.spend(at, budget).granted);
}

describe("a sliding budget", () => {
  const budget = { kind: "sliding", intensity: 2, periodMs: 1_000 } as const;

  it("frees each place exactly one period after it was taken", () => {
    expect(granted(budget, [0, 400, 999, 1_000, 1_399, 1_400])).toEqual([0, 400, 1_000, 1_400]);
  });

  it("says when the next place is free", () => {
    const ledger = new RestartLedger([0, 400]);
    expect(ledger.spend(900, budget)).toEqual({ granted: false, count: 2, earliestAt: 1_000 });
    expect(new RestartLedger().spend(5, { ...budget, intensity: 0 })).toMatchObject({ earliestAt: null });
  });

  it("grants what a list of all instants would, and forgets none too early", () => {
    const steps = fc.array(fc.nat(400), { maxLength: 200 });
    fc.assert(
      fc.property(steps, fc.nat(5), (waits, intensity) => {
        const ledger = new RestartLedger();
        let at = 0;
        let times: number[] = [];
        for (const wait of waits) {
          at += wait;
          times = times.filter((it) => at - it < 1_000);
          const expected = times.length < intensity;
          if (expected) times.push(at);
          const { granted: actual, count } = ledger.spend(at, { ...budget, intensity });
          expect([actual, count]).toEqual([expected, times.length]);
          expect(ledger.times).toEqual(times);
        }
      }),
    );
  });
});

describe("a tumbling budget", () => {
  const budget = { kind: "tumbling", intensity: 2, periodMs: 1_000 } as const;

  it("opens with a restart and frees all places at once", () => {
    expect(granted(budget, [100, 900, 1_099, 1_100, 1_101, 1_102])).toEqual([100, 900, 1_100, 1_101]);
  });

  it("refuses until its window ends", () => {
    const ledger = new RestartLedger([100, 900]);
    expect(ledger.spend(950, budget)).toEqual({ granted: false, count: 2, earliestAt: 1_100 });
  });
});

describe("a decaying budget", () => {
  const budget = { kind: "decay", threshold: 3.5, halfLifeMs: 30_000 } as const;

  it("halves its count in each half-life, and counts refused failures too", () => {
    const ledger = new RestartLedger();
    const counts = [0, 0, 30_000, 30_000, 30_000].map((at) => ledger.spend(at, budget));
    expect(counts.map(({ count }) => count)).toEqual([1, 2, 2, 3, 4]);
    expect(counts.map((it) => it.granted)).toEqual([true, true, true, true, false]);
    const { earliestAt } = counts[4] ?? {};
    expect(earliestAt).toBe(30_000 + Math.ceil(30_000 * Math.log2(4 / 2.5)));
    expect(ledger.copy().spend((earliestAt ?? 0) - 10, budget).granted).toBe(false);
    expect(ledger.copy().spend(earliestAt ?? 0, budget).granted).toBe(true);
  });

  it("takes over the instants of another kind, and gives up none when it changes back", () => {
    const ledger = new RestartLedger([0, 30_000]);
    expect(ledger.spend(30_000, budget).count).toBe(2.5);
    const sliding = { kind: "sliding", intensity: 1, periodMs: 1_000 } as const;
    expect(ledger.spend(30_999, sliding)).toMatchObject({ granted: false, count: 1 });
  });
});
