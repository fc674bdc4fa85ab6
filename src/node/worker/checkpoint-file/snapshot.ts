/** The state after some event, one file per epoch, `snapshot.EPOCH.json`: a late one never replaces that of another. */
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { Json } from "../../../core/checkpoint.ts";
import { syncDirectory } from "./fence.ts";
import { decodeLine, encodeLine } from "./line.ts";

const Snapshot = z.object({
  /** Of the last event that is in it; 0: none is. */
  seq: z.int().nonnegative(),
  state: Json,
});
export type Snapshot = z.infer<typeof Snapshot>;

/** Replaces the snapshot of `epoch`; `eventHash` is that of the event `seq`. */
export function replaceSnapshot(
  directory: string,
  epoch: number,
  { seq, state }: { readonly seq: number; readonly state: unknown },
  eventHash: string,
): void {
  const draft = join(directory, `.snapshot-${randomUUID()}`);
  writeFileSync(draft, encodeLine({ seq, state }, eventHash).line, { flush: true });
  renameSync(draft, join(directory, `snapshot.${epoch}.json`));
  syncDirectory(directory);
}

/** Of all epochs; `hashOf` gives the hash of an event that counts. */
export function readSnapshots(
  directory: string,
  hashOf: (seq: number) => string | undefined,
): { readonly valid: readonly Snapshot[]; readonly rejected: readonly string[] } {
  const valid: Snapshot[] = [];
  const rejected: string[] = [];
  for (const name of readdirSync(directory).filter((it) => /^snapshot\.\d+\.json$/.test(it))) {
    const snapshot = parseSnapshot(readFileSync(join(directory, name), "utf8"), hashOf);
    if (snapshot === null) rejected.push(name);
    else valid.push(snapshot);
  }
  return { valid, rejected };
}

function parseSnapshot(text: string, hashOf: (seq: number) => string | undefined): Snapshot | null {
  // Which event it claims to follow has to be read before the claim can be checked.
  const claimed = Number(/^\{"hash":"\w+","record":\{"seq":(\d+),/.exec(text)?.[1] ?? -1);
  const eventHash = hashOf(claimed);
  if (eventHash === undefined) return null;
  return Snapshot.safeParse(decodeLine(text.trimEnd(), eventHash)?.record).data ?? null;
}
