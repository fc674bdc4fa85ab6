import { type JSONRPCMessage, type Transport, serializeMessage } from "@modelcontextprotocol/client";
import { type OwnedProcess, type ProcessOptions, startProcess } from "../process/owned-process.ts";
import type { RawMessage } from "../process/message-reader.ts";

/**
 * Connects an MCP client to a process that we own. The client learns of the end when the process has ended, and of a
 * failed message before that. One transport per process: it is never started twice.
 */
export class ProcessTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  /** With `pid` it makes the client treat this as the pipe that it is; what a process writes there is ours. */
  readonly stderr = null;
  readonly #options: Omit<ProcessOptions, "onMessage">;
  readonly #onStarted: (process: OwnedProcess) => void;
  #process: OwnedProcess | null = null;

  constructor(options: Omit<ProcessOptions, "onMessage">, onStarted: (process: OwnedProcess) => void) {
    this.#options = options;
    this.#onStarted = onStarted;
  }

  get pid(): number | null {
    return this.#process?.pid ?? null;
  }

  async start(): Promise<void> {
    const started = await startProcess({ ...this.#options, onMessage: (it) => this.#deliver(it) });
    this.#process = started;
    this.#onStarted(started);
    void started.exited.then(() => this.onclose?.());
  }

  async send(message: JSONRPCMessage): Promise<void> {
    await this.#process?.send(serializeMessage(message));
  }

  /** The owner of the process ends it; the client only asks when its handshake failed, and then why is still to be seen. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  #deliver(message: RawMessage): void {
    try {
      // The client checks the rest of it.
      this.onmessage?.(message as unknown as JSONRPCMessage);
    } catch (error) {
      this.onerror?.(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
