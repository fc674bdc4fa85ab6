/** `npm start -- --inspect` as a person meets it: the real command, the real demo, a real browser. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchBrowser, openPage } from "../page/support/browser.ts";
import { actorRow } from "../page/support/inspected.ts";
import { folderWith, referenceServer, root, start } from "../support/command.ts";
import { until } from "../support/until.ts";

let browser: Browser;
beforeAll(async () => void (browser = await launchBrowser()));
afterAll(() => browser.close());

/** The configuration that `npm start` runs, with its paths made absolute. */
function demo(): object {
  const { mcpServers } = JSON.parse(readFileSync(join(root, "stately.config.json"), "utf8")) as {
    mcpServers: Record<string, { args: readonly string[]; env?: Record<string, string> }>;
  };
  return {
    mcpServers: Object.fromEntries(
      Object.entries(mcpServers).map(([name, { args, env = {} }]) => [
        name,
        { ...referenceServer(name, ...args.slice(1)), env },
      ]),
    ),
  };
}

it("the live demo opens in the inspector, and its chart moves when a server is killed", async () => {
  const run = start(["run", "--inspect", "--json"], folderWith(demo()));
  const url = await until(
    "it prints the address of the page",
    () => /http:\/\/127\.0\.0\.1:\d+\/\?token=\S+/.exec(run.stderr)?.[0],
    30_000,
  );
  const started = await run.record(
    "the memory server serves",
    (line) => line.type === "server.started" && line["server"] === "memory",
  );
  const { page, complaints } = await openPage(browser, url);
  for (const name of ["everything", "filesystem", "memory"]) await actorRow(page, `plugin:${name}`).waitFor();
  await actorRow(page, "plugin:memory").click();
  const active = page.locator(".chart-svg .box.on");
  const states = (): Promise<string[]> =>
    active.evaluateAll((all) => all.map((it) => it.getAttribute("data-state") ?? ""));
  await page.locator('.chart-svg .box.on[data-state$=".healthy"]').waitFor();
  const before = await states();

  // Every set of active states that the chart shows from now on, however short.
  await page.evaluate(`{
    globalThis.shown = [];
    const note = () => {
      const now = [...document.querySelectorAll(".chart-svg .box.on")].map((it) => it.dataset.state).join();
      if (shown.at(-1) !== now) shown.push(now);
    };
    new MutationObserver(note).observe(document.body, { subtree: true, childList: true, attributeFilter: ["class"] });
    note();
  }`);
  process.kill(Number(started["pid"]), "SIGKILL");
  const shown = await until(
    "the chart has left what it showed and serves again",
    async () => {
      const all = await page.evaluate<string[]>("shown");
      return all.length > 1 &&
        all.some((it) => it !== before.join()) &&
        (await states()).join() === before.join()
        ? all
        : undefined;
    },
    30_000,
  );
  expect(new Set(shown).size).toBeGreaterThan(1);
  expect(complaints).toEqual([]);
  await page.context().close();
  run.child.kill("SIGINT");
  expect((await run.ended).code).toBe(0);
});
