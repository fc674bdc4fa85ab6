/** The events of one epoch, `events.EPOCH.jsonl`. Its first line says which earlier event they follow. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { RecordedEvent } from "../../../core/checkpoint.ts";
import { Epoch } from "../../../core/lease.ts";
import { decodeLine, sha256 } from "./line.ts";

export const SegmentHead = z.object({
  epoch: Epoch,
  /** The event of a lower epoch that this one follows; 0: none. What the lower epochs hold after it never counts. */
  afterSeq: z.int().nonnegative(),
  afterHash: z.string(),
});
export type SegmentHead = z.infer<typeof SegmentHead>;

export interface HashedEvent extends RecordedEvent {
  readonly hash: string;
}

export interface Segment extends SegmentHead {
  readonly name: string;
  /** All that are sound and in sequence. */
  readonly events: readonly HashedEvent[];
  /** Hash of the last sound line. */
  readonly lastHash: string;
  /** Number of the first line that is damaged, although it was written to its end; `null`: none is. */
  readonly damagedLine: number | null;
  /** Its last line was not written to its end. */
  readonly torn: boolean;
}

export const segmentName = (epoch: number): string => `events.${epoch}.jsonl`;

/** `null`: its head is damaged. */
export function readSegment(directory: string, name: string): Segment | null {
  const lines = readFileSync(join(directory, name), "utf8").split("\n");
  // A line is written together with its end: what has none is torn.
  const torn = lines.pop() !== "";
  const [first, ...rest] = lines;
  const headLine = first === undefined ? null : decodeLine(first, headSeed(name));
  const head = SegmentHead.safeParse(headLine?.record).data;
  if (headLine === null || head === undefined || segmentName(head.epoch) !== name) return null;
  const events: HashedEvent[] = [];
  let lastHash = headLine.hash;
  for (const line of rest) {
    const decoded = decodeLine(line, lastHash);
    const event = RecordedEvent.safeParse(decoded?.record).data;
    if (decoded === null || event?.seq !== head.afterSeq + events.length + 1) {
      return { ...head, name, events, lastHash, damagedLine: events.length + 2, torn };
    }
    lastHash = decoded.hash;
    events.push({ ...event, hash: lastHash });
  }
  return { ...head, name, events, lastHash, damagedLine: null, torn };
}

/** What the chain of a segment begins with: the same line is no head of another file. */
export function headSeed(name: string): string {
  return sha256(name);
}
