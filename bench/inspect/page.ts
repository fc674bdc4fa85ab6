/**
 * What the page costs and how late it is, in a real Chromium: fed by real actors through the real server, beside a plain
 * React page and an empty one that the same server serves.
 *
 * @module
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { build } from "vite";
import { launchBrowser } from "../../test/page/support/browser.ts";
import { atMost, type Goal, median, progress } from "../support/goals.ts";
import { App, lastFrame, look, openWatched, type Seen } from "./browsing.ts";
import { firstLoad } from "./first-load.ts";

export interface Part {
  readonly figures: Readonly<Record<string, unknown>>;
  readonly goals: readonly Goal[];
}

export interface PageOptions {
  readonly rounds: number;
  /** Each page is looked at for so long at each rate. */
  readonly seconds: number;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const actors = 1_000;
const warmUpMs = 2_000;

export async function measurePage({ rounds, seconds }: PageOptions): Promise<Part> {
  const folder = mkdtempSync(join(tmpdir(), "homeostat-bench-"));
  const browser = await launchBrowser();
  try {
    const pages = await buildPages(folder);
    const first = await firstLoad(browser, { ...pages, rounds });
    const feeds = await feed(browser, pages, { rounds, seconds });
    return { figures: { ...first.figures, ...feeds.figures }, goals: [...first.goals, ...feeds.goals] };
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface Pages {
  readonly ours: string;
  readonly plain: string;
  readonly empty: string;
}

async function buildPages(folder: string): Promise<Pages> {
  progress("building the plain page");
  const pages = { ours: here("../../dist/page"), plain: join(folder, "plain"), empty: join(folder, "empty") };
  await build({
    configFile: false,
    root: here("naive-page"),
    base: "./",
    logLevel: "error",
    build: { outDir: pages.plain, modulePreload: false },
  });
  mkdirSync(pages.empty);
  const body =
    '<!doctype html><html lang="en"><link rel="icon" href="data:," /><title>empty</title><p>empty</p></html>';
  writeFileSync(join(pages.empty, "index.html"), body);
  return pages;
}

async function feed(browser: Browser, pages: Pages, { rounds, seconds }: PageOptions): Promise<Part> {
  const ours: Fed[] = [];
  const plain: Fed[] = [];
  const fast: Fed[] = [];
  const rate = 10_000;
  for (let round = 1; round <= rounds; round++) {
    const at = (what: string): void => progress(`round ${round} of ${rounds}: ${what}`);
    at("the page at 10,000 records a second");
    ours.push(await feedOne(browser, pages.ours, { rate, seconds }));
    at("the plain page at 10,000 records a second");
    plain.push(await feedOne(browser, pages.plain, { rate, seconds }));
    at("the page at 50,000 records a second");
    fast.push(await feedOne(browser, pages.ours, { rate: 50_000, seconds }));
  }
  const of = (runs: readonly Fed[], name: keyof Fed): number => median(runs.map((it) => it[name]));
  const frameMs = await frameOf(browser, pages.empty);
  return {
    figures: { frameMs, at10000: ours, plainAt10000: plain, at50000: fast },
    goals: [
      atMost("frames from event to frame, p95, at 10,000 records/s", 3, of(ours, "newestP95Ms") / frameMs),
      atMost("of the main thread of a plain page", 0.5, of(ours, "busy") / of(plain, "busy")),
      atMost("frames from event to frame, p95, at 50,000 records/s", 9, of(fast, "newestP95Ms") / frameMs),
      atMost(
        "frames that the longest one took, at 50,000 records/s",
        30,
        of(fast, "longestFrameMs") / frameMs,
      ),
      atMost(
        "records neither shown nor counted as missing",
        0,
        Math.max(...[...ours, ...fast].map((it) => it.lost)),
      ),
    ],
  };
}

interface Fed extends Seen {
  /** Records a second that came about. */
  readonly rate: number;
  readonly missing: number;
  /** Records that the page neither got nor knows to be missing. */
  readonly lost: number;
}

async function feedOne(
  browser: Browser,
  directory: string,
  { rate, seconds }: { readonly rate: number; readonly seconds: number },
): Promise<Fed> {
  await using app = new App();
  const { url } = await app.order({ order: "open", page: directory, actors });
  const page = await openWatched(browser, url);
  try {
    await newestFrame(page, () => true);
    await app.order({ order: "feed", rate });
    await page.waitForTimeout(warmUpMs);
    const seen = await look(page, seconds);
    const { rate: real } = await app.order({ order: "count" });
    const { records } = await app.order({ order: "rest" });
    const isPlain = (await lastFrame(page))?.received === undefined;
    if (isPlain) return { ...seen, rate: real, missing: 0, lost: 0 };
    const { received, missing } = await newestFrame(page, (it) => it.received + it.missing >= records);
    return { ...seen, rate: real, missing, lost: records - received - missing };
  } finally {
    await page.context().close();
  }
}

type Frame = NonNullable<Awaited<ReturnType<typeof lastFrame>>>;

/** The newest frame once it is as wanted, or after a while as it is. */
async function newestFrame(page: Page, isWanted: (frame: Frame) => boolean): Promise<Frame> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const frame = await lastFrame(page);
    if (frame !== null && (isWanted(frame) || attempt === 199)) return frame;
    await page.waitForTimeout(100);
  }
  throw new Error("the page has drawn nothing within 20 s");
}

/** How often this browser draws when there is nothing to do. */
async function frameOf(browser: Browser, directory: string): Promise<number> {
  await using app = new App();
  const page = await openWatched(
    browser,
    (await app.order({ order: "open", page: directory, actors: 2 })).url,
  );
  const { frameMs } = await look(page, 2);
  await page.context().close();
  return frameMs;
}
