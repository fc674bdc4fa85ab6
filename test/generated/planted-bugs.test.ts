/** Bugs made by hand, in the charts and in what runs them: the generated suites find each. */
import { describe, expect, it } from "vitest";
import type { AnyStateMachine } from "xstate";
import type { CheckOptions, Mutant } from "../../src/explore/index.ts";
import { chartSut, generateSuite, runTest, type Suite, type Sut } from "../../src/testgen/index.ts";
import * as crashBudget from "../explore/charts/crash-budget.ts";
import * as leaseRecovery from "../explore/charts/lease-recovery.ts";
import * as migration from "../explore/charts/migration.ts";
import * as pluginLifecycle from "../explore/charts/plugin-lifecycle.ts";
import * as recovery from "../explore/charts/recovery.ts";
import * as supervisor from "../explore/charts/supervisor.ts";
import { everywhere, type Fault, withActors, withTimers, withTimersArmedAgain } from "./support/faults.ts";

interface Case {
  readonly machine: AnyStateMachine;
  readonly chart: { readonly explore: CheckOptions; readonly mutants: readonly Mutant[] };
  readonly faults: readonly Fault[];
}

const cases: readonly Case[] = [
  { machine: crashBudget.crashBudgetMachine, chart: crashBudget, faults: [...everywhere, ...withTimers] },
  {
    machine: leaseRecovery.leaseRecoveryMachine,
    chart: leaseRecovery,
    faults: [...everywhere, ...withTimers, ...withActors],
  },
  {
    machine: recovery.recoveryMachine,
    chart: recovery,
    faults: [...everywhere, ...withTimers, ...withTimersArmedAgain, ...withActors],
  },
  { machine: migration.migrationMachine, chart: migration, faults: [...everywhere, ...withTimers, ...withActors] },
  { machine: pluginLifecycle.pluginLifecycleMachine, chart: pluginLifecycle, faults: everywhere },
  { machine: supervisor.supervisorMachine, chart: supervisor, faults: everywhere },
];

/** The title of the first test that `sut` fails; `null`: it passes all. */
async function foundBy({ tests }: Suite, sut: Sut): Promise<string | null> {
  for (const test of tests) {
    try {
      await runTest(test, sut);
    } catch {
      return test.title;
    }
  }
  return null;
}

describe.each(cases)("the suite of $machine.id", ({ machine, chart: { explore, mutants }, faults }) => {
  const { properties: _, accept: __, ...exploring } = explore;
  const suite = generateSuite(machine, exploring);

  it("passes on the chart itself", async () => {
    expect(await foundBy(suite, chartSut(machine))).toBeNull();
  });

  it.each(mutants)("finds $name", async ({ machine: broken }) => {
    expect(await foundBy(suite, chartSut(broken))).not.toBeNull();
  });

  it.each(faults)("finds that $name", async (fault) => {
    expect(await foundBy(suite, fault.of(machine))).not.toBeNull();
  });
});
