/**
 * Why the operating system would not start a process. It says ENOENT for a missing program, a missing working directory
 * and a missing interpreter alike; a look at the files tells them apart.
 *
 * @module
 */
import { accessSync, closeSync, constants, openSync, readSync, statSync } from "node:fs";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import type { ErrorCode } from "../../core/errors.ts";
import type { StartFailure } from "../../core/server.ts";

/** What was to be started, and with which environment. */
export interface Attempt {
  readonly command: string;
  readonly cwd: string | null;
  readonly env: Readonly<Record<string, string>>;
}

/** Explains the error that `spawn` threw or emitted. */
export function explainSpawnError(error: unknown, attempt: Attempt): StartFailure {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const reason = error instanceof Error ? error.message : String(error);
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
    case "EACCES":
    case "EPERM":
    case "ENOEXEC":
    case "ELOOP":
      return explainFiles(attempt) ?? unexplained(attempt, code, reason);
    case "E2BIG":
      return permanent(
        "arguments_invalid",
        attempt,
        "its arguments and environment are too long; shorten them",
      );
    case "ERR_INVALID_ARG_VALUE":
      return permanent(
        "arguments_invalid",
        attempt,
        'its command, arguments or environment hold a NUL character or are empty; mend "args" and "env"',
      );
    case "EAGAIN":
    case "EMFILE":
    case "ENFILE":
    case "ENOMEM":
      return transient(
        "resource_exhausted",
        attempt,
        `the system is out of processes, files or memory (${code}); it may be tried again later`,
      );
    default:
      return transient("spawn_failed", attempt, reason);
  }
}

function explainFiles(attempt: Attempt): StartFailure | null {
  return explainCwd(attempt) ?? explainCommand(attempt);
}

function explainCwd(attempt: Attempt): StartFailure | null {
  const { cwd } = attempt;
  if (cwd === null) return null;
  const kind = kindOf(cwd);
  if (kind === "directory" && mayExecute(cwd)) return null;
  const state = { missing: "does not exist", file: "is not a directory", directory: "may not be entered" };
  return permanent("cwd_missing", attempt, `the working directory ${cwd} ${state[kind]}; mend "cwd"`);
}

function explainCommand(attempt: Attempt): StartFailure | null {
  const { command } = attempt;
  const found = locate(attempt);
  if (found === null) {
    const where = command.includes("/") ? "" : " in PATH";
    return permanent(
      "command_missing",
      attempt,
      `there is no such program${where}; install it or mend "command"`,
    );
  }
  if (kindOf(found) === "directory") {
    return permanent("not_executable", attempt, `${found} is a directory; name the program in it`);
  }
  if (!mayExecute(found)) {
    return permanent("not_executable", attempt, `${found} may not be executed; run chmod +x on it`);
  }
  const interpreter = interpreterOf(found);
  if (interpreter !== null && kindOf(resolve(attempt.cwd ?? ".", interpreter)) === "missing") {
    return permanent(
      "interpreter_missing",
      attempt,
      `the first line of ${found} asks for the interpreter ${interpreter}, which does not exist; install it or mend that line`,
    );
  }
  return null;
}

/** The files are in order as far as one can see. */
function unexplained(attempt: Attempt, code: string, reason: string): StartFailure {
  if (code === "ENOENT") {
    return permanent(
      "interpreter_missing",
      attempt,
      "it exists, but the loader or library that it was built for does not; install a build for this system",
    );
  }
  return permanent(
    "not_executable",
    attempt,
    `the system refuses to execute it (${reason}); check its format and its rights`,
  );
}

/** The file that the child's PATH and working directory make of the command. */
function locate({ command, cwd, env }: Attempt): string | null {
  const from = cwd ?? process.cwd();
  if (command.includes("/")) {
    const path = resolve(from, command);
    return kindOf(path) === "missing" ? null : path;
  }
  const candidates = (env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => (isAbsolute(folder) ? join(folder, command) : resolve(from, folder, command)))
    .filter((path) => kindOf(path) === "file");
  return candidates.find(mayExecute) ?? candidates[0] ?? null;
}

function interpreterOf(path: string): string | null {
  const start = firstBytes(path, 256).toString("latin1");
  return /^#![ \t]*([^ \t\r\n]+)/.exec(start)?.[1] ?? null;
}

function firstBytes(path: string, count: number): Buffer {
  try {
    const file = openSync(path, "r");
    try {
      const bytes = Buffer.alloc(count);
      return bytes.subarray(0, readSync(file, bytes));
    } finally {
      closeSync(file);
    }
  } catch {
    return Buffer.alloc(0);
  }
}

function kindOf(path: string): "missing" | "file" | "directory" {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return "missing";
    return stat.isDirectory() ? "directory" : "file";
  } catch {
    // It lies in a folder that may not be searched: there, but of no use.
    return "file";
  }
}

function mayExecute(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function permanent(code: ErrorCode, { command }: Attempt, why: string): StartFailure {
  return { code, message: `cannot start "${command}": ${why}`, permanent: true, exit: null };
}

function transient(code: ErrorCode, { command }: Attempt, why: string): StartFailure {
  return { code, message: `cannot start "${command}": ${why}`, permanent: false, exit: null };
}
