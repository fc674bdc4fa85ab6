/** How this chart is explored: a small policy, what may happen, what the state keeps of the context, and the invariants of its header. */
import type { AnyMachineSnapshot } from "xstate";
import type { SupervisorContext } from "../supervisor.ts";
import type { CheckOptions, StateView } from "../../src/explore/index.ts";
import { contextOf, since, timed } from "../explore/times.ts";

const known = (snapshot: AnyMachineSnapshot): SupervisorContext => contextOf(snapshot);
const of = ({ context }: StateView): SupervisorContext => context as SupervisorContext;
const now =
  (facts: object) =>
  (snapshot: AnyMachineSnapshot): object[] =>
    timed([0])(snapshot).map(({ at }) => ({ at, monotonicMs: at, ...facts }));
const server = { plugin: "p", server: "s", incarnation: 1, role: "active", pid: 1 };
const exit = { cause: "exited", code: 1, signal: null, stderrTail: "", garbageLines: 0 };
const each = (snapshot: AnyMachineSnapshot, facts: readonly object[]): object[] =>
  facts.flatMap((it) => now(it)(snapshot));
const failed = (code: string, permanent: boolean) => ({
  ...server,
  failure: { code, message: "no", permanent, exit: null },
});

const hasBudget = (snapshot: AnyMachineSnapshot): boolean => known(snapshot).budgets.includes("p/s");

export const explore: CheckOptions = {
  input: {
    plugins: [
      { name: "p", spec: {} },
      { name: "q", spec: {} },
    ],
    stopDeadlineMs: 1,
    // Recoveries, migrations and attempts have charts of their own; here none is begun.
    recipes: {},
    spawnBudget: null,
  },
  events: {
    "supervisor.start": now({}),
    "supervisor.stop": now({}),
    "supervisor.kill": now({}),
    "plugin.configure": now({ plugin: "p", spec: {} }),
    "start.request": now({ plugin: "p", server: "s" }),
    "budget.reset": now({ key: "p/s" }),
    "plugin.changed": (snapshot) =>
      ["p", "q"].flatMap((plugin) =>
        each(snapshot, [
          { plugin, from: "starting", to: "healthy", reason: null },
          { plugin, from: "healthy", to: "stopped", reason: null },
        ]),
      ),
    "server.started": now({ ...server, tools: 0, startMs: 0 }),
    "server.exited": (snapshot) =>
      each(
        snapshot,
        [true, false].map((unexpected) => ({ ...server, exit, uptimeMs: 0, unexpected })),
      ),
    "server.startFailed": (snapshot) =>
      each(snapshot, [
        failed("spawn_failed", false),
        failed("command_missing", true),
        failed("aborted", false),
      ]),
    // A budget reports only while it is there.
    "start.granted": (snapshot) => (hasBudget(snapshot) ? now({ key: "p/s", cause: "retry" })(snapshot) : []),
    "start.scheduled": (snapshot) =>
      hasBudget(snapshot) ? now({ key: "p/s", retryAfterMs: 1, attempt: 1 })(snapshot) : [],
    "start.refused": [],
    "backend.quarantined": (snapshot) =>
      hasBudget(snapshot)
        ? now({ key: "p/s", refusedWindows: 3, crashes: 6, probeAfterMs: 1, first: true })(snapshot)
        : [],
    "backend.steadied": (snapshot) =>
      hasBudget(snapshot) ? now({ key: "p/s", wasQuarantined: true })(snapshot) : [],
    "server.kill": [],
    "subject.stop": [],
    "failure.report": [],
    "escalation.act": [],
    "attempt.lease": [],
    "attempt.command": [],
    "migration.begin": [],
    "migration.command": [],
    "recovery.reported": [],
    "migration.reported": [],
    "lease.reported": [],
    "plugin.rejected": [],
    "server.starting": [],
    "server.phaseEntered": [],
    "server.promoted": [],
    "server.probeMissed": [],
    "tools.changed": [],
  },
  outcomes: { pluginLifecycle: [{ kind: "error", error: new Error("bug") }], crashBudget: [] },
  abstract: (_, snapshot) => {
    const { plugins, states, budgets, escalations, at, deadline } = known(snapshot);
    return {
      plugins: plugins.map(({ name }) => name),
      stopped: plugins.map(({ name }) => states[name]?.state === "stopped"),
      budgets,
      open: escalations.map(({ subject, cause }) => `${subject} ${cause}`).toSorted(),
      deadline: since(deadline, at),
    };
  },
  properties: [
    {
      kind: "alwaysStep",
      name: "S1: a crash of one plugin sends nothing to another",
      when: ({ action }) => action === "server.exited" || action === "server.startFailed",
      holds: ({ effects }) => effects.every((it) => it.kind !== "sent" || it.to === "budget:p/s"),
    },
    {
      kind: "alwaysStep",
      name: "S2: only an unrequested end or a failed start reaches a budget, a permanent failure never does",
      when: ({ effects }) => effects.some((it) => it.kind === "sent" && it.event.type === "backend.exited"),
      holds: ({ label: { stimulus } }) =>
        stimulus.kind === "event" &&
        (stimulus.event["unexpected"] === true || stimulus.event["failure"]?.code === "spawn_failed"),
    },
    {
      kind: "alwaysStep",
      name: "S3: a server is started when its budget grants it or an operator asks, and not else",
      when: ({ told }) => told("server.start").length > 0,
      holds: ({ action }) => ["start.granted", "start.request", "backend.steadied"].includes(action),
    },
    {
      kind: "always",
      name: "S4: an escalation of a subject and cause is open once",
      when: (it) => of(it).escalations.length > 0,
      holds: ({ context }) => {
        const open = (context as SupervisorContext).escalations.map(
          ({ subject, cause }) => `${subject} ${cause}`,
        );
        return new Set(open).size === open.length;
      },
    },
    {
      kind: "alwaysStep",
      name: "S5: nothing is started while it stops",
      when: ({ before }) => before.in("stopping"),
      holds: ({ told }) =>
        ["server.start", "plugin.start", "plugin.restart"].every((it) => told(it).length === 0),
    },
    {
      kind: "always",
      name: "S6: a child that throws does not take the supervisor along",
      holds: ({ snapshot }) => snapshot.status !== "error",
    },
    {
      kind: "leadsTo",
      name: "S5: stopping comes to an end",
      from: (it) => it.in("stopping"),
      to: (it) => it.in("stopped"),
    },
  ],
};
