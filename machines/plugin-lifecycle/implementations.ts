/** Actors, guards, actions and delays of the plugin-lifecycle chart. */
import { assign, enqueueActions, setup } from "xstate";
import { describeExit } from "../../src/core/server.ts";
import { notProvidedCallback, tell } from "../actors.ts";
import * as decide from "./decisions.ts";
import { processFacts, startProcesses } from "./effects.ts";
import {
  parseServers,
  PluginLifecycleContext,
  type PluginLifecycleEvent,
  pluginLifecycleEvents,
  PluginLifecycleInput,
  type PluginLifecycleReport,
  type ServerProcessCommand,
  type ServerProcessInput,
} from "./schemas.ts";
import { findProcess, liveProcesses, processId, succeed, withAllClosing } from "./servers.ts";

type Of<T extends PluginLifecycleEvent["type"]> = Extract<PluginLifecycleEvent, { type: T }>;
export const pluginLifecycleSetup = setup({
  types: {} as {
    input: PluginLifecycleInput;
    context: PluginLifecycleContext;
    events: PluginLifecycleEvent;
    emitted: PluginLifecycleReport;
  },
  schemas: { input: PluginLifecycleInput, context: PluginLifecycleContext, events: pluginLifecycleEvents },
  actors: {
    /** Runs one process; sends `process.*` events to the chart and takes `serverProcessCommands`. */
    serverProcess: notProvidedCallback<ServerProcessCommand, ServerProcessInput>("serverProcess"),
  },
  guards: {
    isWanted: ({ context }) => context.desired === "running",
    fits: (_, { spec }: { spec: unknown }) => parseServers(spec).problem === null,
    isOurs: ({ context }, process: { server: string; incarnation: number }) =>
      decide.isOurs(context, process),
    settledHealthy: ({ context }) =>
      decide.allSettled(context) && decide.pluginHealth(context).state === "healthy",
    settledFailed: ({ context }) =>
      decide.allSettled(context) && decide.pluginHealth(context).state === "failed",
    settledDegraded: ({ context }) =>
      decide.allSettled(context) && decide.pluginHealth(context).state === "degraded",
    isHealthy: ({ context }) => decide.pluginHealth(context).state === "healthy",
    isDegraded: ({ context }) => decide.pluginHealth(context).state === "degraded",
    isFailed: ({ context }) => decide.pluginHealth(context).state === "failed",
    hasEnded: ({ context }) => decide.allEnded(context),
    hasEndedAndIsWanted: ({ context }) => decide.allEnded(context) && context.desired === "running",
  },
  actions: {
    setTime: assign((_, { at }: { at: number }) => ({ at })),
    configure: assign((_, { spec, at }: { spec: unknown; at: number }) => {
      const { servers } = parseServers(spec);
      return { nextServers: servers, problem: null, at };
    }),
    adoptServers: assign(({ context: { servers, nextServers } }) => ({
      servers: nextServers === null ? servers : succeed(servers, nextServers),
      nextServers: null,
    })),
    want: assign((_, { at }: { at: number }) => ({ desired: "running" as const, at })),
    unwant: assign((_, { at }: { at: number }) => ({ desired: "stopped" as const, at })),
    armDeadline: assign(({ context: { at, stopDeadlineMs } }) => ({ deadline: at + stopDeadlineMs })),
    noteUnkillable: assign(({ context: { servers } }) => ({
      problem: `${liveProcesses(servers).length} processes would not end`,
    })),
    rejectConfiguration: enqueueActions(
      ({ enqueue, self, context }, { spec, at }: { spec: unknown; at: number }) => {
        const problem = parseServers(spec).problem ?? "";
        enqueue.assign({ problem, at });
        tell({ enqueue, self }, { type: "plugin.rejected", plugin: context.name, problem, monotonicMs: at });
      },
    ),
    tellChanged: enqueueActions(({ enqueue, self, context }, { to }: { to: string }) => {
      const { name: plugin, reported: from, at: monotonicMs, problem } = context;
      const reason = to === "degraded" || to === "failed" ? (problem ?? decide.healthReason(context)) : null;
      enqueue.assign({ reported: to });
      if (from !== to)
        tell({ enqueue, self }, { type: "plugin.changed", plugin, from, to, reason, monotonicMs });
    }),
    startAll: enqueueActions(({ enqueue, self, context }) => {
      const due = { ...context, servers: decide.withSparesDue(context.servers) };
      const names = due.servers.map((it) => it.name);
      const { servers, starts } = decide.orderStarts(due, names, context.at);
      enqueue.assign({ servers });
      startProcesses({ enqueue, self }, starts, context.at);
    }),
    startServer: enqueueActions(
      ({ enqueue, self, context }, { server, at, handshakeMs }: Of<"server.start">) => {
        const { servers, starts } = decide.orderStarts(context, [server], at, handshakeMs);
        const names = starts.map((it) => it.server);
        enqueue.assign({ servers: decide.withRestarts(servers, names), at });
        startProcesses({ enqueue, self }, starts, at);
      },
    ),
    notePhase: enqueueActions(({ enqueue, self, context }, event: Of<"process.phaseEntered">) => {
      const { server, incarnation, phase, at } = event;
      enqueue.assign({ at, servers: decide.changeProcess(context, server, incarnation, { phase }) });
      tell({ enqueue, self }, { type: "server.phaseEntered", ...processFacts(context, event), phase });
    }),
    noteReady: enqueueActions(({ enqueue, self, context }, event: Of<"process.ready">) => {
      const { server, incarnation, pid, tools, at } = event;
      const startMs = at - (findProcess(context.servers, server, incarnation)?.process.since ?? at);
      const { servers, starts } = decide.afterReady(context, event);
      enqueue.assign({ at, servers });
      const facts = { ...processFacts(context, event), pid, tools: tools.length, startMs };
      tell({ enqueue, self }, { type: "server.started", ...facts });
      startProcesses({ enqueue, self }, starts, at);
    }),
    noteProbe: enqueueActions(({ enqueue, self, context }, event: Of<"process.probed">) => {
      const { server, incarnation, misses, at } = event;
      const limit = findProcess(context.servers, server, incarnation)?.server.spec.probe.misses ?? 0;
      enqueue.assign({ at, servers: decide.changeProcess(context, server, incarnation, { misses }) });
      const facts = { ...processFacts(context, event), misses, limit };
      if (misses > 0) tell({ enqueue, self }, { type: "server.probeMissed", ...facts });
    }),
    noteTools: enqueueActions(({ enqueue, self, context }, event: Of<"process.toolsListed">) => {
      const { server, tools, at } = event;
      enqueue.assign({ at, servers: decide.withTools(context, event) });
      const facts = { plugin: context.name, server, tools: tools.length, monotonicMs: at };
      tell({ enqueue, self }, { type: "tools.changed", ...facts });
    }),
    dropUnstarted: enqueueActions(({ enqueue, self, context }, event: Of<"process.startFailed">) => {
      const { server, incarnation, failure, at } = event;
      enqueue.stopChild(processId(server, incarnation));
      enqueue.assign({ at, servers: decide.afterStartFailure(context, event) });
      tell({ enqueue, self }, { type: "server.startFailed", ...processFacts(context, event), failure });
    }),
    dropExited: enqueueActions(({ enqueue, self, context }, event: Of<"process.exited">) => {
      const { server, incarnation, exit, at } = event;
      const { uptimeMs, unexpected } = decide.lifeOf(context, event);
      const servers = decide.dropProcess(context, server, incarnation, describeExit(exit));
      enqueue.stopChild(processId(server, incarnation));
      enqueue.assign({ at, servers });
      const facts = { ...processFacts(context, event), exit, uptimeMs, unexpected };
      tell({ enqueue, self }, { type: "server.exited", ...facts });
      const promoted = decide.promotion(context.servers, servers, server);
      if (promoted === null) return;
      const spare = { plugin: context.name, server, incarnation: promoted, monotonicMs: at };
      tell({ enqueue, self }, { type: "server.promoted", ...spare });
    }),
    closeNext: enqueueActions(({ enqueue, context }) => {
      const next = decide.nextToClose(context);
      if (next === null) return;
      const { server, incarnation } = next;
      const closing = { state: "closing", phase: "shutdown" } as const;
      enqueue.assign({ servers: decide.changeProcess(context, server, incarnation, closing) });
      enqueue.sendTo(processId(server, incarnation), { type: "process.close" });
    }),
    killServer: enqueueActions(({ enqueue, context }, { server }: { server: string }) => {
      const active = context.servers.find(({ name }) => name === server)?.active ?? null;
      if (active !== null) enqueue.sendTo(processId(server, active.incarnation), { type: "process.kill" });
    }),
    killAll: enqueueActions(({ enqueue, context }) => {
      enqueue.assign({ servers: withAllClosing(context.servers) });
      for (const { server, process } of liveProcesses(context.servers)) {
        enqueue.sendTo(processId(server.name, process.incarnation), { type: "process.kill" });
      }
    }),
  },
  delays: { untilDeadline: ({ context: { at, deadline } }) => Math.max(0, (deadline ?? at) - at) },
});
