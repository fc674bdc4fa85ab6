/**
 * The viewer's part of `@statelyai/inspect`'s talk by `postMessage`: it says that it is there, and gets what was deferred
 * and what follows. Nothing has a number, and an app in whose page this one is a frame learns of it only after `load`, so
 * that the first word may be lost. It is then said again, at most three times, and only if something is missing: a bridge
 * of upstream's own server empties its buffer at the first word.
 *
 * @module
 */
import type { Received, StatelyReceiver } from "../receive-stately.ts";

export interface HandshakeOptions {
  readonly receiver: Pick<StatelyReceiver, "receive" | "clear">;
  /** To the window that opened this one, or has it in a frame. */
  readonly post: (message: { readonly type: string }) => void;
  readonly setTimeout: (callback: () => void, delayMs: number) => unknown;
}

const connected = { type: "@statelyai.connected" } as const;
const maxTries = 3;
const againMs = 100;
const nothingMs = 150;

export class StatelyHandshake {
  readonly #options: HandshakeOptions;
  #tries = 0;
  #isPending = false;
  #hasReceived = false;

  constructor(options: HandshakeOptions) {
    this.#options = options;
  }

  start(): void {
    this.#options.post(connected);
  }

  /** The page's `load` event. */
  loaded(): void {
    this.#options.setTimeout(() => {
      if (!this.#hasReceived) this.#again();
    }, nothingMs);
  }

  /** The data of a `message` event. */
  receive(data: unknown): Received {
    const received = this.#options.receiver.receive(data);
    if (received === "foreign") return received;
    this.#hasReceived = true;
    if (received === "incomplete") this.#again();
    return received;
  }

  #again(): void {
    if (this.#isPending || this.#tries >= maxTries) return;
    this.#isPending = true;
    this.#options.setTimeout(() => {
      this.#isPending = false;
      this.#tries += 1;
      // All of it comes again, and tells nothing apart from what came before.
      this.#options.receiver.clear();
      this.#options.post(connected);
    }, againMs);
  }
}
