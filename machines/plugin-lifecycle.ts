/**
 * Life of one plugin: its servers are started, watched, replaced and stopped.
 *
 * ```text
 *   unconfigured ── plugin.configure [fits] ──▶ validated ── plugin.start ──▶ starting ── all settled ──▶ healthy
 *                                                                                                     ├▶ degraded
 *   healthy ⇄ degraded ⇄ failed   as processes exit, get ready, miss and answer probes                └▶ failed
 *   starting, healthy, degraded, failed ── plugin.stop | plugin.restart | plugin.configure [fits] ──▶ shuttingDown
 *   shuttingDown.closing ── at deadline ──▶ shuttingDown.killing ── at deadline ──▶ failed (some would not die)
 *   shuttingDown ── all ended ──▶ stopped, or starting when it is wanted again
 *   stopped ── plugin.start ──▶ starting      unconfigured, validated ── plugin.stop ──▶ stopped
 * ```
 *
 * - L1. Healthy: every server's active process passed a verified round trip and misses no probe.
 * - L2. An event of a process that has ended, or of an older incarnation, changes nothing.
 * - L3. A server has at most one active process and at most `standby` spares, each with a number of its own.
 * - L4. An exit starts nothing by itself: a start is ordered by `plugin.start` or by `server.start`. A ready spare takes
 *   the place of the active process at once.
 * - L5. Once `plugin.stop` is taken, no process is started until `plugin.start`.
 * - L6. In a shutdown processes are ended in reverse order, each after the one before it has ended.
 * - L7. A configuration that does not fit is rejected with its problem and changes nothing.
 * - L8. A plugin without servers fails; optional servers alone never make it fail.
 * - L9. A degraded plugin names every tool that it misses, and none that a server of it serves.
 *
 * @module
 */
import { pluginLifecycleSetup } from "./plugin-lifecycle/implementations.ts";
import {
  type PluginLifecycleContext,
  type PluginLifecycleEvent,
  PluginLifecycleInput,
} from "./plugin-lifecycle/schemas.ts";

export { discovery, servedTools } from "./plugin-lifecycle/decisions.ts";
export * from "./plugin-lifecycle/schemas.ts";
export { serverPhase } from "./plugin-lifecycle/servers.ts";

const event = <E extends PluginLifecycleEvent>({ event }: { event: E }): E => event;
const onTime = {
  type: "setTime",
  params: ({ context: { at, deadline } }: { context: PluginLifecycleContext }) => ({ at: deadline ?? at }),
} as const;
const changed = <S extends string>(to: S) => ({ type: "tellChanged", params: { to } }) as const;
const ours = <A extends string>(action: A) =>
  ({ guard: { type: "isOurs", params: event }, actions: { type: action, params: event } }) as const;
/** What the four running states have in common. */
const whileRunning = {
  "server.start": { guard: "isWanted", actions: { type: "startServer", params: event } },
  "server.kill": { actions: { type: "killServer", params: event } },
  "process.phaseEntered": ours("notePhase"),
  "process.ready": ours("noteReady"),
  "process.probed": ours("noteProbe"),
  "process.toolsListed": ours("noteTools"),
  "process.startFailed": ours("dropUnstarted"),
  "process.exited": ours("dropExited"),
  "plugin.stop": { target: "shuttingDown", actions: { type: "unwant", params: event } },
  "plugin.kill": {
    target: "#pluginLifecycle.shuttingDown.killing",
    actions: { type: "unwant", params: event },
  },
  "plugin.restart": { target: "shuttingDown", actions: { type: "want", params: event } },
  "plugin.configure": {
    guard: { type: "fits", params: event },
    target: "shuttingDown",
    actions: { type: "configure", params: event },
  },
} as const;

export const pluginLifecycleMachine = pluginLifecycleSetup.createMachine({
  id: "pluginLifecycle",
  version: "1",
  context: ({ input }) => ({
    ...PluginLifecycleInput.parse(input),
    desired: "stopped",
    servers: [],
    nextServers: null,
    reported: "unconfigured",
    problem: null,
    at: 0,
    deadline: null,
  }),
  initial: "unconfigured",
  on: {
    "plugin.configure": { actions: { type: "rejectConfiguration", params: event } },
  },
  states: {
    unconfigured: {
      entry: changed("unconfigured"),
      on: {
        "plugin.configure": {
          guard: { type: "fits", params: event },
          target: "validated",
          actions: [{ type: "configure", params: event }, "adoptServers"],
        },
        "plugin.stop": { target: "stopped", actions: { type: "unwant", params: event } },
        "plugin.kill": { target: "stopped", actions: { type: "unwant", params: event } },
      },
    },
    validated: {
      entry: changed("validated"),
      on: {
        "plugin.configure": {
          guard: { type: "fits", params: event },
          actions: [{ type: "configure", params: event }, "adoptServers"],
        },
        "plugin.start": { target: "starting", actions: { type: "want", params: event } },
        "plugin.stop": { target: "stopped", actions: { type: "unwant", params: event } },
        "plugin.kill": { target: "stopped", actions: { type: "unwant", params: event } },
      },
    },
    starting: {
      entry: [changed("starting"), "startAll"],
      on: whileRunning,
      always: [
        { guard: "settledHealthy", target: "healthy" },
        { guard: "settledFailed", target: "failed" },
        { guard: "settledDegraded", target: "degraded" },
      ],
    },
    healthy: {
      entry: changed("healthy"),
      on: whileRunning,
      always: [
        { guard: "isFailed", target: "failed" },
        { guard: "isDegraded", target: "degraded" },
      ],
    },
    degraded: {
      entry: changed("degraded"),
      on: whileRunning,
      always: [
        { guard: "isHealthy", target: "healthy" },
        { guard: "isFailed", target: "failed" },
      ],
    },
    failed: {
      entry: changed("failed"),
      on: whileRunning,
      always: [
        { guard: "isHealthy", target: "healthy" },
        { guard: "isDegraded", target: "degraded" },
      ],
    },
    shuttingDown: {
      entry: [changed("shuttingDown"), "closeNext"],
      initial: "closing",
      on: {
        "process.exited": {
          guard: { type: "isOurs", params: event },
          actions: [{ type: "dropExited", params: event }, "closeNext"],
        },
        "process.startFailed": {
          guard: { type: "isOurs", params: event },
          actions: [{ type: "dropUnstarted", params: event }, "closeNext"],
        },
        "plugin.start": { actions: { type: "want", params: event } },
        "plugin.kill": { target: ".killing", actions: { type: "unwant", params: event } },
        "plugin.stop": { actions: { type: "unwant", params: event } },
        "plugin.configure": {
          guard: { type: "fits", params: event },
          actions: { type: "configure", params: event },
        },
      },
      always: [
        { guard: "hasEndedAndIsWanted", target: "starting", actions: "adoptServers" },
        { guard: "hasEnded", target: "stopped", actions: "adoptServers" },
      ],
      states: {
        closing: { entry: "armDeadline", after: { untilDeadline: { target: "killing", actions: onTime } } },
        killing: {
          entry: ["killAll", "armDeadline"],
          after: {
            untilDeadline: { target: "#pluginLifecycle.failed", actions: [onTime, "noteUnkillable"] },
          },
        },
      },
    },
    stopped: {
      entry: changed("stopped"),
      on: {
        "plugin.configure": {
          guard: { type: "fits", params: event },
          actions: [{ type: "configure", params: event }, "adoptServers"],
        },
        "plugin.start": { target: "starting", actions: { type: "want", params: event } },
      },
    },
  },
});
