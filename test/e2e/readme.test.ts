import { execFile } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { withCharts } from "../../scripts/readme-charts.ts";

const readme = readFileSync("README.md", "utf8");
const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``, "g"))].map(([, text = ""]) => text);

describe("the README", () => {
  it("shows the example that the suite runs", () => {
    expect(blocks("ts")).toEqual([readFileSync("examples/embed.ts", "utf8")]);
  });

  it("shows a configuration that fits its schema", async () => {
    const { HomeostatConfig } = await import("../../src/core/config.ts");
    for (const block of blocks("json")) HomeostatConfig.parse(JSON.parse(block));
    expect(blocks("json")).not.toEqual([]);
  });

  it("shows every chart and its invariants as the files do", () => {
    expect(withCharts(readme)).toBe(readme);
    const shown = [...readme.matchAll(/<!-- chart:([\w-]+) -->/g)].map(([, name]) => name);
    const charts = globSync("machines/*.ts").map((file) => basename(file, ".ts"));
    expect(new Set(shown)).toEqual(new Set(charts.filter((name) => name !== "index" && name !== "actors")));
  });

  it("names only files that are there", () => {
    const named = [...readme.matchAll(/`((?:machines|src|test|examples|bench)\/[\w./-]+)`/g)].map(
      ([, path = ""]) => path,
    );
    expect(named.filter((path) => !existsSync(path))).toEqual([]);
  });
});

it("the example runs as it is printed", { timeout: 60_000 }, async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["examples/embed.ts"], { timeout: 50_000 });
  expect(stdout.match(/outcome: 'completed'/g)).toHaveLength(2);
  expect(stdout.trim().split("\n").at(-1)).toMatch(/supervisor\.stopped$/);
});
