import { describe, expect, it } from "vitest";
import { wantsRestart } from "../../src/core/supervision.ts";

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
