import { readdirSync } from "node:fs";
import { HomeostatError } from "../../../core/errors.ts";
import { readFence } from "./fence.ts";
import { noHash } from "./line.ts";
import { type HashedEvent, readSegment, type Segment } from "./segment.ts";
import { readSnapshots, type Snapshot } from "./snapshot.ts";

export interface Checkpoint {
  /** What the run is fenced to; 0: nobody has worked on it. */
  readonly epoch: number;
  /** All that count, in order. */
  readonly events: readonly HashedEvent[];
  /** The latest that the events confirm; `null`: there is none. */
  readonly snapshot: Snapshot | null;
  /** Files of snapshots that are damaged, or that the events do not confirm: passed over. */
  readonly rejectedSnapshots: readonly string[];
  /** The last line of the last events was torn; it never was acknowledged. */
  readonly torn: boolean;
}

/** @throws {HomeostatError} `checkpoint_corrupt` when an event that counts is damaged or missing. */
export function readCheckpoint(directory: string): Checkpoint {
  const epoch = readFence(directory);
  if (epoch === 0) return { epoch, events: [], snapshot: null, rejectedSnapshots: [], torn: false };
  const segments = readSegments(directory);
  const events = joined(directory, segments);
  const hashes = new Map([[0, noHash], ...events.map(({ seq, hash }) => [seq, hash] as const)]);
  const { valid, rejected } = readSnapshots(directory, (seq) => hashes.get(seq));
  const snapshot = valid.toSorted((a, b) => b.seq - a.seq)[0] ?? null;
  return { epoch, events, snapshot, rejectedSnapshots: rejected, torn: segments.at(-1)?.torn ?? false };
}

/** In the order of their epochs. */
function readSegments(directory: string): Segment[] {
  return readdirSync(directory)
    .filter((name) => /^events\.\d+\.jsonl$/.test(name))
    .map((name) => readSegment(directory, name) ?? fail(directory, `the first line of ${name} is damaged`))
    .toSorted((a, b) => a.epoch - b.epoch);
}

/** From the last segment back: each says where the ones before it ended. */
function joined(directory: string, segments: readonly Segment[]): HashedEvent[] {
  const last = segments.at(-1);
  if (last === undefined) return [];
  if (last.damagedLine !== null) fail(directory, `line ${last.damagedLine} of ${last.name} is damaged`);
  const events = [...last.events];
  let { afterSeq, afterHash } = last;
  for (const segment of segments.slice(0, -1).toReversed()) {
    // It has nothing that counts: a recovery that went no further, or the late words of a worker that was fenced off.
    if (segment.afterSeq >= afterSeq) continue;
    const counting = segment.events.filter(({ seq }) => seq <= afterSeq);
    if (counting.at(-1)?.hash !== afterHash || counting.at(-1)?.seq !== afterSeq) {
      fail(
        directory,
        `${segment.name} lacks event ${afterSeq}, as it was when epoch ${events[0]?.epoch ?? last.epoch} began` +
          (segment.damagedLine === null ? "" : `; its line ${segment.damagedLine} is damaged`),
      );
    }
    events.unshift(...counting);
    ({ afterSeq, afterHash } = segment);
  }
  if (afterSeq !== 0) fail(directory, `the events up to ${afterSeq} are missing`);
  return events;
}

function fail(directory: string, what: string): never {
  throw new HomeostatError(
    "checkpoint_corrupt",
    `the checkpoint in ${directory} cannot be used: ${what}; bring its files back from a copy, or cancel the attempt`,
    { directory },
  );
}
