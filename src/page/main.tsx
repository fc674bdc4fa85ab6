import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { inlinedText } from "./inlined.ts";
import { listenToKeys } from "./keys.ts";
import { Page, PageContext } from "./page.ts";
import { adoptChartStyles } from "./chart/styles.ts";
import "./styles/index.css";

adoptChartStyles();
const page = new Page();
listenToKeys(page);

const recording = inlinedText("recording");
if (recording === null) {
  const address = new URL("viewer", location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  address.hash = "";
  page.client.connect(address.href);
} else void page.client.ask({ kind: "open", text: recording });
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
