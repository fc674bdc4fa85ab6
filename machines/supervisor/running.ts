/** What a supervisor at work does about each event. */
import {
  escalateBug,
  escalateComposed,
  escalatePermanent,
  escalateQuarantine,
  reconfigured,
  recovered,
  reset,
  settleComposed,
  steadied,
} from "./escalations.ts";
import { event, record } from "./params.ts";
import { keyOf, type SupervisorEvent } from "./schemas.ts";

type Of<T extends SupervisorEvent["type"]> = Extract<SupervisorEvent, { type: T }>;
/** The backend that a plugin's report speaks of. */
const backend = ({
  event: { plugin, server, monotonicMs: at },
}: {
  event: Of<"server.exited" | "server.startFailed" | "server.started" | "server.starting">;
}) => ({ key: keyOf({ plugin, server }), at });
const message = ({ event: { failure, ...it } }: { event: Of<"server.startFailed"> }) => ({
  ...backend({ event: { failure, ...it } }),
  message: failure.message,
});
const raiseStart = <H extends boolean>(held: H) =>
  ({
    type: "raiseStartFailure",
    params: ({ event: { key, at } }: { event: { key: string; at: number } }) => ({ key, at, held }),
  }) as const;
const endSpawn = <O extends "success" | "failed">(outcome: O) =>
  ({
    type: "endSpawn",
    params: (args: { event: Of<"server.started" | "server.startFailed"> }) => ({ ...backend(args), outcome }),
  }) as const;
const spawned = endSpawn("success");
const notSpawned = endSpawn("failed");
const healthy = {
  type: "verifyHealth",
  params: (args: { event: Of<"server.started"> }) => ({ subject: backend(args).key, at: backend(args).at }),
} as const;
const pluginHealthy = {
  type: "verifyHealth",
  params: ({ event: { plugin, monotonicMs: at } }: { event: Of<"plugin.changed"> }) => ({
    subject: plugin,
    at,
  }),
} as const;
const refuse = <M extends string>(message: M) =>
  ({
    type: "refuseCommand",
    params: ({ event: { type: command, at } }: { event: SupervisorEvent & { at: number } }) => ({
      command,
      message,
      at,
    }),
  }) as const;
const composed = {
  actions: [{ type: "recordReport", params: event }, escalateComposed, settleComposed],
} as const;
const recordBudget = { type: "recordBudget", params: event } as const;

export const whileRunning = {
  "plugin.changed": [
    {
      guard: { type: "isHealthyAgain", params: event },
      actions: [record, { type: "noteState", params: event }, pluginHealthy],
    },
    {
      actions: [record, { type: "noteState", params: event }, { type: "raiseStartup", params: event }],
    },
  ],
  "server.started": [
    {
      guard: { type: "hasBudget", params: backend },
      actions: [
        record,
        { type: "noteUp", params: backend },
        spawned,
        { type: "countStart", params: backend },
        recovered,
        healthy,
      ],
    },
    { actions: [record, { type: "noteUp", params: backend }, spawned, recovered, healthy] },
  ],
  "server.exited": [
    {
      guard: { type: "isUnexpected", params: event },
      actions: [record, { type: "noteDown", params: backend }, { type: "countCrash", params: backend }],
    },
    {
      guard: { type: "hasBudget", params: backend },
      actions: [record, { type: "countStop", params: backend }],
    },
    { actions: record },
  ],
  "server.startFailed": [
    { guard: { type: "isAborted", params: event }, actions: [record, notSpawned] },
    { guard: { type: "isPermanent", params: event }, actions: [record, notSpawned, escalatePermanent] },
    {
      actions: [
        record,
        { type: "noteDown", params: backend },
        notSpawned,
        { type: "noteStartFailure", params: message },
        { type: "countCrash", params: backend },
      ],
    },
  ],
  "start.scheduled": { actions: [recordBudget, raiseStart(false)] },
  "start.refused": {
    actions: [recordBudget, { type: "holdRecoveries", params: event }, raiseStart(true)],
  },
  "server.starting": { actions: [record, { type: "countSpawn", params: backend }] },
  "start.granted": [
    {
      guard: { type: "isSpawnBudgetSpent", params: event },
      actions: [recordBudget, { type: "deferStart", params: event }],
    },
    {
      actions: [
        recordBudget,
        { type: "releaseRecoveries", params: event },
        { type: "startServer", params: event },
      ],
    },
  ],
  "backend.quarantined": {
    actions: [recordBudget, escalateQuarantine, { type: "holdRecoveries", params: event }, raiseStart(true)],
  },
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
  "server.kill": { actions: { type: "killServer", params: event } },
  "subject.stop": { actions: { type: "stopSubject", params: event } },
  "failure.report": [
    { guard: { type: "hasRecipe", params: event }, actions: { type: "raiseReported", params: event } },
    { actions: refuse("no recipe is for this scenario") },
  ],
  "recovery.reported": composed,
  "migration.reported": composed,
  "lease.reported": composed,
  "escalation.act": [
    {
      guard: { type: "isActorsEscalation", params: event },
      actions: [
        { type: "acknowledge", params: event },
        { type: "actOnEscalation", params: event },
      ],
    },
    {
      guard: { type: "isEscalation", params: event },
      actions: [
        { type: "acknowledge", params: event },
        { type: "actByItself", params: event },
      ],
    },
    { actions: refuse("no escalation of this id is open") },
  ],
  "attempt.lease": [
    {
      guard: { type: "isAttempt", params: event },
      actions: refuse("this attempt is supervised already"),
    },
    { actions: { type: "lease", params: event } },
  ],
  "attempt.command": [
    {
      guard: { type: "isClaimOfMigrating", params: event },
      actions: { type: "refuseDispatch", params: event },
    },
    { guard: { type: "isAttempt", params: event }, actions: { type: "relayToAttempt", params: event } },
    { actions: refuse("no attempt of this id is supervised") },
  ],
  "migration.begin": [
    {
      guard: { type: "isMigrating", params: event },
      actions: refuse("this agent is on the move already"),
    },
    { actions: { type: "migrate", params: event } },
  ],
  "migration.command": [
    {
      guard: { type: "isMigrating", params: event },
      actions: { type: "relayToMigration", params: event },
    },
    { actions: refuse("this agent is not on the move") },
  ],
  "xstate.done.actor.*": { actions: { type: "reapChild", params: event } },
  "xstate.error.actor.*": { actions: [escalateBug, { type: "buryChild", params: event }] },
  "supervisor.stop": { target: "stopping", actions: { type: "setTime", params: event } },
  "supervisor.kill": { target: "stopping.killing", actions: { type: "setTime", params: event } },
} as const;
