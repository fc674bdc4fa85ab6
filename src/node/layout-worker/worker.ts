/**
 * The thread of `layout-worker.ts`: a graph comes in, the graph with its layout goes out.
 *
 * @module
 */
import { parentPort } from "node:worker_threads";
import type { ElkNode } from "elkjs/lib/elk-api.js";
import { inlineEngine } from "../../chart/layout.ts";

export type Answer = { readonly graph: ElkNode } | { readonly problem: string };

const { signal } = new AbortController();
parentPort?.on("message", (graph: ElkNode) => {
  const answer = (it: Answer): void => parentPort?.postMessage(it);
  inlineEngine(graph, signal).then(
    (it) => answer({ graph: it }),
    (error: unknown) => answer({ problem: String(error) }),
  );
});
