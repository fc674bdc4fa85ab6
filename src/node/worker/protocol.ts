import type { HostMessage, WorkerMessage } from "../../core/worker.ts";

/** The line of a message: a JSON-RPC notification. */
export function encodeMessage({ type, ...params }: HostMessage | WorkerMessage): string {
  return `${JSON.stringify({ jsonrpc: "2.0", method: type, params })}\n`;
}
