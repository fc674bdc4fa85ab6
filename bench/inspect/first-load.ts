/**
 * What a person waits for: the first thing on the screen, then the first chart; and what is loaded for it.
 *
 * @module
 */
import { gzipSync } from "node:zlib";
import type { Browser } from "playwright-core";
import { atMost, median, progress, quantile } from "../support/goals.ts";
import { App, openWatched, until } from "./browsing.ts";
import type { Pages, Part } from "./page.ts";

const kB = 1_000;

export async function firstLoad(
  browser: Browser,
  { ours, empty, rounds }: Pages & { readonly rounds: number },
): Promise<Part> {
  await using app = new App();
  const paints: { readonly empty: number[]; readonly ours: number[] } = { empty: [], ours: [] };
  const charts: { readonly afterMs: number; readonly layoutMs: number }[] = [];
  // A first paint is short: more of them cost little.
  for (let round = 0; round < 3 * rounds; round++) {
    progress(`first load ${round + 1} of ${3 * rounds}`);
    for (const [name, directory] of [
      ["empty", empty],
      ["ours", ours],
    ] as const) {
      const { url } = await app.order({ order: "open", page: directory, actors: "supervisor" });
      const page = await openWatched(browser, url);
      await until(page, "seen.paintAt !== null");
      const paintAt = await page.evaluate<number>("seen.paintAt");
      paints[name].push(paintAt);
      if (name === "ours") {
        await until(page, "seen.chartAt !== null");
        const [chartAt, layoutMs] = await page.evaluate<[number, number]>(
          `[seen.chartAt, performance.getEntriesByName("homeostat:layout")[0].duration]`,
        );
        charts.push({ afterMs: chartAt - paintAt, layoutMs });
      }
      await page.context().close();
      await app.order({ order: "close" });
    }
  }
  const size = await sizeOf(browser, ours);
  const paintMs = { empty: median(paints.empty), ours: median(paints.ours) };
  return {
    figures: {
      firstContentfulPaintMs: paintMs,
      firstChartMs: median(charts.map((it) => it.afterMs)),
      layoutMs: median(charts.map((it) => it.layoutMs)),
    },
    goals: [
      atMost("times the first paint of an empty page", 2, paintMs.ours / paintMs.empty),
      atMost(
        "times its own layout from first paint to first chart",
        2,
        quantile(
          charts.map((it) => it.afterMs / it.layoutMs),
          0.5,
        ),
      ),
      atMost("kB of gzip before the first layout", 220, size / kB),
    ],
  };
}

/** Bytes of everything that is asked for until there is a chart, compressed, without the layout's worker. */
async function sizeOf(browser: Browser, directory: string): Promise<number> {
  await using app = new App();
  const { url } = await app.order({ order: "open", page: directory, actors: "supervisor" });
  const page = await browser.newPage();
  const sizes = new Map<string, number>();
  page.on("response", async (response) => {
    const { pathname } = new URL(response.url());
    if (response.ok() && !pathname.includes("elk-worker"))
      sizes.set(pathname, gzipSync(await response.body()).length);
  });
  await page.goto(url);
  await page.locator(".chart-svg svg").waitFor();
  await page.close();
  return [...sizes.values()].reduce((sum, it) => sum + it, 0);
}
