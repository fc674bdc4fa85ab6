/**
 * `homeostat conform`: checks recorded traffic against the running charts or the pure decisions.
 *
 * @module
 */
import { Command, InvalidArgumentError, Option } from "commander";
import pc from "picocolors";
import {
  type CaseDifference,
  conform,
  type ConformRecord,
  type KindCounts,
  registry,
  type Via,
  vias,
} from "../conform/index.ts";
import { HomeostatError } from "../core/errors.ts";
import { runConformTrace, type TraceCommandOptions } from "./conform/machine.ts";
import { type ConformTerminal, sourceOf } from "./conform/source.ts";
import { eraseLine, jsonReport, refuse } from "./log-report.ts";

export interface ConformCommandOptions extends TraceCommandOptions {
  readonly via: Via;
  readonly kind?: string;
}

/** 0: every answer is the recorded one. 1: some are not. 2: the input cannot be used. */
export type ConformExitCode = 0 | 1 | 2;

/** Throws a `CommanderError` on wrong use, for the program that it is added to. */
export function conformCommand(): Command {
  return new Command("conform")
    .exitOverride()
    .description("check recorded operations and answers, one case a line, against homeostat's own answers")
    .argument("[file...]", "recordings (JSON lines); stdin when there is none, or for -")
    .addOption(
      new Option("--via <what>", "what answers: the running charts, or the pure decisions")
        .choices(vias)
        .default("machines" satisfies Via),
    )
    .addOption(new Option("--kind <kind>", "only cases of this kind").choices([...registry.keys()]))
    .option(
      "--machine <file>",
      "check the log of a running system against this machine: FILE, or FILE#EXPORT",
    )
    .option(
      "--key <field>",
      "with --machine: the field by which lines of several machines are told apart (default: run)",
    )
    .option("--complete", "with --machine: timers and actors have lines of their own in the log")
    .option("--allow-ignored", "with --machine: an event that the machine ignores is no difference")
    .option(
      "--late <ms>",
      "with --machine: so long after its deadline a timer has fired (default: 1000)",
      wholeNumber,
    )
    .option("--json", "print every difference and the counts as JSON lines")
    .addHelpText(
      "after",
      `
Examples:
  homeostat conform recording.jsonl                  through the running charts
  homeostat conform --via decisions *.jsonl          through the pure functions, faster
  zcat big.jsonl.gz | homeostat conform --kind crash_budget
  homeostat conform --json recording.jsonl | jq 'select(.type == "difference") | .id'

A log of your own system, against your own chart:
  homeostat conform --machine door.ts door.jsonl
  homeostat conform --machine orders.ts#orderMachine --key orderId production.jsonl
  tail -f door.jsonl | homeostat conform --machine door.ts
Its lines, of which only what the system logs is needed:
  {"event": {"type": "open", "by": "ann"}, "state": "opened", "context": {"count": 1}, "at": "2026-11-25T10:00:00Z"}
  {"settle": "fetchPrice", "done": 12}           an actor has ended; "fails" for an error
  {"type": "open"}                               a line that is the event itself
  {"input": {…}, "run": "door 7"}                a machine begins
The properties that the file of the machine exports (homeostat check --help) are watched along each run.

Exit codes:
  0  every answer is the recorded one; with --machine, the machine could have done all of it
  1  some are not: of each such case, or machine, the first one is printed
  2  a line that is no case (FILE:LINE says which), no case at all, or a file that cannot be read`,
    )
    .action(async (files: string[], options: ConformCommandOptions) => {
      process.exitCode = await runConform(files, options, process);
    });
}

/** The command without its command line. */
export async function runConform(
  files: readonly string[],
  options: ConformCommandOptions,
  terminal: ConformTerminal,
): Promise<ConformExitCode> {
  const { via, kind, json = false, machine } = options;
  if (machine !== undefined) return runConformTrace(files, { ...options, machine }, terminal);
  const sources = (files.length === 0 ? ["-"] : files).map((file) => sourceOf(file, terminal));
  const report = json ? jsonReport(terminal) : textReport(terminal);
  try {
    let code: ConformExitCode = 0;
    for await (const record of conform({ sources, via, kind })) {
      if (record.type === "difference") code = 1;
      if (record.type === "counts" && Object.keys(record.kinds).length === 0) throw nothingFound(kind);
      report(record);
    }
    return code;
  } catch (error) {
    return refuse("conform", error, json, terminal);
  }
}

function nothingFound(kind: string | undefined): HomeostatError {
  const what = kind === undefined ? "no recorded case" : `no recorded case of kind "${kind}"`;
  return new HomeostatError("not_found", `the input holds ${what}`);
}

type Report = (record: ConformRecord) => void;

function textReport({ stdout, stderr }: ConformTerminal): Report {
  const showsProgress = stderr.isTTY === true;
  const colours = pc.createColors(stdout.isTTY === true && pc.isColorSupported);
  return (record) => {
    if (showsProgress) stderr.write(eraseLine);
    if (record.type === "progress" && showsProgress) stderr.write(`${record.cases} cases`);
    if (record.type === "difference") stdout.write(describe(record, colours));
    if (record.type === "counts") stdout.write(summarise(record.kinds, record.via, colours));
  };
}

type Colours = ReturnType<typeof pc.createColors>;

function describe(found: CaseDifference, { bold, dim, red, green }: Colours): string {
  const { source, line, id, operationIndex, operation, differences } = found;
  const lines = differences.flatMap(({ path, expected, actual }) => [
    `    ${path === "" ? "answer" : path}`,
    red(`      - ${expected}`),
    green(`      + ${actual}`),
  ]);
  const head = `${bold(`${id}, operation ${operationIndex}: ${operation.op}`)} ${dim(`(${source}:${line})`)}`;
  return `${[head, `  ${JSON.stringify(operation)}`, ...lines].join("\n")}\n`;
}

function summarise(
  kinds: Readonly<Record<string, KindCounts>>,
  via: Via,
  { bold, green, red }: Colours,
): string {
  const rows = Object.entries(kinds).map(
    ([kind, { cases, operations, differing }]) =>
      `${kind.padEnd(26)}${String(cases).padStart(8)}${String(operations).padStart(12)}${String(differing).padStart(11)}`,
  );
  const differing = Object.values(kinds).reduce((sum, it) => sum + it.differing, 0);
  const verdict =
    differing === 0
      ? green(`every answer of the ${via} is the recorded one`)
      : red(`${differing} ${differing === 1 ? "case differs" : "cases differ"} (via ${via})`);
  const head = bold(
    `${"kind".padEnd(26)}${"cases".padStart(8)}${"operations".padStart(12)}${"differing".padStart(11)}`,
  );
  return `${[head, ...rows, verdict].join("\n")}\n`;
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("Expected a whole number.");
  return Number(text);
}
