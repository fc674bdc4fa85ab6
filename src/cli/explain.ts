import { HomeostatError } from "../core/errors.ts";
import { exitCode, type ExitCode } from "./exit-code.ts";
import type { Terminal } from "./run/terminal.ts";

/**
 * Prints why a command failed, on stderr and with `--json` as an object on stdout; the exit code it ends with.
 * `postscript`: what a refusal means, such as `nothing was started`.
 */
export function explain(
  error: unknown,
  { json, postscript }: { json: boolean; postscript: string },
  { stdout, stderr }: Terminal,
): ExitCode {
  if (!(error instanceof HomeostatError)) {
    stderr.write(`homeostat: this is a bug: ${error instanceof Error ? error.stack : String(error)}\n`);
    return exitCode.notServing;
  }
  const { code, message, details } = error;
  const isLocked = code === "run_directory_locked";
  if (json) stdout.write(`${JSON.stringify({ type: "error", code, message, details })}\n`);
  stderr.write(`${message}\nhomeostat: ${postscript}\n`);
  return isLocked ? exitCode.directoryInUse : exitCode.usage;
}
