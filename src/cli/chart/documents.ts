/**
 * Machine → documents: one for each format.
 *
 * @module
 */
import type { AnyStateMachine } from "xstate";
import { toDot } from "../../chart/export/dot.ts";
import { toMermaid } from "../../chart/export/mermaid.ts";
import { toScxml } from "../../chart/export/scxml.ts";
import { toStatelyJson } from "../../chart/export/stately-json.ts";
import { toText } from "../../chart/export/text.ts";
import { defaultCapMs, layoutChart, type LayoutEngine, type PlacedChart } from "../../chart/layout.ts";
import { modelOf } from "../../chart/model-of.ts";
import type { ChartModel } from "../../chart/model.ts";
import { type Theme, toSvg } from "../../chart/svg.ts";
import type { LoadedMachine } from "../load-machines.ts";
import { type Format, suffixes } from "./formats.ts";

export interface Document {
  readonly format: Format;
  readonly fileName: string;
  readonly text: string;
  /** The picture shows less than was asked for: its layout would have taken too long. */
  readonly isFoldedInstead: boolean;
}

export interface DocumentOptions {
  readonly formats: readonly Format[];
  readonly fold: boolean;
  readonly theme: Theme;
  readonly engine: LayoutEngine;
  /** Default: ten times the usual, as a document should not depend on how busy the machine is that writes it. */
  readonly capMs?: number;
}

/** Charts up to this size get the slower layout with straighter lines. */
const straightStates = 60;
export async function documentsOf(
  machines: readonly LoadedMachine[],
  options: DocumentOptions,
): Promise<Document[]> {
  const names = fileNames(machines);
  const documents: Document[] = [];
  for (const [at, { machine }] of machines.entries()) {
    for (const format of options.formats) {
      const fileName = `${names[at] ?? ""}${suffixes[format]}`;
      documents.push({ format, fileName, ...(await write(machine, format, options)) });
    }
  }
  return documents;
}

async function write(
  machine: AnyStateMachine,
  format: Format,
  { fold, theme, engine, capMs = 10 * defaultCapMs }: DocumentOptions,
): Promise<Pick<Document, "text" | "isFoldedInstead">> {
  const model = modelOf(machine);
  if (format !== "svg") return { text: exporters[format](model), isFoldedInstead: false };
  const isStraight = model.states.length <= straightStates;
  const chart: PlacedChart = await layoutChart(model, {
    fold: fold ? "all" : "none",
    isStraight,
    engine,
    capMs,
  });
  return { text: toSvg(chart, { theme }), isFoldedInstead: !fold && chart.folded.length > 0 };
}

const exporters: Readonly<Record<Exclude<Format, "svg">, (model: ChartModel) => string>> = {
  mermaid: toMermaid,
  dot: toDot,
  scxml: toScxml,
  json: (model) => `${JSON.stringify(toStatelyJson(model), null, 2)}\n`,
  text: toText,
};

/** After the machine's id, or its export where it has none; told apart by a number. */
function fileNames(machines: readonly LoadedMachine[]): string[] {
  const taken = new Set<string>();
  return machines.map(({ machine, name }) => {
    const wanted = (machine.id === "(machine)" ? name : machine.id).replace(/[^\w.-]+/g, "_");
    let fileName = wanted;
    for (let at = 2; taken.has(fileName); at++) fileName = `${wanted}-${at}`;
    taken.add(fileName);
    return fileName;
  });
}
