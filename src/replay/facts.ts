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
export function bare<R extends SupervisionRecord>(record: R): Omit<R, "seq" | "at"> {
  const { seq: _seq, at: _at, ...occurrence } = record;
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

/** A plugin's reports reach the supervisor as they are recorded. */
const relayed: ReadonlySet<RecordType> = new Set([
  "plugin.changed",
  "server.starting",
  "server.started",
  "server.startFailed",
  "server.exited",
]);

/**
 * The event that the supervisor's chart took when it told `record`; `null` for what no decision depends on. What a chart
 * that threw sent is made up again from the escalation that it led to.
 */
export function eventOf(record: SupervisionRecord): SupervisorEvent | null {
  const at = record.monotonicMs;
  if (relayed.has(record.type)) return bare(record) as SupervisorEvent;
  if (record.type === "budget.reset") return { type: "budget.reset", key: keyOf(record), at };
  if (record.type === "plugin.configured")
    return { type: "plugin.configure", plugin: record.plugin, spec: null, at };
  if (record.type === "stop.requested") return { type: "subject.stop", subject: record.subject, at };
  if (record.type === "supervisor.stopping") return { type: "supervisor.stop", at };
  if (record.type === "escalation.acted") {
    const { id, verb, by } = record;
    return { type: "escalation.act", id, verb, by, at };
  }
  if ("report" in record) return { type: record.type, report: record.report } as SupervisorEvent;
  const isBug = record.type === "escalation.opened" && record.cause === "internalError";
  return isBug ? childError(record) : null;
}

function childError({ subject, message }: SupervisionRecord<"escalation.opened">): SupervisorEvent {
  const kind = subject.includes("|") ? "recovery" : subject.includes("/") ? "budget" : "plugin";
  const actorId = `${kind}:${subject}`;
  return { type: `xstate.error.actor.${actorId}`, actorId, error: message };
}
