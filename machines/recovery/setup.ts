/** The recovery chart's vocabulary: its actors, guards, actions and delays by name. */
import { type AnyActorRef, assign, enqueueActions, setup } from "xstate";
import type { Failure } from "../../src/core/errors.ts";
import { needsPerson, recommendedAction, type FailureFacts } from "../../src/core/recovery.ts";
import { type Enveloped, notProvided, tell } from "../actors.ts";
import * as undo from "./compensation.ts";
import * as decide from "./decisions.ts";
import * as views from "./views.ts";
import {
  type EpisodeOutcome,
  type EscalationOutcome,
  type RecoveryNews,
  type RecoveryReport,
  recoveryReports,
} from "./reports.ts";
import {
  type AbortOutcome,
  type ConfirmOutcome,
  type RecoveryChartEvent,
  RecoveryContext,
  recoveryEvents,
  RecoveryInput,
  type RecoveryJob,
  type RecoveryRecord,
  type RecoveryStepInput,
  type StepOutcome,
} from "./schemas.ts";

export interface At {
  at: number;
}
export interface Seen extends At {
  facts: FailureFacts;
}
export interface Failed extends At {
  failure: Failure;
}
export interface FailedStep extends Failed {
  status: "failed" | "timed_out";
}

interface Reporting {
  readonly context: RecoveryContext;
  readonly self: AnyActorRef;
  readonly enqueue: {
    emit(event: RecoveryReport): void;
    sendTo(target: AnyActorRef, event: RecoveryReport | Enveloped<RecoveryReport>): void;
    assign(next: { seq: number; log: RecoveryRecord[] }): void;
  };
}

/** Numbers `news`, tells it and keeps a line of it; at most once per action, as the number comes from the context. */
function report({ context, enqueue, self }: Reporting, news: RecoveryNews): void {
  const { subject, recipe, episode, at, log, rules } = context;
  const seq = context.seq + 1;
  const line = { seq, episode, at, type: news.type };
  enqueue.assign({ seq, log: [...log, line].slice(-rules.logLimit) });
  tell(
    { enqueue, self },
    {
      ...news,
      subject,
      scenario: recipe.scenario,
      episode,
      seq,
      at,
    } as RecoveryReport,
    "recovery.reported",
  );
}

