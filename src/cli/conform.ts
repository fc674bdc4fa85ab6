/**
 * `homeostat conform`: checks recorded traffic against the running charts or the pure decisions.
 *
 * @module
 */
import { createReadStream } from "node:fs";
import { Command, Option } from "commander";
import pc from "picocolors";
import {
  type CaseDifference,
  conform,
  type ConformRecord,
  type KindCounts,
  registry,
  type Source,
  type Via,
  vias,
} from "../conform/index.ts";
import { HomeostatError } from "../core/errors.ts";

/** The streams of the command; the process's own unless a test gives others. */
export interface ConformTerminal {
  readonly stdin: AsyncIterable<string | Uint8Array>;
  readonly stdout: Output;
  readonly stderr: Output;
}
interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export interface ConformCommandOptions {
  readonly via: Via;
  readonly kind?: string;
  readonly json?: boolean;
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
    .option("--json", "print every difference and the counts as JSON lines")
    .addHelpText(
      "after",
      `
Examples:
  homeostat conform recording.jsonl                  through the running charts
  homeostat conform --via decisions *.jsonl          through the pure functions, faster
  zcat big.jsonl.gz | homeostat conform --kind crash_budget
  homeostat conform --json recording.jsonl | jq 'select(.type == "difference") | .id'

Exit codes:
  0  every answer is the recorded one
  1  some are not: of each such case the first one is printed
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
  const { via, kind, json = false } = options;
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
    if (!(error instanceof HomeostatError)) throw error;
    const { code, message, details } = error;
    if (json) terminal.stdout.write(`${JSON.stringify({ type: "error", code, message, details })}\n`);
    terminal.stderr.write(
      `${terminal.stderr.isTTY === true ? eraseLine : ""}homeostat conform: ${message}\n`,
    );
    return 2;
  }
}

function nothingFound(kind: string | undefined): HomeostatError {
  const what = kind === undefined ? "no recorded case" : `no recorded case of kind "${kind}"`;
  return new HomeostatError("not_found", `the input holds ${what}`);
}

/** The text of `file`, or of stdin for `-`; reading throws a `HomeostatError` `not_found`. */
export function sourceOf(file: string, { stdin }: Pick<ConformTerminal, "stdin">): Source {
  if (file === "-") return { name: "stdin", chunks: decoded(stdin) };
  return { name: file, chunks: decoded(readable(file)) };
}

async function* readable(file: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(file) as AsyncIterable<Uint8Array>;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new HomeostatError("not_found", `cannot read ${file}: ${reason}`, { source: file }, error);
  }
}

/** UTF-8, cut anywhere; a byte order mark is left out. */
async function* decoded(chunks: AsyncIterable<string | Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const chunk of chunks) {
    yield typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
  }
  yield decoder.decode();
}

type Report = (record: ConformRecord) => void;

function jsonReport({ stdout }: ConformTerminal): Report {
  return (record) => {
    if (record.type !== "progress") stdout.write(`${JSON.stringify(record)}\n`);
  };
}

const eraseLine = "\r\u001B[K";

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
