/**
 * ELK in a worker of its own, started by the first layout. A layout that takes too long ends the worker.
 *
 * @module
 */
import type { ELK, ElkNode, ELKConstructorArguments } from "elkjs/lib/elk-api.js";
import imported from "elkjs/lib/elk-api.js";
import workerUrl from "elkjs/lib/elk-worker.min.js?url";
import type { LayoutEngine } from "../../chart/layout.ts";
import { inlined } from "../inlined.ts";

type Constructor = new (options: ELKConstructorArguments) => ELK;
// CommonJS with an ES-style default export: its types give it one level deeper than the bundler does.
const ElkApi = imported as unknown as Constructor;

let elk: ELK | null = null;
let last: Promise<unknown> = Promise.resolve();

/** One graph after the other. */
export const workerEngine: LayoutEngine = (graph, signal) => {
  const next = last.then(() => layout(graph, signal));
  last = next.catch(() => {});
  return next;
};

async function layout(graph: ElkNode, signal: AbortSignal): Promise<ElkNode> {
  signal.throwIfAborted();
  const running = (elk ??= new ElkApi({ workerFactory: () => new Worker(inlined("elk") ?? workerUrl) }));
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
