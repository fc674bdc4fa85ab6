/**
 * Which states and transitions of the charts the tests take; exit code 1 when one is left out.
 *
 * Usage: npm run charts:coverage [-- --json] [-- --from DIRECTORY]
 *
 * `--from`: reads what a run with `CHART_COVERAGE=DIRECTORY` wrote instead of running the tests.
 *
 * @see ../test/support/chart-coverage.ts
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { StateMachine } from "xstate";
import * as z from "zod";
import * as exported from "../machines/index.ts";
import { type Coverage, coverageOf, type Elements } from "../test/support/chart-elements.ts";

const { values: options } = parseArgs({
  options: { json: { type: "boolean", default: false }, from: { type: "string" } },
});
const charts = Object.values<unknown>(exported).filter((it) => it instanceof StateMachine);
const coverage = coverageOf(charts, options.from === undefined ? taken() : read(options.from));
console.log(options.json ? JSON.stringify(coverage, null, 2) : coverage.map(asText).join("\n"));
const isComplete = coverage.every((it) => it.states.missing.length + it.transitions.missing.length === 0);
process.exit(isComplete ? 0 : 1);

/** Runs the neutral tests on the development build. */
function taken(): Map<string, Elements> {
  const directory = mkdtempSync(join(tmpdir(), "chart-coverage-"));
  try {
    const { status, stdout, stderr } = spawnSync("vitest run --project development --reporter=dot", {
      shell: true,
      encoding: "utf8",
      maxBuffer: 1 << 26,
      env: { ...process.env, CHART_COVERAGE: directory },
    });
    if (status === 0) return read(directory);
    console.error(`${stdout}${stderr}\nchart-coverage: the tests failed; mend them first`);
    process.exit(1);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The union of what the workers wrote to `directory`, by chart id. */
function read(directory: string): Map<string, Elements> {
  const Lists = z.object({ states: z.array(z.string()), transitions: z.array(z.string()) });
  const union = new Map<string, { states: Set<string>; transitions: Set<string> }>();
  for (const file of readdirSync(directory)) {
    const written = z
      .record(z.string(), Lists)
      .parse(JSON.parse(readFileSync(join(directory, file), "utf8")));
    for (const [chart, { states, transitions }] of Object.entries(written)) {
      const before = union.get(chart);
      union.set(chart, {
        states: new Set([...(before?.states ?? []), ...states]),
        transitions: new Set([...(before?.transitions ?? []), ...transitions]),
      });
    }
  }
  return union;
}

function asText({ chart, states, transitions }: Coverage): string {
  const share = ({ taken, of }: Coverage["states"]): string => `${taken}/${of}`;
  const missing = [...states.missing, ...transitions.missing].map((it) => `\n    never taken: ${it}`);
  const counts = `states ${share(states).padStart(7)}   transitions ${share(transitions).padStart(7)}`;
  return `${chart.padEnd(16)} ${counts}${missing.join("")}`;
}
