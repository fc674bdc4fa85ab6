#!/usr/bin/env node
/**
 * The command `homeostat`.
 *
 * @module
 */
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { chartCommand } from "./chart.ts";
import { checkCommand } from "./check.ts";
import { conformCommand } from "./conform.ts";
import { exitCodeHelp } from "./exit-code.ts";
import { explain } from "./explain.ts";
import { generateCommand } from "./generate.ts";
import { inspectCommand } from "./inspect.ts";
import { replayCommand } from "./replay.ts";
import { nodeProblem } from "./node-version.ts";
import type { RunOptions } from "./run.ts";
import { parseDuration } from "./run/duration.ts";
import type { Terminal } from "./run/terminal.ts";
import { simulateCommand } from "./simulate.ts";
import { validate, type ValidateOptions } from "./validate.ts";
import { explainCommand } from "./why.ts";
import { readVersion } from "./version.ts";
import { walkCommand } from "./walk.ts";

const defaultConfig = "stately.config.json";
const terminal: Terminal = { stdout: process.stdout, stderr: process.stderr, env: process.env };

// Nobody reads any more: what is left to do is to stop in order, which `run` sees to.
process.stdout.on("error", () => {});
process.stderr.on("error", () => {});

const problem = nodeProblem(process.versions.node);
if (problem !== null) {
  process.stderr.write(`${problem}\n`);
  process.exit(2);
}

const program = new Command("homeostat")
  .description("Keeps MCP servers and plugins alive, under statecharts you can see.")
  .version(readVersion(), "-V, --version", "print the version")
  .helpOption("-h, --help", "print this help")
  .helpCommand("help [command]", "print the help of a command")
  .showHelpAfterError("(homeostat --help lists what there is)")
  .exitOverride()
  .addHelpText(
    "after",
    `
Examples:
  homeostat run                              supervise what ./${defaultConfig} names, until Ctrl-C
  homeostat run --for 20s --chaos 3          kill three servers within 20 s and see them come back
  homeostat run --for 30s --tour             watch one of each thing that homeostat decides
  homeostat run --json | jq 'select(.type == "server.exited")'
  homeostat run --inspect --open             see its charts live in the browser
  homeostat conform recorded.jsonl           check recorded traffic against the running charts
  homeostat explain files run.jsonl          why is it not started, and what is it waiting for?
  homeostat replay run.jsonl                 derive every decision of a log again from its facts
  homeostat simulate                         compare restart policies on crash loops, in virtual time
  homeostat chart machine.ts > machine.svg   draw the statechart that a file exports
  homeostat check machines/*.ts              explore every state of your machines
  homeostat generate machine.ts --out test   write tests for a machine, and for what implements it
  homeostat walk machine.ts --sut sut.ts     walk what implements a machine at random, along it
  homeostat validate                         list every problem of ./${defaultConfig}
${exitCodeHelp}`,
  );

program
  .command("run")
  .description("start every plugin of the configuration and keep it running")
  .option("-c, --config <file>", "the configuration", defaultConfig)
  .option(
    "-d, --dir <directory>",
    "the run directory, one run at a time (default: .homeostat beside the configuration)",
  )
  .option(
    "-f, --for <duration>",
    "end after this time, such as 500ms, 30s or 2m (default: at Ctrl-C)",
    duration,
  )
  .option("--chaos <kills>", "kill so many servers with SIGKILL, at random moments", wholeNumber, 0)
  .option("--seed <number>", "make --chaos choose the same again", wholeNumber)
  .option(
    "--tour",
    "show one of each: a handshake and a crash recovered, a budget's refusal, a migration done and one rolled back, a lease taken over, an escalation; takes about 15 s",
    false,
  )
  .option(
    "--inspect [what]",
    "show it live on a page of this machine; `stately`: in the Stately Inspector",
    inspectWhat,
  )
  .option("--open", "with --inspect: open the page in the browser", false)
  .option("--allow-send", "with --inspect: let the page send events and act on escalations", false)
  .option("--record <file>", "write what happens to a file for homeostat inspect")
  .option("--json", "print one record a line, and a summary as the last line", false)
  .action(async (options: RunOptions) => {
    // Loaded when needed: the other commands answer at once.
    const { run } = await import("./run.ts");
    await conclude(() => run(options, terminal), {
      json: options.json,
      postscript: "nothing was started",
    });
  });

program
  .command("validate")
  .description("say whether a configuration can be run, and list every problem")
  .argument("[file]", "the configuration", defaultConfig)
  .option("-c, --config <file>", "the same")
  .option("--json", "print one object", false)
  .action(async (file: string, options: ValidateOptions & { config?: string }) =>
    conclude(() => validate(options.config ?? file, options, terminal), {
      json: options.json,
      postscript: "this configuration cannot be run",
    }),
  );

program.addCommand(conformCommand());
program.addCommand(explainCommand());
program.addCommand(replayCommand());
program.addCommand(simulateCommand());
program.addCommand(inspectCommand());
program.addCommand(chartCommand());
program.addCommand(checkCommand());
program.addCommand(generateCommand());
program.addCommand(walkCommand());
for (const command of program.commands) {
  command
    .copyInheritedSettings(program)
    .showHelpAfterError(`(homeostat ${command.name()} --help lists what there is)`);
}

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}

/** Runs a command and ends the process with its exit code. */
async function conclude(
  command: () => number | Promise<number>,
  refusal: { json: boolean; postscript: string },
): Promise<void> {
  let code: number;
  try {
    code = await command();
  } catch (error) {
    code = explain(error, refusal, terminal);
  }
  // What is written must have gone out: stdout to a pipe is not always synchronous.
  await new Promise<void>((resolve) => process.stdout.write("", () => resolve()));
  process.exit(code);
}

function duration(text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs === null) throw new InvalidArgumentError("Expected a duration such as 500ms, 30s or 2m.");
  return durationMs;
}

function inspectWhat(text: string): "stately" {
  if (text === "stately") return text;
  throw new InvalidArgumentError("Expected nothing, or stately.");
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value >= 2 ** 32) throw new InvalidArgumentError("Expected a whole number.");
  return value;
}
