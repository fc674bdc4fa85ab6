/** States a second and bytes a state, against the explorers that there are. */
import { getAdjacencyMap as getAdjacencyMapOfPackage } from "@xstate/graph";
import type { AnyStateMachine } from "xstate";
import { getAdjacencyMap } from "xstate/graph";
import { explore } from "../../src/explore/index.ts";
import { randomMachine } from "../../test/explore/support/random-machine.ts";
import { atLeast, atMost, type Goal, median, progress, rounded } from "../support/goals.ts";
import { budgetMachine, budgetModel, orthogonalMachine, pluginMachine, regionsMachine } from "./machines.ts";
import { runSpin } from "./spin.ts";

/** What one part of the benchmark adds to its report. */
export interface Part {
  readonly figures: Readonly<Record<string, unknown>>;
  readonly goals: readonly Goal[];
}

const large = [49, 49, 399] as const;

export function exploring(rounds: number): Part {
  const hundredThousand = against(budgetMachine(19, 19, 99), Math.min(rounds, 3));
  const small = smallMachines().map(([name, machine]) => ({ name, ...against(machine, rounds) }));
  const slowest = small.toSorted((a, b) => a.ratio - b.ratio)[0];
  const huge = exploreHuge(Math.min(rounds, 3));
  return {
    figures: {
      "114,100 states": hundredThousand,
      "small machines, times as fast as getAdjacencyMap": Object.fromEntries(
        small.map(({ name, ratio }) => [name, ratio]),
      ),
      "2,940,400 states": huge.figures,
    },
    goals: [
      atLeast("states a second at 114,100 states, times those of getAdjacencyMap", 20, hundredThousand.ratio),
      atLeast(
        `the slowest of ${small.length} small machines (${slowest?.name}), times as fast as getAdjacencyMap`,
        1,
        slowest?.ratio ?? 0,
      ),
      ...huge.goals,
    ],
  };
}

function smallMachines(): [string, AnyStateMachine][] {
  const features = { timers: false, actors: false, finals: false, sends: false };
  const random = Array.from({ length: 40 }, (_, seed): [string, AnyStateMachine] => [
    `random ${seed}`,
    randomMachine(seed, features).machine,
  ]).filter(([, machine]) => canBeCompared(machine));
  return [
    ["plugin", pluginMachine()],
    ["regions", regionsMachine()],
    ["budget of 10,027 states", budgetMachine()],
    ["orthogonal, 3,125 states", orthogonalMachine(5)],
    ...random.slice(0, 8),
  ];
}

/** The other explorers forget the history of a state, and go on after an error: then they explore something else. */
function canBeCompared(machine: AnyStateMachine): boolean {
  if (JSON.stringify(machine.config).includes("history")) return false;
  try {
    return (
      Object.keys(getAdjacencyMap(machine, { limit: 5_000 })).length ===
      explore(machine, { maxStates: 5_000 }).graph.states
    );
  } catch {
    return false;
  }
}

/** Medians of contenders that take turns; the machine is explored once before, so that all of them are warm. */
function against(machine: AnyStateMachine, rounds: number) {
  const ours: number[] = [];
  const theirs: Record<"xstate/graph" | "@xstate/graph", number[]> = {
    "xstate/graph": [],
    "@xstate/graph": [],
  };
  let states = 0;
  for (let round = 0; round <= rounds; round++) {
    progress(`exploring ${machine.id}: round ${round} of ${rounds}`);
    const ourMs = time(() => (states = explore(machine, { maxStates: 1e6 }).graph.states));
    const builtInMs = time(() => getAdjacencyMap(machine, { limit: Infinity }));
    const packageMs = time(() => getAdjacencyMapOfPackage(machine as never, { limit: Infinity }));
    if (round === 0 && rounds > 1) continue;
    ours.push(ourMs);
    theirs["xstate/graph"].push(builtInMs);
    theirs["@xstate/graph"].push(packageMs);
  }
  const ms = median(ours);
  const best = Math.min(median(theirs["xstate/graph"]), median(theirs["@xstate/graph"]));
  return {
    states,
    statesPerSecond: Math.round((states / ms) * 1_000),
    ms: rounded(ms),
    "xstate/graph ms": rounded(median(theirs["xstate/graph"])),
    "@xstate/graph ms": rounded(median(theirs["@xstate/graph"])),
    ratio: rounded(best / ms),
  };
}

function exploreHuge(rounds: number): Part {
  const machine = budgetMachine(...large);
  const model = budgetModel(...large);
  const runs = Array.from({ length: rounds }, (_, round) => {
    progress(`2,940,400 states: round ${round + 1} of ${rounds}`);
    const startedAt = performance.now();
    const { graph } = explore(machine, { maxStates: 3e6 });
    const seconds = (performance.now() - startedAt) / 1_000;
    const spin = runSpin(model);
    return {
      states: graph.states,
      perSecond: graph.states / seconds,
      bytes: graph.bytes / graph.states,
      spin,
    };
  });
  const perSecond = median(runs.map((it) => it.perSecond));
  const bytes = Math.max(...runs.map((it) => it.bytes));
  const ofSpin = runs.flatMap(({ spin, perSecond: ours }) =>
    spin === null ? [] : [ours / (spin.states / spin.seconds)],
  );
  return {
    figures: {
      states: runs[0]?.states,
      statesPerSecond: Math.round(perSecond),
      "Spin, states a second": runs[0]?.spin
        ? Math.round(runs[0].spin.states / runs[0].spin.seconds)
        : "not measured: spin and gcc are not installed",
    },
    goals: [
      ...(ofSpin.length === 0
        ? []
        : [atLeast("states a second at 2,940,400 states, times those of Spin", 0.3, median(ofSpin))]),
      atMost("bytes a state at 2,940,400 states, edges included", 64, bytes),
    ],
  };
}

function time(work: () => unknown): number {
  const startedAt = performance.now();
  work();
  return performance.now() - startedAt;
}
