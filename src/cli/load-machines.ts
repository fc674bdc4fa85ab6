/**
 * Machines from files: modules in JavaScript or TypeScript (Node strips the types) that export XState v5 machines, and
 * Stately JSON.
 *
 * @module
 */
import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { AnyStateMachine } from "xstate";
import { fromStatelyJson } from "../chart/export/stately-json.ts";
import { HomeostatError } from "../core/errors.ts";

export interface LoadedMachine {
  readonly file: string;
  /** Of the export; of the file for a default export or JSON. */
  readonly name: string;
  readonly machine: AnyStateMachine;
}

/**
 * Every machine that `file` exports, each once; none is no error.
 *
 * @throws HomeostatError `machine_unreadable` when the file is missing, has a syntax error, or fails when it is loaded
 */
export async function loadMachines(file: string): Promise<LoadedMachine[]> {
  const fileName = basename(file, extname(file));
  if (extname(file) === ".json") return [{ file, name: fileName, machine: fromJson(file) }];
  // The name of an export is better than `default`, where a machine has both.
  const exported = Object.entries(await importModule(file)).sort(
    ([a], [b]) => Number(a === "default") - Number(b === "default"),
  );
  const machines = exported.flatMap(([name, value]) =>
    isMachine(value) ? [{ file, name: name === "default" ? fileName : name, machine: value }] : [],
  );
  return machines.filter(({ machine }, at) => machines.findIndex((it) => it.machine === machine) === at);
}

/** By its shape: the file may have a copy of XState of its own. */
export function isMachine(value: unknown): value is AnyStateMachine {
  return (
    typeof value === "object" &&
    value !== null &&
    "root" in value &&
    "config" in value &&
    "getStateNodeById" in value
  );
}

/** What `file` exports. Throws as {@link loadMachines}. */
export async function importModule(file: string): Promise<Readonly<Record<string, unknown>>> {
  if (!existsSync(file)) throw new HomeostatError("machine_unreadable", `there is no file ${file}`, { file });
  if (statSync(file).isDirectory()) {
    const message = `${file} is a folder; name the files in it: ${file}/*.ts`;
    throw new HomeostatError("machine_unreadable", message, { file });
  }
  try {
    const module: unknown = await import(pathToFileURL(resolve(file)).href);
    return typeof module === "object" && module !== null ? { ...module } : {};
  } catch (error) {
    throw unreadable(file, error instanceof Error ? whyNot(error) : String(error), error);
  }
}

/** Node puts the place of a syntax error, which may be in another file, before the stack. */
function whyNot(error: Error): string {
  const [where = ""] = error.stack?.split("\n") ?? [];
  const place = /^(?:file:\/\/)?(\S+:\d+)$/.exec(where)?.[1];
  const kind = error.name === "Error" ? "" : `${error.name}: `;
  return `${kind}${error.message}${place === undefined ? "" : ` (${place})`}`;
}

function fromJson(file: string): AnyStateMachine {
  try {
    return fromStatelyJson(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    throw unreadable(file, error instanceof Error ? error.message : String(error), error);
  }
}

function unreadable(file: string, reason: string, cause?: unknown): HomeostatError {
  return new HomeostatError("machine_unreadable", `cannot load ${file}: ${reason}`, { file }, cause);
}
