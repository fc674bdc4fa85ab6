/**
 * Words on a chart: what a transition waits for, its guard, its actions. The picture and every text export use these.
 *
 * @module
 */
import type { ChartInvoke, ChartState, ChartTransition } from "./model.ts";

/** What starts the transition: `order.placed`, `after 5 s`, `done ✓ load`, `always`. */
export function eventLabel(
  { kind, event, delay, actor, targets }: ChartTransition,
  source: ChartState,
): string {
  switch (kind) {
    case "always":
      return "always";
    case "wildcard":
      return "any other event";
    case "after":
      return `after ${delayLabel(delay)}`;
    case "stateDone":
      return "all done ✓";
    case "route":
      return `route ${targets.map((it) => `#${it}`).join()}`;
    case "actorDone":
      return `done ✓${actorLabel(actor, source)}`;
    case "actorError":
      return `error ✗${actorLabel(actor, source)}`;
    case "actorSnapshot":
      return `snapshot${actorLabel(actor, source)}`;
    case "event":
      return event;
  }
}

/** The only actor of its state needs no name. */
function actorLabel(actor: string | null, { invokes }: ChartState): string {
  const own = invokes.find((it) => it.id === actor);
  if (own === undefined) return ` ${actor ?? ""}`;
  return invokes.length === 1 ? "" : ` ${srcLabel(own)}`;
}

const units: readonly (readonly [ms: number, unit: string])[] = [
  [3_600_000, "h"],
  [60_000, "min"],
  [1000, "s"],
];

/** Milliseconds in the largest unit that shows them exactly with at most one decimal, or the delay's name. */
export function delayLabel(delay: number | string | null): string {
  if (typeof delay !== "number") return delay ?? "";
  const fitting = units.find(([ms]) => delay >= ms && Number.isInteger((delay * 10) / ms));
  return fitting === undefined ? `${delay} ms` : `${delay / fitting[0]} ${fitting[1]}`;
}

/** `[withinBudget]`, or nothing. */
export function guardLabel({ guard }: ChartTransition): string {
  return guard === null ? "" : `[${guard.name}]`;
}

/** Names of the actions; a transition that only keeps an event from being handled further out says so. */
export function actionLabels({ actions, targets }: ChartTransition): readonly string[] {
  return actions.length + targets.length === 0 ? ["(ignored)"] : actions.map((it) => it.name);
}

/** Everything in one line: `event [guard] / action, action`. */
export function transitionLabel(transition: ChartTransition, source: ChartState): string {
  const actions = actionLabels(transition).join(", ");
  const parts = [
    eventLabel(transition, source),
    guardLabel(transition),
    actions === "" ? "" : `/ ${actions}`,
  ];
  return parts.filter((it) => it !== "").join(" ");
}

/** The logic that an invoked actor runs. */
export function srcLabel({ src, id }: ChartInvoke): string {
  // An id that XState made up says where the actor is, which is seen anyway.
  return src === "(inline)" && !/^\d+\./.test(id) ? `${src} ${id}` : src;
}

/** What a state does by itself, one line each, in the order in which it happens. */
export function behaviourOf({
  entry,
  invokes,
  exit,
}: ChartState): readonly (readonly [when: string, what: string])[] {
  return [
    ...entry.map((it) => ["entry", it.name] as const),
    ...invokes.map((it) => ["invoke", srcLabel(it)] as const),
    ...exit.map((it) => ["exit", it.name] as const),
  ];
}
