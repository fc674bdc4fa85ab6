import { spawn } from "node:child_process";

const openers: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ["open"],
  win32: ["cmd", "/c", "start", '""'],
};

/** Tries; says so when there is no browser, and nothing else depends on it. */
export function openBrowser(url: string, notice: (text: string) => void): void {
  const [command = "xdg-open", ...args] = openers[process.platform] ?? ["xdg-open"];
  const browser = spawn(command, [...args, url], { stdio: "ignore", detached: true });
  browser.on("error", () => notice(`no browser could be opened; the address is ${url}`));
  browser.unref();
}
