/** Recorded cases from text that arrives in pieces: one JSON object per line. */
import { HomeostatError } from "../core/errors.ts";
import { RecordedCase } from "./subject.ts";
import { overflowCase } from "./wire/migration.ts";
import { problemsOf } from "./wire/wire.ts";

/** A named text, in pieces cut anywhere. */
export interface Source {
  /** For messages: a file's path. */
  readonly name: string;
  readonly chunks: AsyncIterable<string> | Iterable<string>;
}

export interface Line {
  readonly text: string;
  /** Counts from 1. */
  readonly number: number;
}

/** The lines that every chunk completes; holds no more than the line that is not complete yet. */
export async function* linesOf({ chunks }: Source): AsyncGenerator<Line[]> {
  let rest = "";
  let number = 0;
  for await (const chunk of chunks) {
    const [first = "", ...others] = chunk.split("\n");
    rest += first;
    const last = others.pop();
    if (last === undefined) continue;
    const pieces = [rest, ...others];
    rest = last;
    yield pieces.map((text) => ({ text, number: ++number }));
  }
  if (rest !== "") yield [{ text: rest, number: ++number }];
}

/** The case of a line; `null` for an empty one. Throws `invalid_event` when it is none. */
export function readCase(text: string): RecordedCase | null {
  if (text.trim() === "") return null;
  const parsed = RecordedCase.safeParse(asCase(parseJson(text)));
  if (!parsed.success) {
    throw new HomeostatError("invalid_event", `no recorded case: ${problemsOf(parsed.error)}`);
  }
  const { ops, expected } = parsed.data;
  if (ops.length !== expected.length) {
    const message = `${ops.length} operations with ${expected.length} expected answers`;
    throw new HomeostatError("invalid_event", message);
  }
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new HomeostatError("invalid_event", `no JSON: ${(error as SyntaxError).message}`);
  }
}

/** Lines of kind `retry_delay_overflow` hold one question and its right answer, without a list of operations. */
function asCase(line: unknown): unknown {
  const isOverflow = typeof line === "object" && line !== null && "saturating" in line;
  return isOverflow ? overflowCase(line) : line;
}
