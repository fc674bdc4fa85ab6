/**
 * The layout of a machine's chart, made by the worker and kept for as long as the page is open.
 *
 * @module
 */
import { useEffect, useState } from "react";
import type { ChartModel } from "../../chart/model.ts";
import { foldable, type PlacedChart } from "../../chart/layout.ts";
import { layOut } from "../layout/elk-worker.ts";

export interface Laid {
  /** The last one that was ready; it may be of another folding while the next one is made. */
  readonly chart: PlacedChart | null;
  readonly isPending: boolean;
  readonly problem: string | null;
}

const charts = new Map<string, Promise<PlacedChart>>();
const maxCharts = 200;

export function useLayout(
  def: string | null,
  model: ChartModel | null,
  folded: readonly string[],
  aspectRatio: number,
): Laid {
  const [laid, setLaid] = useState<Laid & { readonly def: string | null }>({
    chart: null,
    isPending: false,
    problem: null,
    def: null,
  });
  const key = `${def} ${aspectRatio} ${folded.join()}`;
  useEffect(() => {
    if (def === null || model === null) return setLaid({ chart: null, isPending: false, problem: null, def });
    let isWanted = true;
    setLaid((last) =>
      last.def === def ? { ...last, isPending: true } : { chart: null, isPending: true, problem: null, def },
    );
    let chart = charts.get(key);
    if (chart === undefined) {
      chart = layOut(model, { fold: folded, aspectRatio });
      charts.set(key, chart);
      // A layout that failed for want of time may succeed later.
      chart.catch(() => charts.delete(key));
      const [oldest] = charts.keys();
      if (charts.size > maxCharts && oldest !== undefined) charts.delete(oldest);
    }
    chart.then(
      (it) => isWanted && setLaid({ chart: it, isPending: false, problem: null, def }),
      (error: unknown) => {
        const problem = error instanceof Error ? error.message : String(error);
        if (isWanted) setLaid({ chart: null, isPending: false, problem, def });
      },
    );
    return () => void (isWanted = false);
    // `key` says all of the other ones.
    // oxlint-disable-next-line react/exhaustive-deps -- see above
  }, [key, model]);
  return laid.def === def ? laid : { chart: null, isPending: true, problem: null };
}

/** Which states are folded: all but those around what is active, and what a person wants otherwise. */
export function foldedOf(
  model: ChartModel,
  mode: "auto" | "none" | "all",
  active: readonly string[],
  wishes: { readonly [state: string]: boolean },
): string[] {
  const all = foldable(model);
  return all.filter((id) => {
    const wish = wishes[id];
    if (wish !== undefined) return wish;
    return mode === "all" || (mode === "auto" && !active.includes(id) && all.length > 1);
  });
}
