import * as fc from "fast-check";
import { expect, it } from "vitest";
import { Deadlines } from "../../../src/runtime/tree/deadlines.ts";
import { VirtualClock } from "../../../src/runtime/virtual-clock.ts";

it("fires by instant and then in the order of setting, on one timer, and never what is cancelled", () => {
  const step = fc.record({ at: fc.nat(300), cancel: fc.boolean(), advance: fc.nat(5) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const clock = new VirtualClock();
      const deadlines = new Deadlines(clock);
      const fired: { at: number; order: number; now: number }[] = [];
      const expected: { at: number; order: number }[] = [];
      for (const [order, { at, cancel, advance }] of steps.entries()) {
        const due = clock.now() + at;
        const deadline = deadlines.set(due, () => void fired.push({ at: due, order, now: clock.now() }));
        if (cancel) deadlines.cancel(deadline);
        else expected.push({ at: due, order });
        expect(clock.pending).toBe(deadlines.size === 0 ? 0 : 1);
        clock.advance(advance);
      }
      clock.advance(1_000);
      expect(fired.map(({ at, order }) => ({ at, order }))).toEqual(
        expected.toSorted((a, b) => a.at - b.at || a.order - b.order),
      );
      expect(fired.every(({ at, now }) => at === now)).toBe(true);
      expect([deadlines.size, clock.pending]).toEqual([0, 0]);
    }),
  );
});

it("may set and cancel in a callback", () => {
  const clock = new VirtualClock();
  const deadlines = new Deadlines(clock);
  const log: string[] = [];
  const doomed = deadlines.set(10, () => void log.push("never"));
  deadlines.set(5, () => {
    deadlines.cancel(doomed);
    deadlines.set(7, () => void log.push("seven"));
    log.push("five");
  });
  clock.advance(20);
  expect([log, clock.pending]).toEqual([["five", "seven"], 0]);
});

it("goes on after a callback that throws", () => {
  const clock = new VirtualClock();
  const deadlines = new Deadlines(clock);
  const log: string[] = [];
  deadlines.set(1, () => {
    throw new Error("once");
  });
  deadlines.set(2, () => void log.push("two"));
  expect(() => clock.advance(5)).toThrow("once");
  clock.advance(5);
  expect(log).toEqual(["two"]);
});

it("keeps count when most of its deadlines are cancelled before they are due", () => {
  const clock = new VirtualClock();
  const deadlines = new Deadlines(clock);
  const log: string[] = [];
  deadlines.set(1, () => void log.push("one"));
  const doomed = Array.from({ length: 200 }, (_, i) => deadlines.set(10 + i, () => void log.push("never")));
  for (const it of doomed) deadlines.cancel(it);
  expect([deadlines.size, clock.pending]).toEqual([1, 1]);
  clock.advance(1_000);
  expect([log, deadlines.size, clock.pending]).toEqual([["one"], 0, 0]);
});
