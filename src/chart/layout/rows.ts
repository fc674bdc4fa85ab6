/**
 * Rows of text, measured: what stands in the box of a state and in the pill on an edge.
 *
 * Transitions that do the same share their rows: `order.placed, order.changed / save`.
 *
 * @module
 */
import { actionLabels, eventLabel, guardLabel, srcLabel } from "../labels.ts";
import type { ChartState, ChartTransition } from "../model.ts";
import { textWidth } from "./measure.ts";

/** How a piece of text is set; the picture has a class for each. */
export type TextStyle = "event" | "system" | "delay" | "guard" | "action" | "label" | "name";

export interface TextSpan {
  readonly text: string;
  readonly style: TextStyle;
}

export interface TextRow {
  readonly spans: readonly TextSpan[];
  readonly width: number;
  readonly height: number;
  /** The transitions that it stands for; none for entry, exit and invoke. */
  readonly transitions: readonly string[];
}

/** Font size in pixels and weight. */
export const textStyles: Readonly<Record<TextStyle, { readonly size: number; readonly isBold: boolean }>> = {
  event: { size: 11.5, isBold: true },
  system: { size: 11.5, isBold: false },
  delay: { size: 11.5, isBold: true },
  guard: { size: 11.5, isBold: false },
  action: { size: 10.5, isBold: false },
  label: { size: 10.5, isBold: false },
  name: { size: 10.5, isBold: false },
};

/** A row is broken before it gets wider than this, in pixels, if it can be. */
const widest = { pill: 250, box: 280 };
/** Of a row, in pixels. */
const heights = { pillEvent: 17, pillAction: 13, box: 16 };

const eventStyles = {
  event: "event",
  wildcard: "event",
  after: "delay",
  always: "system",
  stateDone: "system",
  actorDone: "system",
  actorError: "system",
  actorSnapshot: "system",
  route: "event",
} as const satisfies Record<ChartTransition["kind"], TextStyle>;

/** In the pill on an edge: the events with their guard, below them the actions. */
export function edgeRows(
  transitions: readonly ChartTransition[],
  source: (id: string) => ChartState,
): TextRow[] {
  return alike(transitions, source).flatMap(({ events, guard, actions, ids }) => {
    const head = [...listed(events), ...(guard === "" ? [] : [span(guard, "guard")])];
    return [
      ...flow(head, widest.pill, heights.pillEvent, ids),
      ...flow(actionSpans(actions), widest.pill, heights.pillAction, ids),
    ];
  });
}

/** What is done on the way to the initial state. */
export function initialRows({ initial }: ChartState): TextRow[] {
  const actions = initial?.actions.map((it) => it.name) ?? [];
  return flow(actionSpans(actions), widest.pill, heights.pillAction, []);
}

/** In the box of a state: entry, invoke, exit, then the transitions that leave no state. */
export function stateRows(state: ChartState, within: readonly ChartTransition[]): TextRow[] {
  const own: readonly (readonly [when: string, what: readonly string[]])[] = [
    ["entry", state.entry.map((it) => it.name)],
    ["invoke", state.invokes.map(srcLabel)],
    ["exit", state.exit.map((it) => it.name)],
  ];
  const behaviour = own
    .filter(([, what]) => what.length > 0)
    .flatMap(([when, what]) => {
      const names = listed(what.map((it) => span(it, "name")));
      return flow([span(`${when} /`, "label"), ...names], widest.box, heights.box, []);
    });
  const internal = alike(within, () => state).flatMap(({ events, guard, actions, ids }) => {
    const names = listed(events.map(({ text }) => span(text, "name")));
    const rest = guard === "" ? [] : [span(guard, "label")];
    return flow([...names, ...rest, ...actionSpans(actions)], widest.box, heights.box, ids);
  });
  return [...behaviour, ...internal];
}

interface Alike {
  readonly events: TextSpan[];
  readonly guard: string;
  readonly actions: readonly string[];
  readonly ids: string[];
}

/**
 * Transitions with the same guard and actions, together. An event with several candidates keeps them apart and in
 * order: which one is tried first matters.
 */
function alike(transitions: readonly ChartTransition[], source: (id: string) => ChartState): Alike[] {
  const described = transitions.map((it) => {
    const event = span(eventLabel(it, source(it.source)), eventStyles[it.kind]);
    return { id: it.id, event, guard: guardLabel(it), actions: actionLabels(it) };
  });
  const candidates = Map.groupBy(described, (it) => it.event.text);
  const groups = new Map<string, Alike>();
  for (const { id, event, guard, actions } of described) {
    const variants = new Set(candidates.get(event.text)?.map((it) => JSON.stringify([it.guard, it.actions])));
    const key = JSON.stringify([guard, actions, variants.size > 1 ? event.text : null]);
    const group = groups.get(key) ?? { events: [], guard, actions, ids: [] };
    if (!group.events.some((it) => it.text === event.text)) group.events.push(event);
    group.ids.push(id);
    groups.set(key, group);
  }
  return [...groups.values()];
}

function span(text: string, style: TextStyle): TextSpan {
  return { text, style };
}

/** With a comma after each but the last. */
function listed(spans: readonly TextSpan[]): TextSpan[] {
  return spans.map(({ text, style }, at) => span(at < spans.length - 1 ? `${text},` : text, style));
}

function actionSpans(names: readonly string[]): TextSpan[] {
  const spans = listed(names.map((it) => span(it, "action")));
  return spans.map(({ text, style }, at) => span(at === 0 ? `/ ${text}` : text, style));
}

/** One after the other with spaces between, in as many rows as it takes. */
function flow(
  spans: readonly TextSpan[],
  widestRow: number,
  height: number,
  transitions: string[],
): TextRow[] {
  const rows: TextSpan[][] = [];
  let width = 0;
  for (const it of spans) {
    const spaced = span(` ${it.text}`, it.style);
    const last = rows.at(-1);
    if (last !== undefined && width + spanWidth(spaced) <= widestRow) {
      last.push(spaced);
      width += spanWidth(spaced);
    } else {
      const start = last === undefined ? it : span(`   ${it.text}`, it.style);
      rows.push([start]);
      width = spanWidth(start);
    }
  }
  return rows.map((row) => ({
    spans: row,
    width: row.reduce((sum, it) => sum + spanWidth(it), 0),
    height,
    transitions,
  }));
}

function spanWidth({ text, style }: TextSpan): number {
  const { size, isBold } = textStyles[style];
  return textWidth(text, size, isBold);
}
