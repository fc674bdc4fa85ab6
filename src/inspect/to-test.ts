/**
 * A recording becomes a test: a vitest file that replays what one actor was sent through its machine's pure transitions
 * and expects the state values, the last context and the end that were recorded.
 *
 * @module
 */
import { literalOf } from "./to-test/literal.ts";
import type { RecordingLine } from "./protocol.ts";
import type { Encoded } from "./protocol/encoded.ts";
import { type ActorInfo, applyPatch, type InspectionRecord, type StateValue } from "./protocol/record.ts";

export interface ToTestOptions {
  readonly lines: readonly RecordingLine[];
  /** Its path, or its id where no other has it. */
  readonly actor: string;
}

export interface RecordedRun {
  readonly path: string;
  /** The id of its machine. */
  readonly machine: string;
  /** In their order; the first is `xstate.init` when the recording has the start. */
  readonly events: readonly { readonly type: string; readonly payload: Encoded }[];
  /** State values, each other than the one before. */
  readonly values: readonly StateValue[];
  /** The first and the last that are known; `null`: none. */
  readonly firstContext: Encoded;
  readonly lastContext: Encoded;
  readonly end: { readonly status: string; readonly data: Encoded } | null;
  /** Whether it was followed to its end, or only up to a gap. */
  readonly isCut: boolean;
}

export type Found =
  | { readonly kind: "found"; readonly run: RecordedRun }
  /** no actor, or more than one, or it runs no machine; the paths that there are */
  | { readonly kind: "none" | "several" | "noMachine"; readonly paths: readonly string[] };

/** What a recording has of one actor, up to the first gap. */
export function findRun({ lines, actor }: ToTestOptions): Found {
  const actors = lines.flatMap((line) =>
    line.type === "batch"
      ? line.records.flatMap((it) =>
          it[0] === "a" ? [{ source: line.source, number: it[3], info: it[4] }] : [],
        )
      : [],
  );
  const exact = actors.filter(({ info }) => info.path === actor);
  const named = exact.length > 0 ? exact : actors.filter(({ info }) => info.id === actor);
  const [first] = named;
  if (first === undefined) return { kind: "none", paths: pathsOf(actors) };
  if (new Set(named.map(({ info }) => info.path)).size > 1) return { kind: "several", paths: pathsOf(named) };
  const definition = lines.find((it) => it.type === "def" && it.hash === first.info.def);
  if (definition?.type !== "def") return { kind: "noMachine", paths: pathsOf(actors) };
  return { kind: "found", run: runOf(lines, { ...first, machine: definition.machine }) };
}

function pathsOf(actors: readonly { readonly info: ActorInfo }[]): string[] {
  return [...new Set(actors.map(({ info }) => info.path))];
}

function runOf(
  lines: readonly RecordingLine[],
  { source, number, info, machine }: { source: string; number: number; info: ActorInfo; machine: string },
): RecordedRun {
  const events: RecordedRun["events"][number][] = [];
  const values: StateValue[] = [];
  let firstContext: Encoded = null;
  let lastContext: Encoded = null;
  let end: RecordedRun["end"] = null;
  let isCut = false;
  const take = (record: InspectionRecord): void => {
    if (record[0] === "e") events.push({ type: record[5], payload: record[6] });
    if (record[0] === "v" && record[4] !== null) values.push(record[4]);
    if (record[0] === "c") lastContext = record[4];
    if (record[0] === "p") lastContext = applyPatch(lastContext, record);
    if (record[0] === "s") end = { status: record[4], data: record[5] };
    if (record[0] === "c") firstContext ??= record[4];
  };
  for (const line of lines) {
    if (line.source !== source) continue;
    if (line.type === "gap" && events.length > 0) {
      isCut = true;
      break;
    }
    if (line.type !== "batch") continue;
    for (const record of line.records) if (record[3] === number) take(record);
  }
  return { path: info.path, machine, events, values, firstContext, lastContext, end, isCut };
}

/** The file. `importLine` binds the machine to the name `machine`. */
export function toTest(run: RecordedRun, importLine: string): string {
  const { path, machine, events, values, firstContext, lastContext, end, isCut } = run;
  const [first] = events;
  const isFromStart = first?.type === "xstate.init";
  const input = isFromStart ? payloadOf(first.payload)["input"] : undefined;
  // A stop is no event of the machine's own.
  const sent = events.slice(isFromStart ? 1 : 0).filter(({ type }) => type !== "xstate.stop");
  const start = isFromStart
    ? `let [snapshot] = initialTransition(machine${input === undefined ? "" : `, ${literalOf(input)} as never`});`
    : `let snapshot = machine.resolveState({ value: ${JSON.stringify(values[0] ?? {})}, context: ${literalOf(firstContext)} } as never);`;
  const isStopped = end?.status === "stopped";
  return `${[
    `/** Made from a recording of \`${path}\`${isCut ? ", up to its first gap" : ""}. What was hidden in it is \`[hidden]\` here. */`,
    importing("isDeepStrictEqual", "node:util"),
    importing("expect, it", "vitest"),
    importing(isFromStart ? "initialTransition, transition" : "transition", "xstate"),
    importLine,
    "",
    "const events = [",
    ...sent.map(
      ({ type, payload }) => `  ${literalOf({ type, ...(payloadOf(payload) as Record<string, Encoded>) })},`,
    ),
    "];",
    "",
    `it(${JSON.stringify(`${machine} goes through the states that were recorded of ${path}`)}, () => {`,
    `  ${start}`,
    "  const values: unknown[] = [snapshot.value];",
    "  for (const event of events) {",
    "    [snapshot] = transition(machine, snapshot, event as never);",
    "    if (!isDeepStrictEqual(snapshot.value, values.at(-1))) values.push(snapshot.value);",
    "  }",
    `  expect(values).toEqual(${JSON.stringify(values)});`,
    ...(lastContext === null
      ? []
      : [`  expect(snapshot.context).toEqual(${literalOf(lastContext, "expected")});`]),
    ...(end === null || isStopped ? [] : [`  expect(snapshot.status).toBe(${JSON.stringify(end.status)});`]),
    ...(end?.status === "done" && end.data !== null
      ? [`  expect(snapshot.output).toEqual(${literalOf(end.data, "expected")});`]
      : []),
    "});",
  ].join("\n")}\n`;
}

function importing(names: string, from: string): string {
  return `import { ${names} } from ${JSON.stringify(from)};`;
}

function payloadOf(payload: Encoded): Readonly<Record<string, Encoded>> {
  return typeof payload === "object" && payload !== null && !Array.isArray(payload) ? payload : {};
}
