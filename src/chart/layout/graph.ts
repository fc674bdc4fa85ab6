/**
 * The graph that ELK gets.
 *
 * The options are a recipe found by experiment: every one is repeated on every compound, because ELK does not inherit
 * them, and none of ELK's model-order, wrapping or compaction options is used, because they fail on nested charts.
 *
 * @module
 */
import type { ElkExtendedEdge, ElkNode, LayoutOptions } from "elkjs/lib/elk-api.js";
import type { ChartState } from "../model.ts";
import { backEdges, containerOf } from "./back-edges.ts";
import { textWidth } from "./measure.ts";
import { edgeRows, initialRows, stateRows, type TextRow } from "./rows.ts";
import type { ChartView, ViewEdge } from "./view.ts";

export type Direction = "down" | "right";

export interface GraphOptions {
  readonly direction: Direction;
  /** Straighter lines from a slower algorithm: seconds for 200 states. */
  readonly isStraight: boolean;
}

/** An edge in the graph, and how to read it back. */
export interface DrawnEdge {
  readonly view: ViewEdge | null;
  readonly rows: readonly TextRow[];
  readonly isReversed: boolean;
}

export interface DrawnGraph {
  readonly graph: ElkNode;
  readonly edges: ReadonlyMap<string, DrawnEdge>;
  /** Pills that stand for the start of an edge from a container to its inside. */
  readonly chips: ReadonlyMap<string, DrawnEdge>;
  readonly boxes: ReadonlyMap<string, { readonly state: ChartState; readonly rows: readonly TextRow[] }>;
}

export const titleHeight = 28;
export const initialRadius = 5;
export const historyRadius = 12;
const pillPadding = { x: 8, y: 2 };
const boxPadding = 12;

/** The name of a box as it is shown. */
export function titleOf({ key }: ChartState, isFolded: boolean): string {
  return isFolded ? `${key} ⊞` : key;
}

/** What stands at the right of the title. */
export function badgeOf({ kind, tags }: ChartState): string {
  return [...(kind === "parallel" ? ["parallel"] : []), ...tags.map((it) => `#${it}`)].join(" ");
}

export function headHeight(rows: readonly TextRow[]): number {
  const text = rows.reduce((sum, it) => sum + it.height, 0);
  return titleHeight + (text === 0 ? 0 : text + 6);
}

export function graphOf(view: ChartView, { direction, isStraight }: GraphOptions): DrawnGraph {
  const options = optionsFor(direction, isStraight);
  const reversed = backEdges(view);
  const edges = new Map<string, DrawnEdge>();
  const chips = new Map<string, DrawnEdge>();
  const boxes = new Map<string, { state: ChartState; rows: readonly TextRow[] }>();
  const held = Map.groupBy(view.edges, (it) => containerOf(view, it));

  const elkEdge = (
    edge: ViewEdge,
    container: string | null,
  ): { edge: ElkExtendedEdge; chip: ElkNode | null } => {
    const rows = edgeRows(edge.transitions, (it) => view.index.state(it));
    const id = `e:${edge.id}`;
    if (edge.source === container) {
      // ELK would draw the line from the border through the title, so it starts at the pill.
      const chip = `c:${edge.id}`;
      chips.set(chip, { view: edge, rows, isReversed: false });
      edges.set(id, { view: edge, rows: [], isReversed: false });
      return {
        edge: { id, sources: [chip], targets: [`s:${edge.target}`] },
        chip: { id: chip, ...pillSize(rows) },
      };
    }
    const isReversed = reversed.has(edge.id);
    edges.set(id, { view: edge, rows, isReversed });
    const [from, to] = isReversed ? [edge.target, edge.source] : [edge.source, edge.target];
    const labels = labelsOf(id, rows, edge.source !== edge.target);
    return { edge: { id, sources: [`s:${from}`], targets: [`s:${to}`], labels }, chip: null };
  };

  const build = (state: ChartState): ElkNode => {
    const isFolded = view.folded.has(state.id);
    const rows = stateRows(state, view.within(state.id));
    boxes.set(state.id, { state, rows });
    const id = `s:${state.id}`;
    if (state.kind === "history") return { id, width: 2 * historyRadius, height: 2 * historyRadius };
    const head = headHeight(rows);
    const width = widthOf(state, rows, isFolded);
    const inside = view.children(state.id);
    if (inside.length === 0) return { id, width, height: Math.max(head, 34) };

    const inner = (held.get(state.id) ?? []).map((it) => elkEdge(it, state.id));
    const children = [...inner.flatMap(({ chip }) => chip ?? []), ...inside.map(build)];
    const own = inner.map((it) => it.edge);
    if (state.kind === "parallel")
      children.forEach((it, at) => (it.layoutOptions = { ...it.layoutOptions, ...place(direction, at) }));
    if (state.initial !== null) {
      const { target } = state.initial;
      const start: ElkNode = {
        id: `i:${state.id}`,
        width: 2 * initialRadius,
        height: 2 * initialRadius,
        layoutOptions: first,
      };
      const entering = `ie:${state.id}`;
      const entered = initialRows(state);
      edges.set(entering, { view: null, rows: entered, isReversed: false });
      children.unshift(start);
      own.unshift({
        id: entering,
        sources: [start.id],
        targets: [`s:${target}`],
        labels: labelsOf(entering, entered, true),
        layoutOptions: straightDown,
      });
    }
    const layoutOptions = {
      ...options,
      "elk.padding": `[top=${head + 14},left=16,bottom=16,right=16]`,
      "elk.nodeSize.constraints": "MINIMUM_SIZE",
      // For a chart that runs down ELK turns everything but this size.
      "elk.nodeSize.minimum": direction === "down" ? `(${head + 20},${width})` : `(${width},${head + 20})`,
    };
    return { id, children, edges: own, layoutOptions };
  };

  const graph: ElkNode = {
    id: "chart",
    layoutOptions: {
      "elk.algorithm": "layered",
      "elk.hierarchyHandling": "INCLUDE_CHILDREN",
      ...options,
      "elk.padding": "[top=8,left=8,bottom=8,right=8]",
    },
    children: [build(view.index.root)],
    edges: (held.get(null) ?? []).map((it) => elkEdge(it, null).edge),
  };
  return { graph, edges, chips, boxes };
}

