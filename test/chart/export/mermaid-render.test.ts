/** Every Mermaid export, drawn by Mermaid itself in a real browser. */
import { readFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { modelOf, toMermaid } from "../../../src/chart/index.ts";
import { launchBrowser } from "../../page/support/browser.ts";
import { everyMachine, ourMachines } from "../machines.ts";

const library = readFileSync(
  new URL("../../../node_modules/mermaid/dist/mermaid.min.js", import.meta.url),
  "utf8",
);

let browser: Browser;
let page: Page;
beforeAll(async () => {
  browser = await launchBrowser();
  page = await browser.newPage();
  await page.setContent("<!doctype html><title>charts</title><body></body>");
  await page.addScriptTag({ content: library });
});
afterAll(() => browser.close());

interface Drawn {
  readonly error: string | null;
  readonly isPicture: boolean;
  readonly labels: readonly string[];
  readonly lines: number;
}

/** In the browser: draws a text as a page would, and says what is to be seen. */
const inPage = `async (source) => {
  try {
    const { svg } = await mermaid.render("chart" + Math.random().toString(36).slice(2), source);
    document.body.innerHTML = svg;
    const size = document.querySelector("body > svg")?.getBoundingClientRect();
    return {
      error: null,
      isPicture: size !== undefined && size.width > 0 && size.height > 0,
      labels: [...document.querySelectorAll(".nodeLabel, .cluster-label")].map((it) => it.textContent.trim()),
      lines: document.querySelectorAll(".edgePaths path").length,
    };
  } catch (error) {
    return { error: String(error), isPicture: false, labels: [], lines: 0 };
  }
}`;

const draw = (text: string): Promise<Drawn> => page.evaluate(`(${inPage})(${JSON.stringify(text)})`);

describe("Mermaid in a browser", () => {
  it("has our machines and twenty others to draw", () => {
    expect(everyMachine.length - ourMachines.length).toBeGreaterThanOrEqual(20);
  });

  it.each(everyMachine)("draws every state and every line of %s", async (_, machine) => {
    const model = modelOf(machine);
    const text = toMermaid(model);
    const { error, isPicture, labels, lines } = await draw(text);
    expect(error).toBe(null);
    expect(isPicture).toBe(true);
    const all = labels.join("\n");
    // A history state is an H.
    const missing = model.states
      .map(({ key, kind }) => (kind === "history" ? "H" : key))
      .filter((key) => !all.includes(key));
    expect(missing).toEqual([]);
    // A note hangs on a line, too.
    const written = text.split("\n").filter((it) => /^\s*\S+ --> |^\s*note right of /.test(it));
    expect(lines).toBe(written.length);
  });

  it("says so when it is no diagram", async () => {
    expect(await draw("stateDiagram-v2\n  a --> ")).toMatchObject({
      error: expect.stringContaining("Parse error"),
    });
  });
});
