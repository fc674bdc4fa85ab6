/** What the recovery chart's guards and actions take from events, outputs and deadlines. */
import type { DoneActorEvent, ErrorActorEvent } from "xstate";
import { type Failure, toFailure } from "../../src/core/errors.ts";
import type { EventOf } from "../../src/core/events.ts";
import { describeStep, type FailureFacts } from "../../src/core/recovery.ts";
import { nextUndo, type UndoOutcome } from "./compensation.ts";
import type { EscalationOutcome } from "./reports.ts";
import {
  AbortOutcome,
  ConfirmOutcome,
  type RecoveryChartEvent,
  type RecoveryContext,
  type recoveryEvents,
  type RecoveryJob,
  RecoveryStepInput,
  StepOutcome,
} from "./schemas.ts";
import { stepTimeout, timeoutFailure } from "./views.ts";

export interface At {
  at: number;
}
export interface Held extends At {
  held: boolean;
}
export interface Failed extends At {
  failure: Failure;
}
export interface FailedStep extends Failed {
  status: "failed" | "timed_out";
}
export interface Judged extends Failed {
  done: boolean;
}
export interface JudgedStep extends FailedStep, Judged {
  detail: string;
}
export interface By {
  by: string | null;
}
export type Personal = EventOf<
  typeof recoveryEvents,
  "escalation.acknowledge" | "escalation.resolve" | "escalation.retry" | "escalation.abort"
>;
type Given<E> = { context: RecoveryContext; event: E };

// ── Events ───────────────────────────────────────────────────────────────────

export const time = ({ event }: { event: RecoveryChartEvent }): At => ({ at: event.at });
export const hold = ({ event }: { event: RecoveryChartEvent }): Held => ({ at: event.at, held: true });
export const release = ({ event }: { event: RecoveryChartEvent }): Held => ({ at: event.at, held: false });
export const failure = ({
  event,
}: {
  event: EventOf<typeof recoveryEvents, "failure.reported">;
}): At & { facts: FailureFacts } => ({
  at: event.at,
  facts: event.facts,
});
export const grant = ({
  event,
}: {
  event: EventOf<typeof recoveryEvents, "escalation.retry">;
}): At & { attempts: number } => ({
  at: event.at,
  attempts: event.attempts,
});
export const by = ({ event }: { event: Personal }): By => ({ by: event.by ?? null });
export function person(
  outcome: EscalationOutcome,
): (given: { event: Personal }) => By & { outcome: EscalationOutcome } {
  return ({ event }) => ({ outcome, by: event.by ?? null });
}

// ── Deadlines and the last known instant ─────────────────────────────────────

export const lastTime = ({ context }: { context: RecoveryContext }): At => ({ at: context.at });
/** A timer is taken to fire exactly at its deadline. */
export const deadline = ({ context }: { context: RecoveryContext }): At => ({
  at: context.deadline ?? context.at,
});
export const lateStep = ({ context }: { context: RecoveryContext }): FailedStep => ({
  ...deadline({ context }),
  failure: stepTimeout(context),
  status: "timed_out",
});
export const lateConfirmation = ({ context }: { context: RecoveryContext }): Failed => ({
  ...deadline({ context }),
  failure: timeoutFailure("the health check", context.rules.confirmTimeoutMs),
});
export const lateAbort = ({ context }: { context: RecoveryContext }): Failed => ({
  ...deadline({ context }),
  failure: timeoutFailure("stopping it", context.rules.abortTimeoutMs),
});

// ── Inputs and outputs of the actors ─────────────────────────────────────────

export const job = ({ context }: { context: RecoveryContext }): RecoveryJob => {
  const { subject, recipe, episode, attempts: attempt, facts } = context;
  return { subject, scenario: recipe.scenario, episode, attempt, facts };
};
export const stepInput = ({ context }: { context: RecoveryContext }): RecoveryStepInput => {
  const index = context.stepIndex;
  return RecoveryStepInput.parse({ ...job({ context }), index, step: context.steps[index] });
};

export const undoInput = ({ context }: { context: RecoveryContext }): RecoveryStepInput =>
  RecoveryStepInput.parse({ ...job({ context }), ...nextUndo(context), compensates: true });

export const stepOutput = ({ context, event }: Given<DoneActorEvent<unknown>>): JudgedStep => {
  const parsed = StepOutcome.safeParse(event.output);
  if (!parsed.success) return { ...unreadable("step", context), detail: "", status: "failed" };
  const { at, detail, outcome } = parsed.data;
  const why = parsed.data.outcome === "failed" ? parsed.data.failure : noFailure;
  const done = outcome === "succeeded";
  return { at: at ?? context.at, detail, done, failure: why, status: "failed" };
};
export const confirmOutput = ({ context, event }: Given<DoneActorEvent<unknown>>): Judged => {
  const parsed = ConfirmOutcome.safeParse(event.output);
  if (!parsed.success) return unreadable("confirm", context);
  const { at, detail, healthy: done } = parsed.data;
  const message = detail === "" ? "the health check says that it is not healthy" : detail;
  return { at: at ?? context.at, done, failure: { code: "invalid_state", message } };
};
export const abortOutput = ({ context, event }: Given<DoneActorEvent<unknown>>): At => ({
  at: AbortOutcome.safeParse(event.output).data?.at ?? context.at,
});
export const thrown = ({ context, event }: Given<ErrorActorEvent>): FailedStep => ({
  at: context.at,
  failure: toFailure(event.error),
  status: "failed",
});

export const undoOutput = (given: Given<DoneActorEvent<unknown>>): UndoOutcome => {
  const { at, detail, done, failure: why } = stepOutput(given);
  return done
    ? { at, detail, status: "succeeded", failure: null }
    : { at, detail: why.message, status: "failed", failure: why };
};
export const undoThrown = (given: Given<ErrorActorEvent>): UndoOutcome => {
  const { at, failure: why } = thrown(given);
  return { at, detail: why.message, status: "failed", failure: why };
};
export const lateUndo = ({ context }: { context: RecoveryContext }): UndoOutcome => {
  const undo = nextUndo(context);
  const why = timeoutFailure(undo === null ? "" : describeStep(undo.step), undo?.step.timeoutMs ?? 0);
  return { ...deadline({ context }), detail: why.message, status: "timed_out", failure: why };
};
export const undoCancelled = ({ event }: { event: RecoveryChartEvent }): UndoOutcome => ({
  at: event.at,
  detail: "",
  status: "cancelled",
  failure: null,
});

/** Of a step that was done; never looked at. */
const noFailure: Failure = { code: "internal", message: "" };

/** An output that says nothing is not taken for success. */
function unreadable(actor: string, { at }: RecoveryContext): Judged {
  const message = `the output of "${actor}" does not fit its schema`;
  return { at, done: false, failure: { code: "invalid_event", message } };
}
