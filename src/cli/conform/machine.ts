/** `homeostat conform --machine`: the log of a running system against a chart. */
import pc from "picocolors";
import { conformTrace, type TraceRecord } from "../../conform/index.ts";
import { HomeostatError } from "../../core/errors.ts";
import { loadOne } from "../check/load-one.ts";
import { refuse } from "../log-report.ts";
import { type ConformTerminal, sourceOf } from "./source.ts";

export interface TraceCommandOptions {
  readonly machine?: string;
  readonly key?: string;
  readonly complete?: boolean;
  readonly allowIgnored?: boolean;
  readonly late?: number;
  readonly json?: boolean;
}

/** 0: the machine could have done it. 1: it could not, or a property is violated. 2: lines that cannot be read. */
export async function runConformTrace(
  files: readonly string[],
  options: TraceCommandOptions & { readonly machine: string },
  terminal: ConformTerminal,
): Promise<0 | 1 | 2> {
  const { stdout, stderr } = terminal;
  const { json = false, key, complete, allowIgnored, late } = options;
  const colours = pc.createColors(stdout.isTTY === true && pc.isColorSupported);
  let [differs, isUnusable] = [false, false];
  try {
    const { machine, options: explore } = await loadOne(options.machine);
    const { properties, input, events, outcomes } = explore;
    const records = conformTrace(machine, {
      sources: (files.length === 0 ? ["-"] : files).map((file) => sourceOf(file, terminal)),
      properties,
      ...(input === undefined ? {} : { input }),
      events,
      outcomes,
      key,
      isComplete: complete,
      allowIgnored,
      lateMs: late,
    });
    for await (const record of records) {
      if (record.type === "progress") continue;
      if (record.type === "difference" || record.type === "property") differs = true;
      if (record.type === "problem") isUnusable = true;
      if (record.type === "counts" && record.lines === 0 && record.problems === 0) {
        throw new HomeostatError("not_found", "the log has no lines");
      }
      if (json) stdout.write(`${JSON.stringify(record)}\n`);
      if (record.type === "problem") {
        stderr.write(`homeostat conform: ${record.source}:${record.line}: ${record.message}\n`);
      } else if (!json) stdout.write(describe(record, colours));
    }
  } catch (error) {
    return refuse("conform", error, json, terminal);
  }
  return isUnusable ? 2 : differs ? 1 : 0;
}

type Told = Exclude<TraceRecord, { type: "progress" | "problem" }>;

function describe(
  record: Told,
  { bold, dim, red, green, yellow }: ReturnType<typeof pc.createColors>,
): string {
  if (record.type === "counts") {
    const { machine, lines, runs, differing, unjudged, properties } = record;
    const verdict =
      differing === 0
        ? green(`${machine} could have done all of it`)
        : red(`${counted(differing, "run differs", "runs differ")} from ${machine}`);
    const watched = properties.map(({ name, verdict: it, violated, open }) => {
      if (it === "violated") return `  ${red("✗")} ${name} (in ${counted(violated, "run")})`;
      return it === "open"
        ? `  ${yellow("?")} ${name} (still open in ${counted(open, "run")})`
        : `  ${green("✓")} ${name}`;
    });
    const left = unjudged === 0 ? "" : `, ${counted(unjudged, "line")} after a difference not judged`;
    return `${[`${counted(lines, "line")}, ${counted(runs, "run")}${left}`, ...watched, verdict].join("\n")}\n`;
  }
  const { source, line, run } = record;
  const place = dim(`(${source}:${line}${run === "" ? "" : `, ${run}`})`);
  if (record.type === "property") {
    return `${bold(record.property)} ${place}\n    ${red(record.message)}\n`;
  }
  const { message, event, expected, observed, differences, accepted } = record;
  const shown = [
    ...(event === null ? [] : [`    event     ${event}`]),
    `    expected  ${green(expected.join(", or "))}`,
    ...(observed === null ? [] : [`    observed  ${red(observed)}`]),
    ...differences.map(
      (it) => `    ${it.path}: ${green(it.expected)} expected, ${red(it.actual)} in the log`,
    ),
    ...(accepted.length === 0 ? [] : [`    accepted  ${accepted.join(", ")}`]),
  ];
  return `${[`${bold(message)} ${place}`, ...shown].join("\n")}\n`;
}

const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
