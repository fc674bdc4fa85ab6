/**
 * Takes what an app says with `@statelyai/inspect` by `postMessage`. A worker of its own: it needs XState to read machines,
 * which a page that nobody opened so never loads.
 *
 * @module
 */
import { StatelyHandshake } from "../../inspect/receive-stately/handshake.ts";
import { StatelyReceiver } from "../../inspect/receive-stately.ts";
import type { FromStately, ToStately } from "./window.ts";

const post = (message: FromStately): void => self.postMessage(message);
let handshake: StatelyHandshake | null = null;

self.addEventListener("message", ({ data }: MessageEvent<ToStately>) => {
  if (data.type === "message") return void handshake?.receive(data.data);
  const receiver = new StatelyReceiver({
    app: data.app,
    emit: (message) => post({ type: "inject", message }),
  });
  handshake = new StatelyHandshake({
    receiver,
    post: (message) => post({ type: "post", message }),
    setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
  });
  handshake.start();
  handshake.loaded();
});
