/**
 * Chart model → indented text: for terminals, reviews and screen readers.
 *
 * @module
 */
import { actionLabels, eventLabel, guardLabel, srcLabel } from "../labels.ts";
import { type ChartAction, type ChartIndex, type ChartModel, type ChartState, indexOf } from "../model.ts";

export function toText(model: ChartModel): string {
  const index = indexOf(model);
  return `${lines(index.root, index).join("\n")}\n`;
}

function lines(state: ChartState, index: ChartIndex): string[] {
  const inside = [...own(state, index), ...transitions(state, index)];
  const children = index.children(state.id).flatMap((it) => lines(it, index));
  return [heading(state, index), ...[...inside, ...children].map((it) => `  ${it}`)];
}

function heading({ id, key, kind, history, tags, parent }: ChartState, index: ChartIndex): string {
  const isInitial = parent !== null && index.state(parent).initial?.target === id;
  const kinds = {
    atomic: "",
    compound: "",
    parallel: " (parallel)",
    final: " (final)",
    history: ` (${history?.depth ?? "shallow"} history)`,
  };
  return [`${isInitial ? "▸ " : ""}${key}${kinds[kind]}`, ...tags.map((it) => `#${it}`)].join(" ");
}

function own(state: ChartState, index: ChartIndex): string[] {
  const { description, entry, exit, invokes, initial, history } = state;
  const initialActions = initial?.actions ?? [];
  return [
    ...(description === null ? [] : description.split("\n").map((it) => `"${it.trim()}"`)),
    ...(entry.length === 0 ? [] : [`entry / ${names(entry)}`]),
    ...invokes.map((it) => `invoke ${srcLabel(it)}`),
    ...(exit.length === 0 ? [] : [`exit / ${names(exit)}`]),
    ...(initialActions.length === 0 ? [] : [`initial / ${names(initialActions)}`]),
    ...(history === null || history.targets.length === 0
      ? []
      : [`default → ${history.targets.map((it) => reference(index.state(it), state)).join(", ")}`]),
  ];
}

function transitions(state: ChartState, index: ChartIndex): string[] {
  return index.transitions(state.id).map((it) => {
    const targets = it.targets.map((target) => reference(index.state(target), state));
    const way = targets.length === 0 ? "" : ` → ${targets.join(" & ")}${it.reenter ? " (re-enters)" : ""}`;
    const head = [eventLabel(it, state), guardLabel(it)].filter((part) => part !== "").join(" ");
    return head + way + actionsOf(actionLabels(it));
  });
}

const names = (actions: readonly ChartAction[]): string => actions.map((it) => it.name).join(", ");
const actionsOf = (actions: readonly string[]): string =>
  actions.length === 0 ? "" : ` / ${actions.join(", ")}`;

/** A sibling by its key, anything else by its path from the root. */
function reference(target: ChartState, from: ChartState): string {
  return target.parent === from.parent ? target.key : target.path.join(".") || target.key;
}
