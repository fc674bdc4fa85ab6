/** Time in steps of its own: the plain way to explore timers, to which zones are compared. */
import type { AnyStateMachine } from "xstate";
import { createKeys } from "../../../src/explore/explorer/keys.ts";
import { createStimuli, type EventCases } from "../../../src/explore/explorer/stimuli.ts";
import { applyStimulus, createStepper, initialWorld, type World } from "../../../src/explore/index.ts";

interface TickedWorld {
  readonly world: World;
  /** By serial. */
  readonly leftMs: ReadonlyMap<number, number>;
}

export interface Reached {
  readonly states: number;
  /** State values with contexts and children. */
  readonly configurations: ReadonlySet<string>;
  /** Configurations with the events of the timers that fire there. */
  readonly firings: ReadonlySet<string>;
}

/** `null`: there are more than `maxStates`. All delays have to be multiples of `tickMs`. */
export function exploreTicks(
  machine: AnyStateMachine,
  { tickMs, events, maxStates = 20_000 }: { tickMs: number; events?: EventCases; maxStates?: number },
): Reached | null {
  const stepper = createStepper(machine);
  const stimuli = createStimuli(machine, stepper.table, { ...(events && { events }), timed: false });
  const keys = createKeys({ timed: false });
  const bare = (world: World): string => keys.of({ ...world, timers: [] });
  const queue: TickedWorld[] = [];
  const known = new Set<string>();
  const configurations = new Set<string>();
  const firings = new Set<string>();
  const reach = (world: World, before: ReadonlyMap<number, number>): void => {
    const leftMs = new Map(world.timers.map((it) => [it.serial, before.get(it.serial) ?? it.delayMs]));
    const clocks = world.timers
      .toSorted((a, b) => a.delayMs - b.delayMs)
      .map(
        (it) => `${keys.timers({ ...world, timers: [it] }).join()}@${it.delayMs}:${leftMs.get(it.serial)}`,
      );
    const key = [bare(world), ...clocks].join("\n");
    if (known.has(key)) return;
    known.add(key);
    configurations.add(bare(world));
    queue.push({ world, leftMs });
  };
  reach(initialWorld(stepper).world, new Map());
  for (const { world, leftMs } of queue) {
    if (queue.length > maxStates) return null;
    const left = world.timers.map((it) => leftMs.get(it.serial) ?? 0);
    if (left.length > 0 && Math.min(...left) > 0) {
      reach(world, new Map([...leftMs].map(([serial, ms]) => [serial, ms - tickMs])));
    }
    for (const stimulus of stimuli.of(world)) {
      if (stimulus.kind === "timer") {
        const index = world.timers.findIndex(({ serial }) => serial === stimulus.serial);
        const { delayMs, event } = world.timers[index] ?? { delayMs: 0, event: { type: "" } };
        const isBehind = world.timers
          .slice(0, index)
          .some((it, i) => left[i] === 0 && it.delayMs === delayMs);
        if (left[index] !== 0 || isBehind) continue;
        firings.add(`${bare(world)} ${event.type}`);
      }
      reach(applyStimulus(stepper, world, stimulus).world, leftMs);
    }
  }
  return { states: queue.length, configurations, firings };
}