export const recoverySetup = setup({
  types: {} as {
    input: RecoveryInput;
    context: RecoveryContext;
    events: RecoveryChartEvent;
    emitted: RecoveryReport;
  },
  schemas: {
    input: RecoveryInput,
    context: RecoveryContext,
    events: recoveryEvents,
    emitted: recoveryReports,
  },
  actors: {
    step: notProvided<StepOutcome, RecoveryStepInput>("step"),
    confirm: notProvided<ConfirmOutcome, RecoveryJob>("confirm"),
    abort: notProvided<AbortOutcome, RecoveryJob>("abort"),
  },
  guards: {
    isFree: ({ context }) => !context.held,
    returnsAttempts: ({ context }) => context.rules.returnsAttempts,
    isProven: ({ context: { rules, deadline } }, { at }: At) =>
      rules.returnsAttempts && deadline !== null && at >= deadline,
    attemptLeft: ({ context }) => views.attemptLeft(context),
    grantsAttempts: (_, { attempts }: { attempts: number }) => Number.isInteger(attempts) && attempts > 0,
    asksPerson: ({ context }) => views.nextStep(context)?.kind === "escalate_to_human",
    hasStep: ({ context }) => views.nextStep(context) !== null,
    confirms: ({ context }) => context.rules.confirms,
    isDone: (_, { done }: { done: boolean }) => done,
    isPartial: ({ context }) => views.closedResult(context).kind === "partial_recovery",
    mayResume: ({ context }) => views.mayResume(context),
    compensates: ({ context }) => undo.compensates(context),
    hasUndo: ({ context }) => undo.nextUndo(context) !== null,
    actsOnPolicy: ({ context }) => context.rules.actsOnPolicy,
    alertsHuman: ({ context: { cause, recipe, rules } }) =>
      rules.actsOnPolicy &&
      (recipe.escalationPolicy === "alert_human" || (cause !== null && needsPerson(cause))),
    logsAndContinues: ({ context: { recipe, rules } }) =>
      rules.actsOnPolicy && recipe.escalationPolicy === "log_and_continue",
    abortsSubject: ({ context: { recipe, rules } }) =>
      rules.actsOnPolicy && recipe.escalationPolicy === "abort",
  },
  actions: {
    noteTime: assign((_, { at }: At) => ({ at })),
    setHeld: assign((_, { at, held }: At & { held: boolean }) => ({ at, held })),
    openEpisode: assign(({ context }, { at, facts }: Seen) => decide.openEpisode(context, at, facts)),
    reopenEpisode: assign(({ context }, { at, facts }: Seen) => decide.reopenEpisode(context, at, facts)),
    closeEpisode: assign(({ context }, { at }: At) => decide.closeEpisode(context, at)),
    resume: assign(({ context }) => decide.resume(context)),
    grantAttempts: assign(({ context }, { at, attempts }: At & { attempts: number }) =>
      decide.grantAttempts(context, at, attempts),
    ),
    beginAttempt: assign(({ context }) => decide.beginAttempt(context)),
    armStep: assign(({ context }) => ({
      deadline: context.at + (views.nextStep(context)?.timeoutMs ?? 0),
    })),
    beginUndoing: assign(({ context }) => undo.beginUndoing(context)),
    armUndo: assign(({ context }) => ({
      deadline: context.at + (undo.nextUndo(context)?.step.timeoutMs ?? 0),
    })),
    closeUndo: assign(({ context }, outcome: undo.UndoOutcome) => undo.closeUndo(context, outcome)),
    endUndoing: assign(({ context }) => undo.endUndoing(context)),
    armConfirmation: assign(({ context: { at, rules } }) => ({ deadline: at + rules.confirmTimeoutMs })),
    armAbort: assign(({ context: { at, rules } }) => ({ deadline: at + rules.abortTimeoutMs })),
    disarm: assign((_, { at }: At) => ({ at, deadline: null })),
    passStep: assign(({ context }, { at, detail }: At & { detail: string }) =>
      decide.passStep(context, at, detail),
    ),
    failStep: assign(({ context }, { failure, status, at }: FailedStep) =>
      decide.failStep(context, failure, status, at),
    ),
    cancelStep: assign(({ context }, { at }: At) => decide.cancelStep(context, at)),
    askPerson: assign(({ context }) => decide.askPerson(context)),
    failConfirmation: assign(({ context }, { failure, at }: Failed) =>
      decide.failConfirmation(context, failure, at),
    ),
    failAbort: assign(({ context }, { failure, at }: Failed) => decide.failAbort(context, failure, at)),
    succeed: assign(({ context }, { at }: At) => decide.succeed(context, at)),
    cancel: assign(({ context }, { at }: At) => decide.cancel(context, at)),
    refuse: assign(({ context }, { at }: At) => ({ at, refusals: context.refusals + 1 })),
    refuseExhausted: assign(({ context }, { at }: At) => decide.refuseExhausted(context, at)),
    giveUp: assign(({ context }) => decide.giveUp(context)),
    countEscalation: assign(({ context }) => ({ escalations: context.escalations + 1 })),

    tellQueued: enqueueActions((args) => {
      const { held, facts } = args.context;
      report(args, { type: "recovery.queued", held, facts });
    }),
    tellStarted: enqueueActions((args) => {
      const { attempts: attempt, budget, ledger, stepIndex: fromStep } = args.context;
      const attemptType = ledger?.attemptType ?? "automatic";
      report(args, { type: "recovery.started", attempt, budget, attemptType, fromStep });
    }),
    tellStepStarted: enqueueActions((args) => {
      const step = views.nextStep(args.context);
      if (step !== null) report(args, { type: "step.started", index: args.context.stepIndex, step });
    }),
    tellStepFinished: enqueueActions((args) => {
      const { ledger, stepIndex, cause } = args.context;
      const last = ledger?.commandResults.at(-1);
      if (last === undefined) return;
      const { status, command: step } = last;
      const index = status === "succeeded" ? stepIndex - 1 : stepIndex;
      const failure = cause?.failure ?? null;
      report(args, { type: "step.finished", index, step, status, failure });
    }),
    tellUndoStarted: enqueueActions((args) => {
      const next = undo.nextUndo(args.context);
      if (next !== null) report(args, { type: "compensation.started", ...next });
    }),
    tellUndoFinished: enqueueActions((args, { status, failure }: undo.UndoOutcome) => {
      const last = args.context.ledger?.commandResults.at(-1);
      if (last?.compensates === undefined) return;
      const { command: step, compensates: index } = last;
      report(args, { type: "compensation.finished", index, step, status, failure });
    }),
    tellAttemptClosed: enqueueActions((args, { cancelled }: { cancelled: boolean }) => {
      const attempt = args.context.ledger?.attemptCount ?? 0;
      const result = cancelled ? null : views.closedResult(args.context);
      const outcome = result === null ? "cancelled" : result.kind === "recovered" ? "recovered" : "failed";
      report(args, { type: "attempt.closed", attempt, outcome, result });
    }),
    tellSucceeded: enqueueActions((args) =>
      report(args, { type: "recovery.succeeded", stepsTaken: args.context.steps.length }),
    ),
    tellFailed: enqueueActions((args) => {
      const { steps, stepIndex } = args.context;
      const split = { recovered: steps.slice(0, stepIndex), remaining: steps.slice(stepIndex) };
      report(args, { type: "recovery.failed", ...split });
    }),
    tellExhausted: enqueueActions((args) => {
      const policy = args.context.recipe.escalationPolicy;
      const why = advice(args.context);
      if (why !== null) report(args, { type: "recovery.exhausted", ...why, policy });
    }),
    tellRefused: enqueueActions((args) => {
      const { refusals } = args.context;
      report(args, { type: "recovery.refused", reason: views.refusalReason(args.context), refusals });
    }),
    tellCancelled: enqueueActions((args) => report(args, { type: "recovery.cancelled" })),
    tellEscalated: enqueueActions((args) => {
      const { escalations: escalation, ledger } = args.context;
      const history = ledger?.commandResults ?? [];
      const why = advice(args.context);
      if (why !== null) report(args, { type: "escalation.opened", escalation, ...why, history, ledger });
    }),
    tellAcknowledged: enqueueActions((args, { by }: { by: string | null }) =>
      report(args, { type: "escalation.acknowledged", escalation: args.context.escalations, by }),
    ),
    tellEscalationClosed: enqueueActions(
      (args, { outcome, by }: { outcome: EscalationOutcome; by: string | null }) =>
        report(args, { type: "escalation.closed", escalation: args.context.escalations, outcome, by }),
    ),
    tellDegraded: enqueueActions((args) => {
      const why = advice(args.context);
      if (why !== null) report(args, { type: "subject.degraded", ...why });
    }),
    tellAborted: enqueueActions((args) => {
      const why = advice(args.context);
      if (why !== null) report(args, { type: "subject.aborted", ...why });
    }),
    tellEpisodeClosed: enqueueActions((args, { outcome }: { outcome: EpisodeOutcome }) =>
      report(args, { type: "episode.closed", outcome }),
    ),
  },
  delays: {
    untilDeadline: ({ context: { at, deadline } }) => Math.max(0, (deadline ?? at) - at),
  },
});

/** Why it was given up, and what to do about it; `null` while nothing was given up. */
function advice({ cause }: RecoveryContext) {
  return cause === null ? null : { cause, recommendedAction: recommendedAction(cause) };
}
