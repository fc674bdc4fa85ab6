/**
 * The fence of a run: an empty file per epoch, `fence.1`, `fence.2`, …, of which the highest counts.
 *
 * Files are only ever added. So the fence never goes down and needs no compare-and-set: who adds a lower one has
 * changed nothing.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { HomeostatError } from "../../../core/errors.ts";

/** The epoch that `directory` is fenced to; 0: none. */
export function readFence(directory: string): number {
  return Math.max(0, ...names(directory).map(epochOf));
}

/**
 * Fences off every epoch below `epoch`; does nothing when that is done already.
 *
 * @throws {HomeostatError} `stale_epoch` when a higher epoch has fenced off this one.
 */
export function raiseFence(directory: string, epoch: number): void {
  mkdirSync(directory, { recursive: true });
  if (readFence(directory) < epoch) {
    closeSync(openSync(join(directory, `fence.${epoch}`), "a"));
    syncDirectory(directory);
  }
  checkFence(directory, epoch);
}

/** @throws {HomeostatError} `stale_epoch` unless `epoch` is the one that `directory` is fenced to. */
export function checkFence(directory: string, epoch: number): void {
  const fence = readFence(directory);
  if (fence === epoch) return;
  throw new HomeostatError(
    "stale_epoch",
    fence > epoch
      ? `${directory} is fenced to epoch ${fence}: another worker took over from epoch ${epoch}, which must stop`
      : `${directory} has lost its fence of epoch ${epoch} (found ${fence}): its files were removed`,
    { directory, epoch, fence },
  );
}

/** So that a name which was added survives a crash of the machine. */
export function syncDirectory(directory: string): void {
  // There, a directory cannot be opened.
  if (process.platform === "win32") return;
  const opened = openSync(directory, "r");
  try {
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}

/** Events of an epoch count as its fence, should that file be lost. */
function epochOf(name: string): number {
  return Number(/^(?:fence\.(\d+)|events\.(\d+)\.jsonl)$/.exec(name)?.slice(1).join("") ?? 0);
}

function names(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
