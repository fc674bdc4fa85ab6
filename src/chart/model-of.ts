/**
 * Reads the chart model off an XState v5 machine.
 *
 * Entry and exit actions come from the configuration: XState adds actions of its own to its nodes for every `after`.
 *
 * @module
 */
import type { AnyStateMachine, AnyStateNode } from "xstate";
import type { ChartModel, ChartState, ChartTransition, ChartTransitionKind } from "./model.ts";
import { actionOf, guardOf, jsonOrNull, routeGuardOf, srcOf } from "./model/names.ts";

/** A transition as XState holds it; microsteps report these very objects. */
export type TransitionObject =
  AnyStateNode["transitions"] extends Map<string, readonly (infer T)[]> ? T : never;

/** Total for every machine that XState accepts. */
export function modelOf(machine: AnyStateMachine): ChartModel {
  const nodes = nodesOf(machine.root);
  return {
    id: machine.id,
    version: machine.version ?? null,
    states: nodes.map(stateOf),
    transitions: nodes.flatMap((node) => transitionsOf(node).map((it) => describe(node, it))),
  };
}

/** The id that each transition object of the machine has in its model: for whoever watches microsteps. */
export function transitionIdsOf(machine: AnyStateMachine): ReadonlyMap<TransitionObject, string> {
  return new Map(
    nodesOf(machine.root).flatMap((node) =>
      transitionsOf(node).map(({ transition, id }) => [transition, id] as const),
    ),
  );
}

function nodesOf(node: AnyStateNode): AnyStateNode[] {
  return [node, ...Object.values(node.states).flatMap(nodesOf)];
}

function stateOf(node: AnyStateNode): ChartState {
  const { config, key, path, parent, type, tags, description, meta } = node;
  return {
    id: node.id,
    key,
    path: [...path],
    parent: parent?.id ?? null,
    kind: type,
    isRegion: parent?.type === "parallel",
    initial: type === "compound" ? initialOf(node) : null,
    history: type === "history" ? historyOf(node) : null,
    entry: listed(config.entry).map(actionOf),
    exit: listed(config.exit).map(actionOf),
    invokes: node.invoke.map(({ id, src, systemId, input }) => ({
      id,
      src: srcOf(src),
      systemId: systemId ?? null,
      input: jsonOrNull(input),
    })),
    tags: [...tags],
    description: description ?? null,
    meta: jsonOrNull(meta),
  };
}

function initialOf({ initial }: AnyStateNode): ChartState["initial"] {
  const [target] = initial.target ?? [];
  if (target === undefined) return null;
  const { description = null, actions, meta } = initial;
  return { target: target.id, actions: actions.map(actionOf), description, meta: jsonOrNull(meta) };
}

/** XState resolves the target of a history state from its parent, and only when it is entered. */
function historyOf(node: AnyStateNode): ChartState["history"] {
  const config = node.config as { target?: string | readonly string[] };
  const targets = listed(config.target).map((target) =>
    target.startsWith("#") ? node.machine.getStateNodeById(target).id : fromParent(node, target),
  );
  return { depth: node.history === "deep" ? "deep" : "shallow", targets };
}

function fromParent(node: AnyStateNode, path: string): string {
  const separator = /(?<!\\)\./;
  let at = node.parent;
  for (const key of path.replace(/^\./, "").split(separator)) {
    at = at?.states[key.replaceAll("\\.", ".")];
  }
  // A path that leads nowhere fails in XState as well, when the history is entered.
  return at?.id ?? node.id;
}

interface Identified {
  readonly id: string;
  readonly transition: TransitionObject;
}

function transitionsOf(node: AnyStateNode): Identified[] {
  const lists = [...node.transitions, ["", node.always ?? []] as const];
  return lists.flatMap(([descriptor, list]) =>
    list.map((transition, index) => ({ id: `${node.id}:${descriptor}:${index}`, transition })),
  );
}

function describe(node: AnyStateNode, { id, transition }: Identified): ChartTransition {
  const { eventType: event, target, guard, actions, reenter, description, meta } = transition;
  const { kind, actor } = classify(node, event);
  return {
    id,
    source: node.id,
    event,
    kind,
    targets: (target ?? []).map((it) => it.id),
    guard: kind === "route" ? routeGuardOf(guard) : guardOf(guard),
    actions: actions.map(actionOf),
    reenter,
    delay: delayOf(node, event),
    actor,
    description: description ?? null,
    meta: jsonOrNull(meta),
  };
}

/** The key in `after`: only numbers and names get there. */
function delayOf(node: AnyStateNode, event: string): number | string | null {
  const delay: unknown = node.after.find((it) => it.eventType === event)?.delay;
  return typeof delay === "number" || typeof delay === "string" ? delay : null;
}

const actorKinds: readonly (readonly [prefix: string, kind: ChartTransitionKind])[] = [
  ["xstate.done.actor.", "actorDone"],
  ["xstate.error.actor.", "actorError"],
  ["xstate.snapshot.", "actorSnapshot"],
];

function classify(node: AnyStateNode, event: string): { kind: ChartTransitionKind; actor: string | null } {
  const about = actorKinds.find(([prefix]) => event.startsWith(prefix));
  if (about !== undefined) return { kind: about[1], actor: event.slice(about[0].length) };
  return { kind: plainKind(node, event), actor: null };
}

function plainKind(node: AnyStateNode, event: string): ChartTransitionKind {
  if (event === "") return "always";
  if (event === "*") return "wildcard";
  if (event === "xstate.route") return "route";
  if (event === `xstate.done.state.${node.id}`) return "stateDone";
  return node.after.some((it) => it.eventType === event) ? "after" : "event";
}

/** XState's "one or many", as a list. */
function listed<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}
