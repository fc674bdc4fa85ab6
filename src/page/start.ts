/**
 * What stands in the document is painted before the page itself is run: a person sees at once that something comes.
 *
 * @module
 */
import elkUrl from "elkjs/lib/elk-worker.min.js?url";
import type {} from "./started.ts";
import "./styles/index.css";

function start(): void {
  globalThis.homeostatStarted = { elkUrl, elk: new Worker(elkUrl) };
  void import("./main.tsx");
}

// A page that nobody sees is not painted.
if (document.hidden) start();
else requestAnimationFrame(() => setTimeout(start));
