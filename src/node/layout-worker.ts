/**
 * ELK in a thread of its own: there a layout that takes too long can be ended.
 *
 * @module
 */
import { Worker } from "node:worker_threads";
import type { LayoutEngine } from "../chart/layout.ts";
import { HomeostatError } from "../core/errors.ts";
import type { Answer } from "./layout-worker/worker.ts";

export interface LayoutWorker extends AsyncDisposable {
  /** Lays out one graph after the other. Rejects with `aborted` once its signal has aborted and the thread has ended. */
  readonly engine: LayoutEngine;
}

/** The thread is started by the first layout, and again by the next one after it was ended. */
export function startLayoutWorker(): LayoutWorker {
  let worker: Worker | null = null;
  let last: Promise<unknown> = Promise.resolve();

  const end = async (): Promise<void> => {
    const ending = worker;
    worker = null;
    await ending?.terminate();
  };
  const layout: LayoutEngine = async (graph, signal) => {
    if (signal.aborted) throw givenUp(signal);
    const running = (worker ??= start());
    const answered = Promise.withResolvers<Answer>();
    const abort = (): void => {
      void end().then(() => answered.reject(givenUp(signal)));
    };
    running.once("message", answered.resolve);
    running.once("error", answered.reject);
    signal.addEventListener("abort", abort, { once: true });
    running.postMessage(graph);
    try {
      const answer = await answered.promise;
      if ("problem" in answer) throw new HomeostatError("internal", `ELK failed: ${answer.problem}`);
      return answer.graph;
    } finally {
      signal.removeEventListener("abort", abort);
      running.off("message", answered.resolve).off("error", answered.reject);
    }
  };
  return {
    engine(graph, signal) {
      const next = last.then(() => layout(graph, signal));
      last = next.catch(() => {});
      return next;
    },
    [Symbol.asyncDispose]: end,
  };
}

function givenUp({ reason }: AbortSignal): HomeostatError {
  return new HomeostatError("aborted", "the layout was given up", {}, reason);
}

function start(): Worker {
  // The file beside this one, as source or as built.
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  return new Worker(new URL(`./layout-worker/worker.${extension}`, import.meta.url));
}
