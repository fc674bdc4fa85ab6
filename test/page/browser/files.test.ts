import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Download, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openInspector } from "../../../src/node/inspector/open-inspector.ts";
import { launchBrowser, openPage } from "../support/browser.ts";
import { actorRow, inspected } from "../support/inspected.ts";
import { startWorld } from "../support/world.ts";

let browser: Browser;
let directory: string;
beforeAll(async () => {
  browser = await launchBrowser();
  directory = await mkdtemp(join(tmpdir(), "page-"));
});
afterAll(() => browser.close());

/** What the item of the files menu saves. */
async function saved(page: Page, item: RegExp): Promise<string> {
  const download = page.waitForEvent("download");
  await chooseFile(page, item);
  return keep(await download);
}

async function chooseFile(page: Page, item: RegExp): Promise<void> {
  await page.getByRole("button", { name: /^(Files|● Recording)/ }).click();
  await page.getByRole("menuitem", { name: item }).click();
}

async function keep(download: Download): Promise<string> {
  const path = join(directory, download.suggestedFilename());
  await download.saveAs(path);
  return path;
}

describe("a recording", () => {
  it("is saved, and opens in a page that knows nothing else", async () => {
    await using it = await inspected(browser);
    const { page, world } = it;
    await world.crash("mail");
    await actorRow(page, "plugin:mail").getByText("failed").waitFor();
    const path = await saved(page, /Save everything as a recording/);
    const [first = ""] = (await readFile(path, "utf8")).split("\n");
    expect(JSON.parse(first)).toMatchObject({ type: "hello", app: "demo" });

    const empty = await openInspector();
    const other = await openPage(browser, empty.url);
    await other.page.locator("#open-file").setInputFiles(path);
    await actorRow(other.page, "plugin:mail").getByText("failed").waitFor();
    await actorRow(other.page, "plugin:mail").click();
    await other.page.locator('.box.on[data-state="pluginLifecycle.failed"]').waitFor();
    await other.page.context().close();
    await empty.close();
  });

  it("from now on holds what came since, on the state that held", async () => {
    await using it = await inspected(browser);
    const { page, world } = it;
    await world.crash("mail");
    await actorRow(page, "plugin:mail").getByText("failed").waitFor();
    await chooseFile(page, /Record from now on/);
    await world.crash("search");
    await actorRow(page, "plugin:search").getByText("failed").waitFor();
    const text = await readFile(await saved(page, /Stop recording/), "utf8");
    const lines = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string; catchUp?: true; records?: unknown[][] });
    const events = lines
      .filter((it) => it.type === "batch" && it.catchUp === undefined)
      .flatMap((it) => it.records ?? []);
    expect(events.length).toBeGreaterThan(5);
    expect(JSON.stringify(events)).not.toContain("mail#1");
    expect(lines.some((it) => it.catchUp === true)).toBe(true);
  });

  it("that is broken opens as far as it can be read, and the page says so", async () => {
    await using it = await inspected(browser);
    const { page } = it;
    const path = await saved(page, /Save everything as a recording/);
    await writeFile(path, `${await readFile(path, "utf8")}{"type":"nonsense","source":"x"}\n`);
    await page.locator("#open-file").setInputFiles(path);
    await page.getByText(/1 lines were left out: line \d+ is not of a recording/).waitFor();
  });
});

describe("a replay", () => {
  it("is one file that opens without a server, with chart, log and time travel", async () => {
    await using it = await inspected(browser);
    const { page, world } = it;
    await world.crash("mail");
    await world.advance(250);
    await world.serve("mail");
    await actorRow(page, "plugin:mail").getByText("healthy").waitFor();
    const path = await saved(page, /as one page/);
    const replay = await openPage(browser, pathToFileURL(path).href);
    await actorRow(replay.page, "plugin:mail").click();
    await replay.page.locator('.box.on[data-state="pluginLifecycle.healthy"]').waitFor();
    await replay.page.getByText("a recording").waitFor();
    await replay.page.locator("#log-filter").fill("type:state actor:plugin:mail");
    await replay.page.locator(".log-row", { hasText: "failed" }).first().click();
    await replay.page.locator('.box.on[data-state="pluginLifecycle.failed"]').waitFor();
    expect(replay.complaints).toEqual([]);
    await replay.page.context().close();
  });
});

