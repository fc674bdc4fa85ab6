import type { AnyActorRef } from "xstate";
import type { Availability } from "../../core/stash.ts";
import type { Child } from "./child.ts";
import type { Engine } from "./engine.ts";
import { endingOf } from "./exit.ts";
import { nextAttemptAt } from "./status.ts";

export const isOver = (ref: AnyActorRef): boolean => endingOf(ref) !== null;

/** Whether `child` can take a message, and else when it will. */
export function availabilityOf(engine: Engine, child: Child): Availability {
  const gone = (because: "stopped" | "quarantined" | "removed"): Availability => ({ kind: "gone", because });
  const { spec, state, ref } = child;
  if (engine.children.get(spec.id) !== child) return gone("removed");
  if (engine.phase !== "running") return gone("stopped");
  switch (state) {
    case "running":
      // It has ended, and its end is still in the mailbox.
      if (ref === null || isOver(ref)) return { kind: "coming", because: "restarting", at: null };
      return ofRunning(engine, child);
    case "restarting":
    case "waiting":
    case "refused":
      return { kind: "coming", because: state, at: nextAttemptAt(engine, child) };
    case "stopping":
      return { kind: "coming", because: state, at: engine.group.dueAt(child) };
    case "stopped": {
      const at = nextAttemptAt(engine, child);
      return at === null ? gone("stopped") : { kind: "coming", because: "restarting", at };
    }
    case "quarantined": {
      // A probe may bring it back; without one only a person does.
      const at = nextAttemptAt(engine, child);
      return at === null ? gone(state) : { kind: "coming", because: state, at };
    }
  }
}

function ofRunning({ deadlines, care }: Engine, child: Child): Availability {
  const { spec, incarnation, startedAt } = child;
  const graceMs = spec.whileDown.kind === "stash" ? spec.whileDown.graceMs : null;
  // A first incarnation has no other before it that could have left a reason for doubt.
  const openAt = graceMs === null || incarnation === 1 ? startedAt : startedAt + graceMs;
  if (deadlines.clock.now() < openAt) return { kind: "coming", because: "in_grace", at: openAt };
  const { isReady, nextCheckAt } = care.health.readiness(child);
  return isReady && child.isReady
    ? { kind: "up" }
    : { kind: "coming", because: "not_ready", at: nextCheckAt };
}
