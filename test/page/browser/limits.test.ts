/** More than can be shown: shed with a count, folded, and never stuck. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createActor, createMachine } from "xstate";
import { modelOf } from "../../../src/chart/model-of.ts";
import { createInspector } from "../../../src/inspect/inspector.ts";
import type { InspectionRecord } from "../../../src/inspect/protocol/record.ts";
import { openInspector } from "../../../src/node/inspector/open-inspector.ts";
import { launchBrowser, openPage } from "../support/browser.ts";
import { actorRow } from "../support/inspected.ts";
import { batch, definition, hello, info } from "../support/messages.ts";

let browser: Browser;
beforeAll(async () => void (browser = await launchBrowser()));
afterAll(() => browser.close());

const light = modelOf(
  createMachine({
    id: "light",
    initial: "red",
    states: { red: { on: { NEXT: "green" } }, green: { on: { NEXT: "red" } } },
  }),
);

describe("more records than a page takes", () => {
  it("are shed with a count that is seen, while the page goes on answering keys, and the last state is right", async () => {
    const server = await openInspector({ waiting: 5_000 });
    const source = server.addSource();
    const actors = 1_000;
    let seq = 0;
    const each = (record: (number: number) => InspectionRecord): void =>
      source.receive(batch(...Array.from({ length: actors }, (_, it) => record(it + 1))));
    source.receive(hello());
    source.receive(definition(light));
    each((number) => ["a", ++seq, 0, number, info(`job-${number}`, { def: "h1" })]);
    each((number) => ["v", ++seq, 0, number, "red"]);
    /** What an app makes in two seconds at 50,000 a second, at once. */
    const burst = (): void => {
      for (let count = 0; count < 100; count++) {
        each((number) => ["v", ++seq, seq / 50, number, count % 2 === 0 ? "green" : "red"]);
      }
    };
    const { page, complaints } = await openPage(browser, "about:blank");
    await page.addInitScript(
      "addEventListener('homeostat:frame', ({ detail }) => (globalThis.last = detail))",
    );
    await page.goto(server.url);
    await actorRow(page, "job-1").waitFor();
    // Twice more than may be under way and may wait, with a key in the midst of each.
    burst();
    await page.keyboard.press("?");
    await page.getByRole("dialog").waitFor();
    burst();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    source.receive(batch(["v", ++seq, seq / 50, 1, "green"]));

    const counted = (): Promise<number> => page.evaluate("last.received + last.missing");
    await expect.poll(counted).toBe(seq);
    const [received, missing] = await page.evaluate<[number, number]>("[last.received, last.missing]");
    expect(received).toBeGreaterThan(0);
    expect(missing).toBeGreaterThan(0);
    await page.locator(".pill", { hasText: `${missing.toLocaleString("en")} missing` }).waitFor();
    await actorRow(page, "job-1").click();
    await page.locator('.chart-svg .box.on[data-state="light.green"]').waitFor();
    expect(complaints.filter((it) => !it.startsWith("asked"))).toEqual([]);
    await page.context().close();
    await server.close();
  });
});

describe("a chart whose layout takes over three seconds", () => {
  it("is drawn folded, and says so", async () => {
    const groups = 20;
    const size = 40;
    const states = Object.fromEntries(
      Array.from({ length: groups }, (_, group) => [
        `group${group}`,
        {
          initial: "s0",
          on: { SKIP: `group${(group + 1) % groups}` },
          states: Object.fromEntries(
            Array.from({ length: size }, (__, it) => [
              `s${it}`,
              {
                on: {
                  NEXT: `s${(it + 1) % size}`,
                  BACK: `s${(it * 7) % size}`,
                  JUMP: `s${(it * 31 + 5) % size}`,
                },
              },
            ]),
          ),
        },
      ]),
    );
    const machine = createMachine({ id: "huge", initial: "group0", states });
    const server = await openInspector();
    const inspector = createInspector();
    server.inspect(inspector);
    const actor = createActor(machine, { inspect: inspector.inspect }).start();
    inspector.flush();
    const { page, complaints } = await openPage(browser, server.url);
    page.setDefaultTimeout(40_000);
    await page.getByRole("button", { name: "fold: auto" }).click();
    await page.getByText("Drawn folded").waitFor();
    expect(await page.locator(".chart-svg .box[data-state]").count()).toBeLessThan(2 * groups);
    // It lives: what happens is lit in the folded chart.
    actor.send({ type: "SKIP" });
    inspector.flush();
    await page.locator('.chart-svg .box.on[data-state="huge.group1"]').waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
    await server.close();
    inspector.close();
  });
});
