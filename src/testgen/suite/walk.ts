/**
 * Plans made real: the stimuli that take a machine along the edges of its graph. A state of the graph may stand for many;
 * each stimulus is looked for in the one that was reached.
 *
 * @module
 */
import { createLabels } from "../../explore/explorer/labels.ts";
import { applyStimulus, initialWorld, type Stimulus, type World } from "../../explore/world.ts";
import type { Explored } from "../exploring.ts";
import type { PlanStep } from "../plan-graph.ts";

export interface Walk {
  /** As many as steps could be taken. */
  readonly stimuli: readonly Stimulus[];
  /** One more than stimuli: before the first, and after each. */
  readonly worlds: readonly World[];
}

/** Follows `path` as far as it can be followed. */
export function walk(explored: Explored, path: readonly PlanStep[]): Walk {
  const { exploration, input } = explored;
  const choose = createChooser(explored);
  let { world } = initialWorld(exploration.stepper, input);
  let state = 0;
  const worlds = [world];
  const stimuli: Stimulus[] = [];
  for (const step of path) {
    const next = choose(world, state, step);
    if (next === null) break;
    stimuli.push(next.stimulus);
    worlds.push(next.world);
    world = next.world;
    if (step >= 0) state = exploration.graph.to(step);
  }
  return { stimuli, worlds };
}

type Choice = { readonly stimulus: Stimulus; readonly world: World } | null;

function createChooser({ exploration, keys, plan }: Explored) {
  const { stepper, graph, stimuli } = exploration;
  const labelOf = createLabels(stepper.table.nodes);

  /** Those that may be meant: the one in the same place as in the state of the graph, then all others of its kind. */
  function candidates(world: World, state: number, name: string, action: string): Stimulus[] {
    const first = graph.world(state);
    const list = stimuli.of(world);
    const known = first === world ? list : stimuli.of(first);
    const place = known.findIndex((it) => labelOf(it, first).name === name);
    const same = list.filter((it) => labelOf(it, world).action === action);
    const placed = list[place];
    if (placed === undefined || labelOf(placed, world).action !== action) return same;
    return [placed, ...same.filter((it) => it !== placed)];
  }

  function tried(world: World, stimulus: Stimulus): Choice {
    try {
      return { stimulus, world: applyStimulus(stepper, world, stimulus).world };
    } catch {
      return null;
    }
  }

  return (world: World, state: number, step: PlanStep): Choice => {
    const probe = step < 0 ? plan.probes[-1 - step] : undefined;
    if (probe !== undefined) {
      const { stimulus, name } = probe;
      const type = stimulus.kind === "event" ? stimulus.event.type : "";
      const [own = stimulus] = candidates(world, state, name, type);
      return tried(world, own);
    }
    const { name, action } = graph.label(step);
    const wanted = keys.of(graph.world(graph.to(step)));
    for (const stimulus of candidates(world, state, name, action)) {
      const choice = tried(world, stimulus);
      if (choice !== null && keys.of(choice.world) === wanted) return choice;
    }
    return null;
  };
}
