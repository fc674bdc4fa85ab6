/**
 * ELK in a worker of its own. A layout that takes too long ends the worker.
 *
 * @module
 */
import type { ELK, ElkNode, ELKConstructorArguments } from "elkjs/lib/elk-api.js";
import imported from "elkjs/lib/elk-api.js";
import { layoutChart, type LayoutOptions, type PlacedChart } from "../../chart/layout.ts";
import type { ChartModel } from "../../chart/model.ts";
import { elkWorker } from "../started.ts";

type Constructor = new (options: ELKConstructorArguments) => ELK;
// CommonJS with an ES-style default export: its types give it one level deeper than the bundler does.
const ElkApi = imported as unknown as Constructor;

let elk: ELK | null = null;
let starting: Promise<unknown> = Promise.resolve();
let last: Promise<unknown> = Promise.resolve();

/** One chart after the other, so that none is given up for the time that another one took. */
export function layOut(model: ChartModel, options: LayoutOptions): Promise<PlacedChart> {
  const next = last.then(async () => {
    await ready();
    const start = performance.now();
    try {
      return await layoutChart(model, { ...options, engine });
    } finally {
      performance.measure("homeostat:layout", { start });
    }
  });
  last = next.catch(() => {});
  return next;
}

function started(): ELK {
  return (elk ??= new ElkApi({ workerFactory: elkWorker }));
}

/** The start of the worker, which reads 1.6 MB, is no part of any chart's layout; it may begin before there is a chart. */
export function ready(): Promise<unknown> {
  if (elk === null) starting = started().layout({ id: "root" });
  return starting;
}

async function engine(graph: ElkNode, signal: AbortSignal): Promise<ElkNode> {
  signal.throwIfAborted();
  const running = started();
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => {
    running.terminateWorker();
    if (elk === running) elk = null;
    aborted.reject(signal.reason);
  };
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([running.layout(graph), aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
