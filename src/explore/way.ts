/** Ways through the graph for programs: what is done, where it leads, and by which parts of the chart. */
import type { Exploration } from "./explorer.ts";
import type { Transition } from "./stepper.ts";
import { applyStimulus, type Outcome, type Stimulus, type World, type WorldStep } from "./world.ts";
import { activeNodes } from "./xstate-adapter.ts";
import type { AnyEventObject } from "xstate";

/** What happens; a timer goes by the type of the event that it brings. */
export type WayStep =
  | { readonly send: AnyEventObject }
  | { readonly timer: string }
  | { readonly settle: string; readonly outcome: Outcome };

export interface Way {
  readonly steps: readonly WayStep[];
  /** The step from which on all is repeated for ever; equal to their number: nothing more happens. `null`: it ends. */
  readonly loopFrom: number | null;
  /** Ids of the states that are active at its end. */
  readonly states: readonly string[];
  /** Ids of the transitions on it, as the chart model has them. */
  readonly transitions: readonly string[];
}

/** `SOURCE:DESCRIPTOR:INDEX`, as the chart model names a transition. */
export const chartIdOf = ({ source, descriptor, position }: Transition): string =>
  `${source.id}:${descriptor}:${position}`;

/** `path` and `loop` are edges, as a property's result has them. */
export function wayOf(
  { graph }: Exploration,
  path: readonly number[],
  loop: readonly number[] | null = null,
): Way {
  const edges = [...path, ...(loop ?? [])];
  const last = edges.at(-1);
  const { snapshot } = graph.world(last === undefined ? 0 : graph.to(last));
  return {
    steps: edges.map((edge): WayStep => {
      const { stimulus, timerEvent } = graph.label(edge);
      if (stimulus.kind === "event") return { send: stimulus.event };
      if (stimulus.kind === "timer") return { timer: timerEvent ?? "" };
      return { settle: stimulus.child, outcome: stimulus.outcome };
    }),
    loopFrom: loop === null ? null : path.length,
    states: activeNodes(snapshot).map(({ id }) => id),
    transitions: [...new Set(edges.flatMap((edge) => graph.edge(edge).taken.map(chartIdOf)))],
  };
}

/** Goes one step; throws where it cannot be gone. */
export function applyWayStep(
  { stepper }: Pick<Exploration, "stepper">,
  world: World,
  step: WayStep,
): WorldStep & { readonly stimulus: Stimulus } {
  if ("send" in step) {
    const stimulus = { kind: "event", event: step.send } as const;
    return { stimulus, ...applyStimulus(stepper, world, stimulus) };
  }
  if ("settle" in step) {
    const stimulus = { kind: "outcome", child: step.settle, outcome: step.outcome } as const;
    return { stimulus, ...applyStimulus(stepper, world, stimulus) };
  }
  const timer = world.timers.find(({ event }) => event.type === step.timer);
  if (timer === undefined) throw new RangeError(`no timer ${step.timer} is pending`);
  const stimulus = { kind: "timer", serial: timer.serial } as const;
  return { stimulus, ...applyStimulus(stepper, world, stimulus) };
}
