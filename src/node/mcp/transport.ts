import { type JSONRPCMessage, serializeMessage, type Transport } from "@modelcontextprotocol/client";
import type { RawMessage } from "../process/message-reader.ts";
import type { OwnedProcess } from "../process/owned-process.ts";

/**
 * Connects one MCP client to a process that we own. The client learns of the end when the process has ended, and of a
 * message that could not be sent before that.
 */
export class ProcessTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  readonly pid: number;
  /** With `pid` it makes the client treat this as the pipe that it is; what a process writes there is ours. */
  readonly stderr = null;
  readonly #process: OwnedProcess;

  constructor(process: OwnedProcess) {
    this.#process = process;
    this.pid = process.pid;
  }

  start(): Promise<void> {
    void this.#process.exited.then(() => this.onclose?.());
    return Promise.resolve();
  }

  send(message: JSONRPCMessage): Promise<void> {
    return this.#process.send(serializeMessage(message));
  }

  /** The owner ends the process. The client only asks when its handshake failed; then why that is has to be seen first. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Hands a message of the process to the client, which checks it. */
  deliver(message: RawMessage): void {
    try {
      this.onmessage?.(message as unknown as JSONRPCMessage);
    } catch (error) {
      this.onerror?.(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
