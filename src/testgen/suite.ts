/**
 * A suite for a machine: every goal covered by as few tests and steps as can be had, each test with its reasons.
 *
 * @module
 */
import type { AnyStateMachine } from "xstate";
import { HomeostatError } from "../core/errors.ts";
import { type Explored, exploring, type ExploringOptions } from "./exploring.ts";
import { killSurvivors } from "./mutation/top-up.ts";
import { planItems, type PlanOptions } from "./planner.ts";
import { varied } from "./planner/variety.ts";
import { SuiteBuilder } from "./suite/builder.ts";
import type { Suite } from "./suite/types.ts";

export type { CriterionCoverage, Suite } from "./suite/types.ts";

export interface SuiteOptions extends ExploringOptions, PlanOptions {
  /** Add tests until every mutant is killed that differs from the machine at all; `false` by default. */
  readonly killMutants?: boolean;
}

/** Steps that are spent on reaching states in other ways. */
const varietyShare = 0.15;

const inTheWay = new Set(["impure", "mutated", "cyclic", "abstractionInexact"]);

/** Throws a {@link HomeostatError} `machine_unexplorable` that says what is in the way. */
export function generateSuite(machine: AnyStateMachine, options: SuiteOptions = {}): Suite {
  const { killMutants = false, reset, maxSteps, ...how } = options;
  const explored = exploring(machine, how);
  const suite = suiteOf(explored, { reset, maxSteps });
  return killMutants ? killSurvivors(explored, suite, { maxSteps }) : suite;
}

/** The same, of a machine that was explored before. */
export function suiteOf(explored: Explored, options: PlanOptions = {}): Suite {
  const { machine, exploration, items, plan } = explored;
  const { findings } = exploration;
  const obstacle = findings.find(({ kind }) => inTheWay.has(kind));
  if (obstacle !== undefined || plan.states === 0) {
    const why = obstacle ?? findings[0];
    const message = `${machine.id} cannot be explored: ${why?.message ?? "it has no initial state"}`;
    throw new HomeostatError("machine_unexplorable", message, { machine: machine.id, finding: why ?? null });
  }
  const wanted = plannedItems(explored);
  const builder = new SuiteBuilder(explored);
  const { paths } = planItems(plan, wanted, options);
  const { maxSteps = 50 } = options;
  for (const path of varied(plan, paths, { share: varietyShare, maxSteps })) builder.add(path);
  // What a walk through many states missed is reached from the beginning, where each step is what the graph has.
  for (const item of wanted) if (!builder.covered.has(item)) builder.addFor(item);
  return {
    machine: machine.id,
    tests: builder.tests(),
    coverage: [...Map.groupBy(wanted, (item) => items.all[item]?.criterion ?? "states")].map(
      ([criterion, all]) => {
        const missing = all.filter((item) => !builder.covered.has(item));
        const texts = missing.map((item) => items.all[item]?.text ?? "");
        return { criterion, covered: all.length - missing.length, of: all.length, missing: texts };
      },
    ),
    warnings: findings.map(({ message }) => message),
  };
}

/** Items that some step of the graph has: those of the initial state need none. */
function plannedItems({ plan }: Explored): number[] {
  const found = new Set<number>();
  const add = (list: number): void => {
    for (const item of plan.lists[list] ?? []) found.add(item);
  };
  for (const list of new Set(plan.listOf)) add(list);
  for (const { list } of plan.probes) add(list);
  return [...found].toSorted((a, b) => a - b);
}
