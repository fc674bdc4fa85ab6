/**
 * A temporary directory that lives as long as the run: `${HOMEOSTAT_SCRATCH}` in a configuration.
 *
 * A host that is killed cannot remove it; so the run directory remembers it, and the next host does.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

export const scratchVariable = "HOMEOSTAT_SCRATCH";

/** Where the run directory remembers it. */
const noteName = "scratch.txt";

/** A name that nothing has yet: the configuration is read before anything is made. */
export function nameScratch(): string {
  return join(tmpdir(), `homeostat-${randomUUID()}`);
}

/**
 * Makes the directory, for this user only; it goes when the process ends, however the process comes to its end.
 * Returns the way to remove it before that.
 */
export function makeScratch(path: string, runDirectory: string): () => void {
  const note = join(runDirectory, noteName);
  writeFileSync(note, path);
  mkdirSync(path, { mode: 0o700 });
  const remove = (): void => {
    process.off("exit", remove);
    removeDirectory(path);
    rmSync(note, { force: true });
  };
  process.once("exit", remove);
  return remove;
}

/** The directory of an earlier host that was killed; `null`: there is none. To be called before `makeScratch`. */
export function findAbandonedScratch(runDirectory: string): string | null {
  let path: string;
  try {
    path = readFileSync(join(runDirectory, noteName), "utf8");
  } catch {
    return null;
  }
  // Whatever the note says: nothing is ever removed that does not have a name of ours.
  const name = basename(path);
  return /^homeostat-[0-9a-f-]{36}$/.test(name) && path === join(tmpdir(), name) ? path : null;
}

export function removeDirectory(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 2 });
}
