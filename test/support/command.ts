import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { until } from "./until.ts";

export const root = fileURLToPath(new URL("../../", import.meta.url));
const script = join(root, "src/cli/homeostat.ts");
/** Where Node.js keeps what it compiled: the sources are the same for each of many short runs. */
const compileCache = join(root, "node_modules/.cache/homeostat/compile");

/** A folder of its own for a test, with `config` as its `stately.config.json`. */
export function folderWith(config: string | object): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "homeostat-test-")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  const text = typeof config === "string" ? config : JSON.stringify(config, null, 2);
  writeFileSync(join(folder, "stately.config.json"), text);
  return folder;
}

/** The server of the dev dependency `@modelcontextprotocol/server-NAME`. */
export function referenceServer(name: string, ...args: string[]): { command: string; args: string[] } {
  const path = join(root, `node_modules/@modelcontextprotocol/server-${name}/dist/index.js`);
  return { command: process.execPath, args: [path, ...args] };
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class RunningCommand {
  stdout = "";
  stderr = "";
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;

  constructor(args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}) {
    const child = spawn(process.execPath, [script, ...args], {
      cwd,
      env: {
        PATH: process.env["PATH"],
        HOME: process.env["HOME"],
        NODE_COMPILE_CACHE: compileCache,
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child = child;
    child.stdout.setEncoding("utf8").on("data", (text: string) => (this.stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    this.ended = new Promise((resolve) => {
      child.once("close", (code, signal) =>
        resolve({ code, signal, stdout: this.stdout, stderr: this.stderr }),
      );
    });
    onTestFinished(async () => {
      child.kill("SIGKILL");
      await this.ended;
    });
  }

  /** The records on stdout so far. */
  records(): Line[] {
    return parseLines(this.stdout.slice(0, this.stdout.lastIndexOf("\n") + 1));
  }

  /** Resolves with the first record that `matches`. */
  record(what: string, matches: (line: Line) => boolean): Promise<Line> {
    return until(what, () => this.records().find((line) => matches(line)), 20_000);
  }
}

/** One line of `--json`. */
export type Line = Readonly<Record<string, unknown>> & { readonly type: string };

export function parseLines(stdout: string): Line[] {
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);
}

export function start(args: readonly string[], cwd: string, env?: Record<string, string>): RunningCommand {
  return new RunningCommand(args, cwd, env);
}

/** Runs the command to its end. */
export function homeostat(
  args: readonly string[],
  cwd: string,
  env?: Record<string, string>,
): Promise<Ended> {
  return new RunningCommand(args, cwd, env).ended;
}
