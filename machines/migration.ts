/**
 * Migration of one agent from its source to a target, with recovery and rollback.
 *
 * ```text
 *   idle ── migration.start ──▶ migrating
 *   migrating: [discardingTarget] ▶ [choosingTarget] ▶ preparing ▶ capturing ▶ transferring ▶ validating ▶ restoring
 *   restoring ─▶ committing ─▶ committed ◾     committing ── in doubt ──▶ settlingCommit ─▶ committed ◾ | commitInDoubt
 *   any phase, failed or late ──▶ recovering.waitingForReadiness ── back-off over | recovery.execute ──▶ executingStrategy
 *   executingStrategy ── a retry ──▶ migrating     ── Rollback ──▶ rollingBack     ── GiveUp ──▶ givenUp
 *   rollingBack: verifyingSnapshot ▶ restoringSource ─▶ rolledBack ◾ | rollbackFailed
 *   any before the commit ── migration.cancel | rollback.request ──▶ rollingBack, or cancelled ◾ when nothing was begun
 *   givenUp, rollbackFailed, commitInDoubt (a person decides) ── migration.resolve ──▶ resolved ◾
 * ```
 *
 * Where the host runs the strategies itself, `recovering.ready` and `executingStrategy` wait for it and its mark.
 *
 * - G1. `owner` is the source until the commit has taken effect and the target from then on; never both, never none.
 * - G2. Every attempt closes exactly once; a mark on a closed or unknown attempt is refused and reported.
 * - G3. No retry starts inside a back-off, which counts from the last failure.
 * - G4. Bytes replace others only after size, checksum and SHA-256 match those captured; a rolled-back agent has its own.
 * - G5. Every escalation has a cause, and is open exactly while a person has to decide.
 * - G6. By `recoveryTimeoutMs` after its first failure a recovery retries no more: it is over, rolls back, settles a
 *       commit, or waits for a person. Every phase has a deadline.
 * - G7. The count of retries is never negative and never beyond `maxRetries`; reporting a failure again keeps it.
 * - G8. A target that failed by its own fault is not chosen again.
 * - G9. An expired snapshot is refused, never destroyed.
 * - G10. Nothing is cancelled or rolled back from the commit on.
 * - G11. Under the preset `reference` the answers are the original's.
 *
 * @module
 */
import { migrating } from "./migration/migrating.ts";
import { portInput } from "./migration/inputs.ts";
import { given, onTime, outputOf, thrownBy, timeoutOf } from "./migration/params.ts";
import { recovering } from "./migration/recovering.ts";
import { rollingBack } from "./migration/rolling-back.ts";
import { type MigrationEvent, MigrationInput } from "./migration/schemas.ts";
import { migrationSetup } from "./migration/setup.ts";

export * from "./migration/reports.ts";
export * from "./migration/schemas.ts";

const refuse = <C extends MigrationEvent["type"]>(command: C, message: string) =>
  ({
    actions: {
      type: "refuseCommand",
      params: ({ event }: { event: Extract<MigrationEvent, { type: C }> }) => ({
        at: event.at,
        command,
        message,
      }),
    },
  }) as const;

const pastCommit = "the commit is under way or done: it cannot be taken back";
const fromCommitOn = {
  "migration.cancel": refuse("migration.cancel", pastCommit),
  "rollback.request": refuse("rollback.request", pastCommit),
  "migration.resolve": refuse("migration.resolve", "the commit is under way: wait for its outcome"),
} as const;
const resolving = { target: "resolved", actions: { type: "resolve", params: given } } as const;
const doubting = (params: ReturnType<typeof thrownBy<"settlingCommit">>) =>
  ({ target: "commitInDoubt", actions: { type: "doubtCommit", params } }) as const;

