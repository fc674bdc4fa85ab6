/** Between a failure and what is done about it. */
import { atOnce, given, onTime } from "./params.ts";
import { migrationSetup } from "./setup.ts";

const deadlinePassed = {
  guard: "hasDeadline",
  target: "#migration.givenUp",
  actions: {
    type: "exhaust",
    params: (args: Parameters<typeof onTime>[0]) => ({
      ...onTime(args),
      exhaustion: "recoveryDeadline" as const,
    }),
  },
} as const;

export const recovering = migrationSetup.createStateConfig({
  initial: "waitingForReadiness",
  on: {
    "failure.reported": {
      target: ".waitingForReadiness",
      actions: { type: "recordFailure", params: given },
    },
    "recovery.clear": {
      guard: "leavesItToHost",
      target: "idle",
      actions: { type: "clearRecovery", params: given },
    },
    "attempt.succeeded": {
      guard: "marksAnyAttempt",
      target: "idle",
      actions: { type: "succeedAttempt", params: given },
    },
    "attempt.failed": { guard: "marksAnyAttempt", actions: { type: "failAttempt", params: given } },
  },
  states: {
    waitingForReadiness: {
      tags: "waiting",
      entry: "scheduleRecovery",
      always: [
        {
          guard: "runsAtOnce",
          target: "executingStrategy",
          actions: { type: "beginAttempt", params: atOnce },
        },
        { guard: "isDueAtOnce", target: "ready" },
      ],
      on: {
        "recovery.execute": {
          guard: { type: "mayExecute", params: given },
          target: "executingStrategy",
          actions: { type: "beginAttempt", params: given },
        },
        // The wait is another one under another policy.
        "policy.set": {
          guard: { type: "isValidPolicy", params: given },
          target: "waitingForReadiness",
          reenter: true,
          actions: { type: "setPolicy", params: given },
        },
      },
      after: {
        untilDeadline: [
          {
            guard: "runsItself",
            target: "executingStrategy",
            actions: { type: "beginAttempt", params: onTime },
          },
          { target: "ready", actions: { type: "noteTime", params: onTime } },
        ],
      },
    },
    /** The host may execute what is due. */
    ready: {
      entry: "offerRecovery",
      on: {
        "recovery.execute": {
          guard: { type: "mayExecute", params: given },
          target: "executingStrategy",
          actions: { type: "beginAttempt", params: given },
        },
      },
      after: { untilDeadline: deadlinePassed },
    },
    /** Goes on at once where the chart runs it; otherwise the host does, and marks the attempt. */
    executingStrategy: {
      always: [
        { guard: "runsRetry", target: "#migration.migrating" },
        { guard: "runsRollback", target: "#migration.rollingBack" },
        { guard: "runsGiveUp", target: "#migration.givenUp" },
      ],
      on: {
        "recovery.execute": {
          guard: { type: "mayExecute", params: given },
          target: "executingStrategy",
          reenter: true,
          actions: { type: "beginAttempt", params: given },
        },
        "attempt.succeeded": {
          guard: { type: "isMarkable", params: given },
          target: "#migration.idle",
          actions: { type: "succeedAttempt", params: given },
        },
        "attempt.failed": {
          guard: { type: "isMarkable", params: given },
          target: "waitingForReadiness",
          actions: { type: "failAttempt", params: given },
        },
      },
      after: { untilDeadline: deadlinePassed },
    },
  },
});
