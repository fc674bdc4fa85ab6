/** The states and transitions of a chart by name, and which of them a set of test runs left out. */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from "xstate";

export interface Elements {
  readonly states: ReadonlySet<string>;
  readonly transitions: ReadonlySet<string>;
}

/** By chart: what of it was taken, of how much. */
export interface Coverage {
  readonly chart: string;
  readonly states: Share;
  readonly transitions: Share;
}
interface Share {
  readonly taken: number;
  readonly of: number;
  readonly missing: readonly string[];
}

/** Every state, and every transition that is written in the chart. */
export function elementsOf(machine: AnyStateMachine): Elements {
  const nodes = [...below(machine.root)];
  const transitions = nodes.flatMap((node) => [...node.transitions.values(), node.always ?? []].flat());
  return { states: new Set(nodes.map(({ id }) => id)), transitions: new Set(transitions.map(nameOf)) };
}

/** `STATE -- EVENT [PLACE]`: its place among the transitions of that state for that event. */
export function nameOf(transition: AnyTransitionDefinition): string {
  const { source, eventType } = transition;
  // XState has an eventless transition under the empty event type.
  const rivals = eventType === "" ? source.always : source.transitions.get(eventType);
  return `${source.id} -- ${eventType === "" ? "always" : eventType} [${rivals?.indexOf(transition) ?? -1}]`;
}

/** What of each chart is in `taken`, by chart id, and what is missing there. */
export function coverageOf(
  charts: readonly AnyStateMachine[],
  taken: ReadonlyMap<string, Elements>,
): Coverage[] {
  return charts.map((chart) => {
    const all = elementsOf(chart);
    const some = taken.get(chart.id);
    return {
      chart: chart.id,
      states: share(all.states, some?.states),
      transitions: share(all.transitions, some?.transitions),
    };
  });
}

function share(all: ReadonlySet<string>, taken: ReadonlySet<string> = new Set()): Share {
  const missing = [...all].filter((it) => !taken.has(it));
  return { taken: all.size - missing.length, of: all.size, missing };
}

function* below(node: AnyStateNode): Generator<AnyStateNode> {
  yield node;
  for (const child of Object.values(node.states)) yield* below(child);
}
