import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openInspector } from "../../../src/node/inspector/open-inspector.ts";
import { launchBrowser, openPage } from "../support/browser.ts";
import { actorRow } from "../support/inspected.ts";

let browser: Browser;
beforeAll(async () => void (browser = await launchBrowser()));
afterAll(() => browser.close());

/** What @statelyai/inspect 0.7.2 posts to the window that it opened, once that says that it is there. */
const app = (inspector: string): string => `<!doctype html><script>
const common = { _version: "0.7.2", createdAt: String(Date.now()), id: null, rootId: "x:0", sessionId: "x:0" };
const definition = JSON.stringify({ id: "door", initial: "shut", states: { shut: { on: { OPEN: "open" } }, open: {} } });
const snapshot = (value) => ({ status: "active", value, context: {}, children: {}, tags: [], historyValue: {} });
const messages = [
  { ...common, type: "@xstate.actor", name: "door", definition, snapshot: snapshot("shut") },
  { ...common, type: "@xstate.event", sourceId: null, event: { type: "OPEN" } },
  { ...common, type: "@xstate.snapshot", event: { type: "OPEN" }, snapshot: snapshot("open") },
];
let viewer = null;
addEventListener("message", ({ data, source }) => {
  if (data.type !== "@statelyai.connected") return;
  viewer = source;
  for (const it of messages) source.postMessage(it, "*");
});
addEventListener("click", () => open(${JSON.stringify(inspector)}, "inspector"));
</script><button>inspect</button>`;

it("shows an app that opened it in a window with @statelyai/inspect", async () => {
  const inspector = await openInspector();
  const server = createServer((_, response) => {
    response.setHeader("content-type", "text/html");
    response.end(app(inspector.url));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const { page } = await openPage(browser, `http://127.0.0.1:${port}/`);
  const opened = page.waitForEvent("popup");
  await page.getByRole("button", { name: "inspect" }).click();
  const viewer = await opened;
  await actorRow(viewer, "door").getByText("open").waitFor({ timeout: 15_000 });
  await actorRow(viewer, "door").click();
  await viewer.locator('.box.on[data-state="door.open"]').waitFor({ timeout: 15_000 });
  expect(await viewer.getByText("The app does not say which transitions were taken").count()).toBe(1);
  await page.context().close();
  server.closeAllConnections();
  server.close();
  await inspector.close();
});
