/** The machines of a file, and how they are to be explored. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { AnyStateMachine } from "xstate";
import { HomeostatError } from "../../core/errors.ts";
import type { CheckOptions } from "../../explore/index.ts";

export interface Loaded {
  /** Of the export. */
  readonly name: string;
  readonly file: string;
  readonly machine: AnyStateMachine;
  readonly options: CheckOptions;
}

/**
 * Every export of `file` that is a machine. Its export `explore` says how: the options of its one machine, or of several
 * by the name of their export.
 *
 * Throws a {@link HomeostatError} for a file that cannot be loaded, or has none.
 */
export async function loadMachines(file: string): Promise<readonly Loaded[]> {
  const path = resolve(file);
  if (!existsSync(path)) throw new HomeostatError("not_found", `there is no file ${file}`, { file });
  const exported = await imported(path, file);
  const machines = Object.entries(exported).filter((it): it is [string, AnyStateMachine] => isMachine(it[1]));
  if (machines.length === 0) {
    const names = Object.keys(exported).join(", ") || "nothing";
    throw new HomeostatError(
      "not_found",
      `${file} exports no machine, but ${names}: export what createMachine gave`,
      { file },
    );
  }
  const given = optionsIn(exported["explore"], file);
  return machines.map(([name, machine]) => ({
    name,
    file,
    machine,
    options:
      machines.length === 1 && !(name in given)
        ? given
        : ((given as Record<string, CheckOptions>)[name] ?? {}),
  }));
}

async function imported(path: string, file: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new HomeostatError("config_unreadable", `${file} cannot be loaded: ${reason}`, { file }, error);
  }
}

function optionsIn(explore: unknown, file: string): CheckOptions {
  if (explore === undefined) return {};
  if (typeof explore === "object" && explore !== null) return explore as CheckOptions;
  throw new HomeostatError(
    "config_invalid",
    `the export "explore" of ${file} is no object of options, but a ${typeof explore}`,
    { file },
  );
}

/** By what it can do: the file may have another copy of XState than this command. */
function isMachine(value: unknown): value is AnyStateMachine {
  return (
    typeof value === "object" &&
    value !== null &&
    "root" in value &&
    "getInitialSnapshot" in value &&
    "transition" in value &&
    "implementations" in value
  );
}
