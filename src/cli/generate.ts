/**
 * `homeostat generate`: test suites from state machines.
 *
 * @module
 */
import { Command, InvalidArgumentError } from "commander";
import { type GenerateOptions, runGenerate } from "./generate/run.ts";

/** Throws a `CommanderError` on wrong use, for the program that it is added to. */
export function generateCommand(): Command {
  return new Command("generate")
    .exitOverride()
    .description("write tests for XState v5 machines, and for whatever implements them")
    .argument("<machine...>", "files that export machines; TypeScript is fine")
    .option("--out <directory>", "where the files go", "test/generated")
    .option("--check", "write nothing; say whether the files are what would be written")
    .option("--force", "overwrite files that were changed by hand")
    .option("--kill-mutants", "add tests until every mutant of the machine is found")
    .option("--max-steps <number>", "at most so many steps in a test (default: 50)", positive)
    .option("--reset <number>", "what it costs to create the system anew, in steps (default: 1)", positive)
    .option("--from <module>", "where the tests import from (default: homeostat/testing)")
    .option("--json", "print one object a line")
    .addHelpText(
      "after",
      `
Writes MACHINE.test.ts for vitest, and once MACHINE.sut.ts, which is yours: it says what is tested, at first the
machine itself. A file keeps the options that it was made with.

A system under test:
  export const suts = {
    create: (input) => ({
      send: (event) => …,                       required
      read: () => ({ value: …, context: … }),   compared with the machine: value, context, status, actors, effects, output
      advance: (ms) => …,                       for machines with timers
      settle: (actor, outcome) => …,            for machines with actors
      dispose: () => …,
    }),
  };
How the machine is explored says its export explore, as for homeostat check.

Examples:
  homeostat generate door.ts --out test
  homeostat generate machines/*.ts --check       in continuous integration
  homeostat generate door.ts --kill-mutants      a longer suite that misses no fault of the machine

Exit codes:
  0  the files are written, or are what would be written; a machine that was explored only in part is told of on stderr
  1  --check: a file is missing, stale or changed by hand; otherwise one that was changed by hand was left alone
  2  a file that cannot be loaded, none that has a machine, or a machine that cannot be explored`,
    )
    .action(async (files: string[], options: GenerateOptions) => {
      process.exitCode = await runGenerate(files, options, process);
    });
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value <= 0)
    throw new InvalidArgumentError("Expected a whole number above 0.");
  return value;
}
