/**
 * When a unit crashes, whatever the policy does.
 *
 * @module
 */
import * as z from "zod";
import { HomeostatError } from "../core/errors.ts";

export type CrashTrace =
  /** Every incarnation crashes after the same uptime. */
  | { readonly kind: "interval"; readonly intervalMs: number }
  /** The first incarnation crashes after the first uptime, and so on; those after the last do not crash. */
  | { readonly kind: "uptimes"; readonly name: string; readonly uptimesMs: readonly number[] }
  /** Whatever runs at one of these instants crashes then; ascending milliseconds since the first start. */
  | { readonly kind: "instants"; readonly name: string; readonly instants: readonly number[] };

/** When incarnation `index` (from 0), started at `startedAt`, crashes; `Infinity` when it does not. */
export function crashInstant(trace: CrashTrace, index: number, startedAt: number): number {
  switch (trace.kind) {
    case "interval":
      return startedAt + trace.intervalMs;
    case "uptimes":
      return startedAt + (trace.uptimesMs[index] ?? Infinity);
    case "instants":
      return firstAfter(trace.instants, startedAt);
  }
}

function firstAfter(ascending: readonly number[], instant: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? Infinity) > instant) high = middle;
    else low = middle + 1;
  }
  return ascending[low] ?? Infinity;
}

const TraceLine = z.object({
  /** How long an incarnation lived. */
  uptimeMs: z.number().nonnegative().optional(),
  /** When something crashed, or would have. */
  at: z.number().optional(),
  /** First line only: the `at` of the first start; 0 when there is none. */
  startedAt: z.number().optional(),
});

/**
 * A recorded trace from JSON lines: all `{"uptimeMs": …}`, or all `{"at": …}` with a first `{"startedAt": …}` when `at` is
 * not counted from the first start. Other members are ignored, so that records of `homeostat run --json` will do.
 *
 * @throws HomeostatError `invalid_event`, with source and line
 */
export function parseTrace(name: string, text: string): CrashTrace {
  const uptimesMs: number[] = [];
  const instants: number[] = [];
  let startedAt = 0;
  let first = true;
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const refuse = (message: string): HomeostatError =>
      new HomeostatError("invalid_event", `${name}:${index + 1}: ${message}`, {
        source: name,
        line: index + 1,
      });
    const read = readLine(line, refuse);
    if (read.uptimeMs !== undefined) {
      if (instants.length > 0) throw refuse('"uptimeMs" after "at": a trace has lines of one kind');
      uptimesMs.push(read.uptimeMs);
    } else if (read.at !== undefined) {
      if (uptimesMs.length > 0) throw refuse('"at" after "uptimeMs": a trace has lines of one kind');
      instants.push(instantOf(read.at - startedAt, instants.at(-1) ?? 0, refuse));
    } else if (read.startedAt !== undefined && first) {
      startedAt = read.startedAt;
    } else {
      throw refuse('expected {"uptimeMs": number} or {"at": number}');
    }
    first = false;
  }
  if (uptimesMs.length > 0) return { kind: "uptimes", name, uptimesMs };
  if (instants.length > 0) return { kind: "instants", name, instants };
  throw new HomeostatError("invalid_event", `${name} holds no crash`, { source: name });
}

type Refuse = (message: string) => HomeostatError;

function readLine(line: string, refuse: Refuse): z.output<typeof TraceLine> {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (error) {
    throw refuse(`no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const read = TraceLine.safeParse(json);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw refuse(`${issue?.path.join(".") || "line"}: ${issue?.message ?? "not a crash"}`);
}

function instantOf(at: number, previous: number, refuse: Refuse): number {
  if (at < 0) throw refuse(`"at" is ${-at} ms before the first start`);
  if (at < previous) throw refuse(`"at" goes back by ${previous - at} ms`);
  return at;
}
