/**
 * Layouts of random charts: none fails, every edge has a route.
 *
 * @module
 */
import { inlineEngine, layoutChart, modelOf } from "../../src/chart/index.ts";
import { randomMachine } from "../../test/chart/random-machine.ts";
import { atLeast, atMost, progress, quantile, rounded } from "../support/goals.ts";
import type { Part } from "./page.ts";

const [smallest, largest] = [5, 60];

export async function measureLayouts({ charts }: { readonly charts: number }): Promise<Part> {
  const took: number[] = [];
  const failures: string[] = [];
  let edges = 0;
  let unrouted = 0;
  for (let seed = 1; seed <= charts; seed++) {
    if (seed % 100 === 1) progress(`layout ${seed} of ${charts}`);
    const model = modelOf(randomMachine(seed, smallest + (seed % (largest - smallest + 1))));
    const from = performance.now();
    try {
      const chart = await layoutChart(model, {
        direction: seed % 2 === 0 ? "down" : "right",
        capMs: 2 ** 31 - 1,
        engine: inlineEngine,
      });
      edges += chart.edges.length;
      unrouted += chart.edges.filter(({ points }) => points.length < 2).length;
    } catch (error) {
      failures.push(`${seed}: ${String(error)}`);
    }
    took.push(performance.now() - from);
  }
  return {
    figures: {
      layouts: {
        charts,
        edges,
        p50Ms: rounded(quantile(took, 0.5)),
        p99Ms: rounded(quantile(took, 0.99)),
        failures: failures.slice(0, 3),
      },
    },
    goals: [
      atMost(`layouts of ${charts} random charts that fail`, 0, failures.length),
      atMost("edges without a route", 0, unrouted),
      atLeast("edges a chart has", 1, edges / charts),
    ],
  };
}
