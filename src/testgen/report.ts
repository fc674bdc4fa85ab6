/** What a suite came to on a system, and what of its machine it saw. */
import type { AnyStateMachine } from "xstate";
import { type CoverageCounts, emptyCounts, pathsTo } from "../explore/coverage-counts.ts";
import type { ReportCase, ReportGroup } from "../explore/report.ts";
import { createStepper } from "../explore/stepper.ts";
import { chartIdOf } from "../explore/way.ts";
import { activeNodes } from "../explore/xstate-adapter.ts";
import { ChartRun } from "./chart-run.ts";
import { exploring, type ExploringOptions } from "./exploring.ts";
import { runTest, SuiteMismatch } from "./run-test.ts";
import type { SuiteTest } from "./suite/script.ts";
import type { Suite } from "./suite/types.ts";
import type { Sut } from "./sut.ts";

/** Runs every test of `suite`, also after one that fails. */
export async function runSuite(suite: Pick<Suite, "machine" | "tests">, sut: Sut): Promise<ReportGroup> {
  const startedAt = globalThis.performance.now();
  const cases: ReportCase[] = [];
  for (const test of suite.tests) {
    const error = await runTest(test, sut).then(
      () => null,
      (it: unknown) => it,
    );
    const text = error instanceof Error ? error.message : String(error);
    cases.push({
      name: test.title,
      verdict: error === null ? "passed" : "failed",
      message: error === null ? null : firstDifference(error, text),
      details: error === null ? null : ["```", text, "```"].join("\n"),
    });
  }
  const steps = suite.tests.reduce((sum, it) => sum + it.steps.length, 0);
  return {
    name: `${suite.machine}, ${sut.name ?? "the system"}`,
    file: null,
    facts: [`${suite.tests.length} tests`, `${steps} steps`],
    cases,
    elapsedMs: Math.round(globalThis.performance.now() - startedAt),
    coverage: null,
  };
}

/** The title is said already. */
function firstDifference(error: unknown, text: string): string {
  const [first = "", second = ""] = text.split("\n");
  return error instanceof SuiteMismatch && second !== "" ? `step ${error.step}: ${second.trim()}` : first;
}

/** How often each state was entered and each transition taken by the tests of a suite, played to the machine itself. */
export function suiteCoverage(
  machine: AnyStateMachine,
  tests: readonly SuiteTest[],
  options: ExploringOptions = {},
): CoverageCounts {
  const stepper = createStepper(machine);
  const { states, transitions } = emptyCounts(stepper);
  for (const { input, steps } of tests) {
    const run = new ChartRun(stepper, input, (before, _, result) => {
      const was = new Set(activeNodes(before.snapshot));
      for (const node of activeNodes(result.world.snapshot)) {
        if (!was.has(node)) states[node.id] = (states[node.id] ?? 0) + 1;
      }
      for (const taken of result.steps.flatMap(({ microsteps }) => microsteps.flatMap((it) => it.taken))) {
        transitions[chartIdOf(taken)] = (transitions[chartIdOf(taken)] ?? 0) + 1;
      }
    });
    for (const { id } of activeNodes(run.world.snapshot)) states[id] = (states[id] ?? 0) + 1;
    for (const { afterMs, action } of steps) {
      if (afterMs > 0) run.advance(afterMs);
      if (action.kind === "send") run.send(action.event);
      if (action.kind === "advance") run.advance(action.ms);
      if (action.kind === "settle") run.settle(action.actor, action.outcome);
    }
  }
  const isMissing = [...Object.values(states), ...Object.values(transitions)].includes(0);
  const paths = isMissing ? pathsTo(exploring(machine, options).exploration, { states, transitions }) : {};
  return { kind: "coverage", def: machine.id, of: "tests", states, transitions, paths };
}
