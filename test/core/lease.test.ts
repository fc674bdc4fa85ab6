import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  grantLease,
  heartbeat,
  isLeaseExpired,
  isPipelinePrefix,
  isRequeueDue,
  type Lease,
  LeasePolicy,
  nextPipelineStep,
  recoveryPipeline,
  referenceLeasePolicy,
  refuseDispatch,
  refuseExecution,
  requeueDue,
  requeueDueAt,
} from "../../src/core/lease.ts";

const policy = LeasePolicy.parse({});
const lease: Lease = grantLease({ leaseId: "l", attemptId: "a", workerId: "w", epoch: 2 }, 1_000, policy);
const owner = { workerId: "w", epoch: 2 };

describe("LeasePolicy", () => {
  it("keeps the reference's 30 s and 5 s, and bounds recoveries, which the reference does not", () => {
    expect(policy).toMatchObject({ ttlMs: 30_000, graceMs: 5_000, recoveries: 3 });
    expect(referenceLeasePolicy).toEqual({ ...policy, recoveries: null });
  });
});

describe("the recovery pipeline", () => {
  it("has four steps in one order", () => {
    expect(recoveryPipeline).toEqual(["leaseExpired", "checkpointReload", "replay", "readyForDispatch"]);
    expect([null, ...recoveryPipeline].map(nextPipelineStep)).toEqual([...recoveryPipeline, null]);
  });

  it("has as its beginnings the empty list and those of its own, not more", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...recoveryPipeline), { maxLength: 6 }), (steps) => {
        const isBeginning = recoveryPipeline.slice(0, steps.length).join() === steps.join();
        expect(isPipelinePrefix(steps)).toBe(isBeginning && steps.length <= recoveryPipeline.length);
      }),
    );
  });
});

describe("a lease", () => {
  it("ends for its owner at its end, for others strictly after the grace", () => {
    expect([30_999, 31_000].map((at) => isLeaseExpired(lease, at))).toEqual([false, true]);
    expect([36_000, 36_001].map((at) => isRequeueDue(lease, at, policy))).toEqual([false, true]);
    expect(requeueDueAt(lease, policy)).toBe(36_001);
  });

  it("is due at the first whole millisecond at which it may be taken, and not before", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (expiresAt) => {
        const renewed = { ...lease, expiresAt };
        const due = requeueDueAt(renewed, policy);
        expect(isRequeueDue(renewed, due, policy)).toBe(true);
        expect(isRequeueDue(renewed, due - 1, policy)).toBe(false);
      }),
    );
  });

  it("is listed, in order, when it is due", () => {
    const late = { ...lease, leaseId: "late", expiresAt: 40_000 };
    expect(requeueDue([late, lease], 36_001, policy)).toEqual([lease]);
  });

  it("lets its owner act under its epoch until it expires", () => {
    expect(refuseExecution(lease, owner, 30_999)).toBeNull();
    expect(refuseExecution(lease, owner, 31_000)?.reason).toBe("expired");
  });

  it.each([
    ["no lease", null, owner, "notHeld"],
    ["an older epoch", lease, { ...owner, epoch: 1 }, "staleEpoch"],
    ["a newer epoch", lease, { ...owner, epoch: 3 }, "staleEpoch"],
    ["another worker", lease, { ...owner, workerId: "x" }, "notOwner"],
  ] as const)("refuses %s", (_, held, claim, reason) => {
    expect(refuseExecution(held, claim, 1_000)?.reason).toBe(reason);
    expect(heartbeat(held, { ...claim, version: 1 }, 1_000, policy)).toMatchObject({
      kind: "refused",
      refusal: { reason },
    });
  });

  it("is extended by a heartbeat of the version it has, even in the grace", () => {
    expect(heartbeat(lease, { ...owner, version: 1 }, 36_000, policy)).toEqual({
      kind: "renewed",
      lease: { ...lease, version: 2, heartbeatAt: 36_000, expiresAt: 66_000 },
    });
  });

  it("is not extended after the grace", () => {
    expect(heartbeat(lease, { ...owner, version: 1 }, 36_001, policy)).toMatchObject({
      refusal: { reason: "expired" },
    });
  });

  it("takes the faster of two heartbeats of one version", () => {
    const first = heartbeat(lease, { ...owner, version: 1 }, 2_000, policy);
    const held = first.kind === "renewed" ? first.lease : null;
    expect(heartbeat(held, { ...owner, version: 1 }, 2_000, policy)).toEqual({
      kind: "refused",
      refusal: {
        reason: "versionConflict",
        message: "lease heartbeat version conflict for lease: l",
      },
    });
  });

  it("is never shortened by a heartbeat, whenever its clock says it was sent", () => {
    fc.assert(
      fc.property(fc.integer({ min: -100_000, max: 36_000 }), (at) => {
        const outcome = heartbeat(lease, { ...owner, version: 1 }, at, policy);
        expect(outcome.kind === "renewed" && outcome.lease.expiresAt).toBeGreaterThanOrEqual(lease.expiresAt);
      }),
    );
  });
});

describe("refuseDispatch", () => {
  const ids = { attemptId: "a", leaseId: "l2" };

  it("names the attempt that is leased already", () => {
    expect(refuseDispatch(lease, true, ids)?.message).toBe("active lease already exists for attempt: a");
  });

  it("names the lease that cannot be had", () => {
    expect(refuseDispatch(null, false, ids)?.message).toBe("attempt is not dispatchable for lease: l2");
  });

  it("lets a dispatchable attempt be leased", () => {
    expect(refuseDispatch(null, true, ids)).toBeNull();
  });
});
