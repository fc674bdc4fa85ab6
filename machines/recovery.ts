/**
 * Recovery of one subject from one scenario: its recipe step by step, once, and then whoever the policy names.
 *
 * ```text
 *   watching ── failure.reported ─▶ queued ── [not held] ─▶ running { choosing ⇄ executing }
 *   running ── every step done ─▶ confirming ── healthy ─▶ succeeded ── proven ─▶ watching (attempts are back)
 *   running, confirming ── step or health check failed, rejected or late ─▶ failed
 *   failed ── [some steps done] ─▶ partiallyRecovered        failed, partiallyRecovered ── [mayResume] ─▶ queued
 *   partiallyRecovered ── [compensates] ─▶ compensating { choosing ⇄ undoing } ─▶ exhausted
 *   failed, partiallyRecovered ─▶ exhausted ─┬─ alert_human ─────▶ alerting { unacknowledged ─▶ acknowledged }
 *                                            ├─ log_and_continue ▶ continuingDegraded
 *                                            └─ abort ───────────▶ aborting ─▶ aborted, or alerting
 *   succeeded, cancelled ── failure.reported ─▶ queued if an attempt is left, else refused: exhausted
 *   alerting.acknowledged ── failure.reported ─▶ queued, as a new episode
 *   any other ── failure.reported ─▶ recovery.refused, and nothing else
 *   alerting ── escalation.abort ─▶ aborting
 *   alerting, continuingDegraded, aborted, cancelled ── escalation.resolve, health.verified ─▶ watching
 *                                                    ── escalation.retry { attempts } ─▶ queued, with a raised budget
 *   queued, running, compensating, confirming, alerting, continuingDegraded, aborting ── recovery.cancel ─▶ cancelled
 * ```
 *
 * An episode lasts from the first failure until verified health or until a person resolved or acknowledged it.
 *
 * - R1. Before its escalation an episode has at most `maxAttempts` automatic attempts (one), spent before their first step.
 * - R2. Each attempt closes exactly once.
 * - R3. Every escalation has a cause, and at most one is open.
 * - R4. No step starts outside an attempt, and no attempt outside an episode.
 * - R5. A step that gives no answer by its deadline is aborted and has failed.
 * - R6. An automatic attempt goes on only from a step that is declared idempotent.
 * - R7. Counters are never negative, and attempts never exceed the budget.
 * - R8. Success is told only after the health check said so.
 * - R9. The log and the command results stay within `logLimit`.
 * - R10. No clock is read: time arrives as `event.at` or in an actor's output; a timer that fires makes it the deadline.
 *   An outcome that gives no time, as a rejection cannot, is dated by the last instant that is known.
 * - R11. Where the recipe says how, what a failed attempt did is undone: once each, in reverse, before the escalation.
 *
 * Under the rules of `recoveryReference` nothing is confirmed, resumed, returned or acted on: `succeeded`,
 * `partiallyRecovered` and `exhausted` are then where it rests, and every further failure is refused once more.
 *
 * @module
 */
import { compensating } from "./recovery/compensating.ts";
import { firstContext } from "./recovery/decisions.ts";
import * as from from "./recovery/params.ts";
import { recoverySetup } from "./recovery/setup.ts";
import {
  acknowledge,
  afterwards,
  cancel,
  cancelConfirmation,
  cancelStep,
  closeEscalation,
  closeRecovered,
  confirmationThrew,
  confirmationTimedOut,
  notConfirmed,
  openEpisode,
  recover,
  stepFailed,
  stepThrew,
  stepTimedOut,
  supersede,
  tellClosed,
  tryAgain,
} from "./recovery/transitions.ts";

export * from "./recovery/reports.ts";
export * from "./recovery/schemas.ts";

