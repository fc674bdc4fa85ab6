/**
 * The inspected app in its process, and what is seen of its page in a browser.
 *
 * @module
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { quantile } from "../support/goals.ts";
import type { Order, Report } from "./app.ts";

export class App implements AsyncDisposable {
  readonly #child: ChildProcess = fork(fileURLToPath(new URL("app.ts", import.meta.url)));

  async order(order: Order): Promise<Report> {
    this.#child.send(order);
    const [report] = (await once(this.#child, "message")) as [Report];
    return report;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.disconnect();
    await once(this.#child, "exit");
  }
}

/** What the pages say of each frame that shows something new. */
interface Frame {
  readonly at: number;
  readonly newestAt: number;
  readonly received: number;
  readonly missing: number;
}

/** Runs in the page before anything of its own. */
const watch = `{
  const seen = (globalThis.seen = { frames: [], gaps: [], paintAt: null, chartAt: null, last: null });
  new PerformanceObserver((list) => {
    for (const it of list.getEntriesByName("first-contentful-paint")) seen.paintAt = it.startTime;
  }).observe({ type: "paint", buffered: true });
  addEventListener("homeostat:frame", ({ detail }) => {
    seen.last = { at: Date.now(), ...detail };
    seen.frames.push(seen.last);
  });
  let last = performance.now();
  const tick = () => {
    const now = performance.now();
    seen.gaps.push(now - last);
    last = now;
    if (seen.chartAt === null && document.querySelector(".chart-svg svg") !== null) seen.chartAt = now;
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
}`;

export async function openWatched(browser: Browser, url: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1680, height: 1040 } });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  await page.addInitScript(watch);
  await page.goto(url);
  return page;
}

/** The page's policy forbids what Playwright's own waiting evaluates. */
export function until(page: Page, condition: string): Promise<void> {
  return page.evaluate(`new Promise((resolve) => {
    const look = () => (${condition} ? resolve() : setTimeout(look, 10));
    look();
  })`);
}

export const lastFrame = (page: Page): Promise<Frame | null> => page.evaluate("seen.last");

export interface Seen {
  /** Share of the time in which the page's main thread did something. */
  readonly busy: number;
  /** Age of the newest record that a frame shows when it is drawn. */
  readonly newestP50Ms: number;
  readonly newestP95Ms: number;
  /** Age of any record when the first frame that knows of it is drawn: with the wait for its batch. */
  readonly anyP95Ms: number;
  readonly frames: number;
  /** Between two turns of the browser's own drawing. */
  readonly frameMs: number;
  readonly longestFrameMs: number;
}

/** Looks at the page for a while. */
export async function look(page: Page, seconds: number): Promise<Seen> {
  const devTools = await page.context().newCDPSession(page);
  await devTools.send("Performance.enable");
  const metrics = async (): Promise<Map<string, number>> => {
    const answer = await devTools.send("Performance.getMetrics");
    return new Map(answer.metrics.map(({ name, value }) => [name, value]));
  };
  const since = (name: string): number => (after.get(name) ?? 0) - (before.get(name) ?? 0);
  await page.evaluate("void (seen.frames.length = seen.gaps.length = 0)");
  const before = await metrics();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const after = await metrics();
  const { frames, gaps } = await page.evaluate<{ frames: Frame[]; gaps: number[] }>("seen");
  const ages = frames.map(({ at, newestAt }) => at - newestAt);
  // Records are made evenly: those between two frames are as many at each moment between their newest ones.
  const all = frames.slice(1).flatMap(({ at, newestAt }, index) => {
    const previous = frames[index]?.newestAt ?? newestAt;
    return Array.from({ length: 20 }, (_, it) => at - newestAt + ((newestAt - previous) * it) / 20);
  });
  return {
    busy: since("TaskDuration") / since("Timestamp"),
    newestP50Ms: quantile(ages, 0.5),
    newestP95Ms: quantile(ages, 0.95),
    anyP95Ms: quantile(all, 0.95),
    frames: frames.length,
    frameMs: quantile(gaps, 0.5),
    longestFrameMs: Math.max(...gaps),
  };
}
