/**
 * The shortest stimuli after which a mutant shows something else than its machine: a breadth-first search of both side by
 * side.
 *
 * @module
 */
import type { AnyStateMachine } from "xstate";
import { createKeys } from "../../explore/explorer/keys.ts";
import { createStepper, type Stepper } from "../../explore/stepper.ts";
import {
  applyStimulus,
  initialWorld,
  type Stimulus,
  type World,
  type WorldStep,
} from "../../explore/world.ts";
import type { Explored } from "../exploring.ts";
import { observe, seenEffects } from "../observation.ts";
import type { Walk } from "../suite/walk.ts";
import { seen } from "./kill.ts";
import { cloneMark } from "./operators.ts";

/** A walk that both have gone without a difference. */
export interface Start {
  readonly walk: Walk;
}

export type Difference =
  /** `walk`: that of `starts[start]`, and what shows the difference. */
  | { readonly kind: "found"; readonly start: number; readonly walk: Walk }
  /** Both were searched to the end: no stimuli show one. */
  | { readonly kind: "none" }
  | { readonly kind: "unknown" };

interface Pair {
  readonly model: World;
  readonly mutant: World;
  readonly parent: Pair | null;
  readonly stimulus: Stimulus | null;
  readonly start: number;
  readonly steps: number;
}

export interface DistinguishOptions {
  /** Pairs of states. */
  readonly maxPairs: number;
  readonly maxSteps: number;
  /** Whether a walk that shows a difference can be used; when not, others are looked for. */
  readonly accepts: (walk: Walk) => boolean;
}

/** So many walks that cannot be used are put up with. */
const maxRefused = 5;

export function distinguish(
  explored: Explored,
  mutant: AnyStateMachine,
  starts: readonly Start[],
  { maxPairs, maxSteps, accepts }: DistinguishOptions,
): Difference {
  const { keys, options, input } = explored;
  const other = createStepper(mutant);
  const otherKeys = createKeys({ ...options, timed: (options.timers ?? "ordered") === "ordered" });
  const found = new Set<string>();
  const queue: Pair[] = [];
  let refused = 0;

  const reach = (pair: Pair): void => {
    let key: string;
    try {
      key = `${keys.of(pair.model)}\n\n${otherKeys.of(pair.mutant)}`;
    } catch {
      key = `${queue.length}`;
    }
    if (found.has(key)) return;
    found.add(key);
    queue.push(pair);
  };

  starts.forEach(({ walk }, start) => {
    const model = walk.worlds.at(-1);
    const world = replay(other, input, walk);
    if (model === undefined || world === null) return;
    reach({ model, mutant: world, parent: null, stimulus: null, start, steps: walk.stimuli.length });
  });
  for (const pair of queue) {
    if (queue.length > maxPairs) return { kind: "unknown" };
    if (pair.model.snapshot.status !== "active" || pair.steps >= maxSteps) continue;
    for (const { stimulus, world, text } of movesIn(explored, pair.model)) {
      const actual = attempt(() => applyStimulus(other, pair.mutant, translated(stimulus, pair)));
      const next = {
        parent: pair,
        stimulus,
        start: pair.start,
        steps: pair.steps + 1,
        model: world,
      };
      if (actual === null || text !== shown(actual)) {
        const walk = walkOf({ ...next, mutant: pair.mutant }, starts);
        if (accepts(walk)) return { kind: "found", start: pair.start, walk };
        if (++refused >= maxRefused) return { kind: "unknown" };
        continue;
      }
      reach({ ...next, mutant: actual.world });
    }
  }
  return refused === 0 ? { kind: "none" } : { kind: "unknown" };
}

interface Move {
  readonly stimulus: Stimulus;
  readonly world: World;
  /** What is seen of it. */
  readonly text: string;
}

/** The same for all mutants, and most of what they cost. */
const moves = new WeakMap<World, readonly Move[]>();

function movesIn(explored: Explored, from: World): readonly Move[] {
  let known = moves.get(from);
  if (known !== undefined) return known;
  known = stimuliIn(explored, from).flatMap((stimulus): Move[] => {
    const result = attempt(() => applyStimulus(explored.exploration.stepper, from, stimulus));
    return result === null ? [] : [{ stimulus, world: result.world, text: shown(result) }];
  });
  moves.set(from, known);
  return known;
}

/** All that may come, and one event of each type that nothing handles. */
function stimuliIn({ exploration, plan, reader, eventTypes }: Explored, world: World): Stimulus[] {
  const unhandled = eventTypes.flatMap((type): Stimulus[] => {
    if (reader.ofUnhandled(world, type) === 0) return [];
    return [plan.samples.get(type) ?? { kind: "event", event: { type } }];
  });
  return [...exploration.stimuli.of(world), ...unhandled];
}

/** A timer of the mutant is another one with the same event. */
function translated(stimulus: Stimulus, { model, mutant }: Pair): Stimulus {
  if (stimulus.kind !== "timer") return stimulus;
  const type = model.timers.find(({ serial }) => serial === stimulus.serial)?.event.type;
  const same = mutant.timers.find(({ event }) => event.type.replaceAll(cloneMark, "") === type);
  return { kind: "timer", serial: same?.serial ?? -1 };
}

function shown({ world, steps }: WorldStep): string {
  return seen(observe(world.snapshot, seenEffects(steps.flatMap(({ effects }) => effects))));
}

function attempt(step: () => WorldStep): WorldStep | null {
  try {
    return step();
  } catch {
    return null;
  }
}

function replay(stepper: Stepper, input: unknown, { stimuli, worlds }: Walk): World | null {
  return (
    attempt(() => {
      let result = initialWorld(stepper, input);
      stimuli.forEach((stimulus, index) => {
        const model = worlds[index];
        if (model === undefined) return;
        const pair = { model, mutant: result.world, parent: null, stimulus: null, start: 0, steps: 0 };
        result = applyStimulus(stepper, result.world, translated(stimulus, pair));
      });
      return result;
    })?.world ?? null
  );
}

function walkOf(last: Pair, starts: readonly Start[]): Walk {
  const stimuli: Stimulus[] = [];
  const worlds: World[] = [];
  for (let pair: Pair | null = last; pair !== null && pair.stimulus !== null; pair = pair.parent) {
    stimuli.push(pair.stimulus);
    worlds.push(pair.model);
  }
  const begun = starts[last.start]?.walk ?? { stimuli: [], worlds: [] };
  return {
    stimuli: [...begun.stimuli, ...stimuli.toReversed()],
    worlds: [...begun.worlds, ...worlds.toReversed()],
  };
}
