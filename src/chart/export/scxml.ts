/**
 * Chart model → SCXML 1.0 (W3C Recommendation of 1 September 2015).
 *
 * - `cond` and `delayexpr` are names of guards and delays, for the host's data model to define; actions are elements
 *   `action` in the namespace `urn:homeostat:chart`, which SCXML admits as executable content.
 * - The root is a state inside `scxml`, because only a state can have transitions and entry actions. When it is done, the
 *   session ends.
 * - A delay is a timer that the entry starts and the exit cancels.
 * - An end of an actor is `done.invoke.ID`, a failure `error.platform.ID`.
 * - What SCXML cannot say stands in attributes of our namespace, or in a comment: transitions and actors of final states,
 *   tags, descriptions. Its events also match by prefix: `order.placed` there takes `order.placed.twice` as well.
 *
 * @see https://www.w3.org/TR/scxml/
 * @module
 */
import { transitionLabel } from "../labels.ts";
import {
  type ChartAction,
  type ChartIndex,
  type ChartModel,
  type ChartState,
  type ChartTransition,
  indexOf,
} from "../model.ts";
import { attributes } from "../xml.ts";
import { destination } from "./scxml/destination.ts";
import { eventName, expression, Ids } from "./scxml/names.ts";

export const scxmlNamespace = "http://www.w3.org/2005/07/scxml";
export const homeostatNamespace = "urn:homeostat:chart";

