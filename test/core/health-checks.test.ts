import { describe, expect, it } from "vitest";
import { decideCheck, decideExpiry, HealthPolicy } from "../../src/core/health-checks.ts";

const check = { kind: "liveness", limit: 3, ignoreWarnings: false } as const;
const old = { uptimeMs: 10_000, hostWasLate: false };
const graceMs = 10_000;

describe("a check", () => {
  it.each([
    [0, { kind: "failed", failures: 1 }],
    [1, { kind: "failed", failures: 2 }],
    [2, { kind: "exhausted", failures: 3 }],
  ])("is exhausted by its limit in a row: %i before", (before, expected) => {
    expect(decideCheck(before, { status: "failing", ...old }, check, graceMs)).toEqual(expected);
  });

  it("begins its count again when it passes", () => {
    expect(decideCheck(2, { status: "passing", ...old }, check, graceMs)).toEqual({
      kind: "passed",
      failures: 0,
    });
  });

  it.each([
    [true, { kind: "passed", failures: 0 }],
    [false, { kind: "failed", failures: 1 }],
  ])("counts a warning unless it ignores it: %s", (ignoreWarnings, expected) => {
    expect(decideCheck(0, { status: "warning", ...old }, { ...check, ignoreWarnings }, graceMs)).toEqual(
      expected,
    );
  });

  it.each([
    [9_999, { kind: "skipped", because: "in_grace", failures: 0 }],
    [10_000, { kind: "failed", failures: 1 }],
  ])(
    "does not count in the grace of an incarnation, which lasts up to but not including it: %i ms",
    (uptimeMs, expected) => {
      const run = { status: "failing", uptimeMs, hostWasLate: false } as const;
      expect(decideCheck(0, run, check, graceMs)).toEqual(expected);
    },
  );

  it("knows no grace where it decides about readiness", () => {
    const run = { status: "failing", uptimeMs: 0, hostWasLate: false } as const;
    expect(decideCheck(0, run, { ...check, kind: "readiness" }, graceMs)).toEqual({
      kind: "failed",
      failures: 1,
    });
  });

  it("keeps its count, and no more, when the host was late", () => {
    const run = { status: "failing", uptimeMs: 20_000, hostWasLate: true } as const;
    expect(decideCheck(2, run, check, graceMs)).toEqual({
      kind: "skipped",
      because: "host_late",
      failures: 2,
    });
    expect(decideCheck(2, { ...run, status: "passing" }, check, graceMs).kind).toBe("passed");
  });
});

describe("a time-out", () => {
  const expiry = { dueAt: 1_000, periodMs: 1_000, isSecondLook: false };

  it.each([1_000, 1_001])("is one when its timer fires on time, to the millisecond: %i", (at) => {
    expect(decideExpiry(expiry, at)).toEqual({ kind: "expired" });
  });

  it("gives back what the host was late", () => {
    expect(decideExpiry(expiry, 1_400)).toEqual({
      kind: "hostLate",
      lateMs: 400,
      next: { dueAt: 1_800, periodMs: 1_000, isSecondLook: false },
    });
  });

  it("gives back no more than one period", () => {
    expect(decideExpiry(expiry, 100_000)).toMatchObject({ next: { dueAt: 101_000 } });
  });

  it("gives a busy host one second look, and a stalled one another", () => {
    const decision = decideExpiry(expiry, 1_050);
    expect(decision).toMatchObject({ kind: "hostLate", next: { dueAt: 1_100, isSecondLook: true } });
    const next = { ...expiry, dueAt: 1_100, isSecondLook: true };
    expect(decideExpiry(next, 1_150)).toEqual({ kind: "expired" });
    expect(decideExpiry(next, 1_151)).toMatchObject({ kind: "hostLate", next: { isSecondLook: false } });
  });
});

describe("a health policy", () => {
  const run = () => ({ status: "passing" }) as const;

  it("has the defaults of a check", () => {
    expect(HealthPolicy.parse({ checks: [{ name: "ping", run }] })).toEqual({
      checks: [
        {
          name: "ping",
          kind: "liveness",
          run,
          everyMs: 10_000,
          timeoutMs: 2_000,
          limit: 3,
          ignoreWarnings: false,
        },
      ],
      graceMs: 10_000,
      startMs: null,
      watchdogMs: null,
    });
  });

  it.each([
    [undefined, 30_000],
    [500, 500],
    [null, null],
  ])("limits the start of what has to become ready: %o", (startMs, expected) => {
    const checks = [{ name: "port", kind: "readiness", run }];
    expect(HealthPolicy.parse({ checks, startMs }).startMs).toBe(expected);
  });
});
