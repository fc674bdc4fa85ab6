/**
 * One step of a machine without running it: the next snapshot, the transitions that were really taken, and the effects
 * as data.
 *
 * @module
 */
import type { AnyEventObject, AnyMachineSnapshot, AnyStateMachine } from "xstate";
import { runsCode } from "./stepper/code.ts";
import { takenOf } from "./stepper/conflicts.ts";
import { type Effect, effectsOf } from "./stepper/effects.ts";
import { type Transition, type TransitionTable, transitionTable } from "./stepper/transitions.ts";
import { createInertMachine, type RawMicrostep, type RawStep } from "./xstate-adapter.ts";

export type { Effect } from "./stepper/effects.ts";
export type { Transition, TransitionTable } from "./stepper/transitions.ts";

export interface Microstep {
  /** The event, a raised one, or the one whose consequence this eventless microstep is. */
  readonly event: AnyEventObject;
  readonly before: AnyMachineSnapshot;
  /** Selected by the event, in document order; more than {@link taken} when regions are in conflict. */
  readonly selected: readonly Transition[];
  readonly taken: readonly Transition[];
}

/** One macrostep. */
export interface Step {
  readonly snapshot: AnyMachineSnapshot;
  readonly microsteps: readonly Microstep[];
  readonly effects: readonly Effect[];
}

export interface StepperOptions {
  /** More microsteps than this in one step throw, as a machine that never comes to rest would hang. */
  readonly maxMicrosteps?: number;
}

const defaultMaxMicrosteps = 1_000;

export interface Stepper {
  readonly machine: AnyStateMachine;
  readonly table: TransitionTable;
  /** Steps may run functions of the machine's author, so that they may depend on anything. */
  readonly runsCode: boolean;
  /** The initial state; a machine that throws on its way there has status `error`. */
  initial(input?: unknown): Step;
  /** Throws what a guard, an assign or a parameter function of the machine throws. */
  step(snapshot: AnyMachineSnapshot, event: AnyEventObject): Step;
}

const steppers = new WeakMap<AnyStateMachine, Stepper>();

/** The stepper of a machine is made once: it holds nothing from one step to the next. */
export function createStepper(machine: AnyStateMachine, options: StepperOptions = {}): Stepper {
  const { maxMicrosteps = defaultMaxMicrosteps } = options;
  if (maxMicrosteps !== defaultMaxMicrosteps) return newStepper(machine, maxMicrosteps);
  let stepper = steppers.get(machine);
  if (stepper === undefined) steppers.set(machine, (stepper = newStepper(machine, maxMicrosteps)));
  return stepper;
}

function newStepper(machine: AnyStateMachine, maxMicrosteps: number): Stepper {
  const table = transitionTable(machine);
  const inert = createInertMachine(machine, maxMicrosteps);
  // The same few combinations come back all the time.
  const lone = new Map<Transition, readonly Transition[]>();

  function toMicrostep({ event, before, selected }: RawMicrostep): Microstep {
    const known = selected.flatMap((it) => table.of(it) ?? []);
    const [only] = known;
    if (known.length === 1 && only !== undefined) {
      let list = lone.get(only);
      if (list === undefined) lone.set(only, (list = [only]));
      return { event, before, selected: list, taken: list };
    }
    const taken = takenOf(selected, before).flatMap((it) => table.of(it) ?? []);
    return { event, before, selected: known, taken };
  }

  const toStep = ({ snapshot, microsteps, actions }: RawStep, before: AnyMachineSnapshot | null): Step => ({
    snapshot,
    microsteps: microsteps.map(toMicrostep),
    effects: effectsOf(actions, before, snapshot, inert.self),
  });

  return {
    machine,
    table,
    runsCode: runsCode(machine, table.nodes),
    initial(input) {
      const raw = inert.initial(input);
      const step = toStep(raw, null);
      // An actor that cannot reach its initial state does nothing at all.
      return raw.snapshot.status === "error" ? { ...step, microsteps: [], effects: [] } : step;
    },
    step: (snapshot, event) => toStep(inert.transition(snapshot, event), snapshot),
  };
}
