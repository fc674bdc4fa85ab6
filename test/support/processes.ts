import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import * as z from "zod";

const hostScript = fileURLToPath(new URL("../fixtures/host.ts", import.meta.url));

const HostReport = z.object({
  locked: z.boolean(),
  runId: z.string().default(""),
  pid: z.int().nullish(),
  code: z.string().optional(),
  message: z.string().optional(),
  details: z.record(z.string(), z.unknown()).optional(),
});

/** A folder that goes when the test does. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "homeostat-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

/** A process of nobody's, which does nothing until the test ends. */
export function startSleeper(env: Readonly<Record<string, string>> = {}): number {
  const child = spawn("sleep", ["600"], { stdio: "ignore", detached: true, env: { ...process.env, ...env } });
  endWithTest(child);
  return pidOf(child);
}

/** Another host, as soon as it has said what it did; its own pid is `host.pid`. */
export async function startHost(
  ...args: readonly string[]
): Promise<z.infer<typeof HostReport> & { readonly host: ChildProcess }> {
  const host = spawn(process.execPath, [hostScript, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  endWithTest(host);
  for await (const line of createInterface({ input: host.stdout })) {
    return { ...HostReport.parse(JSON.parse(line)), host };
  }
  throw new Error("the host ended without a word");
}

/** Resolves when it has ended. */
export async function killHard(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await ended;
}

/** A variable of a process of ours; empty: it has none of that name. */
export function environmentOf(pid: number, name: string): string {
  const variables = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  return variables.find((it) => it.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";
}

function endWithTest(child: ChildProcess): void {
  onTestFinished(() => killHard(child));
}

function pidOf({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error("it did not start");
  return pid;
}
