import "./no-eval.ts";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import type { viewerPath } from "../inspect/protocol.ts";
import { inlinedText } from "./inlined.ts";
import { listenToKeys } from "./keys.ts";
import { ready } from "./layout/elk-worker.ts";
import { Page, PageContext } from "./page.ts";
import { adoptChartStyles } from "./chart/styles.ts";
import { listenToOpener } from "./stately/window.ts";

/** `viewerPath` of `inspect/protocol.ts`, without its schemas. */
const viewerAddress: typeof viewerPath = "/viewer";

adoptChartStyles();
const page = new Page();
listenToKeys(page);

const recording = inlinedText("recording");
if (recording === null) {
  const address = new URL(viewerAddress, location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  address.search = location.search;
  address.hash = "";
  page.client.connect(address.href);
  listenToOpener((message) => page.client.inject(message));
} else void page.client.ask({ kind: "open", text: recording });
// Ready by the time that the first chart is to be laid out; if it cannot be, that says so.
ready().catch(() => {});
void page.followLink(location.hash);
window.addEventListener("hashchange", () => void page.followLink(location.hash));

const element = document.getElementById("page");
if (element !== null) {
  createRoot(element).render(
    <StrictMode>
      <PageContext value={page}>
        <App />
      </PageContext>
    </StrictMode>,
  );
}