export const recoveryMachine = recoverySetup.createMachine({
  id: "recovery",
  version: "2",
  context: ({ input }) => firstContext(input),
  initial: "watching",
  on: {
    "failure.reported": { actions: [{ type: "refuse", params: from.time }, "tellRefused"] },
    "recovery.hold": { actions: { type: "setHeld", params: from.hold } },
    "recovery.release": { actions: { type: "setHeld", params: from.release } },
  },
  states: {
    watching: {
      on: { "failure.reported": { target: "queued", actions: openEpisode } },
    },
    queued: {
      tags: "busy",
      entry: "tellQueued",
      always: { guard: "isFree", target: "running", actions: ["beginAttempt", "tellStarted"] },
      on: { "health.verified": recover, "recovery.cancel": cancel },
    },
    running: {
      tags: "busy",
      initial: "choosing",
      states: {
        choosing: {
          always: [
            { guard: "asksPerson", target: "#recovery.failed", actions: ["askPerson", tellClosed] },
            { guard: "hasStep", target: "executing" },
            { guard: "confirms", target: "#recovery.confirming" },
            {
              target: "#recovery.succeeded",
              actions: [{ type: "succeed", params: from.lastTime }, tellClosed],
            },
          ],
        },
        executing: {
          entry: ["armStep", "tellStepStarted"],
          invoke: {
            id: "step",
            src: "step",
            input: from.stepInput,
            onDone: [
              {
                guard: { type: "isDone", params: from.stepOutput },
                target: "choosing",
                actions: [{ type: "passStep", params: from.stepOutput }, "tellStepFinished"],
              },
              stepFailed,
            ],
            onError: stepThrew,
          },
          after: { untilDeadline: stepTimedOut },
          on: { "recovery.cancel": cancelStep },
        },
      },
    },
    confirming: {
      tags: "busy",
      entry: "armConfirmation",
      invoke: {
        id: "confirm",
        src: "confirm",
        input: from.job,
        onDone: [
          {
            guard: { type: "isDone", params: from.confirmOutput },
            target: "succeeded",
            actions: [{ type: "succeed", params: from.confirmOutput }, tellClosed],
          },
          notConfirmed,
        ],
        onError: confirmationThrew,
      },
      after: { untilDeadline: confirmationTimedOut },
      on: { "recovery.cancel": cancelConfirmation },
    },
    succeeded: {
      entry: "tellSucceeded",
      on: {
        "failure.reported": [
          {
            guard: { type: "isProven", params: from.time },
            target: "queued",
            actions: [...closeRecovered, openEpisode],
          },
          ...tryAgain,
        ],
      },
      after: {
        untilDeadline: {
          guard: "returnsAttempts",
          target: "watching",
          actions: [
            { type: "closeEpisode", params: from.deadline },
            { type: "tellEpisodeClosed", params: { outcome: "recovered" } },
          ],
        },
      },
    },
    failed: {
      always: [
        { guard: "isPartial", target: "partiallyRecovered" },
        { guard: "mayResume", target: "queued", actions: "resume" },
        { target: "exhausted" },
      ],
    },
    partiallyRecovered: {
      entry: "tellFailed",
      always: [
        { guard: "mayResume", target: "queued", actions: "resume" },
        { guard: "compensates", target: "compensating" },
        { guard: "actsOnPolicy", target: "exhausted" },
      ],
      on: { "failure.reported": tryAgain },
    },
    compensating,
    exhausted: {
      entry: ["giveUp", "tellExhausted"],
      always: [
        { guard: "alertsHuman", target: "alerting" },
        { guard: "logsAndContinues", target: "continuingDegraded" },
        { guard: "abortsSubject", target: "aborting" },
      ],
      on: { "failure.reported": tryAgain },
    },
    alerting: {
      tags: "escalated",
      entry: ["countEscalation", "tellEscalated"],
      initial: "unacknowledged",
      on: closeEscalation,
      states: {
        unacknowledged: { on: { "escalation.acknowledge": acknowledge } },
        acknowledged: { on: { "failure.reported": supersede } },
      },
    },
    continuingDegraded: {
      entry: "tellDegraded",
      on: { ...afterwards, "recovery.cancel": cancel },
    },
    aborting: {
      tags: "busy",
      entry: "armAbort",
      invoke: {
        id: "abort",
        src: "abort",
        input: from.job,
        onDone: { target: "aborted", actions: { type: "disarm", params: from.abortOutput } },
        onError: { target: "alerting", actions: { type: "failAbort", params: from.thrown } },
      },
      after: {
        untilDeadline: { target: "alerting", actions: { type: "failAbort", params: from.lateAbort } },
      },
      on: { "recovery.cancel": cancel },
    },
    aborted: { entry: "tellAborted", on: afterwards },
    cancelled: {
      entry: "tellCancelled",
      on: { ...afterwards, "failure.reported": tryAgain },
    },
  },
});
