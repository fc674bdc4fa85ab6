/**
 * What is kept as a recording: the lines of the protocol, so that it opens like a live source.
 *
 * @module
 */
import type { Batch, RecordingLine } from "../../inspect/protocol.ts";
import { type InspectionRecord, isInspectionRecord } from "../../inspect/protocol/record.ts";
import type { Source } from "./source.ts";
import type { System } from "./system.ts";

const recordsInABatch = 500;

/** From the place `from` on; what was known before it stands in a first batch of its own. */
export function recordingOf(system: System, from: number): string {
  const { rows, sources } = system;
  const start = Math.max(from, rows.first);
  const lines: RecordingLine[] = [];
  for (const source of sources.values()) {
    lines.push(source.hello, ...[...source.machines.values()].map((it) => it.definition));
    const known = stateBefore(source, start);
    if (known.length > 0) lines.push({ type: "batch", source: source.id, catchUp: true, records: known });
  }
  let batch: { -readonly [K in keyof Batch]: Batch[K] } | null = null;
  for (let pos = start; pos < rows.end; pos++) {
    const row = rows.get(pos);
    if (row === undefined || row.record === null) continue;
    if (batch === null || batch.source !== row.source.id || batch.records.length >= recordsInABatch) {
      batch = { type: "batch", source: row.source.id, records: [] };
      lines.push(batch);
    }
    batch.records.push(row.record);
  }
  return lines.map((it) => `${JSON.stringify(it)}\n`).join("");
}

/** Registrations, and the value, context, status and subjects as they were. */
function stateBefore(source: Source, start: number): InspectionRecord[] {
  const at = start - 1;
  const records: InspectionRecord[] = [];
  const ago = (moment: { readonly at: number }): number => moment.at - source.hello.timeOrigin;
  for (const actor of source.actors.values()) {
    if (actor.createdPos > at) continue;
    const { number, info, values, contexts, statuses } = actor;
    records.push(["a", 0, actor.createdAt - source.hello.timeOrigin, number, info]);
    const value = values.at(at);
    if (value !== undefined) records.push(["v", 0, ago(value), number, value.value]);
    const index = contexts.indexAt(at);
    const context = contexts.get(index);
    if (context !== undefined) records.push(["c", 0, ago(context), number, actor.contextAt(index)]);
    const status = statuses.at(at);
    if (status !== undefined) records.push(["s", 0, ago(status), number, status.status, status.data]);
  }
  for (const history of source.domain.values()) {
    const moment = history.at(at);
    if (moment !== undefined) records.push(["d", 0, ago(moment), 0, moment.record]);
  }
  return records;
}

/** Lines that are not of the protocol are left out and counted. */
export function readRecording(text: string): {
  readonly lines: RecordingLine[];
  readonly problems: string[];
} {
  const lines: RecordingLine[] = [];
  const problems: string[] = [];
  text.split("\n").forEach((line, index) => {
    if (line.trim() === "") return;
    try {
      const value: unknown = JSON.parse(line);
      if (isLine(value)) lines.push(value);
      else problems.push(`line ${index + 1} is not of a recording`);
    } catch {
      problems.push(`line ${index + 1} is not JSON`);
    }
  });
  return { lines, problems };
}

/** Checked for what the page relies on; a server checks the rest with the schemas. */
function isLine(value: unknown): value is RecordingLine {
  if (typeof value !== "object" || value === null) return false;
  const line = value as Record<string, unknown>;
  if (typeof line["source"] !== "string") return false;
  switch (line["type"]) {
    case "hello":
      return (
        typeof line["app"] === "string" &&
        typeof line["timeOrigin"] === "number" &&
        Array.isArray(line["accepts"])
      );
    case "def":
      return typeof line["hash"] === "string" && typeof line["machine"] === "string";
    case "batch":
      return Array.isArray(line["records"]) && line["records"].every(isInspectionRecord);
    case "gap":
      return typeof line["from"] === "number" && typeof line["to"] === "number";
    case "ended":
      return true;
    default:
      return false;
  }
}
