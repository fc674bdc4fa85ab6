/**
 * Tours that walk to the nearest step that still covers something, or begin anew when that is nearer.
 *
 * @module
 */
import type { PlanGraph, PlanStep } from "../plan-graph.ts";
import { Left } from "./left.ts";

export interface GreedyOptions {
  /** What beginning anew costs, in steps. */
  readonly reset: number;
  readonly maxSteps: number;
  /** Which of several equally near and good steps is taken; any number. */
  readonly turn?: number;
  /** Take a step that is so much further if it covers more for its length. */
  readonly slack?: number;
}

export interface Tours {
  readonly paths: readonly (readonly PlanStep[])[];
  /** Items that no path of at most `maxSteps` reaches. */
  readonly left: readonly number[];
}

export function greedyTours(graph: PlanGraph, wanted: Iterable<number>, options: GreedyOptions): Tours {
  const { reset, maxSteps, turn = 0, slack = 0 } = options;
  const left = new Left(graph, wanted);
  const search = new Nearest(graph, left, turn, slack);
  const paths: PlanStep[][] = [];
  let path: PlanStep[] = [];
  let at = 0;
  while (left.count > 0) {
    const onwards = search.from(at, maxSteps - path.length);
    const anew =
      path.length === 0 || (onwards !== null && onwards.length <= 1 + reset)
        ? null
        : search.from(0, maxSteps);
    if (onwards === null && anew === null) break;
    const isAnew = onwards === null || (anew !== null && anew.length + reset < onwards.length);
    if (isAnew) {
      paths.push(path);
      path = [];
      at = 0;
    }
    for (const step of (isAnew ? anew : onwards) ?? []) {
      left.cover(step);
      path.push(step);
      if (step >= 0) at = graph.to[step] ?? 0;
    }
  }
  if (path.length > 0) paths.push(path);
  return { paths, left: left.items };
}

/** Breadth-first search for the next step that covers something. */
class Nearest {
  readonly #graph: PlanGraph;
  readonly #left: Left;
  readonly #turn: number;
  readonly #slack: number;
  readonly #queue: Int32Array;
  readonly #distance: Int32Array;
  readonly #parent: Int32Array;
  readonly #seenIn: Int32Array;
  #round = 0;

  constructor(graph: PlanGraph, left: Left, turn: number, slack: number) {
    this.#graph = graph;
    this.#left = left;
    this.#turn = turn;
    this.#slack = slack;
    this.#queue = new Int32Array(graph.states);
    this.#distance = new Int32Array(graph.states);
    this.#parent = new Int32Array(graph.states);
    this.#seenIn = new Int32Array(graph.states);
  }

  from(start: number, limit: number): PlanStep[] | null {
    const { firstEdge, to } = this.#graph;
    const round = ++this.#round;
    let best: { step: PlanStep; state: number } | null = null;
    let bestScore = 0;
    let bestDistance = limit;
    let end = 0;
    this.#queue[end++] = start;
    this.#seenIn[start] = round;
    this.#distance[start] = 0;
    this.#parent[start] = -1;
    const consider = (step: PlanStep, state: number, distance: number): void => {
      const gain = this.#left.gain[this.#left.listOf(step)] ?? 0;
      if (gain === 0 || distance > limit) return;
      // Ties are broken by the turn, so that several tours can be tried.
      const jitter = this.#turn === 0 ? 0 : mixed(step, this.#turn) / 2;
      const score = (gain + jitter) / (this.#slack === 0 ? 1 : distance);
      if (best !== null && (score <= bestScore || distance > bestDistance + this.#slack)) return;
      if (best === null || distance < bestDistance) bestDistance = distance;
      best = { step, state };
      bestScore = score;
    };
    for (let head = 0; head < end; head++) {
      const state = this.#queue[head] ?? 0;
      const distance = (this.#distance[state] ?? 0) + 1;
      if (distance > limit || (best !== null && distance > bestDistance + this.#slack)) break;
      for (const probe of this.#graph.probesOf[state] ?? []) consider(-1 - probe, state, distance);
      const last = firstEdge[state + 1] ?? 0;
      for (let edge = firstEdge[state] ?? 0; edge < last; edge++) {
        consider(edge, state, distance);
        const next = to[edge] ?? 0;
        if (this.#seenIn[next] === round) continue;
        this.#seenIn[next] = round;
        this.#distance[next] = distance;
        this.#parent[next] = edge;
        this.#queue[end++] = next;
      }
    }
    return best === null ? null : this.#path(best);
  }

  #path({ step, state }: { step: PlanStep; state: number }): PlanStep[] {
    const path = [step];
    for (let edge = this.#parent[state] ?? -1; edge !== -1;) {
      path.push(edge);
      edge = this.#parent[this.#graph.from[edge] ?? 0] ?? -1;
    }
    return path.toReversed();
  }
}

/** Between 0 and 1, the same for the same numbers. */
function mixed(step: number, turn: number): number {
  let it = Math.imul(step ^ Math.imul(turn, 0x9e3779b1), 0x85ebca6b);
  it = Math.imul(it ^ (it >>> 13), 0xc2b2ae35);
  return ((it ^ (it >>> 16)) >>> 0) / 2 ** 32;
}
