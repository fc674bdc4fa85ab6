/**
 * What suites cost and find, against `createTestModel().getShortestPaths()` of `xstate/graph`, on three machines.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AnyEventObject, AnyStateMachine } from "xstate";
import { createTestModel } from "xstate/graph";
import { exploring } from "../../src/testgen/exploring.ts";
import { emitVitest } from "../../src/testgen/emit.ts";
import { generateSuite } from "../../src/testgen/index.ts";
import { allMutants, built, scoreOf } from "../../src/testgen/mutation.ts";
import { killedBy, oracleOf } from "../../src/testgen/mutation/kill.ts";
import { killSurvivors } from "../../src/testgen/mutation/top-up.ts";
import { costOf, planEdges, planItems } from "../../src/testgen/planner.ts";
import { exactTours } from "../../src/testgen/planner/exact.ts";
import { suiteOf } from "../../src/testgen/suite.ts";
import { createStepper } from "../../src/explore/stepper.ts";
import { atLeast, atMost, type Goal, progress } from "../support/goals.ts";
import type { Part } from "./exploring.ts";
import { budgetMachine, pluginMachine, regionsMachine } from "./machines.ts";

/** Events for all transitions, as a share of those of `xstate/graph`. */
const machines = [
  { name: "M1", machine: pluginMachine, share: 1 / 2 },
  { name: "M2", machine: regionsMachine, share: 1 / 50 },
  { name: "M3", machine: budgetMachine, share: 1 / 5_000 },
] as const;

function timed<T>(run: () => T): { readonly result: T; readonly ms: number } {
  const from = performance.now();
  const result = run();
  return { result, ms: performance.now() - from };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, it) => total + it, 0);

export function suites(): Part {
  const figures: Record<string, unknown> = {};
  const goals: Goal[] = [];
  for (const { name, machine: make, share } of machines) {
    progress(`suites of ${name}`);
    const machine = make();
    const theirs = timed(() => shortestPaths(machine));
    const ours = timed(() => generateSuite(machine));
    const theirEvents = sum(theirs.result.map(({ length }) => length));
    const transitions = exploring(machine, { cover: ["transitions"] });
    const wanted = transitions.items.all.map((_, item) => item);
    const tour = planItems(transitions.plan, wanted).paths;
    const exact = exactTours(transitions.plan, wanted, 1);
    const edges = planEdges(transitions.plan).paths;
    const explored = exploring(machine);
    const suite = suiteOf(explored);
    const mutants = measured(explored, suite);
    figures[name] = {
      theirs: { paths: theirs.result.length, events: theirEvents, ms: Math.round(theirs.ms) },
      default: {
        tests: suite.tests.length,
        steps: sum(suite.tests.map(({ steps }) => steps.length)),
        ms: Math.round(ours.ms),
      },
      transitions: { tests: tour.length, events: tour.flat().length },
      edges: { tests: edges.length, events: edges.flat().length },
      mutants,
    };
    goals.push(
      atMost(`${name}: events for all transitions, of theirs`, share, tour.flat().length / theirEvents),
      atMost(`${name}: tests of the default suite`, 5, suite.tests.length),
      atLeast(`${name}: items that the default suite covers`, 1, shareCovered(suite.coverage)),
      atLeast(`${name}: mutants that the default suite kills`, 0.95, mutants.score),
      atLeast(`${name}: mutants that it kills when topped up`, 1, mutants.toppedUp),
      atMost(`${name}: a mutant, of building it and running the suite bare`, 3, mutants.cost),
    );
    if (exact !== null) {
      goals.push(
        atMost(`${name}: all transitions, of the cheapest tours`, 1.05, costOf(tour, 1) / costOf(exact, 1)),
      );
    }
    if (name !== "M3") continue;
    const run = vitestRuns(suite);
    figures["M3 in vitest"] = run;
    goals.push(
      atLeast("M3: generation, times faster than theirs", 30, theirs.ms / ours.ms),
      atLeast(
        "M3: running the suite in vitest, times faster than their paths",
        15,
        run.theirsMs / run.oursMs,
      ),
    );
  }
  return { figures, goals };
}

