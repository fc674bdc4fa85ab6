/** Which events open and close escalations, as actions with their parameters. */
import type { ErrorActorEvent } from "xstate";
import type { EscalationCause } from "../../src/core/records.ts";
import type { CrashBudgetReport } from "../crash-budget/schemas.ts";
import {
  attemptActorId,
  type ComposedReport,
  keyOf,
  migrationId,
  recoveryId,
  type SupervisorContext,
  type SupervisorEvent,
} from "./schemas.ts";

type Of<T extends SupervisorEvent["type"]> = Extract<SupervisorEvent, { type: T }>;
export interface With<E> {
  event: E;
}

/** A retry cannot help: a person has to change something. */
export const escalatePermanent = {
  type: "openEscalation",
  params: ({ event: { plugin, server, failure, monotonicMs: at } }: With<Of<"server.startFailed">>) => ({
    subject: keyOf({ plugin, server }),
    cause: "permanentFailure" as const,
    message: failure.message,
    at,
  }),
} as const;

export const escalateQuarantine = {
  type: "openEscalation",
  params: ({
    event: { key, refusedWindows, crashes, probeAfterMs, at },
  }: With<Of<"backend.quarantined">>) => ({
    subject: key,
    cause: "quarantined" as const,
    message: `crashed ${crashes} times, ${refusedWindows} windows were refused; it is only tried again every ${probeAfterMs} ms`,
    at,
  }),
} as const;

export const escalateBug = {
  type: "openEscalation",
  params: ({
    context: { at },
    event: { actorId, error },
  }: With<ErrorActorEvent<unknown, string>> & { context: SupervisorContext }) => ({
    subject: actorId.slice(actorId.indexOf(":") + 1),
    cause: "internalError" as const,
    message: error instanceof Error ? error.message : String(error),
    at,
  }),
} as const;

/** The escalations of one backend for `cause` are over. */
const closing = (cause: EscalationCause, because: string, { key, at }: { key: string; at: number }) => ({
  subject: key,
  causes: [cause],
  because,
  at,
});

export const recovered = {
  type: "closeEscalations",
  params: ({ event: { plugin, server, monotonicMs: at } }: With<Of<"server.started">>) =>
    closing("permanentFailure", "it serves", { key: keyOf({ plugin, server }), at }),
} as const;

export const steadied = {
  type: "closeEscalations",
  params: ({ event }: With<Extract<CrashBudgetReport, { type: "backend.steadied" }>>) =>
    closing("quarantined", "it proved its uptime", event),
} as const;

export const reset = {
  type: "closeEscalations",
  params: ({ event }: With<{ key: string; at: number }>) =>
    closing("quarantined", "its budget was reset", event),
} as const;

export const reconfigured = {
  type: "closeEscalations",
  params: ({ event: { plugin, at } }: With<Extract<SupervisorEvent, { type: "plugin.configure" }>>) => ({
    subject: plugin,
    causes: ["permanentFailure", "quarantined"] as EscalationCause[],
    because: "its configuration changed",
    at,
  }),
} as const;

interface Opened {
  readonly subject: string;
  readonly cause: EscalationCause;
  readonly message: string;
  readonly actor: string;
}

/** What a report of a composed chart asks of people; `null`: nothing. */
export function opensEscalation(told: ComposedReport): Opened | null {
  if (told.type === "recovery.reported") {
    if (told.report.type !== "escalation.opened" && told.report.type !== "subject.aborted") return null;
    const { subject, scenario, cause } = told.report;
    const message = `${scenario}: ${cause.reason}`;
    return { subject, cause: "recoveryExhausted", message, actor: recoveryId({ subject, scenario }) };
  }
  if (told.type === "migration.reported") {
    if (told.report.type !== "escalation.opened") return null;
    const { agent, message } = told.report;
    return { subject: agent, cause: "migrationStuck", message, actor: migrationId(agent) };
  }
  if (told.report.type !== "attempt.deadLettered") return null;
  const { attemptId, cause, recoveries } = told.report;
  const message = `${cause.message} (after ${recoveries} recoveries)`;
  return { subject: attemptId, cause: "deadLetter", message, actor: attemptActorId(attemptId) };
}

/** Which escalation a report of a composed chart ends; `null`: none. */
export function closesEscalation(told: ComposedReport): {
  readonly subject: string;
  readonly cause: EscalationCause;
  readonly because: string;
  readonly actor: string;
} | null {
  if (told.type === "recovery.reported") {
    const { report } = told;
    if (report.type !== "escalation.closed" && report.type !== "episode.closed") return null;
    const { subject, outcome } = report;
    return { subject, cause: "recoveryExhausted", because: outcome, actor: recoveryId(report) };
  }
  if (told.type === "migration.reported") {
    if (told.report.type !== "escalation.closed") return null;
    const { agent } = told.report;
    return { subject: agent, cause: "migrationStuck", because: "it was decided", actor: migrationId(agent) };
  }
  const { report } = told;
  if (report.type !== "recovery.started" && report.type !== "attempt.ended") return null;
  const { attemptId } = report;
  const because = "it is on its way again, or ended";
  return { subject: attemptId, cause: "deadLetter", because, actor: attemptActorId(attemptId) };
}

export const escalateComposed = {
  type: "openEscalation",
  params: ({ event }: With<ComposedReport>) => {
    const opened = opensEscalation(event);
    return opened === null ? null : { ...opened, at: event.report.at };
  },
} as const;

export const settleComposed = {
  type: "closeEscalations",
  params: ({ event }: With<ComposedReport>) => {
    const closed = closesEscalation(event);
    if (closed === null) return null;
    const { cause, ...which } = closed;
    return { ...which, causes: [cause], at: event.report.at };
  },
} as const;
