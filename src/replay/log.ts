/** Records from text that arrives in pieces: what `homeostat run --json` prints. */
import * as z from "zod";
import { type Line, linesOf, type Source } from "../conform/lines.ts";
import { HomeostatError } from "../core/errors.ts";
import { recordTypes, type RecordType, type SupervisionRecord } from "../core/records.ts";
import { EpochMs, MonotonicMs } from "../core/time.ts";

export type { Source };

/** A record, and where it stands. */
export interface Logged {
  readonly source: string;
  /** Counts from 1. */
  readonly line: number;
  readonly record: SupervisionRecord;
}

const Placed = z.object({ seq: z.int().positive(), at: EpochMs, monotonicMs: MonotonicMs });

/**
 * The records of every source, those that one piece completes at a time. A run begins with number 1. Lines that are
 * JSON objects of another kind, such as a summary, are left out. Throws a `HomeostatError` `invalid_event` with `details:
 * { source, line }` at the first line that is no JSON object, a record that does not fit, or one that is missing.
 */
export async function* recordsOf(
  sources: Iterable<Source> | AsyncIterable<Source>,
): AsyncGenerator<Logged[]> {
  let last = 0;
  for await (const source of sources) {
    for await (const lines of linesOf(source)) {
      const records: Logged[] = [];
      for (const line of lines) {
        const record = readRecord(source.name, line);
        if (record === null) continue;
        if (record.seq !== 1 && record.seq !== last + 1) {
          throw malformed(source.name, line.number, `record ${last + 1} is missing before ${record.seq}`);
        }
        last = record.seq;
        records.push({ source: source.name, line: line.number, record });
      }
      yield records;
    }
  }
}

function readRecord(source: string, { text, number }: Line): SupervisionRecord | null {
  if (text.trim() === "") return null;
  const value = parseObject(text);
  if (typeof value === "string") throw malformed(source, number, value);
  const { type } = value;
  if (typeof type !== "string" || !Object.hasOwn(recordTypes, type)) return null;
  // A record keeps what its schema does not name: it would be a difference.
  for (const schema of [Placed, recordTypes[type as RecordType]]) {
    const parsed = schema.safeParse(value);
    if (!parsed.success) throw malformed(source, number, `no ${type}: ${problemsOf(parsed.error)}`);
  }
  return value as unknown as SupervisionRecord;
}

/** The object, or why `text` is none. */
function parseObject(text: string): Readonly<Record<string, unknown>> | string {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Readonly<Record<string, unknown>>) : "no JSON object";
  } catch (error) {
    return `no JSON: ${(error as SyntaxError).message}`;
  }
}

function problemsOf({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => `${path.join(".") || "record"}: ${message}`).join("; ");
}

/** The error of a line that cannot be used. */
export function malformed(source: string, line: number, problem: string): HomeostatError {
  return new HomeostatError("invalid_event", `${source}:${line}: ${problem}`, { source, line });
}
