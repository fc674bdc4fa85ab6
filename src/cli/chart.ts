/**
 * `homeostat chart`: draws and exports the machines that files export.
 *
 * @module
 */
import { Command, InvalidArgumentError, Option } from "commander";
import type { Theme } from "../chart/svg.ts";
import { type Format, formats, isFormat } from "./chart/formats.ts";

/** The streams of the command; the process's own unless a test gives others. */
export interface ChartTerminal {
  readonly stdout: Output;
  readonly stderr: Output;
}
interface Output {
  write(text: string): unknown;
}

export interface ChartOptions {
  readonly format?: readonly Format[];
  readonly fold: boolean;
  readonly theme: Theme;
  readonly out?: string;
  readonly check: boolean;
}

/** 0: printed, written, or all up to date. 1: files are stale. 2: wrong use, or a file that cannot be used. */
export type ChartExitCode = 0 | 1 | 2;

/** Throws a `CommanderError` on wrong use, for the program that it is added to. */
export function chartCommand(): Command {
  return new Command("chart")
    .exitOverride()
    .description("draw the statecharts that files export, or export them to other tools")
    .argument("<machine...>", "modules (.ts, .js) that export XState v5 machines, or Stately JSON")
    .option(
      "-f, --format <formats>",
      `${formats.join(", ")}; several with commas (default: svg; with --out svg,mermaid,text)`,
      formatList,
    )
    .option("--fold", "hide what is inside the states of the top level (svg)", false)
    .addOption(
      new Option("--theme <theme>", "colours of svg; auto follows the viewer")
        .choices(["light", "dark", "auto"] satisfies Theme[])
        .default("auto" satisfies Theme),
    )
    .option("-o, --out <dir>", "write a file for each machine and format into this directory")
    .option(
      "--check",
      "write nothing; fail if files in --out (default: docs/machines) are not as they would be",
      false,
    )
    .addHelpText(
      "after",
      `
Examples:
  homeostat chart machine.ts > machine.svg
  homeostat chart machine.ts --format text              read it in the terminal
  homeostat chart machines/*.ts --out docs/machines     svg, mermaid and text of every machine
  homeostat chart machines/*.ts --check                 for CI: fails when the documents are stale

Exit codes:
  0  printed, written, or up to date
  1  --check found files that are stale, missing or left over; it names them and what mends them
  2  wrong use, a file that cannot be loaded, or no machine in it`,
    )
    .action(async (files: string[], options: ChartOptions) => {
      // Loaded when needed: the layout engine is large, and the other commands answer at once.
      const { runChart } = await import("./chart/run.ts");
      process.exitCode = await runChart(files, options, process);
    });
}

function formatList(text: string): Format[] {
  return text.split(",").map((it) => {
    if (!isFormat(it)) throw new InvalidArgumentError(`"${it}" is not one of ${formats.join(", ")}.`);
    return it;
  });
}
