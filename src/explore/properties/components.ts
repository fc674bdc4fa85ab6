/** Strongly connected components of a part of a graph, without recursion. */
import type { StateGraph } from "../explorer/graph.ts";

/**
 * The components of the states for which `within` holds, each as a list of its states; those of the edges for which
 * `along` holds. Successors come before those that lead to them.
 *
 * @see Tarjan, Depth-first search and linear graph algorithms, 1972
 */
export function components(
  graph: StateGraph,
  states: readonly number[],
  within: (state: number) => boolean,
): number[][] {
  const index = new Map<number, number>();
  const low = new Map<number, number>();
  const onStack = new Set<number>();
  const stack: number[] = [];
  const found: number[][] = [];

  const open = (state: number): { state: number; next: number; end: number } => {
    index.set(state, index.size);
    low.set(state, index.size - 1);
    stack.push(state);
    onStack.add(state);
    const [next, end] = graph.edgesFrom(state);
    return { state, next, end };
  };
  const lower = (state: number, to: number): void => {
    low.set(state, Math.min(low.get(state) ?? to, to));
  };

  for (const root of states) {
    if (index.has(root) || !within(root)) continue;
    const calls = [open(root)];
    for (let call = calls.at(-1); call !== undefined; call = calls.at(-1)) {
      const { state } = call;
      if (call.next < call.end) {
        const to = graph.to(call.next++);
        if (!within(to)) continue;
        if (!index.has(to)) calls.push(open(to));
        else if (onStack.has(to)) lower(state, index.get(to) ?? 0);
        continue;
      }
      calls.pop();
      const caller = calls.at(-1);
      if (caller !== undefined) lower(caller.state, low.get(state) ?? 0);
      if (low.get(state) === index.get(state)) found.push(popUntil(state));
    }
  }
  return found;

  function popUntil(root: number): number[] {
    const component: number[] = [];
    for (let state = stack.pop(); state !== undefined; state = stack.pop()) {
      onStack.delete(state);
      component.push(state);
      if (state === root) break;
    }
    return component;
  }
}
