/** Which of the supervision cases the tests of this folder show, and which of its groups they do not show yet. */
import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as z from "zod";

const Case = z.looseObject({ id: z.string().regex(/^[A-P]\d\d$/), level: z.enum(["L", "A", "P"]) });
const cases = z.array(Case).parse(JSON.parse(readFileSync("test/vectors/supervision-cases.json", "utf8")));

/** Groups of other parts, of which a few cases are shown here all the same. */
const elsewhere = ["F", "I", "O"];

const covered = {
  A: "01 02 04 05 07 08 09 10 12 13 14 16",
  B: "01 02 03 04 05 06 08 09 11 12 14",
  C: "01 02 03 04 05 06 07 08 09 10 12 13 14 16 17 19",
  D: "01 02 03 04 05 06 07 09 10 12 13 15 16 18",
  E: "01 02 03 04 05 06 07 09 10 11 13 14 15 17 18 19 22 23 24",
  F: "03 05 19",
  G: "01 03 04 07 08 10 11 16 20",
  H: "02 03 04 05",
  I: "06 07",
  O: "02 05",
};
const coveredIds = Object.entries(covered).flatMap(([group, numbers]) =>
  numbers.split(" ").map((it) => group + it),
);

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
    expect(new Set(shown)).toEqual(new Set(coveredIds));
  });

  it("are all known, and those of our groups that need no process are shown or listed as missing", () => {
    const known = new Map(cases.map(({ id, level }) => [id, level]));
    expect(coveredIds.filter((id) => !known.has(id))).toEqual([]);
    const groups = Object.keys(covered).filter((it) => !elsewhere.includes(it));
    const ours = cases.filter(({ id, level }) => level !== "P" && groups.includes(id.slice(0, 1)));
    const missing = ours.map(({ id }) => id).filter((id) => !shown.includes(id));
    expect(missing).toEqual(notYet);
  });
});
