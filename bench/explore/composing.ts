/** A supervisor with four plugins and their mailboxes: all states, with like plugins taken for one, and what goes on for ever. */
import { exploreComposition } from "../../src/explore/index.ts";
import { atLeast, atMost, type Goal, progress } from "../support/goals.ts";
import { recovers, supervision } from "./supervision.ts";

const plugins = 4;

export function composing(): { figures: Readonly<Record<string, unknown>>; goals: readonly Goal[] } {
  progress(`${plugins} plugins: warming up`);
  exploreComposition(supervision(plugins - 1, { symmetric: true }));
  const fair = ["deliveries", "p0: ready"];
  const symmetric = timed(`like plugins are one`, { symmetric: true });
  const all = timed("all states", {});
  const live = timed("all states, and what goes on for ever", { properties: [recovers], fair });
  return {
    figures: {
      "composed states": all.states,
      "composed states a second": Math.round(all.states / (all.ms / 1_000)),
      "composed states, like plugins taken for one": symmetric.states,
      "bytes a composed state": Math.round(all.bytes / all.states),
      "a dead plugin recovers": live.verdict,
    },
    goals: [
      atLeast("composed states of four plugins, all explored", 4_613_928, all.isComplete ? all.states : 0),
      atLeast("exploring with symmetry, times as fast as without", 8, all.ms / symmetric.ms),
      atMost("exploring with a property of what goes on for ever, times as long", 2, live.ms / all.ms),
    ],
  };
}

function timed(what: string, options: Parameters<typeof supervision>[1]) {
  progress(`${plugins} plugins: ${what}`);
  const startedAt = performance.now();
  const { states, complete, bytes, properties } = exploreComposition(supervision(plugins, options));
  const ms = performance.now() - startedAt;
  return { states, bytes, ms, isComplete: complete, verdict: properties[0]?.verdict };
}
