/**
 * A temporary directory that lives as long as the run: `${HOMEOSTAT_SCRATCH}` in a configuration.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const scratchVariable = "HOMEOSTAT_SCRATCH";

/** A name that nothing has yet: the configuration is read before anything is made. */
export function nameScratch(): string {
  return join(tmpdir(), `homeostat-${randomUUID()}`);
}

/** Makes the directory, for this user only; it goes when the process ends, however the process comes to its end. */
export function makeScratch(path: string): () => void {
  mkdirSync(path, { mode: 0o700 });
  const remove = (): void => {
    process.off("exit", remove);
    rmSync(path, { recursive: true, force: true, maxRetries: 2 });
  };
  process.once("exit", remove);
  return remove;
}
