/** The table "Against bare XState" of the README claims only what a pair of tests shows, and all that they show. */
import { globSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const heading = "## Against bare XState";

/** The ids of the table, in its order. Throws when there is none. */
function idsOf(readme: string): string[] {
  const [, section] = readme.split(`${heading}\n`);
  if (section === undefined) throw new Error(`README.md has no section "${heading}"`);
  const [table = ""] = section.split("\n## ");
  const ids = [...table.matchAll(/^\| ?(X\d\d) /gm)].map(([, id = ""]) => id);
  if (ids.length === 0)
    throw new Error(`the section "${heading}" of README.md has no row that starts with an id`);
  return ids;
}

/** How often each id starts a test's title. */
function titles(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const file of globSync("test/**/*.test.ts")) {
    for (const [, id = ""] of readFileSync(file, "utf8").matchAll(/^it\(["'`](X\d\d): /gm))
      counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}

it("has a pair of tests for each row, and a row for each pair", () => {
  const ids = idsOf(readFileSync("README.md", "utf8"));
  expect(new Set(ids).size).toBe(ids.length);
  expect(Object.fromEntries(titles())).toEqual(Object.fromEntries(ids.map((id) => [id, 2])));
});

it("says what is missing", () => {
  expect(() => idsOf("# homeostat\n")).toThrow('README.md has no section "## Against bare XState"');
  expect(() => idsOf(`${heading}\n\nNothing.\n\n## Next\n\n| X01 | elsewhere |`)).toThrow("no row");
});
