/**
 * Chart model → placed chart, by ELK's layered algorithm. The same code in Node and in a browser.
 *
 * A layout that takes over `capMs` is given up, and the chart is laid out with its compound states folded.
 *
 * @module
 */
import type { ElkNode } from "elkjs/lib/elk-api.js";
import { HomeostatError } from "../core/errors.ts";
import { Layouter } from "./layout/elk.ts";
import { type Direction, graphOf } from "./layout/graph.ts";
import { placed, type PlacedChart } from "./layout/place.ts";
import { foldable, viewOf } from "./layout/view.ts";
import type { ChartModel } from "./model.ts";

export type { Direction } from "./layout/graph.ts";
export type * from "./layout/place.ts";
export type { TextRow, TextSpan, TextStyle } from "./layout/rows.ts";
export { foldable } from "./layout/view.ts";

/** Something that runs ELK. It rejects when `signal` aborts; one in a worker also stops working then. */
export type LayoutEngine = (graph: ElkNode, signal: AbortSignal) => Promise<ElkNode>;

export interface LayoutOptions {
  /** `all`: only what lies directly in the root; or the ids of the states to fold. */
  readonly fold?: "none" | "all" | readonly string[];
  /** `auto` tries both and keeps the one that is nearer to `aspectRatio`. */
  readonly direction?: Direction | "auto";
  /** Width to height, for `auto`. */
  readonly aspectRatio?: number;
  /** Straighter lines, with an algorithm that is too slow for large charts. */
  readonly isStraight?: boolean;
  readonly capMs?: number;
  readonly engine?: LayoutEngine;
}

export const defaultCapMs = 3000;

/** Runs ELK where it is called. The cap cannot interrupt it there: use a worker for charts of unknown size. */
export const inlineEngine: LayoutEngine = (graph) => new Layouter().layout(graph);

/** @throws HomeostatError `layout_timeout` when even the folded chart takes too long */
export async function layoutChart(model: ChartModel, options: LayoutOptions = {}): Promise<PlacedChart> {
  const { fold = "none", capMs = defaultCapMs } = options;
  const all = foldable(model);
  const wanted = typeof fold === "string" ? (fold === "all" ? all : []) : fold;
  const attempts = [wanted, ...(wanted.length < all.length ? [all] : [])];
  for (const folded of attempts) {
    const chart = await within(capMs, (signal) => attempt(model, new Set(folded), options, signal));
    if (chart !== null) return chart;
  }
  throw new HomeostatError(
    "layout_timeout",
    `the chart "${model.id}" could not be laid out within ${capMs} ms, even folded; it has ${model.states.length} states`,
    { chart: model.id, capMs },
  );
}

async function attempt(
  model: ChartModel,
  folded: ReadonlySet<string>,
  { direction = "auto", aspectRatio = 4 / 3, isStraight = false, engine = inlineEngine }: LayoutOptions,
  signal: AbortSignal,
): Promise<PlacedChart> {
  const view = viewOf(model, folded);
  const charts: PlacedChart[] = [];
  for (const it of direction === "auto" ? (["down", "right"] as const) : [direction]) {
    const drawn = graphOf(view, { direction: it, isStraight });
    charts.push(placed(view, drawn, await engine(drawn.graph, signal), it));
  }
  const distance = ({ width, height }: PlacedChart): number =>
    Math.abs(Math.log(width / height / aspectRatio));
  return charts.reduce((best, it) => (distance(it) < distance(best) ? it : best));
}

/** What `work` gives, or `null` when it takes longer. */
async function within<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T | null> {
  const controller = new AbortController();
  const timedOut = Promise.withResolvers<null>();
  const timer = setTimeout(() => {
    timedOut.resolve(null);
    controller.abort();
  }, ms);
  const working = work(controller.signal);
  // Once it is given up, its rejection is nobody's.
  working.catch(() => {});
  try {
    return await Promise.race([working, timedOut.promise]);
  } finally {
    clearTimeout(timer);
  }
}
