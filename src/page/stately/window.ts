/**
 * The app that opened this page in a window, or has it in a frame: what it says goes to the server, and from there to
 * every viewer, this one included.
 *
 * @module
 */
import type { SourceMessage } from "../../inspect/protocol.ts";
import workerUrl from "./worker.ts?worker&url";

export type ToStately =
  | { readonly type: "start"; readonly app: string }
  | { readonly type: "message"; readonly data: unknown };
export type FromStately =
  /** to the app */
  | { readonly type: "post"; readonly message: { readonly type: string } }
  /** to the server */
  | { readonly type: "inject"; readonly message: SourceMessage };

/** Does nothing on a page that a person opened. */
export function listenToOpener(inject: (message: SourceMessage) => void): void {
  const app = (window.opener as Window | null) ?? (window.parent === window ? null : window.parent);
  if (app === null) return;
  const worker = new Worker(workerUrl);
  const say = (message: ToStately): void => worker.postMessage(message);
  worker.addEventListener("message", ({ data }: MessageEvent<FromStately>) => {
    if (data.type === "inject") inject(data.message);
    // The app may be of any origin; this says no more than that the page is there.
    else app.postMessage(data.message, "*");
  });
  window.addEventListener("message", ({ source, data }) => {
    if (source === app) say({ type: "message", data });
  });
  const start = (): void =>
    say({ type: "start", app: document.referrer === "" ? "app" : new URL(document.referrer).host });
  if (document.readyState === "complete") start();
  else window.addEventListener("load", start, { once: true });
}
