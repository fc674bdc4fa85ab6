/**
 * `homeostat simulate`: what restart policies do to a unit that keeps crashing.
 *
 * @module
 */
import { createReadStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { Command, InvalidArgumentError } from "commander";
import { closest, distance } from "fastest-levenshtein";
import pc from "picocolors";
import { HomeostatError } from "../core/errors.ts";
import {
  builtInPolicies,
  type Conditions,
  type CrashTrace,
  drawSweep,
  parseTrace,
  type RestartPolicy,
  simulate,
  sweep,
} from "../simulate/index.ts";
import { formatDuration, parseDuration } from "./run/duration.ts";
import { drawTables, legend } from "./simulate/table.ts";

/** The streams of the command; the process's own unless a test gives others. */
export interface SimulateTerminal {
  readonly stdin: AsyncIterable<string | Uint8Array>;
  readonly stdout: Output;
  readonly stderr: Output;
}
interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export interface SimulateOptions {
  readonly policy?: readonly RestartPolicy[];
  readonly intervals?: readonly number[];
  readonly trace?: string;
  readonly hours: number;
  readonly healAfter?: number;
  readonly readyAfter?: number;
  readonly seed: number;
  readonly json?: boolean;
  readonly svg?: string;
}

/** 0: simulated. 2: the options or the trace cannot be used, or the chart cannot be written. */
export type SimulateExitCode = 0 | 2;

const defaultIntervals = [50, 500, 2_000, 20_000, 45_000, 100_000, 1_200_000];
/** A year. */
const longestHours = 8_760;

/** Throws a `CommanderError` on wrong use, for the program that it is added to. */
export function simulateCommand(): Command {
  return new Command("simulate")
    .exitOverride()
    .description("what restart policies do to crashes: starts, giving up and downtime, in virtual time")
    .option("--policy <name...>", "only these policies (default: all, listed below)", collectPolicy)
    .option("--intervals <list>", "uptimes before each crash, such as 50ms,2s,20m", parseIntervals)
    .option("--trace <file>", "a recorded trace instead, or - for stdin (JSON lines, see below)")
    .option("--hours <number>", "how long, in virtual time", parseHours, 1)
    .option(
      "--heal-after <duration>",
      "from this time on nothing crashes: how soon does it serve?",
      parseSpan,
    )
    .option("--ready-after <duration>", "from a start until it serves (default: at once)", parseSpan)
    .option("--seed <number>", "another seed, other jitter", parseSeed, 1)
    .option("--json", "print one object")
    .option("--svg <file>", "also draw starts per hour over the crash interval")
    .addHelpText("after", helpText())
    .action(async (options: SimulateOptions) => {
      process.exitCode = await runSimulate(options, process);
    });
}

function helpText(): string {
  const policies = builtInPolicies.map(({ name, summary }) => `  ${name.padEnd(22)} ${summary}`);
  return `
Policies, with their published defaults:
${policies.join("\n")}

A trace is lines of {"uptimeMs": 50}, one for each crash, or of {"at": 5000}, when something crashed, in ms since the
first start or since a first line {"startedAt": 1700000000000}. Other members are ignored.

Examples:
  homeostat simulate                                       every policy, crashes after 50 ms to 20 min
  homeostat simulate --policy homeostat systemd --intervals 2s
  homeostat simulate --heal-after 10m --intervals 50ms     who comes back by itself, and how soon?
  homeostat simulate --svg policies.svg
  homeostat run --json | jq -c 'select(.type == "server.exited")' | homeostat simulate --trace -
  homeostat simulate --json | jq '.results[] | select(.gaveUpAtMs == null) | .policy'

Exit codes:
  0  simulated
  2  wrong use, a trace that cannot be used (FILE:LINE says which line), or a chart that cannot be written`;
}

/** The command without its command line. */
export async function runSimulate(
  options: SimulateOptions,
  terminal: SimulateTerminal,
): Promise<SimulateExitCode> {
  const { json = false, svg, hours, seed } = options;
  const policies = options.policy ?? builtInPolicies;
  try {
    const conditions = conditionsOf(options);
    const traces = await tracesOf(options, conditions.horizonMs, terminal);
    const results = simulate(policies, traces, conditions);
    if (svg !== undefined) await write(svg, draw(policies, options, conditions));
    if (json) {
      const described = policies.map(({ name, summary, source }) => ({ name, summary, source }));
      const all = { type: "simulation", hours, ...conditions, policies: described, results };
      terminal.stdout.write(`${JSON.stringify(all)}\n`);
    } else {
      const colours = pc.createColors(terminal.stdout.isTTY === true && pc.isColorSupported);
      const marks = results.some((it) => it.toldAtMs !== null) && traces.length > 1 && policies.length > 1;
      terminal.stdout.write(
        `${drawTables(results, hours, colours)}${marks ? `\n${colours.dim(legend)}` : ""}`,
      );
      if (svg !== undefined) terminal.stdout.write(`\nwrote ${svg}, jitter by seed ${seed}\n`);
    }
    return 0;
  } catch (error) {
    if (!(error instanceof HomeostatError)) throw error;
    const { code, message, details } = error;
    if (json) terminal.stdout.write(`${JSON.stringify({ type: "error", code, message, details })}\n`);
    terminal.stderr.write(`homeostat simulate: ${message}\n`);
    return 2;
  }
}

function conditionsOf({ hours, healAfter, readyAfter, seed }: SimulateOptions): Conditions {
  const horizonMs = hours * 3_600_000;
  if (healAfter !== undefined && healAfter >= horizonMs) {
    const message = `--heal-after ${formatDuration(healAfter)} is not within the ${formatDuration(horizonMs)} simulated; see --hours`;
    throw new HomeostatError("invalid_event", message);
  }
  return { horizonMs, healAtMs: healAfter ?? null, readyAfterMs: readyAfter ?? 0, seed };
}

async function tracesOf(
  { trace: file, intervals }: SimulateOptions,
  horizonMs: number,
  { stdin }: SimulateTerminal,
): Promise<CrashTrace[]> {
  const chosen = intervals ?? (file === undefined ? defaultIntervals : []);
  const constant = chosen.map((intervalMs): CrashTrace => ({ kind: "interval", intervalMs }));
  if (file === undefined) return constant;
  const name = file === "-" ? "stdin" : file;
  const trace = parseTrace(name, await read(name, file === "-" ? stdin : createReadStream(file)));
  const first = trace.kind === "instants" ? (trace.instants[0] ?? 0) : 0;
  if (first <= horizonMs) return [...constant, trace];
  const message = `the first crash of ${name} comes ${formatDuration(first)} after the first start, and only ${formatDuration(horizonMs)} are simulated; begin it with {"startedAt": …} in the unit of "at", or see --hours`;
  throw new HomeostatError("invalid_event", message, { source: name });
}

async function read(name: string, chunks: AsyncIterable<string | Uint8Array>): Promise<string> {
  try {
    return await text(chunks as AsyncIterable<Uint8Array>);
  } catch (error) {
    throw new HomeostatError("not_found", `cannot read ${name}: ${reasonOf(error)}`, { source: name }, error);
  }
}

async function write(file: string, content: string): Promise<void> {
  try {
    await writeFile(file, content);
  } catch (error) {
    throw new HomeostatError(
      "not_found",
      `cannot write ${file}: ${reasonOf(error)}`,
      { source: file },
      error,
    );
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function draw(
  policies: readonly RestartPolicy[],
  { intervals = [], hours }: SimulateOptions,
  conditions: Conditions,
): string {
  const range =
    intervals.length > 1 ? { fromMs: Math.min(...intervals), toMs: Math.max(...intervals) } : undefined;
  const { healAtMs, readyAfterMs, seed } = conditions;
  const facts = [
    `${formatDuration(hours * 3_600_000)} of virtual time`,
    ...(healAtMs === null ? [] : [`healthy after ${formatDuration(healAtMs)}`]),
    ...(readyAfterMs === 0 ? [] : [`ready ${formatDuration(readyAfterMs)} after a start`]),
    `jitter by seed ${seed}`,
  ];
  return drawSweep(sweep(policies, conditions, range), facts.join(", "));
}

// ── Options ──────────────────────────────────────────────────────────────────

function collectPolicy(name: string, previous: readonly RestartPolicy[] = []): RestartPolicy[] {
  const policy = builtInPolicies.find((it) => it.name === name);
  if (policy === undefined) throw new InvalidArgumentError(`There is no such policy; ${suggestion(name)}`);
  return previous.includes(policy) ? [...previous] : [...previous, policy];
}

function suggestion(name: string): string {
  const names = builtInPolicies.map((it) => it.name);
  const alike = names.filter((it) => name !== "" && it.includes(name.toLowerCase()));
  if (alike.length > 0) return `did you mean ${alike.join(" or ")}?`;
  // `nomd` is nearer to the family `nomad` than to any of its members.
  const nearest = closest(name, [...names, ...names.map(familyOf)]);
  if (distance(name, nearest) <= Math.max(2, name.length / 2)) {
    return `did you mean ${names.filter((it) => it === nearest || familyOf(it) === nearest).join(" or ")}?`;
  }
  return `there are ${names.join(", ")}.`;
}

const familyOf = (name: string): string => name.split("-")[0] ?? name;

function parseIntervals(list: string): number[] {
  const intervals = list.split(",").map((it) => parseSpan(it));
  return [...new Set(intervals)].toSorted((a, b) => a - b);
}

function parseSpan(span: string): number {
  const durationMs = parseDuration(span);
  if (durationMs === null) throw new InvalidArgumentError("Expected a duration such as 500ms, 30s or 2m.");
  return durationMs;
}

function parseHours(value: string): number {
  const hours = Number(value);
  if (/^\d+(\.\d+)?$/.test(value) && hours > 0 && hours <= longestHours) return hours;
  throw new InvalidArgumentError(`Expected hours, more than 0 and at most ${longestHours}.`);
}

function parseSeed(value: string): number {
  const seed = Number(value);
  if (/^\d+$/.test(value) && seed < 2 ** 32) return seed;
  throw new InvalidArgumentError("Expected a whole number.");
}