function optionsFor(direction: Direction, isStraight: boolean): LayoutOptions {
  return {
    "elk.direction": direction.toUpperCase(),
    "elk.edgeRouting": "ORTHOGONAL",
    "elk.layered.spacing.nodeNodeBetweenLayers": "16",
    "elk.spacing.nodeNode": "20",
    "elk.spacing.edgeNode": "12",
    "elk.spacing.edgeEdge": "9",
    "elk.layered.spacing.edgeNodeBetweenLayers": "10",
    "elk.layered.spacing.edgeEdgeBetweenLayers": "8",
    "elk.layered.crossingMinimization.semiInteractive": "true",
    "elk.spacing.edgeLabel": "4",
    "elk.spacing.labelLabel": "4",
    "elk.layered.nodePlacement.strategy": isStraight ? "NETWORK_SIMPLEX" : "BRANDES_KOEPF",
    "elk.layered.nodePlacement.bk.fixedAlignment": "BALANCED",
  };
}

const first: LayoutOptions = { "elk.layered.layering.layerConstraint": "FIRST" };
const straightDown: LayoutOptions = {
  "elk.layered.priority.direction": "10",
  "elk.layered.priority.straightness": "10",
};

/** Regions stand side by side, in their order. */
function place(direction: Direction, at: number): LayoutOptions {
  return { "elk.position": direction === "down" ? `(${at * 1000},0)` : `(0,${at * 1000})` };
}

function pillSize(rows: readonly TextRow[]): { width: number; height: number } {
  const width = Math.max(...rows.map((it) => it.width)) + 2 * pillPadding.x;
  return { width, height: rows.reduce((sum, it) => sum + it.height, 0) + 2 * pillPadding.y };
}

function labelsOf(id: string, rows: readonly TextRow[], isInline: boolean): ElkExtendedEdge["labels"] {
  if (rows.length === 0) return [];
  const layoutOptions: LayoutOptions = { "elk.edgeLabels.placement": "CENTER" };
  if (isInline) layoutOptions["elk.edgeLabels.inline"] = "true";
  return [{ id: `l:${id}`, text: "x", ...pillSize(rows), layoutOptions }];
}

function widthOf(state: ChartState, rows: readonly TextRow[], isFolded: boolean): number {
  const badge = badgeOf(state);
  const title = textWidth(titleOf(state, isFolded), 13, true) + 2 * boxPadding + 4;
  const head = title + (badge === "" ? 0 : textWidth(badge, 9.5, false) + 16);
  return Math.max(head, ...rows.map((it) => it.width + 2 * boxPadding), 76);
}
