/**
 * The chart with a place for everything: what ELK answers, in coordinates of the whole picture.
 *
 * Plain data: it can be stored, sent, and turned into a picture anywhere.
 *
 * @module
 */
import type { ElkNode } from "elkjs/lib/elk-api.js";
import type { ChartState } from "../model.ts";
import { badgeOf, type Direction, type DrawnEdge, type DrawnGraph, headHeight, titleOf } from "./graph.ts";
import type { TextRow } from "./rows.ts";
import type { ChartView } from "./view.ts";

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Pixels, from the picture's upper left corner. */
export interface Rectangle extends Point {
  readonly width: number;
  readonly height: number;
}

export interface PlacedBox extends Rectangle {
  readonly state: string;
  readonly title: string;
  readonly badge: string;
  readonly kind: ChartState["kind"];
  readonly historyDepth: "shallow" | "deep" | null;
  readonly isRegion: boolean;
  readonly isFolded: boolean;
  /** Whether its inside is shown. */
  readonly isOpen: boolean;
  /** How many states are around it. */
  readonly depth: number;
  readonly headHeight: number;
  readonly rows: readonly TextRow[];
  readonly description: string | null;
}

export interface PlacedEdge {
  /** `SOURCE>TARGET`, or `>TARGET` for the way to an initial state. */
  readonly id: string;
  readonly kind: "transition" | "delay" | "initial" | "historyDefault";
  readonly transitions: readonly string[];
  /** From the source to the target. */
  readonly points: readonly Point[];
}

/** The text of an edge. */
export interface PlacedPill extends Rectangle {
  readonly edge: string;
  readonly rows: readonly TextRow[];
  readonly transitions: readonly string[];
}

export interface PlacedChart {
  readonly id: string;
  readonly description: string | null;
  readonly direction: Direction;
  /** The states whose inside is hidden. */
  readonly folded: readonly string[];
  readonly width: number;
  readonly height: number;
  /** Outer before inner. */
  readonly boxes: readonly PlacedBox[];
  /** Middles of the dots where compound states begin. */
  readonly initials: readonly Point[];
  readonly edges: readonly PlacedEdge[];
  readonly pills: readonly PlacedPill[];
}

export function placed(
  view: ChartView,
  drawn: DrawnGraph,
  answer: ElkNode,
  direction: Direction,
): PlacedChart {
  const boxes: PlacedBox[] = [];
  const initials: Point[] = [];
  const pills: PlacedPill[] = [];
  const edges: PlacedEdge[] = [];
  const origins = new Map<string, Point>();
  const shapes = everyNode(answer, { x: 0, y: 0 });
  for (const { node, x, y } of shapes) origins.set(node.id, { x, y });
  for (const { node, x, y } of shapes) {
    const [kind, id] = splitId(node.id);
    const size = { width: node.width ?? 0, height: node.height ?? 0 };
    const box = kind === "s" ? drawn.boxes.get(id) : undefined;
    if (box !== undefined) boxes.push(placedBox(view, box, { x, y, ...size }));
    if (kind === "i") initials.push({ x: x + size.width / 2, y: y + size.height / 2 });
    const chip = drawn.chips.get(node.id);
    if (chip !== undefined) pills.push(pill(chip, { x, y, ...size }));
    for (const edge of node.edges ?? []) {
      const known = drawn.edges.get(edge.id);
      if (known === undefined) continue;
      const origin = origins.get(edgeContainer(edge) ?? node.id) ?? { x: 0, y: 0 };
      const shift = (it: Point): Point => ({ x: it.x + origin.x, y: it.y + origin.y });
      const points = (edge.sections ?? []).flatMap((it) =>
        [it.startPoint, ...(it.bendPoints ?? []), it.endPoint].map(shift),
      );
      edges.push(placedEdge(known, edge.targets[0] ?? "", known.isReversed ? points.reverse() : points));
      for (const { x = 0, y = 0, width = 0, height = 0 } of edge.labels ?? []) {
        pills.push(pill(known, { ...shift({ x, y }), width, height }));
      }
    }
  }
  return {
    id: view.model.id,
    description: view.index.root.description,
    direction,
    folded: [...view.folded],
    width: Math.ceil(answer.width ?? 0),
    height: Math.ceil(answer.height ?? 0),
    boxes,
    initials,
    edges,
    pills,
  };
}

interface NodeAt extends Point {
  readonly node: ElkNode;
}

/** Every node with its absolute corner, outer before inner. */
function everyNode(node: ElkNode, origin: Point): NodeAt[] {
  const at = { x: origin.x + (node.x ?? 0), y: origin.y + (node.y ?? 0) };
  return [{ node, ...at }, ...(node.children ?? []).flatMap((it) => everyNode(it, at))];
}

function splitId(id: string): [kind: string, id: string] {
  const colon = id.indexOf(":");
  return [id.slice(0, colon), id.slice(colon + 1)];
}

/** The node whose coordinates the route is in; ELK adds it, its types know it only on an older kind of edge. */
function edgeContainer(edge: { readonly container?: string }): string | undefined {
  return edge.container;
}

function placedBox(
  view: ChartView,
  { state, rows }: { readonly state: ChartState; readonly rows: readonly TextRow[] },
  rectangle: Rectangle,
): PlacedBox {
  const isFolded = view.folded.has(state.id);
  return {
    ...rectangle,
    state: state.id,
    title: titleOf(state, isFolded),
    badge: badgeOf(state),
    kind: state.kind,
    historyDepth: state.history?.depth ?? null,
    isRegion: state.isRegion,
    isFolded,
    isOpen: view.children(state.id).length > 0,
    depth: state.path.length,
    headHeight: headHeight(rows),
    rows,
    description: state.description,
  };
}

function placedEdge({ view }: DrawnEdge, target: string, points: readonly Point[]): PlacedEdge {
  if (view === null) return { id: `>${splitId(target)[1]}`, kind: "initial", transitions: [], points };
  const { id, transitions } = view;
  const onlyDelays = transitions.every((it) => it.kind === "after");
  const kind = transitions.length === 0 ? "historyDefault" : onlyDelays ? "delay" : "transition";
  return { id, kind, transitions: transitions.map((it) => it.id), points };
}

function pill({ view, rows }: DrawnEdge, rectangle: Rectangle): PlacedPill {
  return {
    ...rectangle,
    edge: view?.id ?? "",
    rows,
    transitions: view?.transitions.map((it) => it.id) ?? [],
  };
}
