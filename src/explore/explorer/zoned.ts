/**
 * Explores with time as it passes: a state is a world with all that its timers' clocks may show, and a state whose clocks
 * may show no more than those of another one is that one.
 *
 * A timer fires when its clock shows its delay, and no time passes beyond that. What can be reached is exact; a way through
 * a state may need clock values with which that state was not come to on this way.
 *
 * @module
 */
import type { World } from "../world.ts";
import { StateGraph, type States } from "./graph.ts";
import type { Session } from "./session.ts";
import type { Exploration } from "./types.ts";
import { type Location, Locations, type Move } from "./zones/discrete.ts";
import { at, includes, later, nothing, rearranged, type Zone } from "./zones/zone.ts";

interface Node {
  readonly location: number;
  readonly zone: Zone;
  /** The state that includes it. */
  isCovered: boolean;
  /** In the graph; -1: not yet. */
  state: number;
}

export function exploreZones(session: Session): Exploration {
  const search = new ZoneSearch(session);
  const initial = search.begin();
  const states = new ZoneStates(search);
  const graph = new StateGraph(states);
  if (initial !== null) new GraphOfZones(session, search, states, graph).build(initial);
  return session.result(graph);
}

/** Finds all that can be reached; the nodes that no other includes are the states. */
class ZoneSearch {
  readonly locations: Locations;
  readonly #session: Session;
  /** By location. */
  readonly #nodes: Node[][] = [];

  constructor(session: Session) {
    this.#session = session;
    this.locations = new Locations(session);
  }

  /** The first node; `null`: there is none. */
  begin(): Node | null {
    const session = this.#session;
    const world = session.begin();
    const number = this.locations.number(world, null);
    if (number === -1) return null;
    const { timers, delaysMs } = this.location(number);
    const started = rearranged(
      nothing,
      timers.map(() => -1),
    );
    const first = this.#add(number, later(started, delaysMs)) as Node;
    const queue = [first];
    let uncovered = 1;
    for (let head = 0; head < queue.length && session.stoppedBy === null; head++) {
      const node = queue[head] as Node;
      if (node.isCovered) continue;
      const { stimuli } = this.location(node.location);
      for (let stimulus = 0; stimulus < stimuli.length; stimulus++) {
        const next = this.successor(node, stimulus);
        if (next === null || next.zone === null) continue;
        const found = this.#add(next.move.to, next.zone);
        if (found === null) continue;
        queue.push(found);
        if (++uncovered > 4 * session.maxStates) session.stoppedBy ??= "states";
      }
      if ((head & 127) === 0 && session.isOverTime) session.stoppedBy ??= "time";
    }
    return this.covering(number, first.zone);
  }

  location(number: number): Location {
    return this.locations.all[number] as Location;
  }

  /** What `stimulus` makes of `node`; `null`: its timer cannot be the next to fire. `zone`: `null` when it throws. */
  successor(node: Node, stimulus: number): { readonly move: Move; readonly zone: Zone | null } | null {
    const location = this.location(node.location);
    const place = location.fires[stimulus] ?? -1;
    let zone: Zone | null = node.zone;
    if (place !== -1) {
      const delayMs = location.delaysMs[place] as number;
      // Of two that are due together because they were armed together the first one comes first.
      if (location.delaysMs[place - 1] === delayMs) return null;
      zone = at(node.zone, place, delayMs);
      if (zone === null) return null;
    }
    const move = this.locations.move(location, stimulus);
    if (move.to === -1) return { move, zone: null };
    return { move, zone: later(rearranged(zone, move.sources), this.location(move.to).delaysMs) };
  }

  /** The state that includes `zone`; `null`: it was not come to before a budget ended. */
  covering(location: number, zone: Zone): Node | null {
    return this.#nodes[location]?.find((it) => includes(it.zone, zone)) ?? null;
  }

  /** `null`: one that is there includes it. */
  #add(location: number, zone: Zone): Node | null {
    if (this.covering(location, zone) !== null) return null;
    const node: Node = { location, zone, isCovered: false, state: -1 };
    const others = this.#nodes[location] ?? [];
    for (const it of others) if (includes(zone, it.zone)) it.isCovered = true;
    this.#nodes[location] = [...others.filter((it) => !it.isCovered), node];
    return node;
  }
}

class ZoneStates implements States {
  readonly nodes: Node[] = [];
  readonly #search: ZoneSearch;

  constructor(search: ZoneSearch) {
    this.#search = search;
  }

  get count(): number {
    return this.nodes.length;
  }

  get bytes(): number {
    return this.nodes.reduce((sum, { zone }) => sum + zone.byteLength, 0);
  }

  world(state: number): World {
    return this.#search.location((this.nodes[state] as Node).location).world;
  }
}

/** Numbers the states breadth first, with the edges between them. */
class GraphOfZones {
  readonly #session: Session;
  readonly #search: ZoneSearch;
  readonly #states: ZoneStates;
  readonly #graph: StateGraph;

  constructor(session: Session, search: ZoneSearch, states: ZoneStates, graph: StateGraph) {
    this.#session = session;
    this.#search = search;
    this.#states = states;
    this.#graph = graph;
  }

  build(initial: Node): void {
    const { nodes } = this.#states;
    this.#reach(initial, -1);
    for (let state = 0; state < nodes.length; state++) {
      this.#graph.beginEdgesOf(state);
      const node = nodes[state] as Node;
      const location = this.#search.location(node.location);
      for (let stimulus = 0; stimulus < location.stimuli.length; stimulus++) {
        if (!this.#follow(state, node, location, stimulus)) return;
      }
    }
  }

  /** False: there is no more room. */
  #follow(state: number, node: Node, location: Location, stimulus: number): boolean {
    const session = this.#session;
    const graph = this.#graph;
    const label = location.labels[stimulus];
    const next = this.#search.successor(node, stimulus);
    if (next === null || label === undefined) return true;
    const { move, zone } = next;
    if (move.error !== null) session.noteThrown(label, state, move.error.thrown);
    const to = zone === null ? null : this.#search.covering(move.to, zone);
    // Without one the search was ended by a budget, or the step threw.
    if (to === null) return true;
    if (to === node && label.kind === "event" && move.taken.every((it) => it.forbids)) {
      session.ignored++;
      return true;
    }
    if (to.state === -1 && this.#states.count >= session.maxStates) {
      session.stoppedBy ??= "states";
      return false;
    }
    const kind = graph.internKind(
      graph.internLabel(label.name, () => label),
      move.taken,
    );
    const isNew = to.state === -1;
    const edge = graph.addEdge(isNew ? this.#states.count : to.state, kind);
    if (isNew) this.#reach(to, edge);
    const after = this.#search.location(to.location).world;
    const { effects, taken } = move;
    session.observer.onEdge?.({ edge, before: location.world, after, label, effects, taken });
    return true;
  }

  #reach(node: Node, edge: number): void {
    node.state = this.#states.nodes.push(node) - 1;
    this.#graph.noteState(edge);
    const { world } = this.#search.location(node.location);
    this.#session.noteReached(world, this.#graph, edge);
    this.#session.observer.onWorld?.(world, edge);
  }
}
