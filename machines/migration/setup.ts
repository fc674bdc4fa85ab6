/** Names of the migration chart: its actors, guards, actions and delays. */
import { assign, enqueueActions, setup } from "xstate";
import {
  isRetry,
  openAttemptOf,
  policyFault,
  type PolicyDraft,
  type PortInput,
  type PortName,
  type PortOutput,
  refuseExecution as executionRefusal,
  refuseMark as markRefusal,
} from "../../src/core/migration.ts";
import { notProvided, tell } from "../actors.ts";
import * as ending from "./ending-moves.ts";
import { judge, type PhaseEnded } from "./judge.ts";
import type { At, Move } from "./move.ts";
import * as phases from "./phase-moves.ts";
import * as recovery from "./recovery-moves.ts";
import { type MigrationReport, migrationReports } from "./reports.ts";
import { MigrationContext, type MigrationEvent, migrationEvents, MigrationInput } from "./schemas.ts";

const port = <P extends PortName>(name: P) => notProvided<PortOutput<P>, PortInput<P>>(name);

/** Plays `move`: its context is assigned, its reports are told. */
function play({ enqueue, self }: Playing, move: Move): void {
  enqueue.assign(move.context);
  for (const report of move.reports) tell({ enqueue, self }, report, "migration.reported");
}
interface Playing {
  readonly self: Parameters<typeof tell<MigrationReport>>[0]["self"];
  readonly enqueue: Parameters<typeof tell<MigrationReport>>[0]["enqueue"] & {
    assign(change: Partial<MigrationContext>): void;
  };
}

export interface Marking extends At {
  readonly attempt: number | null;
}

