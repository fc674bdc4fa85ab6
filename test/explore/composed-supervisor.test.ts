/** The charts as they are put together at run time: what has to be true of all of them at once. */
import { describe, expect, it } from "vitest";
import { type AnyMachineSnapshot, type AnyStateMachine, assign } from "xstate";
import type { PluginLifecycleContext } from "../../machines/plugin-lifecycle/schemas.ts";
import { pluginLifecycleMachine } from "../../machines/plugin-lifecycle.ts";
import type { SupervisorContext } from "../../machines/supervisor.ts";
import { type ComposedProperty, exploreComposition } from "../../src/explore/index.ts";
import { mutants as budgetMutants } from "./charts/crash-budget.ts";
import { mutants as supervisorMutants, supervisorMachine } from "./charts/supervisor.ts";
import { composedSupervisor } from "./support/composed-supervisor.ts";
import { rewired } from "./support/rewired.ts";

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

const quarantine: ComposedProperty = {
  kind: "always",
  name: "S3: no server runs while its budget is in quarantine",
  about: ["plugin:p", "budget:p/s"],
  holds: (it) =>
    it["budget:p/s"]?.value !== "quarantined" ||
    contextOf<PluginLifecycleContext>(it["plugin:p"])?.servers.every(
      ({ active, standby }) => active === null && standby === null,
    ) === true,
};
const stopping: ComposedProperty = {
  kind: "leadsTo",
  name: "S5: stopping comes to an end",
  about: ["supervisor"],
  from: ({ supervisor }) => supervisor?.matches("stopping") === true,
  to: ({ supervisor }) => supervisor?.status === "done",
};

describe("the supervisor whose messages arrive before anything else happens", () => {
  const atOnce = (
    machines: Machines = {},
    options: Omit<NonNullable<Parameters<typeof composedSupervisor>[1]>, "delivery"> = {},
    stronglyFair = ["timers"],
  ) => {
    const all = [...properties, quarantine, stopping];
    const composed = composedSupervisor(machines, { properties: all, delivery: "first", ...options });
    return exploreComposition({ ...composed, stronglyFair });
  };

  it.each([
    { plugins: 1, withRecovery: false, states: 252 },
    { plugins: 1, withRecovery: true, states: 4_567 },
    { plugins: 2, withRecovery: false, states: 16_931 },
    { plugins: 2, withRecovery: true, states: 266_931 },
  ] as const)(
    "has $states states with $plugins plugins, recovery: $withRecovery, in all of which its invariants hold",
    ({ states: expected, ...options }) => {
      const { states, complete, overflows, jammed, errors, properties: results } = atOnce({}, options);
      expect({ states, complete, overflows, jammed, errors }).toEqual({
        states: expected,
        complete: true,
        overflows: 0,
        jammed: 0,
        errors: [],
      });
      expect(results.filter(({ verdict }) => verdict !== "holds")).toEqual([]);
    },
  );

  it("comes to an end only if timers that are due again and again fire: a plugin may ask for its stop for ever", () => {
    const [stop] = atOnce({}, {}, []).properties.slice(-1);
    expect(stop?.verdict).toBe("violated");
    expect(stop?.path).toHaveLength(11);
    expect(stop?.loop).toHaveLength(6);
    expect(stop?.loop?.filter((it) => it.includes("after"))).toEqual([
      expect.stringContaining("plugin:p: after"),
      expect.stringContaining("plugin:p: after"),
    ]);
  });

  it.each<[string, Machines, string]>([
    [
      "a quarantined backend is started",
      {
        supervisor: rewired(supervisorMachine, ({ states }) => {
          const on = states?.["running"]?.on ?? {};
          on["backend.quarantined"] = on["backend.steadied"];
        }),
      },
      quarantine.name,
    ],
    [
      "stopping waits for ever",
      { supervisor: named(supervisorMutants, "stopping waits for ever") },
      stopping.name,
    ],
  ])("is caught when %s", (_, machines, name) => {
    const results = atOnce(machines).properties;
    expect(results.filter(({ verdict }) => verdict === "violated").map((it) => it.name)).toEqual([name]);
  });
});

describe("the supervisor whose messages may take any time", () => {
  const results = (): ReturnType<typeof exploreComposition> =>
    exploreComposition(composedSupervisor({}, { properties: [quarantine, stopping] }));

  it("comes to an end where no mailbox is full for ever, which is no run of its own", () => {
    const { jammed, properties: found } = results();
    expect({ jammed, verdict: found[1]?.verdict }).toEqual({ jammed: 48, verdict: "holds" });
  });

  it("starts a server into quarantine when its crash overtakes the news that it was steady", () => {
    const { path, verdict } = results().properties[0] ?? {};
    expect(verdict).toBe("violated");
    expect(path?.filter((it) => it.includes("backend.steadied"))).toHaveLength(1);
  });
});
