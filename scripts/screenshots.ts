/**
 * Pictures of the inspector's page for the documentation, of a recording or, without one, of the live demo's tour.
 *
 * Usage: npm run docs:screenshots [-- RECORDING.jsonl]
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Page } from "playwright-core";
import { openInspector } from "../src/node/inspector/open-inspector.ts";
import { launchBrowser, openPage } from "../test/page/support/browser.ts";
import { actorRow } from "../test/page/support/inspected.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const { positionals } = parseArgs({ allowPositionals: true });
const recording = positionals[0] ?? recordTour();

/** Five kinds of trouble in half a minute, for real. */
function recordTour(): string {
  const directory = mkdtempSync(join(tmpdir(), "screenshots-"));
  const file = join(directory, "tour.jsonl");
  const args = ["dist/src/cli/homeostat.js", "run", "--for", "25s", "--tour", "--chaos", "2", "--seed", "7"];
  const options = ["--dir", join(directory, "run"), "--record", file, "--json"];
  const { status, stderr } = spawnSync(process.execPath, [...args, ...options], {
    cwd: root,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the demo failed with ${status}: ${stderr}`);
  return file;
}

interface Shot {
  readonly name: string;
  readonly theme: "light" | "dark";
  readonly show: (page: Page) => Promise<void>;
}

/** Where the row of the log is that says it best. */
async function goTo(page: Page, filter: string): Promise<void> {
  await page.locator("#log-filter").fill(filter);
  await page.locator(".log-row .what").first().waitFor();
  await page.locator(".log-row").first().click();
  await page.locator("#log-filter").fill("");
  await page.locator("#log-filter").blur();
}

async function settle(page: Page): Promise<void> {
  await page.locator('.chart-panel[aria-busy="true"]').waitFor({ state: "detached" });
  await page.waitForFunction(
    "!document.querySelector('.chart-panel') || document.querySelector('.chart-svg svg')",
  );
  // One frame more, after which nothing glides any longer.
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
}

const tab = (page: Page, name: string): Promise<void> => page.getByRole("tab", { name, exact: true }).click();

const shots: readonly Shot[] = (["light", "dark"] as const).flatMap((theme) => [
  {
    name: `inspector-${theme}`,
    theme,
    async show(page) {
      await goTo(page, "type:state state:refused actor:budget");
      await settle(page);
    },
  },
  {
    name: `inspector-timeline-${theme}`,
    theme,
    async show(page) {
      await actorRow(page, "plugin:everything").click();
      await tab(page, "Timeline");
      await page.locator(".bar").first().waitFor();
    },
  },
  {
    name: `inspector-coverage-${theme}`,
    theme,
    async show(page) {
      await page.locator(".actor", { hasText: "budget:" }).first().click();
      await tab(page, "Coverage");
      await settle(page);
      await page.keyboard.press("0");
      await settle(page);
    },
  },
]);

const server = await openInspector();
const browser = await launchBrowser();
for (const { name, theme, show } of shots) {
  const { page } = await openPage(browser, server.url, { theme, width: 1600, height: 1000 });
  await page.locator("#open-file").setInputFiles(recording);
  await page.locator(".actor").first().waitFor();
  await page.locator(".notice.shown").waitFor({ state: "detached" });
  await show(page);
  await page.screenshot({ path: join(root, "docs", `${name}.png`) });
  console.log(`docs/${name}.png`);
  await page.context().close();
}
await browser.close();
await server.close();
