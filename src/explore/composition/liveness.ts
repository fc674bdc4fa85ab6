/**
 * Whether something that ought to happen can be put off for ever, in a graph of millions of states: the strongly connected
 * parts in which it does not happen, and what fairness makes of each.
 *
 * @module
 */
import type { ComposedGraph } from "./graph.ts";

export interface Waiting {
  readonly states: number;
  /** Where waiting begins. */
  readonly starts: (state: number) => boolean;
  /** It has not happened yet. */
  readonly waits: (state: number) => boolean;
  /** By action, the number of the fair action that it is; -1: nobody has to take it. */
  readonly fair: Int32Array;
  readonly fairActions: number;
}

/** A state in which a fair run can stay or to which it can come back for ever; -1: there is none. */
export function findWaiting(
  graph: ComposedGraph,
  { states, starts, waits, fair, fairActions }: Waiting,
): number {
  const isWaiting = reach(graph, states, starts, waits);
  const index = new Int32Array(states).fill(-1);
  const low = new Int32Array(states);
  const next = new Int32Array(states);
  const part = new Int32Array(states).fill(-1);
  const stack: number[] = [];
  const calls: number[] = [];
  let count = 0;
  let parts = 0;

  const open = (state: number): void => {
    index[state] = low[state] = count++;
    next[state] = graph.first(state);
    stack.push(state);
    calls.push(state);
  };
  for (let root = 0; root < states; root++) {
    if (isWaiting[root] === 0 || index[root] !== -1) continue;
    open(root);
    while (calls.length > 0) {
      const state = calls.at(-1) as number;
      if ((next[state] as number) < graph.first(state + 1)) {
        const edge = next[state] as number;
        next[state] = edge + 1;
        const to = graph.to(edge);
        if (isWaiting[to] === 0) continue;
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
      if (isFair(members, parts)) return Math.min(...members.slice(0, 1_000));
      parts++;
    }
  }
  return -1;

  /** Whether a run can stay in `members`: each fair action is taken there, or impossible somewhere. */
  function isFair(members: readonly number[], number: number): boolean {
    const taken = new Uint8Array(fairActions);
    const impossible = new Uint8Array(fairActions);
    const possible = new Uint8Array(fairActions);
    let hasLoop = false;
    for (const member of members) {
      possible.fill(0);
      let isAny = false;
      const end = graph.first(member + 1);
      for (let edge = graph.first(member); edge < end; edge++) {
        const action = fair[graph.action(edge)] as number;
        const isInside = part[graph.to(edge)] === number;
        if (isInside) hasLoop = true;
        if (action === -1) continue;
        isAny = true;
        possible[action] = 1;
        if (isInside) taken[action] = 1;
      }
      // Nobody has to do anything here: it rests.
      if (!isAny) return true;
      for (let action = 0; action < fairActions; action++) if (possible[action] === 0) impossible[action] = 1;
    }
    return hasLoop && taken.every((it, action) => it === 1 || impossible[action] === 1);
  }
}

function reach(
  graph: ComposedGraph,
  states: number,
  starts: (state: number) => boolean,
  waits: (state: number) => boolean,
): Uint8Array {
  const reached = new Uint8Array(states);
  const queue: number[] = [];
  for (let state = 0; state < states; state++) {
    if (!starts(state) || !waits(state)) continue;
    reached[state] = 1;
    queue.push(state);
  }
  for (let state = queue.pop(); state !== undefined; state = queue.pop()) {
    const end = graph.first(state + 1);
    for (let edge = graph.first(state); edge < end; edge++) {
      const to = graph.to(edge);
      if (reached[to] === 1 || !waits(to)) continue;
      reached[to] = 1;
      queue.push(to);
    }
  }
  return reached;
}
