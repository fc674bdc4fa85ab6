/** Which records are facts, and the event that each was; which are decisions. */
import { keyOf, type SupervisorEvent } from "../../machines/supervisor.ts";
import type { Occurrence, RecordType, SupervisionRecord } from "../core/records.ts";

/** Decided by a budget or by the supervisor on account of one, or of an escalation's reason. */
const decisionTypes = [
  "start.scheduled",
  "start.granted",
  "start.refused",
  "spawn.refused",
  "backend.quarantined",
  "backend.steadied",
  "escalation.opened",
  "escalation.closed",
] as const satisfies RecordType[];
export type DecisionType = (typeof decisionTypes)[number];

/** A decision as the chart tells it: a record without its place in a log. */
export type Decision = Occurrence<DecisionType>;

const types: ReadonlySet<string> = new Set(decisionTypes);

export function isDecision<T extends { readonly type: string }>(
  it: T,
): it is Extract<T, { type: DecisionType }> {
  return types.has(it.type);
}

/** `record` as the chart told it. */
export function bare<R extends SupervisionRecord>({
  seq: _,
  at: __,
  ...occurrence
}: R): Omit<R, "seq" | "at"> {
  return occurrence;
}

/** The backend key, or the subject of an escalation, that `record` is about; `null`: of none. */
export function subjectOf(record: Occurrence): string | null {
  if ("plugin" in record) {
    const server = "server" in record ? record.server : null;
    return server === null ? record.plugin : keyOf({ plugin: record.plugin, server });
  }
  return "subject" in record ? record.subject : null;
}

/**
 * The event that the supervisor's chart took when it told `record`; `null` for what no decision depends on. What a chart
 * that threw sent is made up again from the escalation that it led to.
 */
export function eventOf(record: SupervisionRecord): SupervisorEvent | null {
  const at = record.monotonicMs;
  switch (record.type) {
    case "plugin.changed":
    case "server.starting":
    case "server.started":
    case "server.startFailed":
    case "server.exited": {
      return bare(record) as SupervisorEvent;
    }
    case "budget.reset":
      return { type: "budget.reset", key: keyOf(record), at };
    case "plugin.configured":
      return { type: "plugin.configure", plugin: record.plugin, spec: null, at };
    case "stop.requested":
      return { type: "subject.stop", subject: record.subject, at };
    case "escalation.acted": {
      const { id, verb, by } = record;
      return { type: "escalation.act", id, verb, by, at };
    }
    case "recovery.reported":
    case "migration.reported":
    case "lease.reported":
      return { type: record.type, report: record.report } as SupervisorEvent;
    case "supervisor.stopping":
      return { type: "supervisor.stop", at };
    case "escalation.opened":
      return record.cause === "internalError" ? childError(record) : null;
    default:
      return null;
  }
}

function childError({ subject, message }: SupervisionRecord<"escalation.opened">): SupervisorEvent {
  const kind = subject.includes("|") ? "recovery" : subject.includes("/") ? "budget" : "plugin";
  const actorId = `${kind}:${subject}`;
  return { type: `xstate.error.actor.${actorId}`, actorId, error: message };
}
