import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { spec } from "../../fakes/supervised.ts";
import { launchBrowser } from "../support/browser.ts";
import { actorRow, inspected } from "../support/inspected.ts";
import type { World } from "../support/world.ts";

let browser: Browser;
beforeAll(async () => void (browser = await launchBrowser()));
afterAll(() => browser.close());

/** Its command is gone when it should come back: nothing but a person can help. */
async function lose(world: World, name: string): Promise<void> {
  await world.crash(name);
  await world.advance(250);
  await world.servers.last(name).refuse("command_missing", true);
  await world.advance(10);
}

describe("the inbox", () => {
  it("says why a person is needed and what each verb leads to, and is read only unless that was allowed", async () => {
    await using it = await inspected(browser);
    const { page, world } = it;
    await lose(world, "mail");
    await page.keyboard.press("g");
    await page.keyboard.press("e");
    await expect.poll(() => page.evaluate("document.activeElement?.id")).toBe("inbox");
    const inbox = page.getByRole("region", { name: "Escalations" });
    await inbox.getByText("trying again cannot help until something is changed").waitFor();
    const acknowledge = inbox.getByRole("button", { name: "acknowledge" });
    expect(await acknowledge.getAttribute("aria-disabled")).toBe("true");
    expect((await inbox.locator(".verbs li").first().textContent())?.length).toBeGreaterThan(20);
    await acknowledge.focus();
    await page.keyboard.press("Enter");
    await inbox.getByText("Read only: start the inspector with --allow-send").waitFor();
    expect(world.supervisor.health().escalations[0]?.acknowledged).toBe(false);
  });

  it("acts when that was allowed, and opens the moment of an escalation", async () => {
    await using it = await inspected(browser, { allowSend: true });
    const { page, world } = it;
    await lose(world, "mail");
    const inbox = page.getByRole("region", { name: "Escalations" });
    await inbox.getByRole("button", { name: "acknowledge" }).click();
    await expect.poll(() => world.supervisor.health().escalations[0]?.acknowledged).toBe(true);
    world.inspector.flush();
    await inbox.getByText("acknowledged", { exact: false }).first().waitFor();
    await inbox.getByRole("button", { name: "Open at this moment" }).click();
    await page.getByRole("button", { name: /viewing the past/ }).waitFor();
    expect(await actorRow(page, "plugin:mail").getAttribute("aria-selected")).toBe("true");
  });
});

describe("the supervision panel", () => {
  it("shows budgets and explains them, and starts a server when that was allowed", async () => {
    await using it = await inspected(browser, { allowSend: true });
    const { page, world } = it;
    await world.crash("mail");
    await page.keyboard.press("g");
    await page.keyboard.press("p");
    const row = page.getByRole("row").filter({ has: page.getByRole("rowheader", { name: "mail" }) });
    await row.getByText("0 of 1 · backingOff").waitFor();
    await row.getByRole("button", { name: "Why?" }).click();
    await row.getByText("waits for backOff").waitFor();
    const starts = world.servers.starts("mail");
    await row.getByRole("button", { name: "Start now" }).click();
    await expect.poll(() => world.servers.starts("mail")).toBe(starts + 1);
    await world.serve("mail");
    await row.getByText("healthy").waitFor();
  });

  it("shows which tools of a degraded plugin are gone, and who should serve them", async () => {
    await using it = await inspected(browser, {
      names: ["alpha", "beta"],
      supervisor: { plugins: { tools: { servers: { alpha: spec, beta: spec } } } },
    });
    const { page, world } = it;
    await world.crash("beta");
    await page.getByRole("tab", { name: "Supervision" }).click();
    const tile = page.locator(".tiles > li", { hasText: "tools" });
    await tile.getByText("degraded").first().waitFor();
    await tile.getByText("still there").waitFor();
    expect(await tile.locator("dd").allTextContents()).toHaveLength(2);
  });

  it("shows leases, migrations and recoveries with how far they have come", async () => {
    await using it = await inspected(browser);
    const { page, world } = it;
    world.inspector.tell({ kind: "lease", attemptId: "attempt-7", state: "replay", epoch: 3 });
    world.inspector.tell({ kind: "migration", agent: "agent-9", state: "transferring", owner: "source" });
    world.inspector.tell({ kind: "recovery", subject: "mail", scenario: "handshake", state: "running" });
    await world.advance(1);
    await page.getByRole("tab", { name: "Supervision" }).click();
    await page.locator(".tiles > li", { hasText: "attempt-7" }).getByText("epoch 3").waitFor();
    await page.getByRole("list", { name: "Step 4 of 5: replay" }).waitFor();
    const migration = page.locator(".tiles > li", { hasText: "agent-9" });
    await migration.getByText("the source acts for it").waitFor();
    await migration.getByRole("list", { name: "Step 3 of 7: transferring" }).waitFor();
    await page.locator(".tiles > li", { hasText: "handshake: running" }).waitFor();
  });
});

describe("an event", () => {
  it("is lit only if it would be taken, and nothing is sent unless that was allowed", async () => {
    await using it = await inspected(browser);
    const { page, world } = it;
    await world.crash("mail");
    await actorRow(page, "budget:mail/mail").click();
    await page.getByText("guards are asked").waitFor();
    const events = page.getByRole("list", { name: "Events" });
    await events.locator("button.lit", { hasText: "budget.reset" }).waitFor();
    await actorRow(page, "plugin:mail").click();
    await events.locator('button[aria-disabled="true"]').first().waitFor();
    await page.locator("#tree-rows").focus();
    await page.keyboard.press("e");
    const dialog = page.getByRole("dialog", { name: "Send an event to plugin:mail" });
    await dialog.getByText("Read only: start the inspector with --allow-send").waitFor();
    expect(await dialog.getByRole("button", { name: "Send", exact: true }).isDisabled()).toBe(true);
  });

  it("is tried out without being sent", async () => {
    await using it = await inspected(browser);
    const { page, world } = it;
    await world.crash("mail");
    await actorRow(page, "budget:mail/mail").click();
    await page.getByRole("list", { name: "Events" }).getByText("budget.reset").click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel(/^at/).fill("1500");
    await dialog.getByRole("button", { name: "What if?" }).click();
    await dialog.getByText("It would go from").waitFor();
    expect(await dialog.getByRole("status").textContent()).toContain("backingOff to retrying");
    await page.keyboard.press("Escape");
    await page.locator(".state-chip", { hasText: "backingOff" }).waitFor();
  });

  it("is sent from a form made of its schema, which says what is missing", async () => {
    await using it = await inspected(browser, { allowSend: true });
    const { page, world } = it;
    await world.crash("mail");
    await actorRow(page, "budget:mail/mail").click();
    await page.getByRole("list", { name: "Events" }).getByText("budget.reset").click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel(/^at/).fill("1500");
    await dialog.getByRole("button", { name: "Send", exact: true }).click();
    await dialog.getByText("budget.reset was sent to budget:mail/mail.").waitFor();
    await page.locator(".state-chip", { hasText: "retrying" }).waitFor();
    await dialog.getByRole("combobox", { name: "Event" }).selectOption("backend.stopped");
    await dialog.getByLabel(/^at/).fill("1");
    await dialog.getByLabel(/^at/).fill("");
    await dialog.getByText("at is needed").waitFor();
    expect(await dialog.getByRole("button", { name: "Send", exact: true }).isDisabled()).toBe(true);
  });
});
