import { gzipSync } from "node:zlib";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openInspector } from "../../../src/node/inspector/open-inspector.ts";
import { launchBrowser, openPage } from "../support/browser.ts";
import { actorRow, inspected } from "../support/inspected.ts";
import { startWorld } from "../support/world.ts";

let browser: Browser;
beforeAll(async () => void (browser = await launchBrowser()));
afterAll(() => browser.close());

describe("the page", () => {
  it("loads at most 220 kB of compressed text before the first layout, and asks nobody but its server", async () => {
    const world = await startWorld();
    const server = await openInspector();
    server.inspect(world.inspector);
    const { page, complaints } = await openPage(browser, "about:blank");
    const sizes = new Map<string, number>();
    page.on("response", async (response) => {
      if (response.ok()) sizes.set(new URL(response.url()).pathname, gzipSync(await response.body()).length);
    });
    await page.goto(server.url);
    await page.locator(".chart-svg svg").waitFor();
    const first = [...sizes].filter(([path]) => !path.includes("elk-worker"));
    expect(first.length).toBeGreaterThanOrEqual(4);
    expect(first.reduce((sum, [, size]) => sum + size, 0)).toBeLessThanOrEqual(220_000);
    expect([...sizes.keys()].some((path) => path.includes("elk-worker"))).toBe(true);
    expect(
      complaints.filter((it) => it.startsWith("asked") && !it.endsWith(new URL(server.url).origin)),
    ).toEqual([]);
    await page.context().close();
    await server.close();
  });

  it("keeps to a policy that allows no script or style within the document", async () => {
    const world = await startWorld();
    const server = await openInspector();
    server.inspect(world.inspector);
    const { page, complaints } = await openPage(browser, "about:blank");
    complaints.length = 0;
    await page.route(/[/][?]token=/, async (route) => {
      const response = await route.fetch();
      const headers = { ...response.headers(), "content-security-policy": "default-src 'self'" };
      await route.fulfill({ response, headers });
    });
    await page.goto(server.url);
    await page.locator(".chart-svg .box.on").first().waitFor();
    await page.keyboard.press("?");
    await page.getByRole("dialog").waitFor();
    expect(complaints.filter((it) => !it.startsWith("asked"))).toEqual([]);
    await page.context().close();
    await server.close();
  });

  it("opens every view by its keys, and the address names it", async () => {
    await using it = await inspected(browser);
    const { page, complaints } = it;
    for (const [key, title] of [
      ["s", "Sequence"],
      ["t", "Timeline"],
      ["v", "Coverage"],
      ["p", "Supervision"],
      ["x", "Source & export"],
      ["c", "Statechart"],
      ["b", "Statechart + Sequence"],
    ] as const) {
      await page.keyboard.press("g");
      await page.keyboard.press(key);
      await page.getByRole("tab", { name: title, exact: true, selected: true }).waitFor();
    }
    await page.keyboard.press("g");
    await page.keyboard.press("t");
    await expect.poll(() => new URL(page.url()).hash).toMatch(/^#\/s\/demo\/a\/.+\/timeline$/);
    expect(complaints).toEqual([]);
  });

  it("lists its keys by ?, and gives the focus back by Escape", async () => {
    await using it = await inspected(browser);
    const { page } = it;
    await page.locator("#log-rows").focus();
    await page.keyboard.press("?");
    const dialog = page.getByRole("dialog", { name: "Keys and filters" });
    await dialog.getByText("Only errors").waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await expect.poll(() => page.evaluate("document.activeElement?.id")).toBe("log-rows");
  });

  it("goes to an actor through the command box", async () => {
    await using it = await inspected(browser);
    const { page } = it;
    await page.keyboard.press("Control+k");
    const box = page.getByRole("combobox", { name: "Actor, view or action" });
    await box.fill("plugin:search");
    await page.getByRole("option").filter({ hasText: "plugin:search" }).first().waitFor();
    await page.keyboard.press("Enter");
    await page
      .getByRole("complementary", { name: "Selected actor" })
      .getByText("plugin:search")
      .first()
      .waitFor();
    expect(await actorRow(page, "plugin:search").getAttribute("aria-selected")).toBe("true");
  });

  it("is dark for whoever prefers that, and keeps another choice", async () => {
    await using it = await inspected(browser, { theme: "dark" });
    const { page } = it;
    const theme = (): Promise<unknown> => page.evaluate("document.documentElement.dataset.theme");
    expect(await theme()).toBe("dark");
    await page.getByRole("button", { name: "Light theme" }).click();
    expect(await theme()).toBe("light");
    await page.reload();
    await page.locator(".actor").first().waitFor();
    expect(await theme()).toBe("light");
  });

  it("says that the connection is lost, and comes back with what happened meanwhile", async () => {
    const world = await startWorld();
    const first = await openInspector();
    first.inspect(world.inspector);
    const { page } = await openPage(browser, first.url);
    await actorRow(page, "plugin:mail").click();
    await first.close();
    await page.getByText("connection lost, trying again").waitFor();
    await world.crash("mail");
    const second = await openInspector({ port: first.port, token: first.token });
    second.inspect(world.inspector);
    await page.locator(".pill", { hasText: "live" }).waitFor();
    await actorRow(page, "plugin:mail").getByText("failed").waitFor();
    await page.context().close();
    await second.close();
  });

  it("tells whoever has no token where to get one", async () => {
    const server = await openInspector();
    const { page } = await openPage(browser, `http://127.0.0.1:${server.port}/?token=wrong`);
    await page.getByText("open the address that homeostat printed").waitFor();
    await page.context().close();
    await server.close();
  });
});
