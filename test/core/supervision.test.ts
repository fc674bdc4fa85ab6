import { describe, expect, it } from "vitest";
import { wantsRestart, withinPeriod } from "../../src/core/supervision.ts";

describe("wantsRestart", () => {
  // The OTP matrix: restart type × exit reason.
  it.each([
    ["permanent", "normal", true],
    ["permanent", "shutdown", true],
    ["permanent", "abnormal", true],
    ["transient", "normal", false],
    ["transient", "shutdown", false],
    ["transient", "abnormal", true],
    ["temporary", "normal", false],
    ["temporary", "shutdown", false],
    ["temporary", "abnormal", false],
  ] as const)("%s child, %s exit: %s", (type, reason, expected) => {
    expect(wantsRestart(type, reason)).toBe(expected);
  });
});

describe("withinPeriod", () => {
  it("keeps what is one millisecond younger than the period", () => {
    expect(withinPeriod([1_001], 6_000, 5_000)).toEqual([1_001]);
  });

  it("drops what is exactly one period old", () => {
    expect(withinPeriod([1_000], 6_000, 5_000)).toEqual([]);
  });
});
