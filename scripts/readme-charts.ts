/**
 * Copies the picture and the invariants of every chart from its header to the README, between `<!-- chart:NAME -->` and
 * `<!-- /chart -->`: the file is the source.
 *
 * Usage: node scripts/readme-charts.ts [--check]
 */
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

/** `readme` with every marked place filled from its chart. */
export function withCharts(readme: string): string {
  return readme.replaceAll(
    /(<!-- chart:([\w-]+) -->\n)[^]*?(<!-- \/chart -->)/g,
    (_, open: string, name: string, end: string) => {
      const { picture, invariants } = readHeader(readFileSync(`machines/${name}.ts`, "utf8"));
      return `${open}\n\`\`\`text\n${picture}\`\`\`\n\n${invariants}\n\n${end}`;
    },
  );
}

function readHeader(source: string): { picture: string; invariants: string } {
  const [header = ""] = /^\/\*\*\n[^]*? \*\//.exec(source) ?? [];
  const text = header.replaceAll(/^ \* ?/gm, "");
  const [, picture = ""] = /```text\n([^]*?)```/.exec(text) ?? [];
  const lines = text.slice(text.lastIndexOf("```") + 3).split("\n");
  const from = lines.findIndex((line) => line.startsWith("- "));
  const until = lines.findIndex((line, index) => index > from && line !== "" && !/^(?:- |\s)/.test(line));
  const list = lines
    .slice(from, until === -1 ? undefined : until)
    .join("\n")
    .trimEnd();
  // An invariant that is broken over lines is one item of one line here.
  return { picture, invariants: list.replaceAll(/\n\s+/g, " ") };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const before = readFileSync("README.md", "utf8");
  const after = withCharts(before);
  if (before !== after && process.argv.includes("--check")) {
    console.error("README.md is stale; run: node scripts/readme-charts.ts");
    process.exit(1);
  }
  writeFileSync("README.md", after);
}
