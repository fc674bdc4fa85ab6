/**
 * Chart model → DOT, for Graphviz: compound states are clusters, edges to and from them are clipped at their border.
 *
 * @module
 */
import { behaviourOf, transitionLabel } from "../labels.ts";
import {
  type ChartIndex,
  type ChartModel,
  type ChartState,
  type ChartTransition,
  indexOf,
} from "../model.ts";

export function toDot(model: ChartModel): string {
  const index = indexOf(model);
  return `${[
    `digraph ${quoted(model.id)} {`,
    "  compound=true",
    // Without it Graphviz cannot rank some charts whose clusters lie in a cycle.
    "  newrank=true",
    '  graph [fontname="Helvetica" fontsize=12 style=rounded color="#94a3b8" rankdir=TB]',
    '  node [fontname="Helvetica" fontsize=11 shape=box style="rounded,filled" fillcolor=white color="#94a3b8"]',
    '  edge [fontname="Helvetica" fontsize=10 color="#64748b"]',
    ...nodes(index.root, index).map((it) => `  ${it}`),
    ...edges(model, index).map((it) => `  ${it}`),
    "}",
  ].join("\n")}\n`;
}

function nodes(state: ChartState, index: ChartIndex): string[] {
  const children = index.children(state.id);
  const label = [state.key, ...behaviour(state, index)].join("\n");
  if (children.length === 0) return [`${quoted(state.id)} [label=${quoted(label, "\\l")}${shape(state)}]`];
  return [
    `subgraph ${quoted(clusterOf(state.id))} {`,
    `  label=${quoted(label, "\\l")}${state.isRegion ? ' style="rounded,dashed"' : ""}`,
    // Where edges to and from the cluster end; an edge cannot name a cluster itself.
    `  ${quoted(anchorOf(state.id))} [shape=point style=invis width=0 height=0 label=""]`,
    ...(state.initial === null
      ? []
      : [`  ${quoted(startOf(state.id))} [shape=circle width=0.12 style=filled fillcolor=black label=""]`]),
    ...children.flatMap((it) => nodes(it, index)).map((it) => `  ${it}`),
    "}",
  ];
}

function behaviour(state: ChartState, index: ChartIndex): string[] {
  const within = index.transitions(state.id).filter((it) => it.targets.length === 0);
  return [
    ...behaviourOf(state).map(([when, what]) => `${when} / ${what}`),
    ...within.map((it) => transitionLabel(it, state)),
  ];
}

function shape({ kind, history }: ChartState): string {
  if (kind === "final") return " peripheries=2";
  if (kind === "history") return ` shape=circle label=${history?.depth === "deep" ? '"H*"' : '"H"'}`;
  return "";
}

function edges({ states, transitions }: ChartModel, index: ChartIndex): string[] {
  const initial = states.flatMap(({ id, initial }) =>
    initial === null
      ? []
      : [edge(startOf(id), initial.target, index, initial.actions.map((it) => `/ ${it.name}`).join("\n"))],
  );
  const defaults = states.flatMap(({ id, history }) =>
    (history?.targets ?? []).map((it) => edge(id, it, index, "", " style=dashed")),
  );
  return [...initial, ...defaults, ...transitions.flatMap((it) => transitionEdges(it, index))];
}

function transitionEdges(it: ChartTransition, index: ChartIndex): string[] {
  const label = transitionLabel(it, index.state(it.source));
  const style = it.kind === "after" ? " style=dashed" : "";
  return it.targets.map((target) => edge(it.source, target, index, label, style));
}

function edge(from: string, to: string, index: ChartIndex, label: string, style = ""): string {
  const isOpen = (id: string): boolean => index.children(id).length > 0;
  // Graphviz cannot clip at a cluster that holds the other end.
  const isAround = (outer: string, inner: string): boolean =>
    !inner.startsWith("start:") && index.ancestry(inner).includes(outer);
  const tail = isOpen(from) && !isAround(from, to) ? ` ltail=${quoted(clusterOf(from))}` : "";
  const head = isOpen(to) && !isAround(to, from) ? ` lhead=${quoted(clusterOf(to))}` : "";
  const [source, target] = [from, to].map((it) => quoted(isOpen(it) ? anchorOf(it) : it));
  return `${source} -> ${target} [label=${quoted(label)}${tail}${head}${style}]`;
}

const clusterOf = (id: string): string => `cluster:${id}`;
const anchorOf = (id: string): string => `anchor:${id}`;
const startOf = (id: string): string => `start:${id}`;

/** A quoted id or label; `lineEnd` is how Graphviz is told to set the lines: `\n` centred, `\l` to the left. */
function quoted(text: string, lineEnd = "\\n"): string {
  const lines = text.split("\n").map((it) => it.replaceAll("\\", "\\\\").replaceAll('"', '\\"'));
  return `"${lines.join(lineEnd)}${lines.length > 1 && lineEnd === "\\l" ? lineEnd : ""}"`;
}
