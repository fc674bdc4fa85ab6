/**
 * The lock of a run directory: a file per owner, `lock.1`, `lock.2`, …, of which the highest counts.
 *
 * A file is linked into place complete, and its name only exists once; so of several hosts that find owner N gone,
 * exactly one becomes N + 1. The highest file stays when its owner leaves, so that a number is never given out twice.
 *
 * @module
 */
import { linkSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { randomUUID } from "node:crypto";
import * as z from "zod";
import { HomeostatError } from "../../../core/errors.ts";
import { identify, ProcessIdentity, recognise } from "../identity.ts";
import { isAlive } from "../proc.ts";

const Owner = ProcessIdentity.extend({
  runId: z.string(),
  /** It left by itself. */
  released: z.boolean(),
});
type Owner = z.infer<typeof Owner>;

export interface Lock {
  readonly directory: string;
  readonly number: number;
  readonly owner: Owner;
  /** The run that held the directory last; `null`: there was none, or its file is damaged. */
  readonly previousRunId: string | null;
}

/** @throws {HomeostatError} `run_directory_locked` */
export function acquireLock(directory: string, runId: string): Lock {
  for (;;) {
    const number = highest(directory);
    const previous = number === 0 ? null : readOwner(directory, number);
    if (previous !== null && isHeld(previous)) throw lockedBy(directory, previous);
    const owner: Owner = { ...identify(process.pid), runId, released: false };
    const lock = { directory, number: number + 1, owner, previousRunId: previous?.runId ?? null };
    if (isTaken(lock)) {
      removeOlder(lock);
      return lock;
    }
  }
}

export function releaseLock({ directory, number, owner }: Lock): void {
  // It has been succeeded, after it was released before.
  if (readOwner(directory, number) === null) return;
  const draft = writeDraft(directory, { ...owner, released: true });
  renameSync(draft, fileOf(directory, number));
}

/** Whether this host got the number, and it still is the highest one. */
function isTaken({ directory, number, owner }: Lock): boolean {
  const file = fileOf(directory, number);
  const draft = writeDraft(directory, owner);
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  // Numbers below the highest are removed; a late taker of one of them gives it back.
  if (highest(directory) === number) return true;
  rmSync(file, { force: true });
  return false;
}

function isHeld(owner: Owner): boolean {
  if (owner.released) return false;
  const recognition = recognise(owner);
  return recognition === "same" || recognition === "unknown" ? isAlive(owner.pid) : false;
}

function lockedBy(directory: string, { pid, runId }: Owner): HomeostatError {
  return new HomeostatError(
    "run_directory_locked",
    `${directory} belongs to the running host with pid ${pid}; stop that one, or use another directory`,
    { pid, runId, directory },
  );
}

function removeOlder({ directory, number }: Lock): void {
  for (const older of numbers(directory)) {
    if (older < number) rmSync(fileOf(directory, older), { force: true });
  }
}

function highest(directory: string): number {
  return Math.max(0, ...numbers(directory));
}

function numbers(directory: string): number[] {
  return readdirSync(directory).flatMap((name) => {
    const number = /^lock\.(\d+)$/.exec(name)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
}

/** `null`: gone meanwhile, or damaged by a crash of the machine: no owner survived that. */
function readOwner(directory: string, number: number): Owner | null {
  try {
    return Owner.parse(JSON.parse(readFileSync(fileOf(directory, number), "utf8")));
  } catch {
    return null;
  }
}

function writeDraft(directory: string, owner: Owner): string {
  const draft = join(directory, `.lock-${randomUUID()}`);
  writeFileSync(draft, `${JSON.stringify(owner)}\n`, { flush: true });
  return draft;
}

function fileOf(directory: string, number: number): string {
  return join(directory, `lock.${number}`);
}
