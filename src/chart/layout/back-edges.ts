/**
 * Which edges run against the reading order.
 *
 * ELK's own cycle breaking either ignores the order of the states or crashes on nested charts, so cycles are broken
 * here: in every container a depth-first search from the initial child, in document order, finds the edges that close a
 * cycle; whatever leads back to the initial child is one, so that a chart begins where it begins. They are handed to ELK reversed, and their routes are turned round afterwards.
 *
 * @module
 */
import type { ChartView, ViewEdge } from "./view.ts";

/** The innermost state that holds both ends; `null`: the space around the root. An ancestor holds its descendants. */
export function containerOf({ index }: ChartView, { source, target }: ViewEdge): string | null {
  if (source === target) return index.state(source).parent;
  const [from, to] = [index.ancestry(source), index.ancestry(target)];
  return from.find((it) => to.includes(it)) ?? null;
}

/** Ids of the edges to reverse; without them no level has a cycle. */
export function backEdges(view: ChartView): ReadonlySet<string> {
  const levels = new Map<string, SiblingEdge[]>();
  for (const edge of view.edges) {
    const container = containerOf(view, edge);
    if (container === null) continue;
    const [from, to] = [
      childTowards(view, container, edge.source),
      childTowards(view, container, edge.target),
    ];
    if (from === null || to === null || from === to) continue;
    const level = levels.get(container) ?? [];
    level.push({ edge: edge.id, from, to });
    levels.set(container, level);
  }
  return new Set([...levels].flatMap(([container, edges]) => closing(view, container, edges)));
}

interface SiblingEdge {
  readonly edge: string;
  readonly from: string;
  readonly to: string;
}

/** The child of `container` that is `id` or holds it; `null` when `id` is the container itself. */
function childTowards({ index }: ChartView, container: string, id: string): string | null {
  return index.ancestry(id).find((it) => index.state(it).parent === container) ?? null;
}

function closing(view: ChartView, container: string, edges: readonly SiblingEdge[]): string[] {
  const initial = view.index.state(container).initial?.target;
  const found = edges.filter((it) => it.to === initial).map((it) => it.edge);
  const leaving = Map.groupBy(
    edges.filter((it) => it.to !== initial),
    (it) => it.from,
  );
  const visit = new Map<string, "open" | "done">();
  const search = (state: string): void => {
    visit.set(state, "open");
    for (const { edge, to } of leaving.get(state) ?? []) {
      const seen = visit.get(to);
      if (seen === "open") found.push(edge);
      if (seen === undefined) search(to);
    }
    visit.set(state, "done");
  };
  const inside = view.children(container).map((it) => it.id);
  const order = initial === undefined ? inside : [initial, ...inside];
  for (const state of order) if (!visit.has(state)) search(state);
  return found;
}
