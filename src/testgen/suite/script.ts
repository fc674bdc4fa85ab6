/**
 * A test of a suite: what is done to the system, step by step, and what has to be seen after each.
 *
 * @module
 */
import type { AnyEventObject } from "xstate";
import type { Outcome } from "../../explore/world.ts";
import type { Observation } from "../observation.ts";

export type Action =
  | { readonly kind: "send"; readonly event: AnyEventObject }
  /** `fires`: the timers that do; none: it is waited to see that nothing happens. */
  | { readonly kind: "advance"; readonly ms: number; readonly fires: readonly string[] }
  /** `isLate`: its state was left; nothing may happen. */
  | { readonly kind: "settle"; readonly actor: string; readonly outcome: Outcome; readonly isLate: boolean };

export interface TestStep {
  /** Milliseconds that pass before it, in which nothing happens. */
  readonly afterMs: number;
  readonly action: Action;
  readonly expected: Observation;
}

export interface SuiteTest {
  /** What it is for, and how long it is. */
  readonly title: string;
  /** What no earlier test covers. */
  readonly why: readonly string[];
  readonly input: unknown;
  readonly initial: Observation;
  readonly steps: readonly TestStep[];
}

export const eventsOf = (tests: readonly SuiteTest[]): number =>
  tests.reduce((sum, { steps }) => sum + steps.length, 0);

/** `type`; `after DELAY`; `done ACTOR`. */
export function actionName(action: Action): string {
  switch (action.kind) {
    case "send":
      return action.event.type;
    case "advance":
      return action.fires.length === 0 ? `wait ${action.ms} ms` : action.fires.join(", ");
    case "settle":
      return `${action.isLate ? "late " : ""}${action.outcome.kind} ${action.actor}`;
  }
}
