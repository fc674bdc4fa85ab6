/**
 * What of a chart is shown: with some states folded, their inside is hidden and its edges end at their border.
 *
 * @module
 */
import {
  type ChartIndex,
  type ChartModel,
  type ChartState,
  type ChartTransition,
  indexOf,
} from "../model.ts";

/** All transitions from one shown state to another: one line in the picture. */
export interface ViewEdge {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  /** Empty for the default of a history state. */
  readonly transitions: readonly ChartTransition[];
}

export interface ChartView {
  readonly model: ChartModel;
  readonly index: ChartIndex;
  readonly folded: ReadonlySet<string>;
  readonly edges: readonly ViewEdge[];
  children(id: string): readonly ChartState[];
  /** Transitions of a shown state that leave no state. */
  within(id: string): readonly ChartTransition[];
}

/** Compound and parallel states that can be folded, outermost first; the root always stays open. */
export function foldable({ states }: ChartModel): string[] {
  return states
    .filter(({ kind, parent }) => (kind === "compound" || kind === "parallel") && parent !== null)
    .sort((a, b) => a.path.length - b.path.length)
    .map((it) => it.id);
}

export function viewOf(model: ChartModel, folded: ReadonlySet<string>): ChartView {
  const index = indexOf(model);
  /** The outermost folded state around `id`, or itself. */
  const shown = (id: string): string => index.ancestry(id).findLast((it) => folded.has(it)) ?? id;
  const isShown = (id: string): boolean => shown(id) === id;

  const edges = new Map<string, { source: string; target: string; transitions: ChartTransition[] }>();
  const connect = (from: string, to: string, transitions: readonly ChartTransition[]): void => {
    const [source, target] = [shown(from), shown(to)];
    // What happens inside a folded state is not shown, but its own transitions to itself are.
    if (source === target && folded.has(source) && !(from === source && to === source)) return;
    const id = `${source}>${target}`;
    const edge = edges.get(id) ?? { source, target, transitions: [] };
    edge.transitions.push(...transitions);
    edges.set(id, edge);
  };
  for (const { id, history } of model.states) history?.targets.forEach((it) => connect(id, it, []));
  for (const it of model.transitions) it.targets.forEach((target) => connect(it.source, target, [it]));

  return {
    model,
    index,
    folded,
    edges: [...edges].map(([id, edge]) => ({ id, ...edge })),
    children: (id) => (folded.has(id) ? [] : index.children(id)),
    within: (id) => (isShown(id) ? index.transitions(id).filter((it) => it.targets.length === 0) : []),
  };
}
