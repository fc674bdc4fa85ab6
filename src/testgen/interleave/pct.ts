/**
 * Random priorities of threads, and a few random moments at which the one that runs becomes the last: a fault that needs
 * `depth` events in one order is found with a probability of at least 1 / (threads × steps ^ (depth - 1)) a run.
 *
 * @see Burckhardt et al.: A randomized scheduler with probabilistic guarantees of finding bugs (ASPLOS 2010)
 * @module
 */
import { HomeostatError } from "../../core/errors.ts";
import type { Choice } from "./control.ts";
import type { Choose } from "./execute.ts";

export type Random = () => number;

/** @see https://github.com/bryc/code/blob/master/jshash/PRNGs.md mulberry32 */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** For one run of about `length` steps. */
export function pct(random: Random, depth: number, length: number): Choose {
  const priorities = new Map<string, number>();
  const changes = new Map(
    Array.from({ length: depth - 1 }, (_, index) => [Math.floor(random() * Math.max(1, length)), -1 - index]),
  );
  const priorityOf = ({ thread }: Choice): number => {
    let own = priorities.get(thread);
    if (own === undefined) priorities.set(thread, (own = random()));
    return own;
  };
  return (choices, step) => {
    for (const it of choices) priorityOf(it);
    const first = (): Choice | undefined => choices.toSorted((a, b) => priorityOf(b) - priorityOf(a))[0];
    const lowered = changes.get(step);
    if (lowered !== undefined) {
      const thread = first()?.thread;
      if (thread !== undefined) priorities.set(thread, lowered);
    }
    const thread = first()?.thread;
    const own = choices.filter((it) => it.thread === thread);
    // Of one thread: which of its promises, and how it settles.
    const chosen = own[Math.floor(random() * own.length)];
    if (chosen === undefined) throw new HomeostatError("internal", "nothing to choose from");
    return chosen;
  };
}
