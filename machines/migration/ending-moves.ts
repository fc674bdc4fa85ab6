/** Moves that end a migration: rolling back, cancelling, and what a person decides. */
import {
  auditTexts,
  isSnapshotValid,
  noRecovery,
  policyFault,
  policyFaultMessages,
  type PolicyDraft,
  reschedule,
  snapshotAgeMs,
} from "../../src/core/migration.ts";
import { judge, type PhaseEnded } from "./judge.ts";
import {
  type At,
  audited,
  changeOwner,
  closeAttempt,
  closeEscalation,
  inTurn,
  type Move,
  openEscalation,
  told,
} from "./move.ts";
import type { EscalationCause, MigrationContext, MigrationEvent, Owner } from "./schemas.ts";

/** Nothing was begun that would have to be taken back. */
export function hasNothingToUndo({ sourceFrozen, touchedTarget }: MigrationContext): boolean {
  return !sourceFrozen && touchedTarget === null;
}

/** Whether the snapshot is too old to be rolled back to at `context.at`. */
export function isExpired({ snapshot, at, policy, acceptsExpired }: MigrationContext): boolean {
  return snapshot !== null && !acceptsExpired && !isSnapshotValid(snapshot, at, policy.rollbackMaxAgeMs);
}

/** Somebody asks for the rollback, or for the end of it all: what is under way is over. */
export function abandon(
  context: MigrationContext,
  { at, acceptExpired }: At & { acceptExpired: boolean },
): Move {
  return inTurn(
    context,
    (it) => closeAttempt(it, at, { failed: "cancelled" }),
    (it) => closeEscalation(it, at),
    () => ({
      context: { at, deadline: null, recoveryDeadline: null, acceptsExpired: acceptExpired },
      reports: [],
    }),
  );
}

export function cancel(context: MigrationContext, { at }: At): Move {
  return inTurn(
    context,
    (it) => abandon(it, { at, acceptExpired: false }),
    (it) => ({ context: {}, reports: [{ type: "migration.cancelled", ...told(it, at) }] }),
  );
}

export function beginRollback(context: MigrationContext): Move {
  const { at, snapshot } = context;
  const sizeBytes = snapshot?.digest.sizeBytes ?? null;
  return inTurn(
    context,
    (it) => audited(it, at, "RollbackStarted", auditTexts.rollbackStarted),
    (it) => ({
      context: { deadline: null },
      reports: [{ type: "rollback.started", ...told(it, at), sizeBytes }],
    }),
  );
}

/** The source goes on with its original bytes. */
export function completeRollback(context: MigrationContext): Move {
  const { at, snapshot } = context;
  const sizeBytes = snapshot?.digest.sizeBytes ?? null;
  return inTurn(
    context,
    (it) => closeAttempt(it, at, "succeeded"),
    (it) => audited(it, at, "RollbackCompleted", auditTexts.rollbackCompleted(sizeBytes ?? 0)),
    (it) => ({
      context: { deadline: null, recoveryDeadline: null, sourceFrozen: false, touchedTarget: null },
      reports: [{ type: "rollback.completed", ...told(it, at), sizeBytes }],
    }),
  );
}

export function refuseExpired(context: MigrationContext): Move {
  const { at, snapshot, policy } = context;
  const details = auditTexts.rollbackExpired(snapshot === null ? 0 : snapshotAgeMs(snapshot, at));
  const left = policy.rules.expiredSnapshot === "dropped" ? { snapshot: null } : {};
  return inTurn(
    context,
    (it) => failRollback(it, { at, cause: "snapshotExpired", message: auditTexts.expired, details }),
    () => ({ context: left, reports: [] }),
  );
}

export function failRollbackPhase(context: MigrationContext, ended: PhaseEnded): Move {
  const message = judge(context, ended)?.message ?? "";
  const cause = ended.phase === "verifyingSnapshot" ? "snapshotCorrupt" : "rollbackFailed";
  return failRollback(context, {
    at: ended.output.at,
    cause,
    message,
    details: `Rollback failed: ${message}`,
  });
}

/** Both copies stay, neither runs: a person decides. */
function failRollback(
  context: MigrationContext,
  facts: At & { cause: EscalationCause; message: string; details: string },
): Move {
  const { at, cause, message, details } = facts;
  return inTurn(
    context,
    (it) => closeAttempt(it, at, { failed: message }),
    (it) => audited(it, at, "RollbackCompleted", details, false),
    (it) => ({
      context: { at, deadline: null, recoveryDeadline: null },
      reports: [{ type: "rollback.failed", ...told(it, at), cause, message }],
    }),
    (it) => openEscalation(it, at, cause, message),
  );
}

/** The commit is neither confirmed nor ruled out; neither is its attempt. */
export function doubtCommit(context: MigrationContext, ended: PhaseEnded): Move {
  const { at } = ended.output;
  const message = judge(context, ended)?.message ?? "";
  return inTurn(
    context,
    () => ({ context: { at, deadline: null, recoveryDeadline: null }, reports: [] }),
    (it) => openEscalation(it, at, "commitInDoubt", message),
  );
}

export function settleAgain(context: MigrationContext, { at }: At): Move {
  return inTurn(
    context,
    (it) => closeEscalation(it, at),
    () => ({ context: { at }, reports: [] }),
  );
}

/** A person has seen to it. */
export function resolve(
  context: MigrationContext,
  { at, owner, details }: At & { owner: Owner; details: string },
): Move {
  const moved = owner === "target";
  return inTurn(
    context,
    (it) => closeAttempt(it, at, moved ? "succeeded" : { failed: details }),
    (it) => changeOwner(it, at, owner, "resolved"),
    (it) => closeEscalation(it, at),
    (it) => audited(it, at, moved ? "MigrationCompleted" : "MigrationFailed", details, moved),
    (it) => ({
      context: { at, deadline: null, recoveryDeadline: null },
      reports: [{ type: "migration.resolved", ...told(it, at), owner, details }],
    }),
  );
}

/** A new budget for what was given up; the targets that failed stay excluded. */
export function retryAfresh(context: MigrationContext, { at, target }: At & { target: string | null }): Move {
  return inTurn(
    context,
    (it) => closeEscalation(it, at),
    (it) => ({
      context: { at, target, exhaustion: null, recovery: { ...it.recovery, pending: null } },
      reports: [],
    }),
  );
}

export function clearRecovery(_: MigrationContext, { at }: At): Move {
  const over = { deadline: null, recoveryDeadline: null, exhaustion: null };
  return { context: { at, ...over, recovery: noRecovery }, reports: [] };
}

export function sweepSnapshot(context: MigrationContext, { at }: At): Move {
  const drops = context.policy.rules.expiredSnapshot === "dropped" && isExpired({ ...context, at });
  return { context: drops ? { at, snapshot: null } : { at }, reports: [] };
}

export function setPolicy(context: MigrationContext, { at, policy }: At & { policy: PolicyDraft }): Move {
  const fault = policyFault(policy);
  if (fault === null) {
    const recovery = reschedule(context.recovery, policy);
    return {
      context: { at, policy, recovery },
      reports: [{ type: "policy.changed", ...told(context, at), policy }],
    };
  }
  const message = policyFaultMessages[fault];
  return { context: { at }, reports: [{ type: "policy.refused", ...told(context, at), fault, message }] };
}

export function refuseCommand(
  context: MigrationContext,
  { at, command, message }: At & { command: MigrationEvent["type"]; message: string },
): Move {
  return { context: { at }, reports: [{ type: "command.refused", ...told(context, at), command, message }] };
}
