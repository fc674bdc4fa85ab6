/**
 * What a commit must pass, one step after the other, each with its time; stops at the first that fails.
 *
 * Of the tests it runs those that start no process and lay out no charts, on one build of XState: about a minute on two
 * cores. The whole suite is `npm test`.
 *
 * Usage: npm run verify [-- --only format,lint]
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { only: { type: "string" } } });
const wanted = values.only?.split(",");
const isWanted = (name: string): boolean => wanted === undefined || wanted.includes(name);
/** What the tests take of the charts, so that the step after them need not run them again. */
const coverage = isWanted("tests") ? mkdtempSync(join(tmpdir(), "chart-coverage-")) : null;
process.on("exit", () => coverage !== null && rmSync(coverage, { recursive: true }));

const steps: readonly (readonly [name: string, command: string])[] = [
  ["format", "oxfmt --check"],
  ["lint", "oxlint --deny-warnings"],
  ["types", "npm run --silent types"],
  ["tests", "vitest run --project development --reporter=dot"],
  ["charts", `node scripts/chart-coverage.ts${coverage === null ? "" : ` --from "${coverage}"`}`],
  ["build", "npm run --silent build"],
  ["docs", "npm run --silent docs:check"],
  ["suites", "npm run --silent suites:check"],
  ["publint", "publint --strict"],
  ["attw", "attw --pack . --profile esm-only --quiet"],
  ["knip", "knip"],
];

for (const [name, command] of steps.filter(([it]) => isWanted(it))) {
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(command, {
    shell: true,
    encoding: "utf8",
    maxBuffer: 1 << 26,
    env: { ...process.env, ...(coverage !== null && { CHART_COVERAGE: coverage }) },
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${status === 0 ? "ok  " : "FAIL"} ${name.padEnd(8)} ${seconds.padStart(5)} s`);
  if (status !== 0) {
    console.error(`${stdout}${stderr}\nverify: "${command}" failed; mend it and run it again`);
    process.exit(1);
  }
}
