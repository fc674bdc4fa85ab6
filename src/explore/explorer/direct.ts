/**
 * Explores by running every step, and keeps the first world of each state: for contexts that an abstraction stands for,
 * and for what cannot be tabled.
 *
 * @module
 */
import { applyStimulus, type Stimulus, type World, type WorldStep } from "../world.ts";
import { StateGraph, WorldList } from "./graph.ts";
import type { Session } from "./session.ts";
import type { Exploration } from "./types.ts";

export function exploreDirectly(session: Session): Exploration {
  const worlds = new WorldList();
  const graph = new StateGraph(worlds);
  const initial = session.begin();
  const initialKey = session.keyOf(initial, null, null);
  if (initialKey !== null) reach(initial, initialKey, -1);
  for (let state = 0; state < worlds.count && session.stoppedBy === null; state++) {
    graph.beginEdgesOf(state);
    expand(state);
    if (session.isOverTime && state + 1 < worlds.count) session.stoppedBy ??= "time";
  }
  return session.result(graph);

  function expand(state: number): void {
    const world = worlds.world(state);
    if (world.snapshot.status !== "active") return;
    const contextBefore = session.checks.begin(world.snapshot);
    for (const stimulus of session.stimuliOf(world, state)) {
      take(state, world, stimulus, contextBefore);
      if (session.stoppedBy !== null) return;
    }
  }

  function take(
    state: number,
    world: World,
    stimulus: Stimulus,
    contextBefore: ReadonlyMap<string, string> | null,
  ): void {
    const label = session.labelOf(stimulus, world);
    let result: WorldStep;
    try {
      result = applyStimulus(session.stepper, world, stimulus);
      if (contextBefore !== null) {
        session.suspect(session.checks.repeat(world, stimulus, result, contextBefore), state, label.name);
      }
    } catch (error) {
      session.noteThrown(label, state, error);
      return;
    }
    const key = session.keyOf(result.world, state, label.name);
    if (key === null) return;

    const taken = session.noteStep(result);
    const known = worlds.find(key);
    if (known === state && label.kind === "event" && taken.every((it) => it.forbids)) {
      session.ignored++;
      return;
    }
    if (known === undefined && worlds.count >= session.maxStates) {
      session.stoppedBy = "states";
      return;
    }
    const kind = graph.internKind(
      graph.internLabel(label.name, () => label),
      taken,
    );
    const edge = graph.addEdge(known ?? worlds.count, kind);
    if (known === undefined) reach(result.world, key, edge);
    else {
      session.observer.onWorld?.(result.world, edge);
      session.suspect(session.checks.compare(result.world, worlds.world(known)), state, label.name);
    }
    const effects = result.steps.flatMap((it) => it.effects);
    session.observer.onEdge?.({ edge, before: world, after: result.world, label, effects, taken });
  }

  function reach(world: World, key: string, edge: number): void {
    worlds.add(key, world);
    graph.noteState(edge);
    session.noteReached(world, graph, edge);
    session.observer.onWorld?.(world, edge);
  }
}
