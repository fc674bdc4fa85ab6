/** A real browser: Chromium, driven through its debugging protocol. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Where Chromium is: `CHROMIUM_PATH`, or where distributions put it. */
export function chromiumPath(): string {
  const named = process.env["CHROMIUM_PATH"];
  const found = named ?? places.find((it) => existsSync(it)) ?? which();
  if (found === undefined || !existsSync(found)) {
    throw new Error(
      `no Chromium was found (${named === undefined ? places.join(", ") : `CHROMIUM_PATH=${named}`}); install it ` +
        `(apt-get install chromium) or name one by CHROMIUM_PATH`,
    );
  }
  return found;
}

function which(): string | undefined {
  try {
    return execFileSync("which", ["chromium"], { encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
}

/** Each launch has a fresh profile; nothing is fetched from anywhere. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath(),
    args: [
      "--no-sandbox",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
    ],
  });
}

export interface OpenedPage {
  readonly page: Page;
  /** What the console called errors, uncaught errors, and requests to anywhere but the server. */
  readonly complaints: string[];
}

export interface OpenOptions {
  readonly theme?: "light" | "dark";
  readonly width?: number;
  readonly height?: number;
}

export async function openPage(
  browser: Browser,
  url: string,
  { theme = "light", width = 1680, height = 1040 }: OpenOptions = {},
): Promise<OpenedPage> {
  const context = await browser.newContext({
    colorScheme: theme,
    viewport: { width, height },
    acceptDownloads: true,
    timezoneId: "UTC",
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning")
      complaints.push(`${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", (error) => complaints.push(error.stack ?? String(error)));
  page.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol !== "blob:" && protocol !== "data:" && origin !== new URL(url).origin) {
      complaints.push(`asked ${origin}`);
    }
  });
  await page.goto(url);
  return { page, complaints };
}