export function toScxml(model: ChartModel): string {
  const index = indexOf(model);
  const ids = new Ids();
  // States first, so that theirs are the plainest.
  model.states.forEach((it) => ids.of("state", it.id));
  const { root } = index;
  const head = {
    xmlns: scxmlNamespace,
    "xmlns:homeostat": homeostatNamespace,
    version: "1.0",
    datamodel: "ecmascript",
    name: ids.of("state", root.id),
    initial: ids.of("state", root.id),
    "homeostat:version": model.version,
  };
  const end = endOf(root, index);
  const body = [
    ...stateElement(root, { index, ids, end }),
    ...(end === null ? [] : [`<final${attributes({ id: ids.of("end", end) })}/>`]),
  ];
  return `${[
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<scxml${attributes(head)}>`,
    ...body.map((it) => `  ${it}`),
    "</scxml>",
  ].join("\n")}\n`;
}

/** The name of the session's own final state, if the root can be done. */
function endOf(root: ChartState, index: ChartIndex): string | null {
  const canEnd = root.kind === "parallel" || index.children(root.id).some((it) => it.kind === "final");
  return canEnd ? `${root.id}.done` : null;
}

interface Context {
  readonly index: ChartIndex;
  readonly ids: Ids;
  readonly end: string | null;
}

type Lines = readonly string[];

/** Empty elements are closed at once. */
function element(name: string, values: Parameters<typeof attributes>[0], content: Lines): string[] {
  const start = `<${name}${attributes(values)}`;
  return content.length === 0
    ? [`${start}/>`]
    : [`${start}>`, ...content.map((it) => `  ${it}`), `</${name}>`];
}

function stateElement(state: ChartState, context: Context): string[] {
  const { index, ids } = context;
  const id = ids.of("state", state.id);
  const own = {
    id,
    "homeostat:id": id === state.id ? null : state.id,
    "homeostat:tags": state.tags.join(" ") || null,
    "homeostat:description": state.description,
  };
  if (state.kind === "history") return historyElement(state, own, context);
  const behaviour = [
    ...filled("onentry", [...state.entry.map(actionElement), ...timers(state, context)]),
    ...filled("onexit", [...cancellations(state, context), ...state.exit.map(actionElement)]),
  ];
  // A region cannot be final in SCXML; as a state without transitions it does as much.
  if (state.kind === "final" && !state.isRegion) {
    return element("final", own, [...behaviour, ...inexpressible(state, context)]);
  }
  const transitions = index.transitions(state.id).flatMap((it) => transitionElement(it, state, context));
  const ending =
    state.parent === null && context.end !== null
      ? element("transition", { event: `done.state.${id}`, target: ids.of("end", context.end) }, [])
      : [];
  return element(state.kind === "parallel" ? "parallel" : "state", own, [
    ...initialElement(state, context),
    ...behaviour,
    ...state.invokes.flatMap((it) => invokeElement(it, context)),
    ...transitions,
    ...ending,
    ...index.children(state.id).flatMap((it) => stateElement(it, context)),
  ]);
}

/** Left out when it has no content. */
function filled(name: string, content: Lines): string[] {
  return content.length === 0 ? [] : element(name, {}, content);
}

function initialElement({ initial }: ChartState, { ids }: Context): string[] {
  if (initial === null) return [];
  const target = ids.of("state", initial.target);
  return element("initial", {}, element("transition", { target }, initial.actions.map(actionElement)));
}

function historyElement(
  { history, parent }: ChartState,
  own: Record<string, string | null>,
  { index, ids }: Context,
): string[] {
  const targets = history?.targets ?? [];
  const around = parent === null ? index.root : index.state(parent);
  const fallback = around.initial === null ? regions(around, index) : [around.initial.target];
  const target = (targets.length > 0 ? targets : fallback).map((it) => ids.of("state", it)).join(" ");
  return element(
    "history",
    { ...own, type: history?.depth ?? "shallow" },
    element("transition", { target }, []),
  );
}

function regions({ id }: ChartState, index: ChartIndex): string[] {
  return index
    .children(id)
    .filter((it) => it.kind !== "history")
    .map((it) => it.id);
}

function inexpressible(state: ChartState, { index }: Context): string[] {
  const lost = [
    ...index.transitions(state.id).map((it) => transitionLabel(it, state)),
    ...state.invokes.map((it) => `invoke ${it.src}`),
  ];
  return lost.map((it) => `<!-- not in a final state: ${it.replaceAll("-", "‐")} -->`);
}

// ── Timers ───────────────────────────────────────────────────────────────────

function delays(state: ChartState, index: ChartIndex): ReadonlyMap<string, number | string> {
  const delayed = index.transitions(state.id).filter((it) => it.kind === "after");
  return new Map(delayed.map((it) => [it.event, it.delay ?? 0]));
}

function timers(state: ChartState, { index, ids }: Context): string[] {
  return [...delays(state, index)].flatMap(([event, delay]) => {
    const wait =
      typeof delay === "number" ? { delay: `${delay}ms` } : { delayexpr: expression("delays", delay) };
    return element("send", { id: ids.of("timer", event), event: eventName(event), ...wait }, []);
  });
}

function cancellations(state: ChartState, { index, ids }: Context): string[] {
  return [...delays(state, index).keys()].flatMap((it) =>
    element("cancel", { sendid: ids.of("timer", it) }, []),
  );
}

// ── Transitions and executable content ───────────────────────────────────────

function transitionElement(it: ChartTransition, source: ChartState, context: Context): string[] {
  const { ids, index } = context;
  const event = eventOf(it, context);
  const { targets, type } = destination(it, source, index);
  const values = {
    event,
    cond: it.guard === null ? null : expression("guards", it.guard.name),
    target: targets.map((target) => ids.of("state", target)).join(" ") || null,
    type,
    "homeostat:event": event === null || event === it.event || it.kind !== "event" ? null : it.event,
    "homeostat:params":
      it.guard === null || it.guard.params === null ? null : JSON.stringify(it.guard.params),
    "homeostat:description": it.description,
  };
  return element("transition", values, it.actions.map(actionElement));
}

function eventOf({ kind, event, actor }: ChartTransition, { ids }: Context): string | null {
  const about = actor === null || actor.endsWith("*") ? (actor ?? "") : ids.of("actor", actor);
  switch (kind) {
    case "always":
      return null;
    case "actorDone":
      return `done.invoke.${about}`;
    case "actorError":
      return `error.platform.${about}`;
    case "actorSnapshot":
      return `snapshot.${about}`;
    case "stateDone":
      return `done.state.${ids.of("state", event.slice("xstate.done.state.".length))}`;
    case "event":
    case "wildcard":
    case "after":
    case "route":
      return eventName(event);
  }
}

function invokeElement(
  { id, src, systemId, input }: ChartState["invokes"][number],
  { ids }: Context,
): string[] {
  const xmlId = ids.of("actor", id);
  const values = {
    id: xmlId,
    type: `${homeostatNamespace}:actor`,
    src: `#${encodeURIComponent(src)}`,
    "homeostat:id": xmlId === id ? null : id,
    "homeostat:systemId": systemId,
    "homeostat:input": input === null ? null : JSON.stringify(input),
  };
  return element("invoke", values, []);
}

function actionElement({ name, params }: ChartAction): string {
  return `<homeostat:action${attributes({ name, params: params === null ? null : JSON.stringify(params) })}/>`;
}
