/**
 * Whether something that ought to happen can be put off for ever, in a graph of millions of states: the strongly connected
 * parts in which it does not happen, and what fairness makes of each.
 *
 * @module
 */
import { type ComposedGraph, nowhere } from "./graph.ts";
import { type Need, shortestLoop } from "./loop.ts";

export interface Waiting {
  readonly states: number;
  /** Where waiting begins. */
  readonly starts: (state: number) => boolean;
  /** It has not happened yet. */
  readonly waits: (state: number) => boolean;
  readonly fairness: FairActions;
}

export interface FairActions {
  /** By action, the number of the fair action that it is; -1: nobody has to take it. */
  readonly fair: Int32Array;
  /** By fair action: 1 when it may not be possible again and again without being taken. */
  readonly isStrong: Uint8Array;
}

/** Edges of a run on which it never happens: `stem` from the initial state on, then `loop` for ever; empty: it rests. */
export interface ComposedLasso {
  readonly stem: readonly number[];
  readonly loop: readonly number[];
}

/** Members of a strongly connected part from which the shortest loop is looked for. */
const tried = 20;
/** In larger parts only the first member is tried. */
const mostMembers = 5_000;

/** A fair run, as short as is cheap to find; `null`: there is none. */
export function findWaiting(graph: ComposedGraph, waiting: Waiting): ComposedLasso | null {
  const { states, fairness } = waiting;
  const reachedBy = reach(graph, waiting);
  const group = new Int32Array(states);
  for (let state = 0; state < states; state++) group[state] = reachedBy[state] === unreached ? 0 : 1;
  const index = new Int32Array(states).fill(-1);
  const low = new Int32Array(states);
  const next = new Int32Array(states);
  const part = new Int32Array(states).fill(-1);
  let parts = 0;
  let groups = 1;
  const rest: (readonly number[])[] = [];
  let found = searchIn(null, 1);
  for (let kept = rest.pop(); found === null && kept !== undefined; kept = rest.pop()) {
    found = searchIn(kept, group[kept[0] as number] as number);
  }
  return found;

  /** Tarjan's search among the states of a group; `roots`: all of them, or `null` for the first group. */
  function searchIn(roots: readonly number[] | null, own: number): ComposedLasso | null {
    const stack: number[] = [];
    const calls: number[] = [];
    let count = 0;
    const open = (state: number): void => {
      index[state] = low[state] = count++;
      next[state] = graph.first(state);
      stack.push(state);
      calls.push(state);
    };
    const many = roots === null ? states : roots.length;
    for (let i = 0; i < many; i++) {
      const root = roots === null ? i : (roots[i] as number);
      if (group[root] !== own || index[root] !== -1) continue;
      open(root);
      while (calls.length > 0) {
        const state = calls.at(-1) as number;
        if ((next[state] as number) < graph.first(state + 1)) {
          const edge = next[state] as number;
          next[state] = edge + 1;
          const to = graph.to(edge);
          if (to === nowhere || group[to] !== own) continue;
          if (index[to] === -1) open(to);
          else if (part[to] === -1) low[state] = Math.min(low[state] as number, index[to] as number);
          continue;
        }
        calls.pop();
        const caller = calls.at(-1);
        if (caller !== undefined) low[caller] = Math.min(low[caller] as number, low[state] as number);
        if (low[state] !== index[state]) continue;
        const members: number[] = [];
        for (let member = stack.pop(); member !== undefined; member = stack.pop()) {
          part[member] = parts;
          members.push(member);
          if (member === state) break;
        }
        const lasso = lassoIn(members, parts++);
        if (lasso !== null) return lasso;
      }
    }
    return null;
  }

  /** How a run can stay in `members`: each fair action is taken there, or possible too seldom to be owed. */
  function lassoIn(members: readonly number[], number: number): ComposedLasso | null {
    const { isStrong } = fairness;
    const taken = new Uint8Array(isStrong.length);
    const impossible = new Uint8Array(isStrong.length);
    const ever = new Uint8Array(isStrong.length);
    const resting: number[] = [];
    let hasLoop = false;
    const possible = new Uint8Array(isStrong.length);
    for (const member of members) {
      possible.fill(0);
      let isAny = false;
      const end = graph.first(member + 1);
      for (let edge = graph.first(member); edge < end; edge++) {
        const to = graph.to(edge);
        const isInside = to !== nowhere && part[to] === number;
        if (isInside) hasLoop = true;
        const action = fairness.fair[graph.action(edge)] as number;
        if (action === -1) continue;
        isAny = true;
        possible[action] = ever[action] = 1;
        if (isInside) taken[action] = 1;
      }
      // Nobody has to do anything here: it rests.
      if (!isAny) resting.push(member);
      for (let action = 0; action < possible.length; action++) {
        if (possible[action] === 0) impossible[action] = 1;
      }
    }
    if (resting.length > 0) return { stem: stemTo(least(resting)), loop: [] };
    if (!hasLoop) return null;
    const owed = isStrong.findIndex((strong, it) => strong === 1 && ever[it] === 1 && taken[it] === 0);
    if (owed !== -1) {
      // A run that stays makes it possible again and again: what is left without those states may be fair.
      const kept = members.filter((it) => !possibleIn(it).has(owed));
      groups++;
      for (const it of kept) {
        group[it] = groups;
        index[it] = -1;
        part[it] = -1;
      }
      if (kept.length > 0) rest.push(kept);
      return null;
    }
    if (!taken.every((it, action) => it === 1 || impossible[action] === 1)) return null;
    const needs = Array.from(isStrong, (strong, action): Need => ({
      isMet: (edge) => fairness.fair[graph.action(edge)] === action,
      isExcused: (state) => (strong === 1 ? ever[action] === 0 : !possibleIn(state).has(action)),
    }));
    const starts = members.toSorted((a, b) => a - b).slice(0, members.length > mostMembers ? 1 : tried);
    return starts
      .map((it) => ({
        stem: stemTo(it),
        loop: shortestLoop(graph, it, (to) => part[to] === number, needs),
      }))
      .toSorted((a, b) => a.stem.length + a.loop.length - b.stem.length - b.loop.length)[0] as ComposedLasso;
  }

  /** What waits for room in a mailbox is possible: mailboxes hold any number where the charts really run. */
  function possibleIn(state: number): ReadonlySet<number> {
    const possible = new Set<number>();
    const end = graph.first(state + 1);
    for (let edge = graph.first(state); edge < end; edge++) {
      const action = fairness.fair[graph.action(edge)] as number;
      if (action !== -1) possible.add(action);
    }
    return possible;
  }

  function stemTo(state: number): readonly number[] {
    const within: number[] = [];
    let at = state;
    for (let edge = reachedBy[at] as number; edge >= 0; edge = reachedBy[at] as number) {
      within.push(edge);
      at = graph.from(edge);
    }
    return [...graph.pathTo(at), ...within.toReversed()];
  }
}

const least = (states: readonly number[]): number => states.reduce((a, b) => Math.min(a, b));

const unreached = -2;

/** By state the edge by which waiting came to it, shortest first; -1 where it begins, -2 where it never comes. */
function reach(graph: ComposedGraph, { states, starts, waits }: Waiting): Int32Array {
  const reachedBy = new Int32Array(states).fill(unreached);
  const queue: number[] = [];
  for (let state = 0; state < states; state++) {
    if (!starts(state) || !waits(state)) continue;
    reachedBy[state] = -1;
    queue.push(state);
  }
  for (let head = 0; head < queue.length; head++) {
    const state = queue[head] as number;
    const end = graph.first(state + 1);
    for (let edge = graph.first(state); edge < end; edge++) {
      const to = graph.to(edge);
      if (to === nowhere || reachedBy[to] !== unreached || !waits(to)) continue;
      reachedBy[to] = edge;
      queue.push(to);
    }
  }
  return reachedBy;
}
