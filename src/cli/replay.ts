/**
 * `homeostat replay`: derives every decision of a log again from its facts.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { parse, type ParseError, printParseErrorCode } from "jsonc-parser";
import pc from "picocolors";
import * as z from "zod";
import { CrashBudgetPolicy } from "../core/crash-budget.ts";
import { HomeostatError } from "../core/errors.ts";
import { SpawnBudgetPolicy } from "../core/spawn-budget.ts";
import { replay, type ReplayOptions, type ReplayRecord } from "../replay/index.ts";
import { type ConformTerminal, sourceOf } from "./conform/source.ts";
import { eraseLine, jsonReport, refuse } from "./log-report.ts";
import { describeDifference, describeDivergence, summarise } from "./replay/text.ts";

export interface ReplayCommandOptions {
  readonly policy?: string;
  readonly json?: boolean;
}

/** 0: every decision is derived again, or compared with another policy's. 1: one is not. 2: the input cannot be used. */
export type ReplayExitCode = 0 | 1 | 2;

/** Throws a `CommanderError` on wrong use, for the program that it is added to. */
export function replayCommand(): Command {
  return new Command("replay")
    .exitOverride()
    .description("derive every decision of a log again from its facts, and name the first that differs")
    .argument("[log...]", "what homeostat run --json printed; stdin when there is none, or for -")
    .option("--policy <file>", "JSON with crashBudget, spawnBudget: what would they have decided?")
    .option("--json", "print what is found, and the counts, as JSON lines")
    .addHelpText(
      "after",
      `
The policy that was in force is in the log. With --policy the same facts are given to another one, its parts as in
stately.config.json; a part that is missing stays as it was. What happened to a backend after the first other decision
about it happened because of what was decided: it is counted, and not compared.

Examples:
  homeostat run --for 20s --chaos 3 --json > run.jsonl
  homeostat replay run.jsonl
  homeostat replay run.jsonl --policy stricter.json
  zcat big.jsonl.gz | homeostat replay --json | jq 'select(.type == "difference") | .seq'

Exit codes:
  0  every decision is the one that its facts lead to; with --policy: compared, whatever would have been otherwise
  1  one is not, and the first is printed, with --policy too: nothing can be compared with a log that is not consistent
  2  a line that is no record (FILE:LINE says which), a log without its policy, no record at all, or a file or policy
     that cannot be used`,
    )
    .action(async (logs: string[], options: ReplayCommandOptions) => {
      process.exitCode = await runReplay(logs, options, process);
    });
}

/** The command without its command line. */
export async function runReplay(
  logs: readonly string[],
  options: ReplayCommandOptions,
  terminal: ConformTerminal,
): Promise<ReplayExitCode> {
  const { json = false } = options;
  const sources = (logs.length === 0 ? ["-"] : logs).map((log) => sourceOf(log, terminal));
  const report = json ? jsonReport(terminal) : textReport(terminal);
  try {
    const policy = options.policy === undefined ? {} : { policy: readPolicy(options.policy) };
    let code: ReplayExitCode = 0;
    for await (const record of replay({ sources, ...policy })) {
      if (record.type === "difference") code = 1;
      if (record.type === "counts" && record.runs === 0) throw nothingFound();
      report(record);
    }
    return code;
  } catch (error) {
    return refuse("replay", error, json, terminal);
  }
}

export const nothingFound = (): HomeostatError =>
  new HomeostatError("not_found", "the input holds no run: no supervisor.started is in it");

const PolicyFile = z.object({
  crashBudget: CrashBudgetPolicy.optional(),
  spawnBudget: SpawnBudgetPolicy.nullable().optional(),
});

/** Throws a `HomeostatError`: `config_unreadable`, or `config_invalid` with every problem. */
function readPolicy(file: string): NonNullable<ReplayOptions["policy"]> {
  const errors: ParseError[] = [];
  const value: unknown = parse(readText(file), errors, { allowTrailingComma: true });
  const [first] = errors;
  if (first !== undefined) {
    const what = `${printParseErrorCode(first.error)} at character ${first.offset}`;
    throw new HomeostatError("config_invalid", `${file} is no JSON: ${what}`);
  }
  const parsed = PolicyFile.safeParse(value);
  if (!parsed.success) {
    throw new HomeostatError("config_invalid", `${file} does not fit:\n${z.prettifyError(parsed.error)}`);
  }
  const { crashBudget, spawnBudget } = parsed.data;
  if (crashBudget === undefined && spawnBudget === undefined)
    throw new HomeostatError("config_invalid", `${file} has neither crashBudget nor spawnBudget`);
  return (inForce) => ({
    crashBudget: crashBudget ?? inForce.crashBudget,
    spawnBudget: spawnBudget === undefined ? inForce.spawnBudget : spawnBudget,
  });
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new HomeostatError("config_unreadable", `cannot read ${file}: ${reason}`, { file }, error);
  }
}

type Report = (record: ReplayRecord) => void;

function textReport({ stdout, stderr }: ConformTerminal): Report {
  const showsProgress = stderr.isTTY === true;
  const colours = pc.createColors(stdout.isTTY === true && pc.isColorSupported);
  let differs = false;
  return (record) => {
    if (showsProgress) stderr.write(eraseLine);
    if (record.type === "progress" && showsProgress) stderr.write(`${record.records} records`);
    if (record.type === "difference") {
      differs = true;
      stdout.write(describeDifference(record, colours));
    }
    if (record.type === "divergence") stdout.write(describeDivergence(record, colours));
    if (record.type === "counts") stdout.write(summarise(record, differs, colours));
  };
}
