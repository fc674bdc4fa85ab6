/** Stimuli by name. */
import type { AnyEventObject, AnyStateNode } from "xstate";
import { eventName } from "../stepper/transitions.ts";
import type { Outcome, Stimulus, World } from "../world.ts";
import type { Label } from "./graph.ts";

/** `nodes`: those of the machine, whose ids are part of the types of their `after` events. */
export function createLabels(nodes: readonly AnyStateNode[]): (stimulus: Stimulus, world: World) => Label {
  const events = new WeakMap<AnyEventObject, Label>();
  const byId = new Map(nodes.map((node) => [node.id, node]));

  function ofEvent(stimulus: Extract<Stimulus, { kind: "event" }>): Label {
    let label = events.get(stimulus.event);
    if (label === undefined) {
      const { type, ...payload } = stimulus.event;
      label = { name: withFacts(type, payload), action: type, kind: "event", stimulus, timerEvent: null };
      events.set(stimulus.event, label);
    }
    return label;
  }

  function timerName(type: string): string {
    const id = [...byId.keys()]
      .filter((it) => type.endsWith(`.${it}`))
      .toSorted((a, b) => b.length - a.length)[0];
    return eventName(type, id === undefined ? undefined : byId.get(id));
  }

  return (stimulus, world) => {
    switch (stimulus.kind) {
      case "event":
        return ofEvent(stimulus);
      case "timer": {
        const timer = world.timers.find((it) => it.serial === stimulus.serial);
        const { type, ...payload } = timer?.event ?? { type: "" };
        const isAfter = type.startsWith("xstate.after.");
        const action = isAfter ? timerName(type) : `timer ${type}`;
        const name = isAfter
          ? `${action} (${type.slice("xstate.after.".length)})`
          : withFacts(action, payload);
        return { name, action, kind: "timer", stimulus, timerEvent: type };
      }
      case "outcome": {
        const action = `${stimulus.outcome.kind} ${stimulus.child}`;
        return {
          name: outcomeName(action, stimulus.outcome),
          action,
          kind: "outcome",
          stimulus,
          timerEvent: null,
        };
      }
    }
  };
}

function outcomeName(action: string, outcome: Outcome): string {
  if (outcome.kind === "done")
    return outcome.output === undefined ? action : `${action} ${text(outcome.output)}`;
  const { error } = outcome;
  return `${action} ${error instanceof Error ? error.message : text(error)}`;
}

function withFacts(name: string, payload: object): string {
  return Object.keys(payload).length === 0 ? name : `${name} ${text(payload)}`;
}

/** JSON where it can be had. */
function text(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}
