/**
 * `homeostat explain`: why is it not started, and what is it waiting for?
 *
 * @module
 */
import { Command } from "commander";
import { closest, distance } from "fastest-levenshtein";
import pc from "picocolors";
import { HomeostatError } from "../core/errors.ts";
import { explainLog } from "../replay/index.ts";
import { type ConformTerminal, sourceOf } from "./conform/source.ts";
import { refuse } from "./log-report.ts";
import { sentencesOf } from "./why/sentences.ts";

export interface ExplainCommandOptions {
  readonly json?: boolean;
}

/** 0: explained. 2: no such subject, or a log that cannot be used. */
export type ExplainExitCode = 0 | 2;

/** Throws a `CommanderError` on wrong use, for the program that it is added to. */
export function explainCommand(): Command {
  return new Command("explain")
    .exitOverride()
    .description("say from a log why a server is or is not started, and what it is waiting for")
    .argument("<subject>", "PLUGIN, or PLUGIN/SERVER")
    .argument("[log...]", "what homeostat run --json printed; stdin when there is none, or for -")
    .option("--json", "print one object a server")
    .addHelpText(
      "after",
      `
It answers for the end of the log, or for the stop of the supervisor, in its last run: the rule of the charts that decided (B: crash budget, S: supervisor,
L: plugin), the guard and what it looked at, the last decision in the log, and the earliest time of the next start.

Examples:
  homeostat explain files run.jsonl
  homeostat explain files/files --json run.jsonl | jq .earliestStartAt

Exit codes:
  0  explained
  2  the log tells of no such subject, or cannot be used (FILE:LINE says why)`,
    )
    .action(async (subject: string, logs: string[], options: ExplainCommandOptions) => {
      process.exitCode = await runExplain(subject, logs, options, process);
    });
}

/** The command without its command line. */
export async function runExplain(
  subject: string,
  logs: readonly string[],
  { json = false }: ExplainCommandOptions,
  terminal: ConformTerminal,
): Promise<ExplainExitCode> {
  const sources = (logs.length === 0 ? ["-"] : logs).map((log) => sourceOf(log, terminal));
  const { bold } = pc.createColors(terminal.stdout.isTTY === true && pc.isColorSupported);
  try {
    const { explanations, differsAt, ...when } = await explainLog(sources, subject);
    if (differsAt !== null) {
      const note = `record ${differsAt} is not what its facts lead to, see homeostat replay`;
      terminal.stderr.write(`homeostat explain: ${note}\n`);
    }
    for (const it of explanations) {
      const text = json
        ? JSON.stringify({ type: "explanation", ...when, ...it })
        : [bold(it.subject), ...sentencesOf(it, when).map((line) => `  ${line}`)].join("\n");
      terminal.stdout.write(`${text}\n`);
    }
    return 0;
  } catch (error) {
    return refuse("explain", withNearest(error, subject), json, terminal);
  }
}

/** Names what was probably meant, and all there is. */
function withNearest(error: unknown, subject: string): unknown {
  if (!(error instanceof HomeostatError) || !Array.isArray(error.details["known"])) return error;
  const known = error.details["known"].filter((it) => typeof it === "string");
  const nearest = known.length === 0 ? null : closest(subject, known);
  const isNear = nearest !== null && distance(subject, nearest) <= Math.max(2, subject.length / 2);
  const hint = isNear ? `; did you mean "${nearest}"?` : "";
  const all = known.length === 0 ? "it tells of no server" : `it tells of ${known.join(", ")}`;
  const details = { ...error.details, nearest: isNear ? nearest : null };
  return new HomeostatError(error.code, `${error.message}${hint} (${all})`, details, error);
}
