/** The page on a real server, with a real app behind it, in a real browser. */
import type { Browser, Page } from "playwright-core";
import { openInspector } from "../../../src/node/inspector/open-inspector.ts";
import type { SupervisorOptions } from "../../../src/runtime/api.ts";
import { type OpenOptions, openPage } from "./browser.ts";
import { startWorld, type World } from "./world.ts";

export interface InspectedOptions extends OpenOptions {
  readonly names?: readonly string[];
  readonly supervisor?: Partial<SupervisorOptions>;
  readonly allowSend?: boolean;
  /** What follows the address, such as `#/…`. */
  readonly hash?: string;
  /** Comes about before the page is opened. */
  readonly before?: (world: World) => Promise<void>;
}

export interface Inspected extends AsyncDisposable {
  readonly page: Page;
  readonly world: World;
  readonly url: string;
  readonly complaints: string[];
}

export async function inspected(browser: Browser, options: InspectedOptions = {}): Promise<Inspected> {
  const world = await startWorld(options.names, options.supervisor);
  await options.before?.(world);
  const server = await openInspector({ allowSend: options.allowSend ?? false });
  server.inspect(world.inspector);
  const { page, complaints } = await openPage(browser, server.url + (options.hash ?? ""), options);
  await page.locator(".actor").first().waitFor();
  return {
    page,
    world,
    url: server.url,
    complaints,
    async [Symbol.asyncDispose]() {
      await page.context().close();
      await server.close();
      world.inspector.close();
    },
  };
}

/** The row of the actor with exactly this name. */
export const actorRow = (page: Page, name: string) =>
  page.locator(".actor").filter({ has: page.locator(`strong:text-is("${name}")`) });
