/**
 * The socket to the server: attaches with what is there already, grants credits as records are taken in, comes back after it
 * was lost.
 *
 * @module
 */
import {
  type SourceMessage,
  type protocolVersion as ProtocolVersion,
  type ToViewer,
  type ViewerMessage,
} from "../../inspect/protocol.ts";
import type { Answer, Command } from "../../inspect/protocol/command.ts";
import type { StatusSlice } from "./slices.ts";

/** As in `inspect/protocol.ts`, without its schemas. */
const proto: typeof ProtocolVersion = 1;
/** Records that may be under way. */
const window = 50_000;

export interface ConnectionOptions {
  readonly url: string;
  /** The last number of each source that is there. */
  readonly have: () => Record<string, number>;
  readonly onMessage: (message: ToViewer) => void;
  readonly onState: (state: StatusSlice["connection"], message: string | null) => void;
}

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #waiting = new Map<string, (answer: Answer) => void>();
  readonly #injected: SourceMessage[] = [];
  #socket: WebSocket | null = null;
  #commands = 0;
  #taken = 0;
  #attempts = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#connect();
  }

  /** Resolves with the answer; never rejects. */
  ask(source: string, command: Command): Promise<Answer> {
    if (this.#socket?.readyState !== WebSocket.OPEN) {
      return Promise.resolve({
        ok: false,
        code: "noAnswer",
        message: "there is no connection to the server",
      });
    }
    const id = `c${++this.#commands}`;
    const answer = Promise.withResolvers<Answer>();
    this.#waiting.set(id, answer.resolve);
    this.#send({ type: "command", id, source, command });
    return answer.promise;
  }

  /** Hands on what this page received itself; waits for the connection. */
  inject(message: SourceMessage): void {
    this.#injected.push(message);
    if (this.#socket?.readyState === WebSocket.OPEN) this.#sendInjected();
  }

  #sendInjected(): void {
    if (this.#injected.length > 0) this.#send({ type: "inject", messages: this.#injected.splice(0) });
  }

  #connect(): void {
    const { url, have, onState } = this.#options;
    onState("connecting", null);
    const socket = new WebSocket(url);
    this.#socket = socket;
    let wasOpen = false;
    socket.addEventListener("open", () => {
      wasOpen = true;
      this.#attempts = 0;
      this.#taken = 0;
      this.#send({ type: "attach", proto, have: have() });
      this.#send({ type: "credits", records: window });
      this.#sendInjected();
      onState("live", null);
    });
    socket.addEventListener("message", ({ data }) => this.#receive(String(data)));
    socket.addEventListener("close", ({ code, reason }) => {
      for (const resolve of this.#waiting.values()) {
        resolve({ ok: false, code: "noAnswer", message: "the connection to the server was lost" });
      }
      this.#waiting.clear();
      // 1008: this page is not let in, and trying again does not help.
      if (code === 1008) return onState("refused", reason);
      onState("lost", wasOpen ? "the connection to the server was lost" : "the server cannot be reached");
      const waitMs = Math.min(5000, 250 * 2 ** this.#attempts++);
      setTimeout(() => this.#connect(), waitMs);
    });
  }

  #receive(text: string): void {
    const message = JSON.parse(text) as ToViewer;
    if (message.type === "answer") {
      this.#waiting.get(message.id)?.(message.answer);
      this.#waiting.delete(message.id);
      return;
    }
    this.#options.onMessage(message);
    if (message.type !== "batch") return;
    this.#taken += message.records.length;
    if (this.#taken < window / 10) return;
    this.#send({ type: "credits", records: this.#taken });
    this.#taken = 0;
  }

  #send(message: ViewerMessage): void {
    this.#socket?.send(JSON.stringify(message));
  }
}
