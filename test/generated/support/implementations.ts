/** What implements our charts. Whoever adds one adds it here: the suites stay as they are. */
import type { AnyStateMachine } from "xstate";
import { VirtualClock } from "../../../src/runtime/virtual-clock.ts";
import { actorSut, chartSut, type Sut } from "../../../src/testgen/index.ts";

/** The chart as data, and a real actor of it on the virtual clock. */
export function implementationsOf(machine: AnyStateMachine): readonly Sut[] {
  return [chartSut(machine), actorSut(machine, { name: "an actor", clock: () => new VirtualClock() })];
}
