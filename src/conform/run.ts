/**
 * Checks recorded traffic against a subject, as it streams by: nothing of a line is kept once its case is checked.
 *
 * @module
 */
import { HomeostatError } from "../core/errors.ts";
import { type Difference, differences, isSame } from "./diff.ts";
import { type Line, linesOf, readCase, type Source } from "./lines.ts";
import { type Registry, registry, type Via } from "./registry.ts";
import type { CreateSubject, Operation, RecordedCase, Subject } from "./subject.ts";

export interface ConformOptions {
  readonly sources: Iterable<Source> | AsyncIterable<Source>;
  /** Default: `machines`, the running charts. */
  readonly via?: Via;
  /** Only this kind; default: all. */
  readonly kind?: string;
  /** Default: every kind that homeostat knows. */
  readonly registry?: Registry;
}

/** Of one kind: how many cases were checked, how many of them differed, and their operations. */
export interface KindCounts {
  readonly cases: number;
  readonly operations: number;
  readonly differing: number;
}

/** The first answer of a case that is not the recorded one. */
export interface CaseDifference {
  readonly source: string;
  readonly line: number;
  readonly kind: string;
  /** `KIND seed S case N`, as far as the recording says. */
  readonly id: string;
  readonly operationIndex: number;
  readonly operation: Operation;
  readonly expected: unknown;
  readonly actual: unknown;
  readonly differences: readonly Difference[];
}

export type ConformRecord =
  | ({ readonly type: "difference" } & CaseDifference)
  /** from time to time: cases checked so far */
  | { readonly type: "progress"; readonly cases: number }
  /** last of all */
  | { readonly type: "counts"; readonly via: Via; readonly kinds: Readonly<Record<string, KindCounts>> };

/**
 * Checks every case of every source, on a fresh subject each. Throws a `HomeostatError` `invalid_event` with
 * `details: { source, line }` at the first line that is no case, or of a kind that is not known.
 */
export async function* conform({
  sources,
  via = "machines",
  kind,
  registry: subjects = registry,
}: ConformOptions): AsyncGenerator<ConformRecord, void> {
  const counts = new Map<string, KindCounts>();
  let cases = 0;
  for await (const source of sources) {
    for await (const lines of linesOf(source)) {
      for (const line of lines) {
        const difference = checkLine(source.name, line);
        if (difference !== null) yield { type: "difference", ...difference };
      }
      yield { type: "progress", cases };
    }
  }
  yield { type: "counts", via, kinds: Object.fromEntries(counts) };

  function checkLine(source: string, line: Line): CaseDifference | null {
    try {
      const recorded = readCase(line.text);
      if (recorded === null || (kind !== undefined && recorded.kind !== kind)) return null;
      const found = checkCase(recorded, createFor(subjects, recorded.kind, via));
      cases += 1;
      count(recorded, found !== null);
      return found === null ? null : { source, line: line.number, ...found };
    } catch (error) {
      if (!isMalformed(error)) throw error;
      const details = { source, line: line.number };
      throw new HomeostatError("invalid_event", `${source}:${line.number}: ${error.message}`, details, error);
    }
  }

  function count({ kind: of, ops }: RecordedCase, differs: boolean): void {
    const before = counts.get(of) ?? { cases: 0, operations: 0, differing: 0 };
    counts.set(of, {
      cases: before.cases + 1,
      operations: before.operations + ops.length,
      differing: before.differing + (differs ? 1 : 0),
    });
  }
}

function createFor(subjects: Registry, kind: string, via: Via): CreateSubject {
  const create = subjects.get(kind)?.[via];
  if (create !== undefined) return create;
  const known = [...subjects.keys()].join(", ");
  throw new HomeostatError("invalid_event", `unknown kind "${kind}"; the known ones are ${known}`);
}

type Found = Omit<CaseDifference, "source" | "line">;

function checkCase(recorded: RecordedCase, create: CreateSubject): Found | null {
  const subject = create();
  try {
    for (const [operationIndex, operation] of recorded.ops.entries()) {
      const expected = recorded.expected[operationIndex];
      const actual = answerOf(subject, operation);
      if (isSame(expected, actual)) continue;
      const { kind } = recorded;
      const facts = { operationIndex, operation, expected, actual };
      return { kind, id: idOf(recorded), ...facts, differences: differences(expected, actual) };
    }
    return null;
  } finally {
    subject.dispose?.();
  }
}

/** A subject that throws gives a wrong answer; only a malformed operation is the recording's fault. */
function answerOf(subject: Subject, operation: Operation): unknown {
  try {
    return subject.answer(operation);
  } catch (error) {
    if (isMalformed(error)) throw error;
    return { threw: error instanceof Error ? error.message : String(error) };
  }
}

function isMalformed(error: unknown): error is HomeostatError {
  return error instanceof HomeostatError && error.code === "invalid_event";
}

function idOf({ kind, seed, case: number }: RecordedCase): string {
  const facts = [
    ["seed", seed],
    ["case", number],
  ].filter(([, value]) => value !== undefined);
  return [kind, ...facts.flat()].join(" ");
}
