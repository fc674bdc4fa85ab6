/**
 * Recordings: the messages that viewers get, one JSON object a line.
 *
 * @module
 */
import { RecordingLine, type SourceMessage, type ToViewer } from "./protocol.ts";

/** `null` for what is no part of a recording. */
export function toRecordingLine(message: SourceMessage | ToViewer): string | null {
  switch (message.type) {
    case "hello":
    case "def":
    case "batch":
    case "gap":
    case "ended":
      return `${JSON.stringify(message)}\n`;
    case "bye":
      return `${JSON.stringify({ type: "ended", source: message.source, reason: "bye" })}\n`;
    case "answer":
    case "welcome":
    case "status":
      return null;
  }
}

export type ParsedLine =
  | { readonly ok: true; readonly line: RecordingLine }
  /** why it is none, for people */
  | { readonly ok: false; readonly problem: string };

export function parseRecordingLine(text: string): ParsedLine {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, problem: "it is not JSON" };
  }
  const parsed = RecordingLine.safeParse(value);
  if (parsed.success) return { ok: true, line: parsed.data };
  const [issue] = parsed.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? "" : `${issue.path.join(".")}: `;
  return { ok: false, problem: `${where}${issue?.message ?? "it is of another kind"}` };
}

/** A line as a message of its source: from a file nothing can be asked. */
export function replayed(line: RecordingLine): SourceMessage {
  switch (line.type) {
    case "hello":
      return { ...line, via: "recording", accepts: [] };
    case "ended":
      return { type: "bye", source: line.source };
    case "def":
    case "batch":
    case "gap":
      return line;
  }
}
