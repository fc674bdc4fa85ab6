import { access, constants, statfs } from "node:fs/promises";
import { freemem } from "node:os";
import type { TargetCapabilities } from "../../core/migration.ts";

/** What this machine has for agents in `directory`; rejects when that is gone or may not be written. */
export async function measure(directory: string): Promise<TargetCapabilities> {
  await access(`${directory}/`, constants.W_OK);
  const { bavail, bsize } = await statfs(directory);
  return {
    architectures: [process.arch],
    memoryBytes: freemem(),
    storageBytes: bavail * bsize,
    features: [],
    maxStateBytes: bavail * bsize,
    minVersion: "0.0.0",
  };
}
