/** Each of the 193 supervision cases is shown by a test whose title starts with its id, or is listed here as missing. */
import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as z from "zod";

const Case = z.looseObject({ id: z.string().regex(/^[A-P]\d\d$/), level: z.enum(["L", "A", "P"]) });
const cases = z.array(Case).parse(JSON.parse(readFileSync("test/vectors/supervision-cases.json", "utf8")));

/** By group; a group whose last case is shown loses its line. */
const notYet: Readonly<Record<string, string>> = {};
const missing = Object.entries(notYet).flatMap(([group, numbers]) =>
  numbers.split(" ").map((it) => group + it),
);

const shown = globSync("test/**/*.test.ts").flatMap((file) =>
  [...readFileSync(file, "utf8").matchAll(/["'`]([A-P]\d\d): /g)].map(([, id]) => id),
);

describe("the cases of supervision", () => {
  it("are shown by a test whose title starts with the id, but for those listed as missing", () => {
    const ids = cases.map(({ id }) => id);
    expect(ids).toHaveLength(193);
    expect(ids.filter((id) => !shown.includes(id))).toEqual(missing);
  });
});
