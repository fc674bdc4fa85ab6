/**
 * The machine itself as a system under test, run on data alone: what a suite was made of, and a mutant of it.
 *
 * @module
 */
import type { AnyStateMachine } from "xstate";
import { createStepper, type Stepper } from "../explore/stepper.ts";
import { ChartRun } from "./chart-run.ts";
import type { Sut, SutSession } from "./sut.ts";

export function chartSut(
  machine: AnyStateMachine,
  { name = "the chart" }: { readonly name?: string } = {},
): Sut {
  const stepper = createStepper(machine);
  return { name, create: (input) => chartSession(stepper, input) };
}

function chartSession(stepper: Stepper, input: unknown): SutSession {
  const run = new ChartRun(stepper, input);
  return {
    send: (event) => run.send(event),
    settle: (actor, outcome) => run.settle(actor, outcome),
    advance: (ms) => run.advance(ms),
    read: () => run.observe(),
  };
}