export const migrationSetup = setup({
  types: {} as {
    input: MigrationInput;
    context: MigrationContext;
    events: MigrationEvent;
    emitted: MigrationReport;
  },
  schemas: {
    input: MigrationInput,
    context: MigrationContext,
    events: migrationEvents,
    emitted: migrationReports,
  },
  actors: {
    chooseTarget: port("chooseTarget"),
    checkCompatibility: port("checkCompatibility"),
    capture: port("capture"),
    transfer: port("transfer"),
    validate: port("validate"),
    restore: port("restore"),
    commit: port("commit"),
    settleCommit: port("settleCommit"),
    discard: port("discard"),
    inspectSnapshot: port("inspectSnapshot"),
    rollback: port("rollback"),
  },
  guards: {
    passes: ({ context }, ended: PhaseEnded) => judge(context, ended) === null,
    passesWithSnapshot: ({ context }, ended: PhaseEnded) =>
      judge(context, ended) === null && context.snapshot !== null,
    failsForCertain: (_, { output }: PhaseEnded) => output.outcome === "failed",
    isNotCommitted: (_, { output }: PhaseEnded) => output.outcome === "done",
    leftSomethingBehind: ({ context }) => context.touchedTarget !== null,
    lacksTarget: ({ context }) => context.target === null,
    hasNothingToUndo: ({ context }) => ending.hasNothingToUndo(context),
    isExpired: ({ context }) => ending.isExpired(context),
    lacksSnapshot: ({ context }) => context.snapshot === null,
    droppedSnapshot: ({ context: { snapshot, policy } }) =>
      snapshot === null && policy.rules.expiredSnapshot === "dropped",
    mayExecute: ({ context }, { at }: At) => executionRefusal(context.recovery, at, context.policy) === null,
    runsItself: ({ context }) => context.policy.rules.strategies === "run",
    leavesItToHost: ({ context }) => context.policy.rules.strategies === "told",
    runsAtOnce: ({ context }) =>
      context.policy.rules.strategies === "run" && recovery.waitsForNothing(context),
    isDueAtOnce: ({ context }) => recovery.waitsForNothing(context),
    runsRollback: ({ context }) => strategyToRun(context) === "Rollback",
    runsGiveUp: ({ context }) => strategyToRun(context) === "GiveUp",
    runsRetry: ({ context }) => isRetry(strategyToRun(context) ?? "GiveUp"),
    isMarkable: ({ context }, { attempt }: Marking) =>
      markRefusal(context.recovery, attempt, context.policy) === null,
    marksAnyAttempt: ({ context }) => context.policy.rules.marks === "last",
    hasDeadline: ({ context }) => context.deadline !== null,
    isValidPolicy: (_, { policy }: { policy: PolicyDraft }) => policyFault(policy) === null,
  },
  actions: {
    noteTime: assign((_, { at }: At) => ({ at })),
    start: enqueueActions(({ context, ...on }, to: Parameters<typeof phases.start>[1]) =>
      play(on, phases.start(context, to)),
    ),
    enterPhase: enqueueActions(({ context, ...on }, entered: Parameters<typeof phases.enterPhase>[1]) =>
      play(on, phases.enterPhase(context, entered)),
    ),
    passPhase: enqueueActions(({ context, ...on }, ended: PhaseEnded) =>
      play(on, phases.passPhase(context, ended)),
    ),
    failPhase: enqueueActions(({ context, ...on }, ended: PhaseEnded) =>
      play(on, recovery.failPhase(context, ended)),
    ),
    recordFailure: enqueueActions(
      ({ context, ...on }, failure: Parameters<typeof recovery.recordFailure>[1]) =>
        play(on, recovery.recordFailure(context, failure)),
    ),
    adoptFailure: enqueueActions(({ context, ...on }, failure: Parameters<typeof recovery.adoptFailure>[1]) =>
      play(on, recovery.adoptFailure(context, failure)),
    ),
    scheduleRecovery: enqueueActions(({ context, ...on }) => play(on, recovery.scheduleRecovery(context))),
    offerRecovery: enqueueActions(({ context, ...on }) => play(on, recovery.offerRecovery(context))),
    beginAttempt: enqueueActions(({ context, ...on }, now: At) =>
      play(on, recovery.beginAttempt(context, now)),
    ),
    refuseExecution: enqueueActions(({ context, ...on }, now: At) =>
      play(on, recovery.refuseExecution(context, now)),
    ),
    succeedAttempt: enqueueActions(({ context, ...on }, now: At) =>
      play(on, recovery.succeedAttempt(context, now)),
    ),
    failAttempt: enqueueActions(({ context, ...on }, mark: Parameters<typeof recovery.failAttempt>[1]) =>
      play(on, recovery.failAttempt(context, mark)),
    ),
    refuseMark: enqueueActions(({ context, ...on }, mark: Marking) =>
      play(on, recovery.refuseMark(context, mark)),
    ),
    exhaust: enqueueActions(({ context, ...on }, why: Parameters<typeof recovery.exhaust>[1]) =>
      play(on, recovery.exhaust(context, why)),
    ),
    giveUp: enqueueActions(({ context, ...on }) => play(on, recovery.giveUp(context))),
    abandon: enqueueActions(({ context, ...on }, request: Parameters<typeof ending.abandon>[1]) =>
      play(on, ending.abandon(context, request)),
    ),
    cancel: enqueueActions(({ context, ...on }, now: At) => play(on, ending.cancel(context, now))),
    beginRollback: enqueueActions(({ context, ...on }) => play(on, ending.beginRollback(context))),
    completeRollback: enqueueActions(({ context, ...on }) => play(on, ending.completeRollback(context))),
    refuseExpired: enqueueActions(({ context, ...on }) => play(on, ending.refuseExpired(context))),
    failRollbackPhase: enqueueActions(({ context, ...on }, ended: PhaseEnded) =>
      play(on, ending.failRollbackPhase(context, ended)),
    ),
    doubtCommit: enqueueActions(({ context, ...on }, ended: PhaseEnded) =>
      play(on, ending.doubtCommit(context, ended)),
    ),
    settleAgain: enqueueActions(({ context, ...on }, now: At) => play(on, ending.settleAgain(context, now))),
    resolve: enqueueActions(({ context, ...on }, how: Parameters<typeof ending.resolve>[1]) =>
      play(on, ending.resolve(context, how)),
    ),
    retryAfresh: enqueueActions(({ context, ...on }, to: Parameters<typeof ending.retryAfresh>[1]) =>
      play(on, ending.retryAfresh(context, to)),
    ),
    clearRecovery: enqueueActions(({ context, ...on }, now: At) =>
      play(on, ending.clearRecovery(context, now)),
    ),
    sweepSnapshot: enqueueActions(({ context, ...on }, now: At) =>
      play(on, ending.sweepSnapshot(context, now)),
    ),
    setPolicy: enqueueActions(({ context, ...on }, set: Parameters<typeof ending.setPolicy>[1]) =>
      play(on, ending.setPolicy(context, set)),
    ),
    refuseCommand: enqueueActions(({ context, ...on }, what: Parameters<typeof ending.refuseCommand>[1]) =>
      play(on, ending.refuseCommand(context, what)),
    ),
  },
  delays: {
    untilDeadline: ({ context: { at, deadline } }) => Math.max(0, (deadline ?? at) - at),
  },
});

/** The open attempt's strategy, where the chart runs it. */
function strategyToRun({ recovery, policy }: MigrationContext) {
  return policy.rules.strategies === "run" ? (openAttemptOf(recovery)?.strategy ?? null) : null;
}
