/**
 * Supervisor: starts the plugins, decides what a crash means, and is the one place where escalations meet.
 *
 * ```text
 *   idle ── supervisor.start ──▶ running ── supervisor.stop ──▶ stopping.ordered ── all stopped ──▶ stopped (final)
 *                                                               └─ at deadline, supervisor.kill ─▶ stopping.killing
 *   running:  server.exited, server.startFailed ──▶ the crash budget of that backend
 *             start.granted ──▶ the plugin starts that server        backend.quarantined ──▶ one escalation
 *             a permanent start failure ──▶ one escalation, no budget, no retry
 *             start.scheduled, start.refused after a failed start ──▶ its recovery, held while refused
 *             a plugin that came up in part ──▶ its recovery         failure.report ──▶ the recovery of that scenario
 *             attempt.lease ──▶ its lease-recovery                   migration.begin ──▶ its migration
 *             escalation.act ──▶ the chart that asked
 * ```
 *
 * - S1. oneForOne: a crash of one server starts, stops and counts nothing of another.
 * - S2. Only an unrequested end, or a failed start, reaches a budget; a permanent failure never does.
 * - S3. A server is started again only when its budget grants it, or an operator asks for it.
 * - S4. Nobody has more than one escalation of a subject and cause open; it closes when its reason is gone.
 * - S5. From `supervisor.stop` on nothing is started; plugins stop in reverse order, each after the one before it.
 * - S6. A child chart that throws is buried and escalated; its siblings never notice.
 * - S7. Every decision is reported once, in order.
 * - S8. A failed start raises its scenario once its budget has answered; what the recipe starts is what the budget grants.
 * - S9. While a budget refuses a backend, no recovery that needs it begins an attempt.
 * - S10. An agent on the move is not dispatched: a claim of its attempts is refused, and says so.
 * - S11. What a recovery, a migration or a lost attempt asks of people is an escalation here, and their word goes back.
 * - S12. A start that its crash budget grants is deferred while the spawn budget of that server is spent; one alarm a window.
 *
 * @module
 */
import { supervisorSetup } from "./supervisor/composition.ts";
import { escalateBug } from "./supervisor/escalations.ts";
import { event, onTime, record } from "./supervisor/params.ts";
import { whileRunning } from "./supervisor/running.ts";
import { SupervisorInput } from "./supervisor/schemas.ts";

export { explain } from "./supervisor/explaining.ts";
export * from "./supervisor/schemas.ts";

export const supervisorMachine = supervisorSetup.createMachine({
  id: "supervisor",
  version: "1",
  context: ({ input }) => ({
    ...SupervisorInput.parse(input),
    states: {},
    spawns: {},
    startFailures: {},
    down: [],
    refused: [],
    recoveries: [],
    handshakeMs: {},
    attempts: [],
    migrations: [],
    budgets: [],
    escalations: [],
    escalated: 0,
    at: 0,
    deadline: null,
  }),
  initial: "idle",
  on: {
    "plugin.rejected": { actions: record },
    "server.phaseEntered": { actions: record },
    "server.promoted": { actions: record },
    "server.probeMissed": { actions: record },
    "tools.changed": { actions: record },
  },
  states: {
    idle: {
      on: { "supervisor.start": { target: "running", actions: { type: "startPlugins", params: event } } },
    },
    running: {
      on: whileRunning,
    },
    stopping: {
      entry: [
        { type: "tellLifecycle", params: { type: "supervisor.stopping" } },
        "stopBudgets",
        "stopComposed",
        "stopLast",
      ],
      initial: "ordered",
      on: {
        "plugin.changed": { actions: [record, { type: "noteState", params: event }, "stopLast"] },
        "server.started": { actions: record },
        "server.exited": { actions: record },
        "server.startFailed": { actions: record },
        "xstate.error.actor.*": {
          actions: [escalateBug, { type: "buryChild", params: event }, "stopLast"],
        },
        "supervisor.kill": { target: ".killing", actions: { type: "setTime", params: event } },
      },
      always: { guard: "allStopped", target: "stopped" },
      states: {
        ordered: { entry: "armDeadline", after: { untilDeadline: { target: "killing", actions: onTime } } },
        killing: {
          entry: ["killAll", "armDeadline"],
          // What cannot even be killed is named by its plugin's state; waiting longer helps nobody.
          after: { untilDeadline: { target: "#supervisor.stopped", actions: onTime } },
        },
      },
    },
    stopped: { entry: { type: "tellLifecycle", params: { type: "supervisor.stopped" } }, type: "final" },
  },
});
