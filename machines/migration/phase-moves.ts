/** Moves of the phases: how each is entered, and what its success changes. */
import {
  auditTexts,
  checkCompatibility,
  chooseTarget,
  type Phase,
  redirectAttempt,
} from "../../src/core/migration.ts";
import { type PhaseEnded, snapshotOf, verify, whenDone } from "./judge.ts";
import {
  type At,
  audited,
  changeOwner,
  closeAttempt,
  closeEscalation,
  inTurn,
  type Move,
  stay,
  told,
} from "./move.ts";
import type { MigrationContext } from "./schemas.ts";

/** Phases that a recovery's deadline cuts short; settling and rolling back have only their own limit. */
const bounded: ReadonlySet<Phase> = new Set([
  "choosingTarget",
  "preparing",
  "capturing",
  "transferring",
  "validating",
  "restoring",
  "committing",
  "discardingTarget",
]);

export function start(context: MigrationContext, { at, target }: At & { target: string | null }): Move {
  const moved = { at, target };
  const details = `Migration started: ${context.source} to ${target ?? "a target to be chosen"}`;
  return inTurn(
    { ...context, ...moved },
    () => ({ context: moved, reports: [] }),
    (it) => audited(it, at, "MigrationStarted", details),
  );
}

export function enterPhase(context: MigrationContext, { phase }: { phase: Phase }): Move {
  const { at, target, policy, recoveryDeadline } = context;
  const limit = at + policy.limits[phase];
  const deadline = bounded.has(phase) ? Math.min(limit, recoveryDeadline ?? limit) : limit;
  const reports = [
    { type: "migration.phaseEntered", ...told(context, at), phase, target, deadline },
  ] as const;
  const entered: Move = { context: { deadline }, reports };
  if (phase === "capturing") return { ...entered, context: { deadline, sourceFrozen: true } };
  if (phase !== "transferring") return entered;
  const touched: Move = { context: { deadline, touchedTarget: target }, reports };
  return inTurn(
    context,
    () => touched,
    (it) => audited(it, at, "TransferStarted", `Transfer to ${target ?? ""}`),
  );
}

export function passPhase(context: MigrationContext, ended: PhaseEnded): Move {
  const { at } = ended.output;
  const passed: Move = { context: { at, deadline: null }, reports: [] };
  return inTurn(
    context,
    () => passed,
    (it) => effectOf(it, ended),
  );
}

function effectOf(context: MigrationContext, ended: PhaseEnded): Move {
  const { at } = ended.output;
  switch (ended.phase) {
    case "choosingTarget":
      return whenDone(ended.output, ({ candidates }) => choose(context, candidates), stay);
    case "preparing":
      return whenDone(
        ended.output,
        ({ requirements, capabilities }) => {
          const checked = checkCompatibility(requirements, capabilities);
          return noteWarnings(context, checked.status === "compatible" ? checked.warnings : []);
        },
        stay,
      );
    case "capturing":
      return whenDone(ended.output, (it) => keep(context, snapshotOf(context, it)), stay);
    case "transferring":
      return audited(
        context,
        at,
        "TransferCompleted",
        `Transferred ${context.snapshot?.digest.sizeBytes ?? 0} bytes`,
      );
    case "validating":
      return noteVerification(context, ended);
    case "committing":
      return whenDone(ended.output, ({ details }) => commit(context, details), stay);
    case "settlingCommit":
      return commit(context, "Migration committed");
    case "discardingTarget":
      return { context: { touchedTarget: null }, reports: [] };
    case "restoring":
    case "verifyingSnapshot":
    case "restoringSource":
      return stay;
  }
}

/** What a validation found, good or bad. */
export function noteVerification(context: MigrationContext, ended: PhaseEnded): Move {
  if (ended.phase !== "validating") return stay;
  return whenDone(
    ended.output,
    ({ at, digest, responsive }) => {
      const result = verify(context, digest, responsive);
      const report = { type: "migration.verified", ...told(context, at), result } as const;
      return inTurn(
        context,
        () => ({ context: {}, reports: [report] }),
        (it) => audited(it, at, "VerificationCompleted", result.details.join("; "), result.passed),
      );
    },
    stay,
  );
}

function choose(context: MigrationContext, candidates: readonly string[]): Move {
  const { at, failedTargets } = context;
  const target = chooseTarget(candidates, failedTargets);
  if (target === null) return stay;
  const attempted =
    context.recovery.pending === null ? {} : { recovery: redirectAttempt(context.recovery, target) };
  return {
    context: { target, ...attempted },
    reports: [{ type: "target.chosen", ...told(context, at), target, excluded: failedTargets }],
  };
}

function noteWarnings(context: MigrationContext, warnings: string[]): Move {
  const { at } = context;
  const details = warnings.length === 0 ? "Compatible" : `Compatible with warnings: ${warnings.join("; ")}`;
  const report = { type: "migration.warned", ...told(context, at), warnings } as const;
  return inTurn(
    context,
    () => ({ context: { warnings }, reports: warnings.length === 0 ? [] : [report] }),
    (it) => audited(it, at, "ValidationCompleted", details),
  );
}

function keep(context: MigrationContext, captured: ReturnType<typeof snapshotOf>): Move {
  if (!captured.ok) return stay;
  const { snapshot } = captured;
  return inTurn(
    context,
    () => ({ context: { snapshot }, reports: [] }),
    (it) => audited(it, it.at, "SnapshotCaptured", auditTexts.captured(snapshot.digest.sizeBytes)),
  );
}

function commit(context: MigrationContext, details: string): Move {
  const { at, target } = context;
  return inTurn(
    context,
    (it) => closeAttempt(it, at, "succeeded"),
    (it) => changeOwner(it, at, "target", "committed"),
    (it) => closeEscalation(it, at),
    (it) => audited(it, at, "MigrationCompleted", details),
    (it) => ({
      context: { recoveryDeadline: null },
      reports: [{ type: "migration.committed", ...told(it, at), target, details }],
    }),
  );
}
