/**
 * Why a state space does not end: which part of the state goes on taking new values.
 *
 * @module
 */
import { canonical } from "./canonical.ts";
import type { StateGraph } from "./graph.ts";
import type { Keys } from "./keys.ts";

export interface Divergence {
  /** The context key, or `(timers)`, `(children)`, `(configuration)`. */
  readonly key: string;
  /** Distinct values among the states explored. */
  readonly values: number;
  /** Values that the last tenth of the states found brought. */
  readonly newAtTheEnd: number;
  /** The first and the last value, as text. */
  readonly examples: readonly [string, string];
}

/**
 * The parts whose values the last states still added to, the worst first. Empty: no part grows by itself, there are
 * just too many combinations.
 */
export function divergingParts(graph: StateGraph, keys: Keys): readonly Divergence[] {
  const seen = new Map<string, { values: Set<string>; newAtTheEnd: number; first: string; last: string }>();
  const tail = Math.floor(graph.states * 0.9);
  const note = (key: string, value: string, isTail: boolean): void => {
    let part = seen.get(key);
    if (part === undefined)
      seen.set(key, (part = { values: new Set(), newAtTheEnd: 0, first: value, last: value }));
    if (part.values.has(value)) return;
    part.values.add(value);
    part.last = value;
    if (isTail) part.newAtTheEnd++;
  };
  for (let state = 0; state < graph.states; state++) {
    const { snapshot, timers } = graph.world(state);
    const isTail = state >= tail;
    for (const [key, value] of keys.fields(snapshot)) note(key, value, isTail);
    note("(timers)", timers.map(({ id, event }) => `${id ?? event.type}`).join(", "), isTail);
    note("(children)", Object.keys(snapshot.children).toSorted().join(", "), isTail);
    note("(configuration)", canonical(snapshot.value), isTail);
  }
  return [...seen]
    .flatMap(([key, { values, newAtTheEnd, first, last }]): Divergence[] =>
      newAtTheEnd === 0
        ? []
        : [{ key, values: values.size, newAtTheEnd, examples: [shortened(first), shortened(last)] }],
    )
    .toSorted((a, b) => b.newAtTheEnd - a.newAtTheEnd);
}

/** What to do about `parts`, in a sentence or two. */
export function adviceOn(parts: readonly Divergence[], graph: StateGraph): string {
  const [worst] = parts;
  if (worst === undefined) {
    return "No part of the state grows by itself: the number of combinations is too large. Raise the budget, or leave keys out (ignore), or give fewer payload cases.";
  }
  const named = parts.map(
    ({ key, values, examples: [from, to] }) => `${key} (${values} values: ${from} … ${to})`,
  );
  return `Still growing after ${graph.states} states: ${named.join("; ")}. ${remedy(worst)}`;
}

function remedy({ key, examples: [first] }: Divergence): string {
  if (key === "(timers)") return "Timers pile up: give the delayed events an id and cancel it.";
  if (key === "(children)") return "Children pile up: stop those that have ended (stopChild).";
  if (key === "(configuration)" || key === "") return "Raise the budget.";
  const example = /^-?\d/.test(first)
    ? `Math.min(context.${key}, 3), or its distance to another instant of the context`
    : first.startsWith("[")
      ? `context.${key}.slice(0, 2), or its length`
      : `what the guards read of context.${key}`;
  return `Give an abstraction that keeps what matters of it, for example ${example}; or leave it out (ignore: ["${key}"]) if no guard reads it.`;
}

const shortened = (text: string): string => (text.length <= 60 ? text : `${text.slice(0, 57)}…`);
