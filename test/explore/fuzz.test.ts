import { expect, it } from "vitest";
import { difference } from "./support/differential.ts";
import { tableDifference } from "./support/table-difference.ts";
import { zoneDifference } from "./support/zone-difference.ts";

/** `npm run fuzz:explore` asks for 5,000. */
const machines = Number(process.env["HOMEOSTAT_FUZZ_MACHINES"] ?? 300);
const first = Number(process.env["HOMEOSTAT_FUZZ_FIRST"] ?? 1);

it(`steps ${machines} random machines as XState's own actors run them`, { timeout: 600_000 }, () => {
  const differences = Array.from({ length: machines }, (_, index) => difference(first + index));
  expect(differences.filter((found) => found !== null)).toEqual([]);
});

it(
  `tables ${machines} random machines to the graph that running every step gives`,
  { timeout: 1_800_000 },
  () => {
    // Large graphs are for the long run.
    const maxStates = machines > 300 ? 600 : 150;
    const seeds = Array.from({ length: machines }, (_, index) => first + index);
    const differences = seeds.map((seed) => tableDifference(seed, maxStates));
    expect(differences.filter((found) => found !== null && found !== "too large")).toEqual([]);
    const compared = differences.filter((found) => found === null).length;
    expect(compared / machines).toBeGreaterThan(0.25);
  },
);

it("tables a machine whose regions are asked for eventless transitions in the order of their entry", () => {
  expect(tableDifference(19, 600)).toBe(null);
});

it(
  "reaches by zones what time in small steps reaches, on every third machine",
  { timeout: 1_800_000 },
  () => {
    const seeds = Array.from({ length: Math.ceil(machines / 3) }, (_, index) => first + 3 * index);
    const differences = seeds.map(zoneDifference);
    expect(differences.filter((found) => found !== null && found !== "not compared")).toEqual([]);
    expect(differences.filter((found) => found === null).length / seeds.length).toBeGreaterThan(0.04);
  },
);
