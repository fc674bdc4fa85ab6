/** Transitions that several states of the recovery chart share. */
import * as from from "./params.ts";

export const tellClosed = { type: "tellAttemptClosed", params: { cancelled: false } } as const;
const tellClosedByCancel = { type: "tellAttemptClosed", params: { cancelled: true } } as const;
export const openEpisode = { type: "openEpisode", params: from.failure } as const;
export const cancel = {
  target: "#recovery.cancelled",
  actions: { type: "cancel", params: from.time },
} as const;

// ── How an attempt fails or is cancelled ─────────────────────────────────────

const failedStep = ["tellStepFinished", tellClosed] as const;
export const stepFailed = {
  target: "#recovery.failed",
  actions: [{ type: "failStep", params: from.stepOutput }, ...failedStep],
} as const;
export const stepThrew = {
  target: "#recovery.failed",
  actions: [{ type: "failStep", params: from.thrown }, ...failedStep],
} as const;
export const stepTimedOut = {
  target: "#recovery.failed",
  actions: [{ type: "failStep", params: from.lateStep }, ...failedStep],
} as const;
export const cancelStep = {
  target: "#recovery.cancelled",
  actions: [
    { type: "cancelStep", params: from.time },
    "tellStepFinished",
    { type: "cancel", params: from.time },
    tellClosedByCancel,
  ],
} as const;
export const notConfirmed = {
  target: "#recovery.failed",
  actions: [{ type: "failConfirmation", params: from.confirmOutput }, tellClosed],
} as const;
export const confirmationThrew = {
  target: "#recovery.failed",
  actions: [{ type: "failConfirmation", params: from.thrown }, tellClosed],
} as const;
export const confirmationTimedOut = {
  target: "#recovery.failed",
  actions: [{ type: "failConfirmation", params: from.lateConfirmation }, tellClosed],
} as const;
export const cancelConfirmation = {
  target: "#recovery.cancelled",
  actions: [{ type: "cancel", params: from.time }, tellClosedByCancel],
} as const;

// ── How an episode goes on or ends ───────────────────────────────────────────

/** A failure where attempts may be left: one of them, or a refusal that counts as exhaustion. */
export const tryAgain = [
  {
    guard: "attemptLeft",
    target: "#recovery.queued",
    actions: { type: "reopenEpisode", params: from.failure },
  },
  {
    target: "#recovery.exhausted",
    reenter: true,
    actions: [{ type: "refuseExhausted", params: from.time }, "tellRefused"],
  },
] as const;

/** Health that no attempt of ours brought about, or that proved itself. */
export const closeRecovered = [
  { type: "closeEpisode", params: from.time },
  { type: "tellEpisodeClosed", params: { outcome: "recovered" } },
] as const;
export const recover = {
  guard: "returnsAttempts",
  target: "#recovery.watching",
  actions: closeRecovered,
} as const;

const closeResolved = [
  { type: "closeEpisode", params: from.time },
  { type: "tellEpisodeClosed", params: { outcome: "resolved" } },
] as const;
const grantsAttempts = { type: "grantsAttempts", params: from.grant } as const;
const grantAttempts = { type: "grantAttempts", params: from.grant } as const;

/** What may be done where automation has ended and no escalation is open. */
export const afterwards = {
  "health.verified": recover,
  "escalation.resolve": { target: "#recovery.watching", actions: closeResolved },
  "escalation.retry": { guard: grantsAttempts, target: "#recovery.queued", actions: grantAttempts },
} as const;

const noteTime = { type: "noteTime", params: from.time } as const;
const tellEscalation = <O extends "recovered" | "cancelled" | "superseded">(outcome: O) =>
  ({ type: "tellEscalationClosed", params: { outcome, by: null } }) as const;
const tellEscalationBy = (outcome: "resolved" | "retried" | "aborted") =>
  ({ type: "tellEscalationClosed", params: from.person(outcome) }) as const;

/** What closes an open escalation. */
export const closeEscalation = {
  "health.verified": {
    ...recover,
    actions: [noteTime, tellEscalation("recovered"), ...closeRecovered],
  },
  "escalation.resolve": {
    target: "#recovery.watching",
    actions: [noteTime, tellEscalationBy("resolved"), ...closeResolved],
  },
  "escalation.retry": {
    guard: grantsAttempts,
    target: "#recovery.queued",
    actions: [noteTime, tellEscalationBy("retried"), grantAttempts],
  },
  "escalation.abort": {
    target: "#recovery.aborting",
    actions: [noteTime, tellEscalationBy("aborted")],
  },
  "recovery.cancel": {
    target: "#recovery.cancelled",
    actions: [{ type: "cancel", params: from.time }, tellEscalation("cancelled")],
  },
} as const;

export const acknowledge = {
  target: "acknowledged",
  actions: [noteTime, { type: "tellAcknowledged", params: from.by }],
} as const;
/** It failed again after a person took notice: a new episode, with its own attempts. */
export const supersede = {
  target: "#recovery.queued",
  actions: [
    noteTime,
    tellEscalation("superseded"),
    { type: "tellEpisodeClosed", params: { outcome: "superseded" } },
    openEpisode,
  ],
} as const;
