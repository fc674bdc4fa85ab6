/**
 * Supervisor: starts the plugins, decides what a crash means, and is the one place where escalations meet.
 *
 * ```text
 *   idle ── supervisor.start ──▶ running ── supervisor.stop ──▶ stopping.ordered ── all stopped ──▶ stopped (final)
 *                                                               └─ at deadline, supervisor.kill ─▶ stopping.killing
 *   running:  server.exited, server.startFailed ──▶ the crash budget of that backend
 *             start.granted ──▶ the plugin starts that server        backend.quarantined ──▶ one escalation
 *             a permanent start failure ──▶ one escalation, no budget, no retry
 * ```
 *
 * - S1. oneForOne: a crash of one server starts, stops and counts nothing of another.
 * - S2. Only an unrequested end, or a failed start, reaches a budget; a permanent failure never does.
 * - S3. A server is started again only when its budget grants it, or an operator asks for it.
 * - S4. At most one escalation of a subject and cause is open; it closes when its reason is gone.
 * - S5. From `supervisor.stop` on nothing is started; plugins stop in reverse order, each after the one before it.
 * - S6. A child chart that throws is buried and escalated; its siblings never notice.
 * - S7. Every decision is reported once, in order.
 *
 * @module
 */
import {
  escalateBug,
  escalatePermanent,
  escalateQuarantine,
  reconfigured,
  recovered,
  reset,
  steadied,
} from "./supervisor/escalations.ts";
import { supervisorSetup } from "./supervisor/implementations.ts";
import {
  keyOf,
  type SupervisorContext,
  type SupervisorEvent,
  SupervisorInput,
} from "./supervisor/schemas.ts";

export * from "./supervisor/schemas.ts";

type Of<T extends SupervisorEvent["type"]> = Extract<SupervisorEvent, { type: T }>;
const event = <E extends SupervisorEvent>({ event }: { event: E }): E => event;
/** The backend that a plugin's report speaks of. */
const backend = ({
  event: { plugin, server, monotonicMs: at },
}: {
  event: Of<"server.exited" | "server.startFailed" | "server.started">;
}) => ({ key: keyOf({ plugin, server }), at });
const onTime = {
  type: "setTime",
  params: ({ context: { at, deadline } }: { context: SupervisorContext }) => ({ at: deadline ?? at }),
} as const;
const record = { type: "record", params: event } as const;
const recordBudget = { type: "recordBudget", params: event } as const;

export const supervisorMachine = supervisorSetup.createMachine({
  id: "supervisor",
  context: ({ input }) => ({
    ...SupervisorInput.parse(input),
    states: {},
    budgets: [],
    escalations: [],
    escalated: 0,
    at: 0,
    deadline: null,
  }),
  initial: "idle",
  on: {
    "plugin.rejected": { actions: record },
    "server.starting": { actions: record },
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
      on: {
        "plugin.changed": { actions: [record, { type: "noteState", params: event }] },
        "server.started": [
          {
            guard: { type: "hasBudget", params: backend },
            actions: [record, { type: "countStart", params: backend }, recovered],
          },
          { actions: [record, recovered] },
        ],
        "server.exited": [
          {
            guard: { type: "isUnexpected", params: event },
            actions: [record, { type: "countCrash", params: backend }],
          },
          {
            guard: { type: "hasBudget", params: backend },
            actions: [record, { type: "countStop", params: backend }],
          },
          { actions: record },
        ],
        "server.startFailed": [
          { guard: { type: "isAborted", params: event }, actions: record },
          { guard: { type: "isPermanent", params: event }, actions: [record, escalatePermanent] },
          { actions: [record, { type: "countCrash", params: backend }] },
        ],
        "start.scheduled": { actions: recordBudget },
        "start.refused": { actions: recordBudget },
        "start.granted": { actions: [recordBudget, { type: "startServer", params: event }] },
        "backend.quarantined": { actions: [recordBudget, escalateQuarantine] },
        // A steady backend gets its spare back, if it has one to get.
        "backend.steadied": { actions: [recordBudget, { type: "startServer", params: event }, steadied] },
        "budget.reset": {
          guard: { type: "hasBudget", params: event },
          actions: [{ type: "resetBudget", params: event }, reset],
        },
        "start.request": {
          guard: { type: "hasPlugin", params: event },
          actions: { type: "startOnRequest", params: event },
        },
        "plugin.configure": {
          guard: { type: "hasPlugin", params: event },
          actions: [
            { type: "configurePlugin", params: event },
            { type: "forgetBudgets", params: event },
            reconfigured,
          ],
        },
        "xstate.error.actor.*": { actions: [escalateBug, { type: "buryChild", params: event }] },
        "supervisor.stop": { target: "stopping", actions: { type: "setTime", params: event } },
        "supervisor.kill": { target: "stopping.killing", actions: { type: "setTime", params: event } },
      },
    },
    stopping: {
      entry: [{ type: "tellLifecycle", params: { type: "supervisor.stopping" } }, "stopBudgets", "stopLast"],
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