export const migrationMachine = migrationSetup.createMachine({
  id: "migration",
  version: "1",
  context: ({ input }) => ({
    ...MigrationInput.parse(input),
    target: null,
    owner: "source",
    at: 0,
    deadline: null,
    recoveryDeadline: null,
    snapshot: null,
    sourceFrozen: false,
    touchedTarget: null,
    failedTargets: [],
    acceptsExpired: false,
    exhaustion: null,
    warnings: [],
    escalation: null,
    audit: [],
  }),
  initial: "idle",
  on: {
    "migration.start": refuse("migration.start", "the migration was started before"),
    "migration.retry": refuse("migration.retry", "only what was given up can be tried again"),
    "migration.cancel": [
      { guard: "hasNothingToUndo", target: ".cancelled", actions: { type: "cancel", params: given } },
      {
        target: ".rollingBack",
        actions: { type: "abandon", params: ({ event }) => ({ at: event.at, acceptExpired: false }) },
      },
    ],
    "migration.resolve": { target: ".resolved", actions: { type: "resolve", params: given } },
    "rollback.request": { target: ".rollingBack", actions: { type: "abandon", params: given } },
    "commit.settle": refuse("commit.settle", "no commit is in doubt"),
    "failure.reported": refuse(
      "failure.reported",
      "the migration is past the point where a failure is recovered",
    ),
    "recovery.execute": { actions: { type: "refuseExecution", params: given } },
    "recovery.clear": refuse("recovery.clear", "the chart runs this recovery itself: cancel it instead"),
    "attempt.succeeded": { actions: { type: "refuseMark", params: given } },
    "attempt.failed": { actions: { type: "refuseMark", params: given } },
    "snapshot.sweep": { actions: { type: "sweepSnapshot", params: given } },
    "policy.set": { actions: { type: "setPolicy", params: given } },
  },
  states: {
    idle: {
      on: {
        "migration.start": { target: "migrating", actions: { type: "start", params: given } },
        "migration.cancel": { target: "cancelled", actions: { type: "cancel", params: given } },
        "migration.resolve": refuse("migration.resolve", "there is nothing to resolve"),
        "rollback.request": refuse("rollback.request", "No rollback info available for migration"),
        "failure.reported": { target: "recovering", actions: { type: "adoptFailure", params: given } },
        "recovery.clear": { actions: { type: "clearRecovery", params: given } },
        "attempt.succeeded": { guard: "marksAnyAttempt", actions: { type: "succeedAttempt", params: given } },
        "attempt.failed": { guard: "marksAnyAttempt", actions: { type: "failAttempt", params: given } },
      },
    },
    migrating,
    committing: {
      entry: { type: "enterPhase", params: { phase: "committing" } },
      on: fromCommitOn,
      invoke: {
        id: "commit",
        src: "commit",
        input: portInput.commit,
        onDone: [
          {
            guard: { type: "passes", params: outputOf("committing") },
            target: "committed",
            actions: { type: "passPhase", params: outputOf("committing") },
          },
          {
            guard: { type: "failsForCertain", params: outputOf("committing") },
            target: "recovering",
            actions: { type: "failPhase", params: outputOf("committing") },
          },
          { target: "settlingCommit", actions: { type: "noteTime", params: ({ event }) => event.output } },
        ],
        onError: "settlingCommit",
      },
      after: { untilDeadline: { target: "settlingCommit", actions: { type: "noteTime", params: onTime } } },
    },
    settlingCommit: {
      entry: { type: "enterPhase", params: { phase: "settlingCommit" } },
      on: fromCommitOn,
      invoke: {
        id: "settleCommit",
        src: "settleCommit",
        input: portInput.settleCommit,
        onDone: [
          {
            guard: { type: "passes", params: outputOf("settlingCommit") },
            target: "committed",
            actions: { type: "passPhase", params: outputOf("settlingCommit") },
          },
          {
            guard: { type: "isNotCommitted", params: outputOf("settlingCommit") },
            target: "recovering",
            actions: { type: "failPhase", params: outputOf("settlingCommit") },
          },
          { target: "commitInDoubt", actions: { type: "doubtCommit", params: outputOf("settlingCommit") } },
        ],
        onError: doubting(thrownBy("settlingCommit")),
      },
      after: {
        untilDeadline: {
          target: "commitInDoubt",
          actions: { type: "doubtCommit", params: timeoutOf("settlingCommit") },
        },
      },
    },
    recovering,
    rollingBack,
    givenUp: {
      tags: "escalated",
      entry: "giveUp",
      on: {
        "migration.retry": { target: "migrating", actions: { type: "retryAfresh", params: given } },
      },
    },
    rollbackFailed: {
      tags: "escalated",
      on: {
        "migration.cancel": refuse(
          "migration.cancel",
          "the rollback has failed: request it again, or resolve it",
        ),
        "rollback.request": [
          {
            guard: "droppedSnapshot",
            ...refuse("rollback.request", "No rollback info available for migration"),
          },
          { target: "rollingBack", actions: { type: "abandon", params: given } },
        ],
      },
    },
    commitInDoubt: {
      tags: "escalated",
      on: {
        ...fromCommitOn,
        "migration.resolve": resolving,
        "commit.settle": { target: "settlingCommit", actions: { type: "settleAgain", params: given } },
      },
    },
    committed: { type: "final" },
    rolledBack: { type: "final", entry: "completeRollback" },
    cancelled: { type: "final" },
    resolved: { type: "final" },
  },
});
