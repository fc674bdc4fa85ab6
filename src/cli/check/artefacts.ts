/** What a check writes to files: its report, its coverage, and its counterexamples. */
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join, relative, resolve, sep } from "node:path";
import { layoutChart, modelOf, toSvg } from "../../chart/index.ts";
import { HomeostatError } from "../../core/errors.ts";
import {
  checkGroup,
  type Counterexample,
  type Examined,
  exploredCounts,
  type Report,
  toJunit,
  toMarkdown,
} from "../../explore/index.ts";
import { emitReproduction } from "../../testgen/index.ts";
import type { Loaded } from "./load.ts";

export const reportFormats = ["md", "json", "junit"] as const;
export type ReportFormat = (typeof reportFormats)[number];

export type Checked = Loaded & Examined;

export interface ArtefactOptions {
  readonly report?: ReportFormat;
  readonly out?: string;
  readonly coverage?: string;
  readonly counterexamples?: string;
  /** Where test files import from. */
  readonly from?: string;
}

/** Throws a {@link HomeostatError} for a file that cannot be written. */
export async function writeArtefacts(
  checked: readonly Checked[],
  { report, out, coverage, counterexamples, from }: ArtefactOptions,
  stdout: { write(text: string): unknown },
): Promise<void> {
  const counts = coverage === undefined ? [] : checked.map(({ exploration }) => exploredCounts(exploration));
  if (report !== undefined || out !== undefined) {
    const groups = checked.map((it, index) =>
      checkGroup(it.report, { file: it.file, coverage: counts[index] ?? null }),
    );
    const text = rendered({ title: "homeostat check", groups }, report ?? formatOf(out ?? ""));
    if (out === undefined) stdout.write(text);
    else write(out, text);
  }
  if (coverage !== undefined) write(coverage, `${JSON.stringify({ coverage: counts }, null, 2)}\n`);
  if (counterexamples !== undefined) {
    for (const it of checked) await writeCounterexamples(it, counterexamples, from);
  }
}

/** By the name of the file. */
function formatOf(file: string): ReportFormat {
  const extension = extname(file);
  return extension === ".xml" ? "junit" : extension === ".json" ? "json" : "md";
}

function rendered(report: Report, format: ReportFormat): string {
  switch (format) {
    case "md":
      return toMarkdown(report);
    case "json":
      return `${JSON.stringify(report, null, 2)}\n`;
    case "junit":
      return toJunit(report);
  }
}

async function writeCounterexamples(
  { file, name, machine, told, counterexamples }: Checked,
  directory: string,
  testing: string | undefined,
): Promise<void> {
  if (counterexamples.length === 0) return;
  const model = modelOf(machine);
  const chart = await layoutChart(model);
  const names = new Set<string>();
  for (const it of counterexamples) {
    const path = join(directory, unique(`${machine.id}-${it.name}`, names));
    const picture = toSvg(chart, { active: it.way.states, taken: it.way.transitions });
    write(`${path}.svg`, picture);
    write(`${path}.md`, described(it, `${basename(path)}.svg`));
    // Without a property there is nothing that a test could ask for.
    if (!it.isProperty || told === null) continue;
    const from = (module: string): string => toModule(directory, module);
    write(
      `${path}.test.ts`,
      emitReproduction(it, {
        from: testing,
        machine: { module: from(file), name },
        explore: {
          module: from(told.file),
          expression: told.name === null ? "explore" : `explore.${told.name}`,
        },
      }),
    );
  }
}

function described({ name, line, table, sequence }: Counterexample, picture: string): string {
  return [
    `# ${name}`,
    "",
    "```text",
    line,
    "```",
    "",
    table,
    "",
    "```mermaid",
    sequence,
    "```",
    "",
    `![the way in the chart](./${picture})`,
    "",
  ].join("\n");
}

/** A name for a file of what is free text. */
function unique(text: string, names: Set<string>): string {
  const plain = text
    .replaceAll(/[^\p{L}\p{N}]+/gu, "-")
    .replaceAll(/^-|-$/g, "")
    .slice(0, 80);
  let name = plain;
  for (let count = 2; names.has(name); count++) name = `${plain}-${count}`;
  names.add(name);
  return name;
}

function toModule(directory: string, file: string): string {
  const path = relative(resolve(directory), resolve(file)).split(sep).join("/");
  return path.startsWith(".") ? path : `./${path}`;
}

function write(file: string, text: string): void {
  try {
    mkdirSync(dirname(resolve(file)), { recursive: true });
    writeFileSync(file, text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new HomeostatError("not_found", `cannot write ${file}: ${reason}`, { file }, error);
  }
}