/** Events, without the one that starts the machine. */
function shortestPaths(machine: AnyStateMachine): readonly (readonly AnyEventObject[])[] {
  const paths = createTestModel(machine).getShortestPaths();
  return paths.map(({ steps }) => steps.slice(1).map(({ event }) => event as AnyEventObject));
}

const shareCovered = (coverage: ReturnType<typeof suiteOf>["coverage"]): number =>
  sum(coverage.map(({ covered }) => covered)) / sum(coverage.map(({ of }) => of));

function measured(explored: ReturnType<typeof exploring>, suite: ReturnType<typeof suiteOf>) {
  const { score, killed, equivalent } = scoreOf(explored, suite.tests);
  const toppedUp = killSurvivors(explored, suite);
  const full = scoreOf(explored, toppedUp.tests);
  const oracles = suite.tests.map(oracleOf);
  const mutants = allMutants(explored);
  // Each once before it counts, so that both have been compiled.
  const kill = (): void => mutants.forEach((it) => void killedBy(built(it) ?? explored.machine, oracles));
  const bare = (): void => mutants.forEach((it) => runBare(built(it) ?? explored.machine, suite));
  bare();
  const bareMs = Math.min(timed(bare).ms, timed(bare).ms);
  const killMs = Math.min(timed(kill).ms, timed(kill).ms);
  return {
    mutants: killed + Math.round(killed / score - killed),
    equivalent,
    score,
    toppedUp: full.score,
    testsToppedUp: toppedUp.tests.length,
    cost: killMs / bareMs,
    perSecond: Math.round((mutants.length / killMs) * 1_000),
  };
}

/** The events of the suite, and nothing looked at. */
function runBare(machine: AnyStateMachine, { tests }: ReturnType<typeof suiteOf>): void {
  const stepper = createStepper(machine);
  for (const { steps, input } of tests) {
    let { snapshot } = stepper.initial(input);
    try {
      for (const { action } of steps) {
        if (action.kind === "send" && snapshot.status === "active")
          ({ snapshot } = stepper.step(snapshot, action.event));
      }
    } catch {
      // A mutant may throw.
    }
  }
}

/** Both against a real actor of the machine, one test for each path, in a vitest of their own. */
function vitestRuns(suite: ReturnType<typeof suiteOf>) {
  const directory = mkdtempSync(join(tmpdir(), "homeostat-bench-"));
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const testing = JSON.stringify(join(root, "src/testgen/index.ts"));
  const budget = JSON.stringify(join(root, "bench/explore/machines.ts"));
  try {
    symlinkSync(join(root, "node_modules"), join(directory, "node_modules"));
    writeFileSync(
      join(directory, "suts.ts"),
      `import { actorSut } from ${testing};\nimport { budgetMachine } from ${budget};\nexport const suts = actorSut(budgetMachine());\n`,
    );
    writeFileSync(
      join(directory, "ours.test.ts"),
      emitVitest(suite, { from: join(root, "src/testgen/index.ts"), suts: "./suts.ts" }),
    );
    writeFileSync(join(directory, "theirs.test.ts"), theirFile(budget));
    return { oursMs: vitestMs(directory, "ours"), theirsMs: vitestMs(directory, "theirs") };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** As the documentation of `xstate/graph` has it: each path is a test, and the state is looked at after each event. */
const theirFile = (budget: string): string => `
import { expect, it } from "vitest";
import { createActor } from "xstate";
import { createTestModel } from "xstate/graph";
import { budgetMachine } from ${budget};
const machine = budgetMachine();
for (const [index, path] of createTestModel(machine).getShortestPaths().entries()) {
  it(\`\${index}. \${path.description}\`, async () => {
    const actor = createActor(machine).start();
    await path.test({
      states: { "*": (state) => expect(actor.getSnapshot().matches(state.value)).toBe(true) },
      events: Object.fromEntries(machine.events.map((type) => [type, () => actor.send({ type })])),
    });
  });
}
`;

function vitestMs(directory: string, name: string): number {
  const vitest = join(directory, "node_modules/vitest/vitest.mjs");
  const { result, ms } = timed(() =>
    spawnSync(process.execPath, [vitest, "run", "--root", directory, name], {
      cwd: directory,
      encoding: "utf8",
    }),
  );
  if (result.status !== 0) throw new Error(`${name}: ${result.stdout}${result.stderr}`);
  return Math.round(ms);
}
