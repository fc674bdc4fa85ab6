/** A move: what an event changes in the context, and what is told about it. Every action of the chart is one. */
import {
  addRecord,
  type AuditEventType,
  markFailed,
  markSucceeded,
  openAttemptOf,
} from "../../src/core/migration.ts";
import type { MigrationReport } from "./reports.ts";
import type { Escalation, MigrationContext, Owner } from "./schemas.ts";

export interface Move {
  readonly context: Partial<MigrationContext>;
  readonly reports: readonly MigrationReport[];
}

export interface At {
  readonly at: number;
}

export const stay: Move = { context: {}, reports: [] };

/** What every report says. */
export function told(
  { migration, agent }: MigrationContext,
  at: number,
): Pick<MigrationContext, "migration" | "agent" | "at"> {
  return { migration, agent, at };
}

/** Several moves, each on the context that the one before left. */
export function inTurn(
  context: MigrationContext,
  ...steps: readonly ((context: MigrationContext) => Move)[]
): Move {
  return steps.reduce<Move>((done, step) => {
    const next = step({ ...context, ...done.context });
    return {
      context: { ...done.context, ...next.context },
      reports: [...done.reports, ...next.reports],
    };
  }, stay);
}

/** One more audit record. */
export function audited(
  { audit, migration, agent, policy }: MigrationContext,
  at: number,
  eventType: AuditEventType,
  details: string,
  success = true,
): Move {
  const record = { eventType, migration, agent, at, details, success };
  return { context: { audit: addRecord(audit, record, policy.recordLimit) }, reports: [] };
}

/** Closes the open attempt, if there is one; a success ends the recovery. */
export function closeAttempt(
  context: MigrationContext,
  at: number,
  outcome: "succeeded" | { readonly failed: string },
): Move {
  if (openAttemptOf(context.recovery) === null) return stay;
  const recovery =
    outcome === "succeeded"
      ? markSucceeded(context.recovery)
      : markFailed(context.recovery, outcome.failed, at, context.policy);
  const attempt = recovery.attempts?.at(-1);
  if (attempt === undefined) return stay;
  return { context: { recovery }, reports: [{ type: "attempt.closed", ...told(context, at), attempt }] };
}

export function changeOwner(
  context: MigrationContext,
  at: number,
  to: Owner,
  cause: Extract<MigrationReport, { type: "owner.changed" }>["cause"],
): Move {
  if (context.owner === to) return stay;
  const report = { type: "owner.changed", ...told(context, at), from: context.owner, to, cause } as const;
  return { context: { owner: to }, reports: [report] };
}

export function openEscalation(
  context: MigrationContext,
  at: number,
  cause: Escalation["cause"],
  message: string,
): Move {
  return {
    context: { escalation: { cause, message, openedAt: at } },
    reports: [{ type: "escalation.opened", ...told(context, at), cause, message }],
  };
}

export function closeEscalation(context: MigrationContext, at: number): Move {
  const { escalation } = context;
  if (escalation === null) return stay;
  const report = { type: "escalation.closed", ...told(context, at), cause: escalation.cause } as const;
  return { context: { escalation: null }, reports: [report] };
}
