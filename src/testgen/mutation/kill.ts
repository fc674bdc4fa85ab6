/**
 * Whether a suite tells a mutant from its machine: it is played to the mutant, and what is seen is compared after every
 * step.
 *
 * @module
 */
import type { AnyStateMachine } from "xstate";
import { ChartRun } from "../chart-run.ts";
import { createStepper, type Stepper } from "../../explore/stepper.ts";
import type { Observation } from "../observation.ts";
import type { SuiteTest } from "../suite/script.ts";
import { cloneMark } from "./operators.ts";

/** A suite with what has to be seen as text, so that each mutant costs one comparison a step. */
export interface Oracle {
  readonly test: SuiteTest;
  readonly initial: string;
  readonly expected: readonly string[];
}

export function oracleOf(test: SuiteTest): Oracle {
  return { test, initial: seen(test.initial), expected: test.steps.map(({ expected }) => seen(expected)) };
}

/** What an observer sees: the clone of a state looks like it. */
export function seen({ value, status, context, output, actors, effects }: Observation): string {
  // The contexts of observations are plain already: their keys are sorted.
  const text = JSON.stringify([value, status, context, output ?? null, actors, effects]);
  return text.includes(cloneMark) ? text.replaceAll(cloneMark, "") : text;
}

/** The first test that `mutant` fails; -1: it passes all. A mutant that throws fails. */
export function killedBy(mutant: AnyStateMachine, oracles: readonly Oracle[]): number {
  const stepper = createStepper(mutant);
  return oracles.findIndex((oracle) => fails(stepper, oracle));
}

export function fails(stepper: Stepper, { test, initial, expected }: Oracle): boolean {
  try {
    const run = new ChartRun(stepper, test.input);
    if (seen(run.observe()) !== initial) return true;
    return test.steps.some(({ afterMs, action }, index) => {
      if (afterMs > 0) run.advance(afterMs);
      if (action.kind === "send") run.send(action.event);
      else if (action.kind === "advance") run.advance(action.ms);
      else run.settle(action.actor, action.outcome);
      return seen(run.observe()) !== expected[index];
    });
  } catch {
    return true;
  }
}
