/** Spin on the same model, where it is installed with a C compiler. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface SpinRun {
  readonly states: number;
  readonly seconds: number;
}

/** Depth first, exact, states compressed as by default; `null`: it is not installed. */
export function runSpin(model: string): SpinRun | null {
  const folder = mkdtempSync(join(tmpdir(), "bench-spin-"));
  const run = (command: string, ...args: string[]): string =>
    execFileSync(command, args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  try {
    writeFileSync(join(folder, "model.pml"), model);
    run("spin", "-a", "model.pml");
    run("gcc", "-O2", "-DSAFETY", "-o", "pan", "pan.c");
    const output = run("./pan", "-m10000000", "-w24");
    const states = Number(/(\d+) states, stored/.exec(output)?.[1]);
    const seconds = Number(/elapsed time ([\d.]+) seconds/.exec(output)?.[1]);
    return { states, seconds };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
