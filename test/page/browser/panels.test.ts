import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser } from "../support/browser.ts";
import { actorRow, inspected } from "../support/inspected.ts";

let browser: Browser;
beforeAll(async () => void (browser = await launchBrowser()));
afterAll(() => browser.close());

describe("the list of actors", () => {
  it("is walked, folded and unfolded by keys", async () => {
    await using it = await inspected(browser);
    const { page } = it;
    const selected = page.locator(".actor[aria-selected=true] strong");
    await expect.poll(() => selected.textContent()).toBe("supervisor");
    await page.keyboard.press("j");
    await expect.poll(() => selected.textContent()).toBe("plugin:mail");
    await page.keyboard.press("h");
    await expect.poll(() => actorRow(page, "mail#1").count()).toBe(0);
    expect(await actorRow(page, "plugin:mail").getAttribute("aria-expanded")).toBe("false");
    await page.keyboard.press("l");
    await actorRow(page, "mail#1").waitFor();
    await page.keyboard.press("l");
    await expect.poll(() => selected.textContent()).toBe("mail#1");
    await page.keyboard.press("k");
    await expect.poll(() => selected.textContent()).toBe("plugin:mail");
    const active = await page.locator("#tree-rows").getAttribute("aria-activedescendant");
    expect(await page.locator(`[id="${active}"] strong`).textContent()).toBe("plugin:mail");
  });

  it("is filtered from / on, and says what is wrong with a filter", async () => {
    await using it = await inspected(browser);
    const { page, world } = it;
    await world.crash("mail");
    await page.keyboard.press("/");
    await page.keyboard.type("state:failed");
    await expect
      .poll(() => page.locator(".actor strong").allTextContents())
      .toEqual(["supervisor", "plugin:mail"]);
    await page.locator("#tree-filter").fill("colour:red");
    await page.getByText('no field "colour"').waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await expect.poll(() => page.locator(".actor").count()).toBeGreaterThan(5);
  });

  it("of a thousand actors makes no more rows than are seen", async () => {
    await using it = await inspected(browser);
    const { page, world } = it;
    const names = Array.from({ length: 1000 }, (_, index) => `worker-${index}`);
    const { createActor, createMachine } = await import("xstate");
    const idle = createMachine({
      id: "idle",
      initial: "resting",
      states: { resting: { on: { GO: "busy" } }, busy: {} },
    });
    const workers = names.map((id) => createActor(idle, { id, inspect: world.inspector.inspect }).start());
    world.inspector.flush();
    await expect.poll(() => page.locator("#tree-rows").getAttribute("aria-rowcount")).toBe("1007");
    expect(await page.locator(".actor").count()).toBeLessThan(80);
    await page.locator("#tree-rows").evaluate((element) => element.scrollTo(0, element.scrollHeight));
    await actorRow(page, "worker-999").getByText("resting").waitFor();
    workers.at(-1)?.send({ type: "GO" });
    world.inspector.flush();
    await actorRow(page, "worker-999").getByText("busy").waitFor();
  });
});

