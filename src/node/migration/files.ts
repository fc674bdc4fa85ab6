/**
 * Files that survive a crash of the machine: each is there complete, or as it was before.
 *
 * @module
 */
import { createHash } from "node:crypto";
import {
  closeSync,
  createReadStream,
  createWriteStream,
  fsyncSync,
  openSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { rename, rm, rmdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { simpleChecksum, type StateDigest } from "../../core/migration.ts";

/** A name for a file or folder, whatever `id` is: unique, and never one that means something to the file system. */
export function nameOf(kind: string, id: string): string {
  return `${kind}-${encodeURIComponent(id).replaceAll(".", "%2E").replaceAll("*", "%2A")}`;
}

/** Reads it once, whatever its size, in constant memory. */
export async function digestFile(path: string, signal: AbortSignal): Promise<StateDigest> {
  const hash = createHash("sha256");
  const seen = { sizeBytes: 0, checksum: 0 };
  for await (const chunk of createReadStream(path, { signal }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    seen.checksum = simpleChecksum(chunk, seen);
    seen.sizeBytes += chunk.length;
  }
  return { ...seen, sha256: hash.digest("hex") };
}

/** A file `to` of the same bytes, on the disk when this resolves; when it rejects there is none. */
export async function copyToDisk(from: string, to: string, signal: AbortSignal): Promise<void> {
  const { mode } = await stat(from);
  try {
    const writing = createWriteStream(to, { flush: true, mode: mode & 0o777 });
    await pipeline(createReadStream(from), writing, { signal });
  } catch (error) {
    await rm(to, { force: true });
    throw error;
  }
}

/** Gives the file `from` the name `to`, in the same folder, in place of what had it. */
export async function moveIntoPlace(from: string, to: string): Promise<void> {
  await rename(from, to);
  syncFolderOf(to);
}

/** In one turn of the event loop: nothing of this process comes between. */
export function replaceJson(path: string, value: unknown): void {
  const draft = writeDraft(path, value);
  renameSync(draft, path);
  syncFolderOf(path);
}

/** A file beside `path`, on the disk, that waits for its name. */
export function writeDraft(path: string, value: unknown): string {
  const draft = `${path}.draft`;
  writeFileSync(draft, `${JSON.stringify(value)}\n`, { flush: true });
  return draft;
}

/** A new name in a folder survives once the folder itself is on the disk; Windows sees to that by itself. */
export function syncFolderOf(path: string): void {
  if (process.platform === "win32") return;
  const folder = openSync(dirname(path), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** Removes the folder, unless there is something in it. */
export async function removeIfEmpty(folder: string): Promise<void> {
  await rmdir(folder).catch((error: NodeJS.ErrnoException) => {
    const { code = "" } = error;
    if (!["ENOTEMPTY", "EEXIST", "ENOENT"].includes(code)) throw error;
  });
}
