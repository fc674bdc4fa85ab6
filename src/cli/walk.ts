/**
 * `homeostat walk`: random walks of a system along its machine.
 *
 * @module
 */
import { Command, InvalidArgumentError } from "commander";
import { runWalk, type WalkCommandOptions } from "./walk/run.ts";

/** Throws a `CommanderError` on wrong use, for the program that it is added to. */
export function walkCommand(): Command {
  return new Command("walk")
    .exitOverride()
    .description("walk a system at random along its XState v5 machine, and shorten what fails")
    .argument("<machine>", "the file that exports the machine: FILE, or FILE#EXPORT; TypeScript is fine")
    .option("--sut <file>", "what is tested: its export suts (default: the machine as a real actor)")
    .option("--seed <number>", "walk the same again", wholeNumber)
    .option("--runs <number>", "so many walks (default: 100)", wholeNumber)
    .option(
      "--steps <number>",
      "at most so many moves after the beginning of each (default: 50)",
      wholeNumber,
    )
    .option(
      "--tries <number>",
      "run a system that failed so often to shorten it (default: 5000)",
      wholeNumber,
    )
    .option("--replay <moves>", "these moves and no others, as a failure prints them")
    .option("--json", "print one object")
    .addHelpText(
      "after",
      `
Walks begin where the tests of homeostat generate lead to. They need fast-check: npm install --save-dev fast-check.
--sut takes the file that homeostat generate writes beside its tests, MACHINE.sut.ts.

Examples:
  homeostat walk door.ts --sut test/door.sut.ts
  homeostat walk door.ts --sut test/door.sut.ts --seed 1 --runs 1000
  homeostat walk door.ts --sut test/door.sut.ts --replay '[{"kind":"event","event":{"type":"open"}}]'

Exit codes:
  0  the system does what its machine does
  1  it does not: the shortest way there, and the command that walks it again
  2  a file that cannot be loaded, a machine that cannot be explored, or no fast-check`,
    )
    .action(async (machine: string, options: WalkCommandOptions) => {
      process.exitCode = await runWalk(machine, options, process);
    });
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value >= 2 ** 31) throw new InvalidArgumentError("Expected a whole number.");
  return value;
}
