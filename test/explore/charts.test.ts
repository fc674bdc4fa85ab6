/** Our own charts: all their states under small policies, the invariants of their headers, and mutants that break them. */
import { describe, expect, it } from "vitest";
import type { AnyStateMachine } from "xstate";
import { check, type CheckOptions, type Mutant, strengthOf } from "../../src/explore/index.ts";
import * as crashBudget from "./charts/crash-budget.ts";
import * as leaseRecovery from "./charts/lease-recovery.ts";
import * as migration from "./charts/migration.ts";
import * as pluginLifecycle from "./charts/plugin-lifecycle.ts";
import * as recovery from "./charts/recovery.ts";
import * as supervisor from "./charts/supervisor.ts";

interface Case {
  readonly name: string;
  readonly machine: AnyStateMachine;
  readonly chart: { readonly explore: CheckOptions; readonly mutants: readonly Mutant[] };
  /** States and edges under the policy of the case. */
  readonly size: readonly [number, number];
}

const cases: readonly Case[] = [
  { name: "crashBudget", machine: crashBudget.crashBudgetMachine, chart: crashBudget, size: [599, 5505] },
  {
    name: "leaseRecovery",
    machine: leaseRecovery.leaseRecoveryMachine,
    chart: leaseRecovery,
    size: [29, 613],
  },
  { name: "recovery", machine: recovery.recoveryMachine, chart: recovery, size: [411, 2463] },
  { name: "migration", machine: migration.migrationMachine, chart: migration, size: [290, 1968] },
  {
    name: "pluginLifecycle",
    machine: pluginLifecycle.pluginLifecycleMachine,
    chart: pluginLifecycle,
    size: [554, 8119],
  },
  { name: "supervisor", machine: supervisor.supervisorMachine, chart: supervisor, size: [131, 1517] },
];

describe.each(cases)("$name", ({ machine, chart, size }) => {
  it("has so many states, in all of which its invariants hold", { timeout: 60_000 }, () => {
    const { verdict, states, edges, properties, findings } = check(machine, chart.explore);
    const failing = properties.filter((it) => it.verdict !== "holds");
    const wrong = findings.filter(({ severity }) => severity === "error");
    expect({ failing, wrong }).toEqual({ failing: [], wrong: [] });
    expect({ verdict, size: [states, edges] }).toEqual({ verdict: "proven", size });
  });

  it("has a mutant for each invariant that violates it", { timeout: 60_000 }, () => {
    const weak = strengthOf(chart.explore, chart.mutants).filter(({ caughtBy }) => caughtBy.length === 0);
    expect(weak).toEqual([]);
  });
});
