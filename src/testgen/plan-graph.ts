/**
 * What a planner walks on: the explored states, their edges, and the stimuli that a state ignores, with the items that
 * each of them covers.
 *
 * @module
 */
import type { Exploration } from "../explore/explorer/types.ts";
import { createLabels } from "../explore/explorer/labels.ts";
import type { Label } from "../explore/explorer/graph.ts";
import { applyStimulus, type Stimulus, type World } from "../explore/world.ts";
import type { ItemReader, Items } from "./items.ts";

/** A stimulus that changes nothing in the states that have it. */
export interface Probe {
  readonly stimulus: Stimulus;
  readonly name: string;
  /** Number of the list of items that it covers. */
  readonly list: number;
}

/** A step of a plan: an edge, or, below 0, `-1 - n` for probe `n`. */
export type PlanStep = number;

export interface PlanGraph {
  readonly states: number;
  readonly edges: number;
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** The edges of state `n` are `firstEdge[n]` up to but not including `firstEdge[n + 1]`. */
  readonly firstEdge: Int32Array;
  /** By edge, the number of its list of items. */
  readonly listOf: Int32Array;
  readonly lists: readonly (readonly number[])[];
  readonly itemCount: number;
  readonly probes: readonly Probe[];
  /** By state, numbers of probes. */
  readonly probesOf: readonly (readonly number[])[];
  /** By event type, one of its events. */
  readonly samples: ReadonlyMap<string, Stimulus>;
}

/**
 * The items of each edge. Edges of one kind between the same configurations are taken once, where nothing but those
 * decides what they cover.
 */
function edgeLists(
  { stepper, graph }: Exploration,
  { reader, configuration, isByKind }: Pick<Reading, "reader" | "configuration" | "isByKind">,
): Int32Array {
  const lists = new Int32Array(graph.edges);
  const known = new Map<string, number>();
  const configurations = new Int32Array(graph.states).fill(-1);
  const configurationOf = (state: number): number => {
    const number = configurations[state] ?? -1;
    return number === -1 ? (configurations[state] = configuration(graph.world(state))) : number;
  };
  for (let from = 0; from < graph.states; from++) {
    const [first, end] = graph.edgesFrom(from);
    if (first === end) continue;
    const world = graph.world(from);
    const isPlain =
      isByKind && world.timers.length === 0 && Object.keys(world.snapshot.children).length === 0;
    for (let edge = first; edge < end; edge++) {
      const { to, label, taken } = graph.edge(edge);
      const kind = `${configurationOf(from)} ${graph.labelIndex(edge)} ${taken.map((it) => it.index).join()} ${configurationOf(to)}`;
      let list = isPlain ? known.get(kind) : undefined;
      if (list === undefined) {
        const stimulus = stimulusIn(world, label);
        list = reader.of(world, stimulus, applyStimulus(stepper, world, stimulus));
        if (isPlain) known.set(kind, list);
      }
      lists[edge] = list;
    }
  }
  return lists;
}

/** The serial in the label of a timer is that of one state alone. */
function stimulusIn({ timers }: World, { stimulus, timerEvent }: Label): Stimulus {
  if (stimulus.kind !== "timer") return stimulus;
  const timer = timers.find(({ event }) => event.type === timerEvent);
  return { kind: "timer", serial: timer?.serial ?? -1 };
}

/** A graph without items: every edge is a goal of its own. */
export function bareGraph({ graph }: Pick<Exploration, "graph">): PlanGraph {
  const { states, edges } = graph;
  const firstEdge = new Int32Array(states + 1);
  const from = new Int32Array(edges);
  const to = new Int32Array(edges);
  for (let state = 0; state < states; state++) firstEdge[state] = graph.edgesFrom(state)[0];
  firstEdge[states] = edges;
  for (let edge = 0; edge < edges; edge++) {
    from[edge] = graph.from(edge);
    to[edge] = graph.to(edge);
  }
  return {
    states,
    edges,
    from,
    to,
    firstEdge,
    listOf: new Int32Array(edges),
    lists: [[]],
    itemCount: 0,
    probes: [],
    probesOf: [],
    samples: new Map(),
  };
}

interface Reading {
  readonly items: Items;
  readonly reader: ItemReader;
  readonly eventTypes: readonly string[];
  /** A number for each set of active states. */
  readonly configuration: (world: World) => number;
  /** What an edge covers depends on its kind alone, and not on the context. */
  readonly isByKind: boolean;
}

export function planGraph(exploration: Exploration, reading: Reading): PlanGraph {
  const { items, reader, eventTypes } = reading;
  const bare = bareGraph(exploration);
  const listOf = edgeLists(exploration, reading);
  const probes: Probe[] = [];
  const samples = new Map<string, Stimulus>();
  for (const { kind, action, stimulus } of exploration.graph.labels) {
    if (kind === "event" && !samples.has(action)) samples.set(action, stimulus);
  }
  const probesOf = findProbes(exploration, { reader, samples, eventTypes, probes });
  return { ...bare, listOf, probes, probesOf, samples, lists: items.lists, itemCount: items.all.length };
}

function findProbes(
  { stepper, graph, stimuli }: Exploration,
  {
    reader,
    samples,
    eventTypes,
    probes,
  }: {
    readonly reader: ItemReader;
    readonly samples: ReadonlyMap<string, Stimulus>;
    readonly eventTypes: readonly string[];
    readonly probes: Probe[];
  },
): number[][] {
  const known = new Map<string, number>();
  const labelOf = createLabels(stepper.table.nodes);
  const add = (stimulus: Stimulus, name: string, list: number): number[] => {
    if (list === 0) return [];
    const key = `${list} ${name}`;
    let number = known.get(key);
    if (number === undefined) known.set(key, (number = probes.push({ stimulus, name, list }) - 1));
    return [number];
  };
  const shared = new Map<string, number[]>();

  return Array.from({ length: graph.states }, (_, state) => {
    const world = graph.world(state);
    if (world.snapshot.status !== "active") return [];
    const unhandled = eventTypes.flatMap((type) => {
      const list = reader.ofUnhandled(world, type);
      return list === 0 ? [] : add(samples.get(type) ?? { kind: "event", event: { type } }, type, list);
    });
    const [first, end] = graph.edgesFrom(state);
    const taken = new Set<string>();
    for (let edge = first; edge < end; edge++) taken.add(graph.label(edge).name);
    const blocked = stimuli.of(world).flatMap((stimulus) => {
      if (stimulus.kind !== "event") return [];
      const { name } = labelOf(stimulus, world);
      if (taken.has(name)) return [];
      try {
        const result = applyStimulus(stepper, world, stimulus);
        return add(stimulus, name, reader.of(world, stimulus, result));
      } catch {
        // The exploration has reported what it throws.
        return [];
      }
    });
    const all = [...new Set([...unhandled, ...blocked])];
    const key = all.join();
    const same = shared.get(key);
    if (same === undefined) shared.set(key, all);
    return same ?? all;
  });
}
