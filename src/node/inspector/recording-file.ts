/**
 * Recordings on disk.
 *
 * @module
 */
import { createReadStream, createWriteStream, openSync } from "node:fs";
import { createInterface } from "node:readline";
import { HomeostatError } from "../../core/errors.ts";
import type { SourceMessage, ToViewer } from "../../inspect/protocol.ts";
import { type ParsedLine, parseRecordingLine, toRecordingLine } from "../../inspect/recording.ts";

export interface RecordingFile {
  /** Adds a message; what belongs to no recording is left out. */
  readonly write: (message: SourceMessage | ToViewer) => void;
  /** Resolves when everything is written. */
  close(): Promise<void>;
}

/** Replaces `file`. Throws `config_invalid` when it cannot be written. */
export function createRecording(file: string, onError: (message: string) => void): RecordingFile {
  let descriptor: number;
  try {
    descriptor = openSync(file, "w");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new HomeostatError("config_invalid", `cannot record to ${file}: ${reason}`, { file }, error);
  }
  const stream = createWriteStream(file, { fd: descriptor });
  let hasFailed = false;
  stream.on("error", ({ message }) => {
    if (!hasFailed) onError(`the recording ${file} ends here: ${message}`);
    hasFailed = true;
  });
  return {
    write(message) {
      const line = toRecordingLine(message);
      if (line !== null && !hasFailed) stream.write(line);
    },
    close: () =>
      new Promise((resolve) => {
        if (hasFailed || stream.destroyed) return resolve();
        stream.once("close", resolve);
        stream.end();
      }),
  };
}

/** The lines of `file`, in order; one that is none by its problem, with its place. Throws `config_unreadable`. */
export async function* readRecording(file: string): AsyncGenerator<ParsedLine> {
  let number = 0;
  try {
    for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
      number += 1;
      if (text.trim() === "") continue;
      const parsed = parseRecordingLine(text);
      yield parsed.ok
        ? parsed
        : { ok: false, problem: `${file}:${number} is no line of a recording: ${parsed.problem}` };
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new HomeostatError("config_unreadable", `cannot read ${file}: ${reason}`, { file }, error);
  }
}
