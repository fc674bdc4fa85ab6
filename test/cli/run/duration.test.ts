import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatDuration, formatElapsed, parseDuration } from "../../../src/cli/run/duration.ts";

describe("parseDuration", () => {
  it.each([
    ["500ms", 500],
    ["30s", 30_000],
    ["2m", 120_000],
    ["1.5m", 90_000],
    ["1h", 3_600_000],
    [" 1s ", 1_000],
  ])("%s is %i ms", (text, expected) => {
    expect(parseDuration(text)).toBe(expected);
  });

  it.each(["", "30", "s", "-1s", "0s", "1d", "1 s", "1e3s", "1s2", "99999999999999h"])(
    "%j is none",
    (text) => {
      expect(parseDuration(text)).toBeNull();
    },
  );

  it("reads every whole number of each unit", () => {
    const units = fc.constantFrom(["ms", 1], ["s", 1_000], ["m", 60_000], ["h", 3_600_000]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), units, (amount, [unit, factor]) => {
        expect(parseDuration(`${amount}${unit}`)).toBe(amount * Number(factor));
      }),
    );
  });
});

it.each([
  [-5, "0 ms"],
  [0, "0 ms"],
  [412.4, "412 ms"],
  [999.4, "999 ms"],
  [999.6, "1.0 s"],
  [7_240, "7.2 s"],
  [9_949, "9.9 s"],
  [9_950, "10 s"],
  [59_499, "59 s"],
  [59_500, "1 min"],
  [250_000, "4 min 10 s"],
  [3_600_000, "1 h"],
  [7_500_000, "2 h 5 min"],
])("%d ms reads %s", (durationMs, text) => {
  expect(formatDuration(durationMs)).toBe(text);
});

it.each([
  [7_999, "0:07"],
  [754_000, "12:34"],
  [3_723_000, "1:02:03"],
])("%i ms on a clock is %s", (elapsedMs, text) => {
  expect(formatElapsed(elapsedMs)).toBe(text);
});
