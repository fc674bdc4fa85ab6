/**
 * Rows of text, measured: what stands in the box of a state and in the pill on an edge.
 *
 * @module
 */
import { behaviourOf, eventLabel, guardLabel } from "../labels.ts";
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

/** A row is broken where it would be wider than this, in pixels. */
const widest = 240;

function row(spans: readonly TextSpan[], height: number, transitions: readonly string[]): TextRow {
  const width = spans.reduce((sum, { text, style }) => {
    const { size, isBold } = textStyles[style];
    return sum + textWidth(text, size, isBold);
  }, 0);
  return { spans, width, height, transitions };
}

/** Joins with commas, as many to a line as fit into `width` pixels; at least one. */
function wrapped(names: readonly string[], width: number): string[] {
  const { size, isBold } = textStyles.action;
  const lines: string[] = [];
  for (const name of names) {
    const last = lines.at(-1);
    const joined = last === undefined ? name : `${last}, ${name}`;
    if (last !== undefined && textWidth(joined, size, isBold) <= width) lines[lines.length - 1] = joined;
    else lines.push(name);
  }
  return lines;
}

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

/** The rows of a transition on an edge; equal ones of several transitions are one. */
export function edgeRows(
  transitions: readonly ChartTransition[],
  source: (id: string) => ChartState,
): TextRow[] {
  const alike = Map.groupBy(transitions, (it) => {
    const actions = it.actions.map(({ name }) => name).join();
    return JSON.stringify([eventLabel(it, source(it.source)), guardLabel(it), actions]);
  });
  return [...alike.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined
      ? []
      : transitionRows(
          first,
          source(first.source),
          group.map((it) => it.id),
        );
  });
}

function transitionRows(it: ChartTransition, source: ChartState, ids: readonly string[]): TextRow[] {
  const event = { text: eventLabel(it, source), style: eventStyles[it.kind] };
  const guard = guardLabel(it);
  const together = row([event, { text: guard === "" ? "" : ` ${guard}`, style: "guard" }], 17, ids);
  const head =
    guard === "" || together.width <= widest
      ? [together]
      : [row([event], 17, ids), row([{ text: guard, style: "guard" }], 15, ids)];
  return [...head, ...actionRows(it, ids)];
}

function actionRows({ actions }: Pick<ChartTransition, "actions">, ids: readonly string[]): TextRow[] {
  return wrapped(
    actions.map((it) => it.name),
    widest,
  ).map((text, index) => row([{ text: `${index === 0 ? "/ " : "   "}${text}`, style: "action" }], 13, ids));
}

/** What is done on the way to the initial state. */
export function initialRows({ initial }: ChartState): TextRow[] {
  return initial === null ? [] : actionRows(initial, []);
}

/** In the box of a state: entry, invoke, exit, then the transitions that leave no state. */
export function stateRows(state: ChartState, within: readonly ChartTransition[]): TextRow[] {
  const own = behaviourOf(state).map(([when, what]) =>
    row(
      [
        { text: `${when} / `, style: "label" },
        { text: what, style: "name" },
      ],
      16,
      [],
    ),
  );
  return [...own, ...edgeRows(within, () => state).map((it) => compact(it))];
}

/** In a box the text is as small as that of entry and exit. */
function compact({ spans, height, transitions }: TextRow): TextRow {
  const smaller = spans.map(({ text, style }) => ({
    text,
    style: style === "action" ? style : smallStyle(style),
  }));
  return row(smaller, height === 13 ? 13 : 16, transitions);
}

function smallStyle(style: TextStyle): TextStyle {
  return style === "guard" ? "label" : "name";
}