describe("the chart", () => {
  it("lights what is active, and exactly the transitions that were taken", async () => {
    await using it = await inspected(browser);
    const { page, world } = it;
    await world.crash("mail");
    await actorRow(page, "budget:mail/mail").click();
    await page.locator('.box.on[data-state="crashBudget.backingOff"]').waitFor();
    expect(await page.locator(".edge.on").count()).toBe(1);
    await world.advance(250);
    await page.locator('.box.on[data-state="crashBudget.retrying"]').waitFor();
    expect(await page.locator('.box.on[data-state="crashBudget.backingOff"]').count()).toBe(0);
    await expect
      .poll(() =>
        page.locator(".edge.on").evaluateAll((all) => all.map((one) => one.getAttribute("data-edge"))),
      )
      .toEqual(["crashBudget.backingOff>crashBudget.retrying"]);
    await world.serve("mail");
    await world.crash("mail");
    await page.locator('.box.on[data-state="crashBudget.refused"]').waitFor();
    // It is refused for what is left of 30 s.
    await page
      .locator(".countdown", { hasText: /^in [12]\d s$/ })
      .first()
      .waitFor();
  });

  it("is folded but for what is active, and opened by a person", async () => {
    await using it = await inspected(browser);
    const { page, world } = it;
    await world.crash("mail");
    await actorRow(page, "budget:mail/mail").click();
    await page.locator('[data-state="crashBudget.halfOpen"]').first().waitFor();
    const inner = page.locator('.box[data-state="crashBudget.halfOpen.probing"]');
    await page.getByRole("button", { name: "fold: auto" }).click();
    await inner.waitFor();
    await page.getByRole("button", { name: "fold: none" }).click();
    await inner.waitFor({ state: "detached" });
  });

  it("has an outline in words that is walked by keys and leads the picture", async () => {
    await using it = await inspected(browser);
    const { page } = it;
    await actorRow(page, "plugin:mail").click();
    await page.locator(".chart-svg svg").waitFor();
    await page.keyboard.press("o");
    const tree = page.getByRole("tree", { name: "Outline of pluginLifecycle" });
    await expect.poll(() => page.evaluate("document.activeElement?.id")).toBe("outline");
    await tree.getByRole("treeitem", { name: /^healthy, active/ }).waitFor();
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowLeft");
    await expect.poll(() => tree.getByRole("treeitem").count()).toBe(1);
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => tree.getByRole("treeitem").count()).toBeGreaterThan(20);
    await page.keyboard.press("ArrowDown");
    const id = await tree.getAttribute("aria-activedescendant");
    expect(await page.locator(`[id="${id}"]`).getAttribute("aria-level")).toBe("2");
    await page.getByRole("region", { name: "Details" }).waitFor();
    const healthy = tree.getByRole("treeitem", { name: /^healthy, active/ });
    await healthy.click();
    await page.locator('.box.part[data-state="pluginLifecycle.healthy"]').waitFor();
    await page.getByRole("button", { name: "Its rows in the log" }).click();
    expect(await page.locator("#log-filter").inputValue()).toContain('state:"healthy"');
  });

  it("is enlarged, made smaller and fitted by keys", async () => {
    await using it = await inspected(browser);
    const { page } = it;
    await page.locator(".chart-svg svg").waitFor();
    const scale = (): Promise<number> =>
      page
        .locator(".chart-canvas")
        .evaluate((element) => Number(/scale\((.+)\)/.exec(element.getAttribute("style") ?? "")?.[1]));
    const before = await scale();
    await page.keyboard.press("+");
    expect(await scale()).toBeCloseTo(before * 1.25, 3);
    await page.keyboard.press("-");
    await page.keyboard.press("-");
    expect(await scale()).toBeLessThan(before);
    await page.keyboard.press("0");
    const view = await page.locator(".chart-view").boundingBox();
    const width = async (): Promise<number> =>
      (await page.locator(".chart-svg svg").boundingBox())?.width ?? 0;
    await expect.poll(width).toBeLessThanOrEqual(view?.width ?? 0);
  });

  it("says so of an actor that has none", async () => {
    await using it = await inspected(browser);
    const { page } = it;
    await actorRow(page, "mail#1").click();
    await page.getByText("mail#1 has no statechart").waitFor();
  });
});

describe("the sequence diagram", () => {
  it("shows messages, states and ends of the actor, and leads to the moment of each", async () => {
    await using it = await inspected(browser);
    const { page, world } = it;
    await actorRow(page, "plugin:mail").click();
    await world.crash("mail");
    const messages = page.getByRole("list", { name: "Messages" }).getByRole("listitem");
    await messages.filter({ hasText: "plugin:mail is failed" }).waitFor();
    await messages.filter({ hasText: "mail#1 to plugin:mail: process.exited" }).getByRole("button").click();
    await page.getByRole("button", { name: /viewing the past/ }).waitFor();
    await page.locator(".state-chip", { hasText: "healthy" }).waitFor();
    await page.keyboard.press("End");
    await page.getByRole("checkbox", { name: "all actors" }).check();
    await page.locator(".lane text", { hasText: /^super/ }).waitFor();
  });
});

describe("the timeline", () => {
  it("shows each state as long as it held, and leads to its beginning", async () => {
    await using it = await inspected(browser);
    const { page, world } = it;
    await world.crash("mail");
    await world.advance(250);
    await world.serve("mail");
    await world.advance(2_000);
    await page.getByRole("tab", { name: "Timeline" }).click();
    const timeline = page.getByRole("region", { name: "Timeline" });
    const failed = timeline.getByRole("button", { name: /^failed 250 ms/ });
    await failed.first().waitFor();
    await failed.first().click();
    await page.locator(".state-chip", { hasText: "failed" }).waitFor();
    expect(await actorRow(page, "plugin:mail").getAttribute("aria-selected")).toBe("true");
    await page.getByRole("checkbox", { name: "shorten idle stretches" }).uncheck();
    await timeline.locator(".idle").first().waitFor({ state: "detached" });
  });
});

