/** Which of the supervision cases the tests of this folder show, and which of its groups they do not show yet. */
import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as z from "zod";

const Case = z.looseObject({ id: z.string().regex(/^[A-P]\d\d$/), level: z.enum(["L", "A", "P"]) });
const cases = z.array(Case).parse(JSON.parse(readFileSync("test/vectors/supervision-cases.json", "utf8")));

/** Groups of other parts, of which a few cases are shown here all the same. */
const elsewhere = ["F", "I", "O"];

const covered = {
  A: ["A01", "A02", "A04", "A05", "A07", "A08", "A09", "A10", "A12", "A13", "A14", "A16"],
  B: ["B01", "B02", "B03", "B04", "B05", "B06", "B08", "B09", "B11", "B12", "B14"],
  C: [
    "C01",
    "C02",
    "C03",
    "C04",
    "C05",
    "C06",
    "C07",
    "C08",
    "C09",
    "C10",
    "C12",
    "C13",
    "C14",
    "C16",
    "C17",
    "C19",
  ],
  D: ["D01", "D02", "D03", "D04", "D05", "D06", "D07", "D09", "D10", "D12", "D13", "D15", "D16", "D18"],
  E: [
    ...[
      "E01",
      "E02",
      "E03",
      "E04",
      "E05",
      "E06",
      "E07",
      "E09",
      "E10",
      "E11",
      "E13",
      "E14",
      "E15",
      "E17",
      "E18",
    ],
    ...["E19", "E22", "E23", "E24"],
  ],
  F: ["F03", "F05", "F19"],
  G: ["G01", "G03", "G04", "G07", "G08", "G10", "G11", "G16", "G20"],
  H: ["H02", "H03", "H04", "H05"],
  I: ["I06", "I07"],
  O: ["O02", "O05"],
};

/** Of groups A to H without F, levels L and A. */
const notYet = [
  /** a first start that is retried, with a sibling that waits for it to be ready */
  "D19",
  /** refused with a retry-after that shrinks: the crash budget's, not a tree's */
  "E20",
  "E21",
  /** the outer limit of refused windows: the same */
  "E25",
  /** an XState actor cannot leave its parent */
  "G06",
];

const shown = globSync("test/runtime/tree/*.test.ts").flatMap((file) =>
  [...readFileSync(file, "utf8").matchAll(/["'`]([A-P]\d\d): /g)].map(([, id]) => id),
);

describe("the cases of supervision", () => {
  it("are shown by a test of this folder whose title starts with the id, as listed", () => {
    expect([...new Set(shown)].toSorted()).toEqual(Object.values(covered).flat());
  });

  it("are all known, and those of our groups that need no process are shown or listed as missing", () => {
    const known = new Map(cases.map(({ id, level }) => [id, level]));
    expect(
      Object.values(covered)
        .flat()
        .filter((id) => !known.has(id)),
    ).toEqual([]);
    const groups = Object.keys(covered).filter((it) => !elsewhere.includes(it));
    const ours = cases.filter(({ id, level }) => level !== "P" && groups.includes(id.slice(0, 1)));
    const missing = ours.map(({ id }) => id).filter((id) => !shown.includes(id));
    expect(missing).toEqual(notYet);
  });
});
