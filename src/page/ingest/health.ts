/** How an actor does, from what is known of it: its status, its tags, and what states of that kind are commonly called. */
import type { Actor } from "./actor.ts";
import type { Machine } from "./definition.ts";
import type { Health } from "./slices.ts";

const words: readonly (readonly [RegExp, Health])[] = [
  [/quarantin|fail|error|crash|exhaust|dead|refused|stuck|escalat|rejected/i, "error"],
  [
    /degrad|recover|backing|backoff|retry|waiting|suspect|expired|reload|replay|probing|halfOpen|probation/i,
    "warn",
  ],
  [/starting|migrat|transfer|captur|validat|restor|loading|connecting|stopping|shuttingDown/i, "info"],
  [/^stopped$/i, "ended"],
];

export function healthOf(actor: Actor, machine: Machine | undefined, pos: number | null): Health {
  const status = actor.statuses.at(pos);
  if (status !== undefined) return status.status === "error" ? "error" : "ended";
  const value = actor.values.at(pos);
  return value === undefined ? "ok" : healthOfState(value.text, machine?.tags(value.value) ?? []);
}

export function healthOfState(text: string, tags: readonly string[]): Health {
  const all = [...tags, text].join(" ");
  return words.find(([word]) => word.test(all))?.[1] ?? "ok";
}
