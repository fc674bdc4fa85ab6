/**
 * `homeostat inspect`: the inspector's page, for other apps or for a recording; and a recording as a test.
 *
 * @module
 */
import { Command, InvalidArgumentError } from "commander";
import type { InspectCommandOptions } from "./inspect/run.ts";

/** Throws a `CommanderError` on wrong use, for the program that it is added to. */
export function inspectCommand(): Command {
  return new Command("inspect")
    .exitOverride()
    .description("see any XState app live, or a recording, on a page of this machine; needs no network")
    .argument("[recording]", "a .jsonl file of homeostat run --record")
    .option("--listen", "wait for apps to connect (the default without a recording)")
    .option("-p, --port <number>", "default: one that is free", port)
    .option("--open", "open the page in the browser")
    .option("--allow-send", "let the page send events and act on escalations")
    .option(
      "--allow-origin <origin...>",
      "let pages of this origin send what they inspect, beside those of localhost",
    )
    .option("--record <file>", "write everything that comes to a file")
    .option("--to-test", "print a vitest file that replays --actor of the recording, and end")
    .option("--actor <name>", "for --to-test: the path of an actor, or its id")
    .option(
      "--machine <file>",
      "for --to-test: the module that exports its machine (default: homeostat/machines)",
    )
    .addHelpText(
      "after",
      `
An app sends what it does with @statelyai/inspect, to the address that is printed: by WebSocket from Node.js or a browser,
or by opening the page in a window or a frame. Supervisors show themselves: homeostat run --inspect.

The page and its sockets are on 127.0.0.1 and want the token in the printed address. What a foreign page tries is refused,
and counted on the page.

Examples:
  homeostat inspect                                     wait for apps
  homeostat inspect run.jsonl                           look at a recording
  homeostat inspect --to-test run.jsonl --actor supervisor/plugin:files > files.test.ts

Exit codes:
  0  ended by Ctrl-C, or the test is printed
  2  wrong use, a recording that cannot be used, or a port that is taken`,
    )
    .action(async (recording: string | undefined, options: InspectCommandOptions) => {
      // Loaded when needed: the other commands answer at once.
      const { runInspect } = await import("./inspect/run.ts");
      process.exitCode = await runInspect(recording, options, process);
    });
}

function port(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 65_535) throw new InvalidArgumentError("Expected a port, 0 to 65535.");
  return value;
}
