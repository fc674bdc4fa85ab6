/**
 * Every transition of a machine, numbered, with an id that a person can find in the chart.
 *
 * @module
 */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from "xstate";
import { transitionsOf } from "../xstate-adapter.ts";

export interface Transition {
  readonly index: number;
  /** `SOURCE EVENT`, with `[N]` when the source has several for that event; the event of an eventless one is `always`. */
  readonly id: string;
  readonly source: AnyStateNode;
  /** `""` for an eventless one. */
  readonly descriptor: string;
  /** Among those of its source for its descriptor. */
  readonly position: number;
  /** Ids of the states that it leads to; none: it stays. */
  readonly targets: readonly string[];
  /** The guard's name, `(inline)`, or `null`. */
  readonly guard: string | null;
  /** It says that nothing is to happen: no target, no actions. */
  readonly forbids: boolean;
  readonly definition: AnyTransitionDefinition;
}

export interface TransitionTable {
  readonly all: readonly Transition[];
  /** Every state node, the root first, in document order. */
  readonly nodes: readonly AnyStateNode[];
  of(definition: AnyTransitionDefinition): Transition | undefined;
}

export function transitionTable(machine: AnyStateMachine): TransitionTable {
  const nodes = withDescendants(machine.root);
  const all: Transition[] = [];
  const byDefinition = new Map<AnyTransitionDefinition, Transition>();
  for (const source of nodes) {
    for (const [descriptor, definitions] of transitionsOf(source)) {
      definitions.forEach((definition, position) => {
        const transition: Transition = {
          index: all.length,
          id: `${source.id} ${eventName(descriptor, source)}${definitions.length > 1 ? `[${position}]` : ""}`,
          source,
          descriptor,
          position,
          targets: (definition.target ?? []).map(({ id }) => id),
          guard: guardName(definition.guard),
          forbids: definition.target === undefined && definition.actions.length === 0 && !definition.reenter,
          definition,
        };
        all.push(transition);
        byDefinition.set(definition, transition);
      });
    }
  }
  return { all, nodes, of: (definition) => byDefinition.get(definition) };
}

function withDescendants(node: AnyStateNode): AnyStateNode[] {
  return [node, ...Object.values(node.states).flatMap((it) => withDescendants(it as AnyStateNode))];
}

/** The event that `descriptor` stands for, as its author wrote it. */
export function eventName(descriptor: string, source?: AnyStateNode): string {
  if (descriptor === "") return "always";
  const after = /^xstate\.after\.(.+)$/.exec(descriptor)?.[1];
  if (after !== undefined) {
    const delay = source === undefined ? after : after.slice(0, -source.id.length - 1);
    return `after ${delay}`;
  }
  return descriptor
    .replace(/^xstate\.done\.(?:actor|state)\./, "done ")
    .replace(/^xstate\.error\.actor\./, "error ");
}

function guardName(guard: unknown): string | null {
  if (guard === undefined || guard === null) return null;
  if (typeof guard === "string") return guard;
  const { type, name } = guard as { type?: unknown; name?: unknown };
  if (typeof type === "string") return type;
  return typeof name === "string" && name !== "" && name !== "guard" ? name : "(inline)";
}