describe("coverage", () => {
  it("is a heat-map of what this run has seen", async () => {
    await using it = await inspected(browser);
    const { page, world } = it;
    await world.crash("mail");
    await actorRow(page, "budget:mail/mail").click();
    await page.keyboard.press("g");
    await page.keyboard.press("v");
    await page.locator('.box.hot3[data-state="crashBudget.backingOff"]').waitFor();
    await page.locator('.box.cold[data-state="crashBudget.quarantined"]').waitFor();
    await page.locator(".count.cold text", { hasText: "0" }).first().waitFor();
    await page
      .getByRole("list", { name: "Not seen" })
      .getByRole("button", { name: "state quarantined" })
      .waitFor();
  });

  it("of the tests comes from a file, with a way to each gap", async () => {
    await using it = await inspected(browser);
    const { page } = it;
    await actorRow(page, "plugin:mail").click();
    const path = join(directory, "coverage.json");
    const record = {
      def: "pluginLifecycle",
      states: { "pluginLifecycle.healthy": 40 },
      transitions: {},
      paths: { "pluginLifecycle.failed": ["plugin.configure", "plugin.start", "process.exited"] },
    };
    await writeFile(path, JSON.stringify([record]));
    await page.locator("#open-file").setInputFiles(path);
    await page.getByRole("button", { name: "tests" }).click();
    const gaps = page.getByRole("list", { name: "Not seen" });
    await gaps.getByText("by plugin.configure → plugin.start → process.exited").waitFor();
    await gaps.getByRole("button", { name: "state failed" }).click();
    await page.locator('.box.part[data-state="pluginLifecycle.failed"]').waitFor();
    await writeFile(path, '{"name":"something else"}');
    await page.locator("#open-file").setInputFiles(path);
    await page.getByText("this is not a coverage file").waitFor();
  });
});

describe("the source view", () => {
  it("writes every format that the command line writes", async () => {
    await using it = await inspected(browser);
    const { page } = it;
    await actorRow(page, "plugin:mail").click();
    await page.keyboard.press("g");
    await page.keyboard.press("x");
    const text = page.getByRole("region", { name: "Text of the machine" });
    for (const [format, begins] of [
      ["Configuration", '"id": "pluginLifecycle"'],
      ["Stately JSON", '"states"'],
      ["Mermaid", "stateDiagram-v2"],
      ["DOT", "digraph"],
      ["SCXML", "<scxml"],
      ["SVG", "<svg"],
    ] as const) {
      await page.getByRole("button", { name: format, exact: true }).click();
      await text.getByText(begins).first().waitFor();
    }
    const download = page.waitForEvent("download");
    await page
      .getByRole("region", { name: "Source and export" })
      .getByRole("button", { name: "Save" })
      .click();
    expect((await download).suggestedFilename()).toBe("pluginLifecycle.svg");
  });
});

describe("a link", () => {
  it("leads to the actor, the view and the moment, also in another run", async () => {
    await using it = await inspected(browser);
    const { page, world, url } = it;
    await world.crash("mail");
    await actorRow(page, "plugin:mail").click();
    await page.locator("#log-filter").fill("type:state actor:plugin:mail");
    await page.locator(".log-row", { hasText: "failed" }).click();
    await world.advance(250);
    await world.serve("mail");
    await page.getByRole("tab", { name: "Statechart", exact: true }).click();
    await expect.poll(() => new URL(page.url()).hash).toMatch(/[/]a[/].+[/]chart[?]at=\d+&q=/);
    const { hash } = new URL(page.url());
    // The records from before it was opened are not kept by an app: only the actor can be found again.
    const again = await openPage(browser, url + hash.replace(/[?].*/, ""));
    await again.page.getByRole("tab", { name: "Statechart", exact: true, selected: true }).waitFor();
    await expect.poll(() => actorRow(again.page, "plugin:mail").getAttribute("aria-selected")).toBe("true");
    await page.keyboard.press("End");
    await page.goto(url + hash);
    await page.locator('.box.on[data-state="pluginLifecycle.failed"]').waitFor();
    await again.page.context().close();

    const restarted = await startWorld();
    const server = await openInspector();
    server.inspect(restarted.inspector);
    const third = await openPage(browser, server.url + hash.replace(/[?].*/, ""));
    await expect.poll(() => actorRow(third.page, "plugin:mail").getAttribute("aria-selected")).toBe("true");
    await third.page.context().close();
    await server.close();
  });
});
