/** The machines of a file, and how they are to be explored. */
import { existsSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import type { AnyStateMachine } from "xstate";
import { HomeostatError } from "../../core/errors.ts";
import { importModule, isMachine } from "../load-machines.ts";
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
  const exported = await importModule(file);
  const machines = Object.entries(exported).filter((it): it is [string, AnyStateMachine] => isMachine(it[1]));
  if (machines.length === 0) return [];
  const beside = exploreBeside(resolve(file));
  const own = exported["explore"];
  const explore = own ?? (beside === null ? undefined : (await importModule(beside))["explore"]);
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

function optionsIn(explore: unknown, file: string): CheckOptions {
  if (explore === undefined) return {};
  if (typeof explore === "object" && explore !== null) return explore as CheckOptions;
  throw new HomeostatError(
    "config_invalid",
    `the export "explore" of ${file} is no object of options, but a ${typeof explore}`,
    { file },
  );
}
