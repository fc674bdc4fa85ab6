/** Which events open and close escalations, as actions with their parameters. */
import type { ErrorActorEvent } from "xstate";
import type { EscalationCause } from "../../src/core/records.ts";
import type { CrashBudgetReport } from "../crash-budget/schemas.ts";
import { keyOf, type SupervisorContext, type SupervisorEvent } from "./schemas.ts";

type Of<T extends SupervisorEvent["type"]> = Extract<SupervisorEvent, { type: T }>;
interface With<E> {
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
  params: ({ event: { key, refusedWindows, probeAfterMs, at } }: With<Of<"backend.quarantined">>) => ({
    subject: key,
    cause: "quarantined" as const,
    message: `crashed in ${refusedWindows} refused windows; it is only tried again every ${probeAfterMs} ms`,
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
