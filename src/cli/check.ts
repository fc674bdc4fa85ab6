/**
 * `homeostat check`: explores state machines and checks their properties.
 *
 * @module
 */
import { Command, InvalidArgumentError } from "commander";
import pc from "picocolors";
import { HomeostatError } from "../core/errors.ts";
import { check, type CheckOptions, type CheckReport } from "../explore/index.ts";
import { distinct, type Loaded, loadMachines } from "./check/load.ts";
import { describeReport } from "./check/report.ts";

interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}
/** The streams of the command; the process's own unless a test gives others. */
export interface CheckTerminal {
  readonly stdout: Output;
  readonly stderr: Output;
}

export interface CheckCommandOptions {
  readonly json?: boolean;
  readonly states?: number;
  readonly seconds?: number;
}

/** 0: all explored and nothing wrong. 1: something is wrong, or not proven. 2: the input cannot be used. */
export type CheckExitCode = 0 | 1 | 2;

/** Throws a `CommanderError` on wrong use, for the program that it is added to. */
export function checkCommand(): Command {
  return new Command("check")
    .exitOverride()
    .description("explore every state of XState v5 machines, and check their properties")
    .argument("<machine...>", "files that export machines; TypeScript is fine")
    .option("--states <number>", "at most so many states of each machine (default: 100000)", positive)
    .option("--seconds <number>", "at most so long for each machine (default: 60)", positive)
    .option("--json", "print one report a line")
    .addHelpText(
      "after",
      `
A file may say how its machine is to be explored, in an export beside it, or in the same export of
NAME/explore.ts beside NAME.ts:
  export const explore = {
    input: { … },
    events: { "job.added": [{ size: 0 }, { size: 1 }] },       payload cases, or a function of the snapshot
    outcomes: { fetchJob: [{ kind: "done", output: 1 }, { kind: "error", error: "no" }] },
    abstract: (context) => Math.min(context.count, 3),          what the state keeps of the context
    properties: [{ kind: "always", name: "…", holds: (state) => … }],
  };
By the names of their exports, { oneMachine: { … }, … }, where a file has several.
Events without cases get the boundary values of their zod schema, if the machine declares schemas.events.

Exit codes:
  0  all states were explored, every property holds, and nothing else is wrong
  1  something is wrong, or the budget was too small to tell
  2  a file that cannot be loaded, or none that has a machine`,
    )
    .action(async (files: string[], options: CheckCommandOptions) => {
      process.exitCode = await runCheck(files, options, process);
    });
}

/** The command without its command line. */
export async function runCheck(
  files: readonly string[],
  { json = false, states, seconds }: CheckCommandOptions,
  { stdout, stderr }: CheckTerminal,
): Promise<CheckExitCode> {
  const colours = pc.createColors(stdout.isTTY === true && pc.isColorSupported);
  const budget: Pick<CheckOptions, "maxStates" | "maxSeconds"> = {
    ...(states === undefined ? {} : { maxStates: states }),
    ...(seconds === undefined ? {} : { maxSeconds: seconds }),
  };
  const loaded: Loaded[] = [];
  const without: string[] = [];
  let isUnusable = false;
  for (const file of files) {
    try {
      const machines = await loadMachines(file);
      loaded.push(...machines);
      if (machines.length === 0) without.push(file);
    } catch (error) {
      if (!(error instanceof HomeostatError)) throw error;
      refuse(file, error.code, error.message);
    }
  }
  // Beside files with machines one without is only noted, so that a whole folder can be given.
  for (const file of without) {
    const message = `${file} exports no machine: export what createMachine gave`;
    if (loaded.length === 0) refuse(file, "not_found", message);
    else if (json) stdout.write(`${JSON.stringify({ type: "skipped", file, message })}\n`);
    else stderr.write(`homeostat check: ${file} exports no machine: skipped\n`);
  }
  let isProven = true;
  for (const { name, file, machine, options } of distinct(loaded)) {
    const report: CheckReport = check(machine, { ...options, ...budget });
    if (report.verdict !== "proven") isProven = false;
    stdout.write(
      json
        ? `${JSON.stringify({ type: "check", file, export: name, ...report })}\n`
        : `${describeReport(`${file} ${name}`, report, colours)}\n`,
    );
  }
  return isUnusable ? 2 : isProven ? 0 : 1;

  function refuse(file: string, code: string, message: string): void {
    isUnusable = true;
    if (json) stdout.write(`${JSON.stringify({ type: "error", file, code, message })}\n`);
    stderr.write(`homeostat check: ${message}\n`);
  }
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError("Expected a number above 0.");
  return value;
}
