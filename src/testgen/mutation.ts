/**
 * How good a suite is: which faults of the machine it finds, operator by operator, and for each that it misses the test
 * that would find it.
 *
 * @module
 */
import type { AnyStateMachine } from "xstate";
import { type Explored, exploring, type ExploringOptions } from "./exploring.ts";
import { distinguish, type Start } from "./mutation/distinguish.ts";
import { killedBy, oracleOf } from "./mutation/kill.ts";
import { type ModelMutant, mutantsOf, type Operator, operators } from "./mutation/operators.ts";
import { testOf } from "./suite/builder.ts";
import { record } from "./suite/record.ts";
import type { SuiteTest } from "./suite/script.ts";
import type { Walk } from "./suite/walk.ts";

export interface MutationReport {
  /** Killed of those that differ from the machine, 0 to 1; 1 when none does. */
  readonly score: number;
  readonly killed: number;
  /** No order of events shows a difference, within what was explored. */
  readonly equivalent: number;
  /** Built, and neither of those. */
  readonly survivors: readonly Survivor[];
  readonly byOperator: Readonly<Record<Operator, { readonly killed: number; readonly of: number }>>;
}

export interface Survivor {
  readonly operator: Operator;
  readonly mutant: string;
  /** A shortest test that kills it; `null`: none was found within the budget. */
  readonly killedBy: SuiteTest | null;
}

export interface MutationOptions {
  readonly mutants?: readonly ModelMutant[];
  /** Pairs of states that are searched for a difference; 20,000 by default. */
  readonly maxPairs?: number;
}

/** Measures `tests`, wherever they came from; `options`: as the machine is explored. */
export function mutationScore(
  machine: AnyStateMachine,
  tests: readonly SuiteTest[],
  { mutants, maxPairs, ...options }: ExploringOptions & MutationOptions = {},
): MutationReport {
  return scoreOf(exploring(machine, options), tests, { mutants, maxPairs });
}

export function scoreOf(
  explored: Explored,
  tests: readonly SuiteTest[],
  { mutants = allMutants(explored), maxPairs = 20_000 }: MutationOptions = {},
): MutationReport {
  const oracles = tests.map(oracleOf);
  const counts = new Map<Operator, { killed: number; of: number }>();
  const survivors: Survivor[] = [];
  let killed = 0;
  let equivalent = 0;
  for (const mutant of mutants) {
    const machine = built(mutant);
    if (machine === null) continue;
    const { operator, name } = mutant;
    const count = counts.get(operator) ?? { killed: 0, of: 0 };
    counts.set(operator, count);
    if (killedBy(machine, oracles) !== -1) {
      killed++;
      count.killed++;
    } else {
      const search = killerOf(explored, machine, [fromTheStart(explored)], maxPairs);
      if (search === "equivalent") {
        equivalent++;
        continue;
      }
      const killer =
        search === "unknown" ? null : testOf(explored, search.walk, [`kills ${operator}: ${name}`]);
      survivors.push({ operator, mutant: name, killedBy: killer });
    }
    count.of++;
  }
  const total = killed + survivors.length;
  const byOperator = Object.fromEntries(
    operators.map((it) => [it, counts.get(it) ?? { killed: 0, of: 0 }]),
  ) as MutationReport["byOperator"];
  return { score: total === 0 ? 1 : killed / total, killed, equivalent, survivors, byOperator };
}

export function allMutants({ machine, exploration, eventTypes }: Explored): ModelMutant[] {
  const { stepper, coverage } = exploration;
  return mutantsOf(machine, eventTypes, ({ path, kind, key }, index) => {
    const found = stepper.table.all.find(({ source, descriptor, position }) => {
      const wanted = {
        on: key,
        after: `xstate.after.${key}.${source.id}`,
        always: "",
        onDone: null,
        invoke: null,
      };
      return position === index && descriptor === wanted[kind] && source.path.join() === path.join();
    });
    if (found === undefined) return true;
    const { wasTrue, wasFalse } = coverage.guardAnswers(found);
    return coverage.isTaken(found) || wasTrue || wasFalse;
  });
}

/** `null`: the change makes no machine. */
export function built(mutant: ModelMutant): AnyStateMachine | null {
  try {
    return mutant.build();
  } catch {
    return null;
  }
}

export function fromTheStart({ exploration }: Explored): Start {
  return { walk: { stimuli: [], worlds: [exploration.graph.world(0)] } };
}

/** A walk on from one of `starts` that a clock can show, and on which `mutant` is told apart. */
export function killerOf(
  explored: Explored,
  mutant: AnyStateMachine,
  starts: readonly Start[],
  maxPairs: number,
  maxSteps = Number.MAX_SAFE_INTEGER,
): { readonly walk: Walk; readonly start: number } | "equivalent" | "unknown" {
  const accepts = (walk: Walk): boolean => {
    const recorded = record(explored, walk, () => false);
    if (recorded === null) return false;
    const test = { title: "", why: [], input: explored.input, ...recorded };
    return killedBy(mutant, [oracleOf(test)]) !== -1;
  };
  const difference = distinguish(explored, mutant, starts, { maxPairs, maxSteps, accepts });
  if (difference.kind === "found") return difference;
  return difference.kind === "none" ? "equivalent" : "unknown";
}
