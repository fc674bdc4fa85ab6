/** How this chart is explored: a small policy, what may happen, what the state keeps of the context, and the invariants of its header. */
import type { AnyMachineSnapshot } from "xstate";
import type { PluginLifecycleContext } from "../plugin-lifecycle.ts";
import type { CheckOptions, StateView } from "../../src/explore/index.ts";
import { contextOf, instants, timed } from "../explore/times.ts";

const spec = { servers: { s: { command: "s", standby: 1 } } };

const known = (snapshot: AnyMachineSnapshot): PluginLifecycleContext => contextOf(snapshot);
const of = ({ context }: StateView): PluginLifecycleContext => context as PluginLifecycleContext;
const processesOf = (it: StateView) =>
  of(it).servers.flatMap(({ active, standby }) => [active, standby].filter((process) => process !== null));

/** Of each process, and of one that is not there. */
function fromProcesses(facts: object) {
  return (snapshot: AnyMachineSnapshot): object[] => {
    const { servers } = known(snapshot);
    const numbers = servers.flatMap(({ active, standby, incarnations }) => [
      ...[active, standby].flatMap((it) => (it === null ? [] : [it.incarnation])),
      incarnations + 1,
    ]);
    return instants(snapshot, [0]).flatMap((at) =>
      numbers.map((incarnation) => ({ server: "s", incarnation, at, ...facts })),
    );
  };
}

export const explore: CheckOptions = {
  input: { name: "p", stopDeadlineMs: 2 },
  events: {
    "plugin.configure": (snapshot) =>
      timed([0])(snapshot).flatMap((it) => [
        { ...it, spec },
        { ...it, spec: {} },
      ]),
    "plugin.start": timed([0]),
    "plugin.stop": timed([0]),
    "plugin.kill": timed([0]),
    "plugin.restart": timed([0]),
    "server.start": (snapshot) => timed([0])(snapshot).map((it) => ({ ...it, server: "s" })),
    "process.phaseEntered": [],
    "process.toolsListed": [],
    "process.ready": fromProcesses({ pid: 1, tools: [], resources: [], partial: false }),
    "process.startFailed": fromProcesses({
      failure: { code: "spawn_failed", message: "no", permanent: false, exit: null },
    }),
    "process.exited": fromProcesses({
      exit: { cause: "exited", code: 1, signal: null, stderrTail: "", garbageLines: 0 },
    }),
    "process.probed": (snapshot) => [0, 1].flatMap((misses) => fromProcesses({ misses })(snapshot)),
  },
  ignoreChildren: true,
  // Numbers of processes grow for ever; only which is the younger one matters.
  abstract: (_, snapshot) => {
    const { desired, servers, nextServers, deadline, at } = known(snapshot);
    return {
      desired,
      armed: deadline === null ? null : deadline - at,
      next: nextServers?.length ?? null,
      servers: servers.map(({ active, standby, spareDue, incarnations }) => ({
        processes: [active, standby].map((it) => it && [it.state, it.misses > 0]),
        activeIsYounger: (active?.incarnation ?? 0) > (standby?.incarnation ?? 0),
        spareDue,
        wasStarted: incarnations > 0,
      })),
    };
  },
  properties: [
    {
      kind: "always",
      name: "L1: healthy means that the active process is ready and misses no probe",
      when: (it) => it.in("healthy"),
      holds: (it) => of(it).servers.every(({ active }) => active?.state === "ready" && active.misses === 0),
    },
    {
      kind: "always",
      name: "L3: the processes of a server have numbers of their own",
      when: (it) => processesOf(it).length > 1,
      holds: (it) =>
        new Set(processesOf(it).map(({ incarnation }) => incarnation)).size === processesOf(it).length,
    },
    {
      kind: "alwaysStep",
      name: "L4: an exit starts nothing by itself",
      when: ({ action, before }) => action === "process.exited" && !before.in("shuttingDown"),
      holds: ({ told }) => told("server.starting").length === 0,
    },
    {
      kind: "alwaysStep",
      name: "L5: nothing is started while the plugin is not wanted",
      when: ({ after }) => of(after).desired === "stopped",
      holds: ({ told }) => told("server.starting").length === 0,
    },
    {
      kind: "alwaysStep",
      name: "L6: a process is asked to end when none is on its way out, and none with it",
      when: ({ told }) => told("process.close").length > 0,
      holds: ({ told, before, action }) =>
        told("process.close").length === 1 &&
        (action === "process.exited" ||
          action === "process.startFailed" ||
          processesOf(before).every(({ state }) => state !== "closing")),
    },
    {
      kind: "alwaysStep",
      name: "L7: a configuration that does not fit changes no server and no state",
      when: ({ told }) => told("plugin.rejected").length > 0,
      holds: ({ before, after }) =>
        JSON.stringify([before.snapshot.value, of(before).servers]) ===
        JSON.stringify([after.snapshot.value, of(after).servers]),
    },
    {
      kind: "leadsTo",
      name: "L6: a shutdown comes to an end",
      from: (it) => it.in("shuttingDown"),
      to: (it) => !it.in("shuttingDown"),
    },
    { kind: "sometimes", name: "L1: a plugin gets healthy", holds: (it) => it.in("healthy") },
  ],
};
