/** A check's report for people. */
import type pc from "picocolors";
import type { CheckedFinding, CheckedProperty, CheckReport } from "../../explore/index.ts";

export type Colours = ReturnType<typeof pc.createColors>;

/** `title`: FILE and export. Notes are left out where there is something worse. */
export function describeReport(title: string, report: CheckReport, colours: Colours): string {
  const { bold, dim } = colours;
  const { states, edges, transitions, elapsedMs, findings, properties } = report;
  const counts = `${counted(states, "state")}, ${counted(edges, "edge")}, ${transitions.taken} of ${counted(transitions.of, "transition")} taken, ${elapsedMs} ms`;
  const shown = findings.filter(({ severity }) => severity !== "note");
  const notes = findings.length - shown.length;
  return [
    `${bold(title)}  ${dim(counts)}`,
    ...properties.map((it) => describeProperty(it, colours)),
    ...shown.map((it) => describeFinding(it, colours)),
    ...(notes === 0 ? [] : [dim(`  ${counted(notes, "note")} (--json shows them)`)]),
    `  ${describeVerdict(report, colours)}`,
    "",
  ].join("\n");
}

function describeVerdict(
  { verdict, complete, properties }: CheckReport,
  { green, red, yellow }: Colours,
): string {
  switch (verdict) {
    case "proven":
      return green(
        properties.length === 0
          ? "explored completely, nothing wrong"
          : `${counted(properties.length, "property", "properties")} proven in all states`,
      );
    case "violated":
      return red("something is wrong");
    case "unexplorable":
      return red("cannot be explored as it is");
    case "unproven":
      return yellow(
        complete ? "not all properties say something" : "not explored completely, nothing is proven",
      );
  }
}

function describeProperty({ name, verdict, problem, example }: CheckedProperty, colours: Colours): string {
  const { green, red, yellow } = colours;
  const mark = verdict === "holds" ? green("✓") : verdict === "violated" ? red("✗") : yellow("?");
  const why = verdict === "holds" ? "" : ` (${problem ?? verdict})`;
  const way = verdict === "violated" && example !== null ? indented(example.line, example.table) : [];
  return [`  ${mark} ${name}${why}`, ...way].join("\n");
}

function describeFinding(
  { kind, severity, message, example }: CheckedFinding,
  { red, yellow }: Colours,
): string {
  const mark = severity === "error" ? red("✗") : yellow("!");
  return [
    `  ${mark} ${kind}: ${message}`,
    ...(example === null ? [] : indented(`reached by ${example.line}`)),
  ].join("\n");
}

const indented = (...texts: readonly string[]): string[] =>
  texts.flatMap((text) => text.split("\n")).map((line) => `      ${line}`);

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}