describe("the log", () => {
  it("is filtered, and a row shows everything as it was then", async () => {
    await using it = await inspected(browser);
    const { page, world } = it;
    await world.crash("mail");
    await page.locator("#log-rows").focus();
    await page.keyboard.press("/");
    await page.keyboard.type("type:state actor:plugin:mail");
    const rows = page.locator(".log-row");
    await expect.poll(() => rows.locator(".what").allTextContents()).toEqual(["failed"]);
    await world.advance(250);
    await world.serve("mail");
    await expect.poll(() => rows.locator(".what").allTextContents()).toEqual(["failed", "healthy"]);
    await rows.first().click();
    await page.locator(".state-chip", { hasText: "failed" }).waitFor();
    await page.locator("#log-rows").focus();
    await page.keyboard.press("j");
    await page.locator(".state-chip", { hasText: "healthy" }).waitFor();
    await page.keyboard.press("End");
    await page.getByText("showing now").waitFor();
  });

  it("shows only errors after ., and hides a kind by its chip", async () => {
    await using it = await inspected(browser);
    const { page, world } = it;
    await world.servers.last("mail").die();
    await world.advance(250);
    await world.servers.last("mail").refuse("command_missing", true);
    await world.advance(10);
    await page.locator("#tree-rows").focus();
    await page.keyboard.press(".");
    await expect.poll(() => page.locator(".log-row:not(.error)").count()).toBe(0);
    await page.locator(".log-row", { hasText: "server.startFailed" }).waitFor();
    await page
      .getByRole("group", { name: "Kinds of rows" })
      .getByRole("button", { name: "supervisor" })
      .click();
    await page.locator(".log-row", { hasText: "server.startFailed" }).waitFor({ state: "detached" });
  });
});

describe("the whole system", () => {
  it("is shown as it was at every moment, and nothing in the app is turned back", async () => {
    await using it = await inspected(browser);
    const { page, world } = it;
    await world.crash("mail");
    await world.advance(250);
    await world.serve("mail");
    await actorRow(page, "plugin:mail").getByText("healthy").waitFor();
    const health = JSON.stringify(world.supervisor.health());
    const slider = page.getByRole("slider", { name: "Moment that is shown" });
    await slider.focus();
    await page.keyboard.press("PageDown");
    // Each step has its time to be drawn: on a busy machine the next key would leave the moment before it is seen.
    const failed = actorRow(page, "plugin:mail").getByText("failed");
    const isDrawn = (): Promise<boolean> =>
      failed.waitFor({ timeout: 300 }).then(
        () => true,
        () => false,
      );
    for (let step = 0; step < 40 && !(await isDrawn()); step++) await page.keyboard.press("ArrowLeft");
    await failed.waitFor();
    await page.getByRole("button", { name: /viewing the past/ }).waitFor();
    await page.keyboard.press("Home");
    await page.keyboard.press("End");
    await actorRow(page, "plugin:mail").getByText("healthy").waitFor();
    await page.locator("#tree-rows").focus();
    await page.keyboard.press("Space");
    await world.crash("mail");
    await page.getByRole("button", { name: /Go on/ }).waitFor();
    expect(await actorRow(page, "plugin:mail").textContent()).toContain("healthy");
    await page.keyboard.press("Space");
    await actorRow(page, "plugin:mail").getByText("failed").waitFor();
    expect(health).toContain('"state":"healthy"');
  });

  it("is compared between two moments", async () => {
    await using it = await inspected(browser);
    const { page, world } = it;
    await actorRow(page, "plugin:mail").click();
    await page.locator("#tree-rows").focus();
    await page.keyboard.press("p");
    await world.crash("mail");
    const differences = page.getByRole("list", { name: "Differences" });
    await differences.getByText('reported: "healthy"').waitFor();
    await differences.getByText('reported: "failed"').waitFor();
    await page.getByRole("button", { name: /Pinned: #/ }).click();
    await page.getByRole("button", { name: "Pin this moment" }).waitFor();
  });
});
