import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  grantLease,
  isLeaseExpired,
  isRequeueDue,
  type Lease,
  LeasePolicy,
  requeueDueAt,
} from "../../src/core/lease.ts";
import { redateLease, toleratedSkewMs } from "../../src/core/lease-time.ts";

const policy = LeasePolicy.parse({});
const names = { leaseId: "l", attemptId: "a", workerId: "w", epoch: 1 };

describe("clocks that do not agree", () => {
  /** Whether, at `at`, the owner still acts by its clock while another one could be granted the attempt. */
  const overlaps = (lease: Lease, at: number, ownerSkewMs: number, grantorSkewMs: number): boolean =>
    !isLeaseExpired(lease, at + ownerSkewMs) && isRequeueDue(lease, at + grantorSkewMs, policy);
  const skews = (mostMs: number) =>
    fc.tuple(fc.integer({ min: -1e6, max: 1e6 }), fc.integer({ min: -mostMs, max: mostMs }));
  const instants = fc.double({ min: -1e6, max: 2e6, noNaN: true });
  const lease = grantLease(names, 0, policy);

  it("M05: within the grace never let two act, whenever one looks", () => {
    fc.assert(
      fc.property(skews(toleratedSkewMs(policy)), instants, ([owner, apart], at) => {
        expect(overlaps(lease, at, owner, owner + apart)).toBe(false);
      }),
    );
    // Right at the end, where they come closest.
    const grace = toleratedSkewMs(policy);
    for (const at of [29_999, 29_999.999, 30_000, 35_000]) expect(overlaps(lease, at, 0, grace)).toBe(false);
  });

  it("M05: a moment further apart than the grace would", () => {
    const apart = toleratedSkewMs(policy) + 1;
    expect(overlaps(lease, 29_999.5, 0, apart)).toBe(true);
  });

  it("M05: leave no instant in the grace at which the attempt can be taken", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: policy.graceMs }), (sinceEnd) => {
        expect(isRequeueDue(lease, lease.expiresAt + sinceEnd, policy)).toBe(false);
      }),
    );
  });
});

describe("a lease service that starts again and again", () => {
  /** Runs of the service: how long it was up and down, and by how much the wall clock was set meanwhile. */
  const runs = fc.array(
    fc.record({
      upMs: fc.integer({ min: 1, max: 20_000 }),
      downMs: fc.integer({ min: 0, max: 20_000 }),
      setMs: fc.constantFrom(0, 0, 0, -5_000, 5_000),
      zero: fc.integer({ min: 0, max: 1e9 }),
    }),
    { minLength: 1, maxLength: 40 },
  );
  interface Run {
    readonly upMs: number;
    readonly downMs: number;
    readonly setMs: number;
    readonly zero: number;
  }

  /** The true instant at which the lease of a silent owner, granted at 0, may be taken; each start restores what the last one stored. */
  function takenAt(history: readonly Run[], restore: typeof redateLease): number {
    let [now, wall, zero] = [0, 1e12, 0];
    let lease = grantLease(names, 0, policy);
    let stored = { monotonicMs: 0, wallMs: wall };
    for (const { upMs, downMs, setMs, zero: next } of history) {
      const due = requeueDueAt(lease, policy) - zero;
      if (due <= now + upMs) return Math.max(now, due);
      now += upMs + downMs;
      wall += upMs + downMs + setMs;
      // The next process counts its monotonic time from somewhere else.
      zero = next - now;
      const at = { monotonicMs: now + zero, wallMs: wall };
      lease = restore(lease, stored, at);
      stored = at;
    }
    return Math.max(now, requeueDueAt(lease, policy) - zero);
  }

  it("M07: ends the lease of a dead owner within its bound", () => {
    fc.assert(
      fc.property(runs, (history) => {
        const setBack = history.reduce((sum, { setMs }) => sum + Math.max(0, -setMs), 0);
        const down = Math.max(...history.map(({ downMs }) => downMs));
        const bound = policy.ttlMs + policy.graceMs + 1;
        expect(takenAt(history, redateLease)).toBeLessThanOrEqual(bound + setBack + down);
      }),
      { numRuns: 1_000 },
    );
  });

  it("M07: never ends it early while the wall clock is not set forward", () => {
    fc.assert(
      fc.property(runs, (history) => {
        const steady = history.map((it) => ({ ...it, setMs: Math.min(0, it.setMs) }));
        expect(takenAt(steady, redateLease)).toBeGreaterThan(policy.ttlMs + policy.graceMs);
      }),
    );
  });

  it("M07: would never end it if each start began the time to live anew", () => {
    const refresh: typeof redateLease = (lease, _, { monotonicMs }) => grantLease(lease, monotonicMs, policy);
    const history = Array.from({ length: 100 }, () => ({ upMs: 10_000, downMs: 0, setMs: 0, zero: 7 }));
    expect(takenAt(history, refresh)).toBeGreaterThan(1_000_000);
    expect(takenAt(history, redateLease)).toBe(35_001);
  });
});
