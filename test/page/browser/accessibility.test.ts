import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser } from "../support/browser.ts";
import { actorRow, inspected } from "../support/inspected.ts";
import type { World } from "../support/world.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let browser: Browser;
beforeAll(async () => void (browser = await launchBrowser()));
afterAll(() => browser.close());

/** Violations as `rule: element`. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const results = (await page.evaluate("axe.run(document, { resultTypes: ['violations'] })")) as AxeResults;
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map((it) => `${id}: ${it.html.slice(0, 140)} ${it.failureSummary?.split("\n")[1] ?? ""}`),
  );
}

/** Something of everything: a crash, an escalation, a degraded tool, a lease, a migration. */
async function busy(world: World): Promise<void> {
  await world.crash("mail");
  await world.advance(250);
  await world.servers.last("mail").refuse("command_missing", true);
  await world.advance(10);
  world.inspector.tell({ kind: "lease", attemptId: "attempt-7", state: "replay", epoch: 3 });
  world.inspector.tell({ kind: "migration", agent: "agent-9", state: "transferring", owner: "source" });
  await world.advance(10);
}

describe.each(["light", "dark"] as const)("in the %s theme", (theme) => {
  it("no view has a violation of axe's rules", async () => {
    await using it = await inspected(browser, { theme });
    const { page, world } = it;
    await busy(world);
    await actorRow(page, "plugin:mail").click();
    await page.locator(".chart-svg svg").waitFor();
    const found: Record<string, string[]> = {};
    for (const key of ["b", "c", "s", "t", "v", "p", "x"]) {
      await page.locator("#tree-rows").focus();
      await page.keyboard.press("g");
      await page.keyboard.press(key);
      await page.locator(".tab-panel > *").first().waitFor();
      found[key] = await violations(page);
    }
    expect(found).toEqual({ b: [], c: [], s: [], t: [], v: [], p: [], x: [] });
  });

  it("no dialog, menu or open part has one", async () => {
    await using it = await inspected(browser, { theme });
    const { page, world } = it;
    await busy(world);
    await actorRow(page, "plugin:mail").click();
    const found: Record<string, string[]> = {};
    for (const [key, name] of [
      ["?", "help"],
      [":", "commands"],
      ["e", "send"],
    ] as const) {
      await page.locator("#tree-rows").focus();
      await page.keyboard.press(key);
      await page.getByRole("dialog").waitFor();
      found[name] = await violations(page);
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
    }
    await page.keyboard.press("o");
    await page.keyboard.press("ArrowDown");
    await page.getByRole("region", { name: "Details" }).waitFor();
    found["outline"] = await violations(page);
    await page.locator("#log-rows").focus();
    await page.keyboard.press("k");
    await page.getByRole("button", { name: /viewing the past/ }).waitFor();
    found["past"] = await violations(page);
    expect(found).toEqual({ help: [], commands: [], send: [], outline: [], past: [] });
  });
});

describe("the page", () => {
  it("reaches every part by Tab alone, and never traps the focus", async () => {
    await using it = await inspected(browser);
    const { page } = it;
    await page.locator(".chart-svg svg").waitFor();
    const reached = new Set<string>();
    for (let press = 0; press < 90; press++) {
      await page.keyboard.press("Tab");
      const where = await page.evaluate<string>(
        "document.activeElement === document.body ? 'end' : (document.activeElement.id || document.activeElement.closest('[aria-label]')?.getAttribute('aria-label') || '')",
      );
      reached.add(where);
      if (where === "end") break;
    }
    for (const part of [
      "tree-rows",
      "tree-filter",
      "outline",
      "log-filter",
      "log-rows",
      "Moment that is shown",
      "Selected actor",
    ]) {
      expect([...reached]).toContain(part);
    }
    expect(reached).toContain("end");
  });

  it("moves nothing for whoever wants less motion", async () => {
    await using it = await inspected(browser);
    const { page, world } = it;
    await page.emulateMedia({ reducedMotion: "reduce" });
    await actorRow(page, "plugin:mail").click();
    await world.crash("mail");
    const animation = "getComputedStyle(document.querySelector('.edge.flash path')).animationName";
    const flash = page.locator(".edge.flash path").first();
    await flash.waitFor({ state: "attached" });
    expect(await page.evaluate(animation)).toBe("none");
    await page.emulateMedia({ reducedMotion: "no-preference" });
    expect(await page.evaluate(animation)).toBe("flash");
  });

  it("marks what is selected where colours are forced", async () => {
    await using it = await inspected(browser);
    const { page } = it;
    await page.emulateMedia({ forcedColors: "active" });
    const selected = page.locator(".actor.selected");
    await selected.waitFor();
    expect(
      await page.evaluate("getComputedStyle(document.querySelector('.actor.selected')).outlineStyle"),
    ).toBe("solid");
  });

  it("says the state of the selected actor politely", async () => {
    await using it = await inspected(browser);
    const { page, world } = it;
    await actorRow(page, "plugin:mail").click();
    await world.crash("mail");
    await page
      .locator("[aria-live=polite]", { hasText: "plugin:mail is failed" })
      .waitFor({ state: "attached" });
  });
});
