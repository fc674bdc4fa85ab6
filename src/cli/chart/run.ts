/**
 * The work of `homeostat chart`, without its command line.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { HomeostatError } from "../../core/errors.ts";
import { startLayoutWorker } from "../../node/layout-worker.ts";
import type { ChartExitCode, ChartOptions, ChartTerminal } from "../chart.ts";
import { loadMachines, type LoadedMachine } from "../load-machines.ts";
import { writeDocument } from "../write-document.ts";
import { type Document, documentsOf } from "./documents.ts";
import { type Format, suffixes } from "./formats.ts";

/** What is written to a directory when no format is named. */
const documentFormats: readonly Format[] = ["svg", "mermaid", "text"];
const defaultDirectory = "docs/machines";

/** Never throws a HomeostatError: it says it on stderr. */
export async function runChart(
  files: readonly string[],
  options: ChartOptions,
  terminal: ChartTerminal,
): Promise<ChartExitCode> {
  try {
    return await run(files, options, terminal);
  } catch (error) {
    if (!(error instanceof HomeostatError)) throw error;
    terminal.stderr.write(`homeostat chart: ${error.message}\n`);
    return 2;
  }
}

async function run(
  files: readonly string[],
  { format, fold, theme, out, check }: ChartOptions,
  terminal: ChartTerminal,
): Promise<ChartExitCode> {
  const machines = await loadAll(files, terminal);
  const directory = out ?? (check ? defaultDirectory : null);
  const formats = format ?? (directory === null ? ["svg"] : documentFormats);
  if (directory === null && machines.length * formats.length > 1 && !formats.every((it) => it === "text")) {
    throw new HomeostatError(
      "machine_unreadable",
      `${machines.length * formats.length} documents (${machines.map((it) => it.machine.id).join(", ")}); ` +
        "write them with --out DIR, or print --format text",
    );
  }
  await using worker = startLayoutWorker();
  const documents = await documentsOf(machines, { formats, fold, theme, engine: worker.engine });
  for (const { fileName } of documents.filter((it) => it.isFoldedInstead)) {
    terminal.stderr.write(`homeostat chart: ${fileName}: takes too long to lay out, drawn folded\n`);
  }
  if (directory === null) {
    terminal.stdout.write(documents.map((it) => it.text).join("\n"));
    return 0;
  }
  return check
    ? compare(documents, directory, mending(files, directory, { format, fold, theme }), terminal)
    : write(documents, directory, terminal);
}

/** Each machine once, whichever of the files export it. */
async function loadAll(files: readonly string[], { stderr }: ChartTerminal): Promise<LoadedMachine[]> {
  const found: LoadedMachine[] = [];
  const without: string[] = [];
  for (const file of files) {
    const machines = await loadMachines(file);
    if (machines.length === 0) without.push(file);
    found.push(...machines.filter(({ machine }) => !found.some((it) => it.machine === machine)));
  }
  if (found.length === 0) {
    throw new HomeostatError(
      "machine_unreadable",
      `no machine in ${without.join(", ")}: export what XState's createMachine returns`,
    );
  }
  // Among several files, such as those of a folder, one without a machine is no mistake.
  for (const file of without) stderr.write(`homeostat chart: ${file} exports no machine, left out\n`);
  return found;
}

function write(documents: readonly Document[], directory: string, { stdout }: ChartTerminal): ChartExitCode {
  for (const { fileName, text } of documents) {
    const path = join(directory, fileName);
    const isNew = !existsSync(path) || readFileSync(path, "utf8") !== text;
    if (isNew) writeDocument(path, text);
    stdout.write(`${path}${isNew ? "" : " (unchanged)"}\n`);
  }
  return 0;
}

function compare(
  documents: readonly Document[],
  directory: string,
  mend: string,
  { stdout, stderr }: ChartTerminal,
): ChartExitCode {
  const stale = documents.flatMap(({ fileName, text }) => {
    const path = join(directory, fileName);
    if (!existsSync(path)) return [`missing   ${path}`];
    return readFileSync(path, "utf8") === text ? [] : [`stale     ${path}`];
  });
  const left = leftOver(documents, directory).map(
    (it) => `left over ${join(directory, it)} (no machine of this name)`,
  );
  if (stale.length + left.length === 0) {
    stdout.write(`${directory}: ${documents.length} files, all up to date\n`);
    return 0;
  }
  stderr.write(`${[...stale, ...left].join("\n")}\n`);
  if (stale.length > 0) stderr.write(`mend with: ${mend}\n`);
  if (left.length > 0) stderr.write("remove what is left over\n");
  return 1;
}

/** Files of the formats at hand that no machine has. */
function leftOver(documents: readonly Document[], directory: string): string[] {
  if (!existsSync(directory)) return [];
  const wanted = new Set(documents.map((it) => it.fileName));
  const endings = new Set(documents.map((it) => suffixes[it.format]));
  return readdirSync(directory)
    .filter((it) => !wanted.has(it) && [...endings].some((ending) => it.endsWith(ending)))
    .sort();
}

function mending(
  files: readonly string[],
  directory: string,
  { format, fold, theme }: Pick<ChartOptions, "format" | "fold" | "theme">,
): string {
  return [
    "homeostat chart",
    ...files,
    `--out ${directory}`,
    ...(format === undefined ? [] : [`--format ${format.join()}`]),
    ...(fold ? ["--fold"] : []),
    ...(theme === "auto" ? [] : [`--theme ${theme}`]),
  ].join(" ");
}
