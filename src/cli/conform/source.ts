/** Texts of files and of stdin, as they stream in. */
import { createReadStream } from "node:fs";
import type { Source } from "../../conform/index.ts";
import { HomeostatError } from "../../core/errors.ts";

/** The streams of the command; the process's own unless a test gives others. */
export interface ConformTerminal {
  readonly stdin: AsyncIterable<string | Uint8Array>;
  readonly stdout: Output;
  readonly stderr: Output;
}
interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** The text of `file`, or of stdin for `-`; reading throws a `HomeostatError` `not_found`. */
export function sourceOf(file: string, { stdin }: Pick<ConformTerminal, "stdin">): Source {
  if (file === "-") return { name: "stdin", chunks: decoded(stdin) };
  return { name: file, chunks: decoded(readable(file)) };
}

async function* readable(file: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(file) as AsyncIterable<Uint8Array>;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new HomeostatError("not_found", `cannot read ${file}: ${reason}`, { source: file }, error);
  }
}

/** UTF-8, cut anywhere; a byte order mark is left out. */
async function* decoded(chunks: AsyncIterable<string | Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const chunk of chunks) {
    yield typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
  }
  yield decoder.decode();
}
