/** The charts as they are put together at run time: what has to be true of all of them at once. */
import { describe, expect, it } from "vitest";
import { type AnyMachineSnapshot, type AnyStateMachine, assign } from "xstate";
import { pluginLifecycleMachine } from "../../machines/plugin-lifecycle.ts";
import type { SupervisorContext } from "../../machines/supervisor.ts";
import { type ComposedProperty, exploreComposition } from "../../src/explore/index.ts";
import { mutants as budgetMutants } from "./charts/crash-budget.ts";
import { mutants as supervisorMutants, supervisorMachine } from "./charts/supervisor.ts";
import { composedSupervisor } from "./support/composed-supervisor.ts";

type Machines = NonNullable<Parameters<typeof composedSupervisor>[0]>;

const contextOf = <C>(snapshot: AnyMachineSnapshot | null | undefined): C | null =>
  snapshot == null ? null : (snapshot.context as C);
const properties: readonly ComposedProperty[] = [
  {
    kind: "always",
    name: "S5: no budget that could grant a start is left once it stops",
    about: ["supervisor", "budget:p/s"],
    holds: (it) => it["budget:p/s"] === null || it["supervisor"]?.value === "running",
  },
  {
    kind: "always",
    name: "S2: there is a budget exactly for what the supervisor counts crashes of",
    about: ["supervisor", "budget:p/s"],
    holds: (it) => {
      const counted = contextOf<SupervisorContext>(it["supervisor"])?.budgets.includes("p/s") === true;
      return counted === (it["budget:p/s"] !== null);
    },
  },
  {
    kind: "always",
    name: "S4: an escalation of a subject and cause is open once",
    about: ["supervisor"],
    holds: ({ supervisor }) => {
      const open = contextOf<SupervisorContext>(supervisor)?.escalations ?? [];
      return new Set(open.map(({ subject, cause }) => `${subject} ${cause}`)).size === open.length;
    },
  },
  {
    kind: "always",
    name: "S6: a chart that throws does not take the supervisor along",
    about: ["supervisor"],
    holds: ({ supervisor }) => supervisor?.status !== "error",
  },
  {
    kind: "sometimes",
    name: "B4: crashes in a row lead into quarantine",
    about: ["budget:p/s"],
    holds: (it) => it["budget:p/s"]?.value === "quarantined",
  },
];

const violated = (machines: Machines): string[] =>
  exploreComposition(composedSupervisor(machines, { properties })).properties.flatMap(({ name, verdict }) =>
    verdict === "violated" ? [name] : [],
  );
const forgetful = assign({ budgets: [] }) as never;
const named = (mutants: typeof supervisorMutants, name: string): AnyStateMachine =>
  mutants.find((it) => it.name === name)?.machine ?? supervisorMachine;

describe("the supervisor with a plugin and its crash budget", () => {
  it("has 47,636 states together, in all of which its invariants hold", () => {
    const {
      states,
      complete,
      tooSmall,
      errors,
      properties: results,
    } = exploreComposition(composedSupervisor({}, { properties }));
    expect({ states, complete, tooSmall, errors }).toEqual({
      states: 47_636,
      complete: true,
      tooSmall: [],
      errors: [],
    });
    expect(results.map(({ name, verdict }) => ({ name, verdict }))).toEqual(
      properties.map(({ name }) => ({ name, verdict: "holds" })),
    );
  });

  it.each<[string, Machines, string]>([
    [
      "budgets survive the stop",
      { supervisor: supervisorMachine.provide({ actions: { stopBudgets: () => {} } }) as AnyStateMachine },
      "S5: no budget",
    ],
    [
      "budgets are forgotten and live on",
      { supervisor: supervisorMachine.provide({ actions: { stopBudgets: forgetful } }) as AnyStateMachine },
      "S2",
    ],
    ["escalations pile up", { supervisor: named(supervisorMutants, "escalations pile up") }, "S4"],
    [
      "a child that throws is nobody's business",
      {
        supervisor: named(supervisorMutants, "a child that throws is nobody's business"),
        plugin: pluginLifecycleMachine.provide({
          guards: {
            settledHealthy: () => {
              throw new Error("a bug");
            },
          },
        }) as AnyStateMachine,
      },
      "S6",
    ],
    ["no quarantine", { budget: named(budgetMutants, "no quarantine") }, "B4"],
  ])("is caught when %s", (_, machines, property) => {
    expect(violated(machines).filter((name) => name.startsWith(property))).not.toEqual([]);
  });

  it("shows no violation in the first 100,000 states with a recovery too, which are not all", () => {
    const options = composedSupervisor({}, { properties, withRecovery: true });
    const { complete, errors, properties: results } = exploreComposition({ ...options, maxStates: 100_000 });
    expect({ complete, errors }).toEqual({ complete: false, errors: [] });
    expect(results.filter(({ verdict }) => verdict === "violated")).toEqual([]);
  });
});
