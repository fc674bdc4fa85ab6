/**
 * From an app to an inspector's server elsewhere, by WebSocket: comes back after the connection was lost, and resumes with
 * what the server has not got. What it cannot keep until then becomes a gap with the state in it.
 *
 * @module
 */
import { Fold } from "./fold.ts";
import type { Inspector } from "./inspector.ts";
import {
  type Batch,
  type Definition,
  type Gap,
  type Hello,
  type SourceMessage,
  ToSource,
} from "./protocol.ts";

export interface LinkOptions {
  /** Of the server, such as `ws://127.0.0.1:PORT/source?token=…`. */
  readonly url: string;
  /** Records that are kept until the server has them (default 50,000). */
  readonly keep?: number;
  /** Between attempts to connect; doubled up to 5,000 (default 250). */
  readonly retryMs?: number;
  /** Default: the platform's `WebSocket`. */
  readonly connect?: (url: string) => LinkSocket;
}

/** The part of a `WebSocket` that is used here. */
export interface LinkSocket {
  send(text: string): void;
  close(): void;
  onopen: (() => void) | null;
  onclose: (() => void) | null;
  onerror: ((event: never) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
}

export interface Link {
  /** Sends what waits, if it is connected, and ends. */
  close(): void;
}

const maxRetryMs = 5_000;

export function linkTo(inspector: Inspector, options: LinkOptions): Link {
  const { url, keep = 50_000, retryMs = 250 } = options;
  const connect = options.connect ?? ((address) => new WebSocket(address) as unknown as LinkSocket);
  const definitions: Definition[] = [];
  const unsent = new Retained(inspector.source, keep);
  let hello: Hello | null = null;
  let socket: LinkSocket | null = null;
  let isResumed = false;
  let isClosed = false;
  let attempts = 0;
  let timer: ReturnType<typeof setTimeout> | null = null;

  const end = inspector.connect((message) => {
    if (message.type === "hello") hello = message;
    if (message.type === "def") definitions.push(message);
    if (message.type === "batch" || message.type === "gap") unsent.add(message);
    if (message.type === "hello" ? isResumed : isResumed || message.type === "bye") send(message);
  });
  open();
  return {
    close() {
      if (isClosed) return;
      inspector.flush();
      isClosed = true;
      end();
      if (timer !== null) clearTimeout(timer);
      if (isResumed) send({ type: "bye", source: inspector.source });
      socket?.close();
    },
  };

  function open(): void {
    const opened = connect(url);
    socket = opened;
    opened.onopen = () => {
      attempts = 0;
      if (hello !== null) opened.send(JSON.stringify(hello));
    };
    opened.onmessage = ({ data }) => receive(String(data));
    opened.onerror = () => {};
    opened.onclose = () => {
      isResumed = false;
      if (isClosed) return;
      timer = setTimeout(open, Math.min(maxRetryMs, retryMs * 2 ** attempts++));
    };
  }

  function receive(text: string): void {
    let message: ToSource;
    try {
      message = ToSource.parse(JSON.parse(text));
    } catch {
      return;
    }
    switch (message.type) {
      case "resume":
        for (const it of [...definitions, ...unsent.since(message.seq)]) send(it);
        isResumed = true;
        return;
      case "ack":
        unsent.acknowledge(message.seq);
        return;
      case "command":
        send({ type: "answer", id: message.id, answer: inspector.ask(message.command) });
    }
  }

  function send(message: SourceMessage): void {
    try {
      socket?.send(JSON.stringify(message));
    } catch {
      // It was lost this very moment: what it took is sent again after the next hello.
    }
  }
}

/** Messages that the server has not got, oldest first, and the state that those before them led to. */
class Retained {
  readonly #source: string;
  readonly #limit: number;
  #kept: (Batch | Gap)[] = [];
  #count = 0;
  readonly #base = new Fold();
  #baseSeq = 0;

  constructor(source: string, limit: number) {
    this.#source = source;
    this.#limit = limit;
  }

  add(message: Batch | Gap): void {
    this.#kept.push(message);
    this.#count += countOf(message);
    while (this.#count > this.#limit && this.#kept.length > 1) this.#forget();
  }

  /** A server that was started anew has less than it acknowledged before. */
  since(seq: number): (Batch | Gap)[] {
    this.acknowledge(seq);
    const source = this.#source;
    if (this.#baseSeq <= seq) return [...this.#kept];
    return [
      { type: "gap", source, from: seq + 1, to: this.#baseSeq, reason: "disconnected" },
      { type: "batch", source, catchUp: true, records: this.#base.records() },
      ...this.#kept,
    ];
  }

  acknowledge(seq: number): void {
    for (let [oldest] = this.#kept; oldest !== undefined; [oldest] = this.#kept) {
      // The state within a gap goes with its gap.
      const isState = oldest.type === "batch" && oldest.catchUp === true;
      if ((isState ? this.#baseSeq : lastOf(oldest)) > seq) return;
      this.#forget();
    }
  }

  #forget(): void {
    const oldest = this.#kept.shift();
    if (oldest === undefined) return;
    this.#count -= countOf(oldest);
    this.#baseSeq = Math.max(this.#baseSeq, lastOf(oldest));
    if (oldest.type === "batch") for (const it of oldest.records) this.#base.add(it);
  }
}

function countOf(message: Batch | Gap): number {
  return message.type === "batch" && message.catchUp !== true ? message.records.length : 0;
}

function lastOf(message: Batch | Gap): number {
  return message.type === "gap" ? message.to : (message.records.at(-1)?.[1] ?? 0);
}
