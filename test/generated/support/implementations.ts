/** What implements our charts. Whoever adds one adds it here: the suites stay as they are. */
import type { AnyStateMachine } from "xstate";
import { fenced } from "../../../src/runtime/fenced.ts";
import { guarded } from "../../../src/runtime/guarded.ts";
import { VirtualClock } from "../../../src/runtime/virtual-clock.ts";
import { actorSut, chartSut, type Sut } from "../../../src/testgen/index.ts";

const clock = (): VirtualClock => new VirtualClock();
/** As the runtime runs a chart. */
const wrap = (machine: AnyStateMachine): AnyStateMachine => fenced(guarded(machine, { onRefused: () => {} }));

/** The chart as data, a real actor of it on the virtual clock, and one as the runtime wraps it. */
export function implementationsOf(machine: AnyStateMachine): readonly Sut[] {
  return [
    chartSut(machine),
    actorSut(machine, { name: "an actor", clock }),
    actorSut(machine, { name: "an actor of the runtime", clock, wrap }),
  ];
}
