/**
 * Moves of a walk, played to the machine as data: what becomes of them there is the test that a system has to pass.
 *
 * @module
 */
import type { AnyEventObject } from "xstate";
import { createLabels } from "../../explore/explorer/labels.ts";
import { applyStimulus, liveChildren, type Outcome, type Stimulus } from "../../explore/world.ts";
import { ChartRun } from "../chart-run.ts";
import type { Explored } from "../exploring.ts";
import type { Observation } from "../observation.ts";
import type { Action, SuiteTest, TestStep } from "../suite/script.ts";
import { stateName } from "../../explore/counterexample.ts";

/** What is done, whatever the time: a timer fires when it is due. */
export type Move =
  | { readonly kind: "event"; readonly event: AnyEventObject }
  /** Until the next timer fires. */
  | { readonly kind: "timer" }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "outcome"; readonly actor: string; readonly outcome: Outcome };

/** What a step was to the machine: the same transition is the same text. */
export interface StepIdentity {
  /** `EVENT SOURCE EVENT …`: what came and what was taken; `ignored EVENT in STATE`. */
  readonly text: string;
  /** Ids of the transitions that were taken. */
  readonly taken: readonly string[];
}

export class WalkModel {
  readonly initial: Observation;
  readonly steps: TestStep[] = [];
  readonly identities: StepIdentity[] = [];
  readonly #explored: Explored;
  readonly #run: ChartRun;
  readonly #labelOf: ReturnType<typeof createLabels>;
  #seen: { action: string; taken: readonly string[] }[] = [];

  constructor(explored: Explored) {
    this.#explored = explored;
    const { stepper } = explored.exploration;
    this.#labelOf = createLabels(stepper.table.nodes);
    this.#run = new ChartRun(stepper, explored.input, (before, stimulus, { steps }) => {
      const taken = steps.flatMap(({ microsteps }) =>
        microsteps.flatMap((it) => it.taken.map(({ id }) => id)),
      );
      this.#seen.push({ action: this.#labelOf(stimulus, before).action, taken });
    });
    this.initial = this.#run.observe();
  }

  /** Whether the machine has something to do for it. Throws nothing. */
  isAccepted(move: Move): boolean {
    const { world } = this.#run;
    if (world.snapshot.status !== "active") return false;
    switch (move.kind) {
      case "timer":
        return world.timers.length > 0;
      case "wait":
        return move.ms > 0;
      case "outcome":
        return liveChildren(world).some(({ id }) => id === move.actor) && this.#takes(stimulusOf(move));
      case "event":
        return this.#takes(stimulusOf(move));
    }
  }

  /** The step that the move became, or `null` where there is no such thing to be done. Throws what the machine throws. */
  play(move: Move): TestStep | null {
    const { world } = this.#run;
    const action = this.#actionOf(move);
    if (action === null) return null;
    this.#seen = [];
    const from = stateName(world.snapshot);
    if (action.kind === "send") this.#run.send(action.event);
    if (action.kind === "advance") this.#run.advance(action.ms);
    if (action.kind === "settle") this.#run.settle(action.actor, action.outcome);
    const fires = this.#seen.map((it) => it.action);
    const done = action.kind === "advance" ? { ...action, fires } : action;
    const step: TestStep = { afterMs: 0, action: done, expected: this.#run.observe() };
    this.steps.push(step);
    const last = this.#seen.at(-1) ?? { action: "wait", taken: [] };
    const text =
      last.taken.length === 0 ? `ignored ${last.action} in ${from}` : identityOf(last.action, last.taken);
    this.identities.push({ text, taken: last.taken });
    return step;
  }

  test(title: string): SuiteTest {
    return { title, why: [title], input: this.#explored.input, initial: this.initial, steps: this.steps };
  }

  #actionOf(move: Move): Action | null {
    const { world, nowMs } = this.#run;
    switch (move.kind) {
      case "event":
        return { kind: "send", event: move.event };
      case "wait":
        return { kind: "advance", ms: move.ms, fires: [] };
      case "timer": {
        const due = Math.min(...world.timers.map(({ serial }) => this.#run.deadline(serial)));
        return Number.isFinite(due) ? { kind: "advance", ms: Math.max(0, due - nowMs), fires: [] } : null;
      }
      case "outcome": {
        const isLive = liveChildren(world).some(({ id }) => id === move.actor);
        return isLive ? { kind: "settle", actor: move.actor, outcome: move.outcome, isLate: false } : null;
      }
    }
  }

  #takes(stimulus: Stimulus): boolean {
    try {
      const { steps } = applyStimulus(this.#explored.exploration.stepper, this.#run.world, stimulus);
      return steps.some(({ microsteps }) => microsteps.some(({ taken }) => taken.length > 0));
    } catch {
      return false;
    }
  }
}

export const identityOf = (action: string, taken: readonly string[]): string =>
  `${action}: ${taken.join(", ")}`;

function stimulusOf(move: Extract<Move, { kind: "event" | "outcome" }>): Stimulus {
  return move.kind === "event"
    ? { kind: "event", event: move.event }
    : { kind: "outcome", child: move.actor, outcome: move.outcome };
}

/** The moves that a step was made of. */
export function movesOf({ afterMs, action }: TestStep): readonly Move[] {
  const wait: Move[] = afterMs > 0 ? [{ kind: "wait", ms: afterMs }] : [];
  switch (action.kind) {
    case "send":
      return [...wait, { kind: "event", event: action.event }];
    case "advance":
      return [{ kind: "wait", ms: afterMs + action.ms }];
    case "settle":
      return [...wait, { kind: "outcome", actor: action.actor, outcome: action.outcome }];
  }
}
