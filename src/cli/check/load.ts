/** The machines of a file, and how they are to be explored. */
import { existsSync, statSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
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
  /** The file with the export `explore` that says so, and the name under which it does; `null` where it is all of it. */
  readonly told: { readonly file: string; readonly name: string | null } | null;
}

/**
 * Every export of `file` that is a machine; none is no error. How it is explored says the export `explore` of the file, or
 * of `explore` in the folder of its name (`door/explore.ts` beside `door.ts`): the options of its one machine, or of
 * several by the name of their export.
 *
 * Throws a {@link HomeostatError} for a file that cannot be loaded.
 */
export async function loadMachines(file: string): Promise<readonly Loaded[]> {
  const path = resolve(file);
  if (!existsSync(path)) throw new HomeostatError("not_found", `there is no file ${file}`, { file });
  if (statSync(path).isDirectory()) {
    throw new HomeostatError("config_unreadable", `${file} is a folder; name the files in it: ${file}/*.ts`, {
      file,
    });
  }
  const exported = await imported(path, file);
  const machines = Object.entries(exported).filter((it): it is [string, AnyStateMachine] => isMachine(it[1]));
  if (machines.length === 0) return [];
  const beside = exploreBeside(path);
  const own = exported["explore"];
  const explore = own ?? (beside === null ? undefined : (await imported(beside, beside))["explore"]);
  const given = optionsIn(explore, file);
  return machines.map(([name, machine]): Loaded => {
    const isAll = machines.length === 1 && !(name in given);
    const options = isAll ? given : (given as Record<string, CheckOptions>)[name];
    const told = { file: own === undefined ? (beside ?? file) : file, name: isAll ? null : name };
    const isTold = explore !== undefined && options !== undefined;
    return { name, file, machine, options: options ?? {}, told: isTold ? told : null };
  });
}

function exploreBeside(path: string): string | null {
  const extension = extname(path);
  const beside = join(dirname(path), basename(path, extension), `explore${extension}`);
  return existsSync(beside) ? beside : null;
}

/** Of machines that several files export, one: that for which a file says how it is explored, else the first. */
export function distinct(loaded: readonly Loaded[]): readonly Loaded[] {
  const chosen = new Map<AnyStateMachine, Loaded>();
  for (const it of loaded) {
    const other = chosen.get(it.machine);
    const isTold = Object.keys(it.options).length > 0;
    if (other === undefined || (isTold && Object.keys(other.options).length === 0))
      chosen.set(it.machine, it);
  }
  return [...chosen.values()];
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
