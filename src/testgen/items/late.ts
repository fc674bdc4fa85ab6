/**
 * What a step leaves behind and must not be heard of again: timers that it cancelled, actors that it stopped.
 *
 * @module
 */
import type { AnyActorRef } from "xstate";
import { eventName } from "../../explore/stepper/transitions.ts";
import type { Stimulus, World } from "../../explore/world.ts";

export type Leftover =
  | { readonly criterion: "timers"; readonly text: string; readonly serial: number; readonly delayMs: number }
  | { readonly criterion: "outcomes"; readonly text: string; readonly actor: string };

export function goneLate(before: World, stimulus: Stimulus, after: World): readonly Leftover[] {
  const left: Leftover[] = [];
  // With another one pending, waiting would show that one instead.
  if (before.timers.length > 0 && after.timers.length === 0) {
    for (const { serial, event, delayMs } of before.timers) {
      const hasFired = stimulus.kind === "timer" && stimulus.serial === serial;
      if (hasFired) continue;
      const text = `the timer ${timerName(event.type)} is cancelled and does not fire`;
      left.push({ criterion: "timers", text, serial, delayMs });
    }
  }
  const { children } = before.snapshot;
  const now = after.snapshot.children;
  if (children !== now) {
    for (const id in children) {
      const child = children[id] as AnyActorRef | undefined;
      const hasEnded = stimulus.kind === "outcome" && stimulus.child === id;
      // Another actor under the same id would be told apart by nobody.
      if (child === undefined || now[id] !== undefined || before.ended.has(child) || hasEnded) continue;
      left.push({ criterion: "outcomes", text: `${actorName(id)} ends late and is not heard`, actor: id });
    }
  }
  return left;
}

const actorName = (id: string): string => (/^x:\d+$/.test(id) ? "an actor" : id);

/** `xstate.after.100.m.a` is told as the machine's author wrote it, as far as that can be seen from it. */
export function timerName(type: string): string {
  return eventName(type);
}

/** What waiting until shortly before a timer fires shows. */
export const notEarly = (type: string): string =>
  `the timer ${timerName(type)} does not fire before its time`;
