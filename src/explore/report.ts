/**
 * What checks and suites came to, in the forms that people and build servers read.
 *
 * @module
 */
import type { CheckReport } from "./check.ts";
import type { CoverageCounts } from "./coverage-counts.ts";

export type CaseVerdict = "passed" | "failed" | "undecided";

export interface ReportCase {
  readonly name: string;
  readonly verdict: CaseVerdict;
  /** What is wrong, in a line; `null`: nothing. */
  readonly message: string | null;
  /** Markdown. */
  readonly details: string | null;
}

/** What belongs together: a machine, or a suite with its system. */
export interface ReportGroup {
  readonly name: string;
  readonly file: string | null;
  /** For people: `2 states`. */
  readonly facts: readonly string[];
  readonly cases: readonly ReportCase[];
  readonly elapsedMs: number;
  readonly coverage: CoverageCounts | null;
}

export interface Report {
  readonly title: string;
  readonly groups: readonly ReportGroup[];
}

/** One case for each property, one for each finding that is no note, and one for the exploration itself. */
export function checkGroup(
  report: CheckReport,
  {
    file = null,
    coverage = null,
  }: { readonly file?: string | null; readonly coverage?: CoverageCounts | null } = {},
): ReportGroup {
  const { machine, states, edges, transitions, elapsedMs, complete, stoppedBy, properties, findings } =
    report;
  const details = (example: { line: string; table: string; sequence: string } | null): string | null =>
    example === null
      ? null
      : [example.line, "", example.table, "", "```mermaid", example.sequence, "```"].join("\n");
  return {
    name: machine,
    file,
    facts: [
      `${states} states`,
      `${edges} edges`,
      `${transitions.taken} of ${transitions.of} transitions taken`,
    ],
    elapsedMs,
    coverage,
    cases: [
      {
        name: "all states are explored",
        verdict: complete ? "passed" : "undecided",
        message: complete ? null : `stopped by ${stoppedBy ?? "nothing"} after ${states} states`,
        details: null,
      },
      ...properties.map(({ name, verdict, problem, example }): ReportCase => ({
        name,
        verdict: verdict === "holds" ? "passed" : verdict === "violated" ? "failed" : "undecided",
        message: verdict === "holds" ? null : (problem ?? example?.line ?? verdict),
        details: verdict === "violated" ? details(example) : null,
      })),
      ...findings
        .filter(({ severity }) => severity !== "note")
        .map(({ kind, subject, severity, message, example }): ReportCase => ({
          name: `${kind}: ${subject}`,
          verdict: severity === "error" ? "failed" : "undecided",
          message,
          details: details(example),
        })),
    ],
  };
}

const marks: Readonly<Record<CaseVerdict, string>> = { passed: "✓", failed: "✗", undecided: "?" };

export function toMarkdown({ title, groups }: Report): string {
  const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", "<br>");
  const parts = groups.flatMap(({ name, file, facts, cases, elapsedMs, coverage }) => [
    `## ${name}`,
    "",
    [...(file === null ? [] : [`\`${file}\``]), ...facts, `${elapsedMs} ms`].join(", "),
    "",
    "|  | what | why |",
    "| --- | --- | --- |",
    ...cases.map((it) => `| ${marks[it.verdict]} | ${cell(it.name)} | ${cell(it.message ?? "")} |`),
    "",
    ...cases.flatMap((it) => (it.details === null ? [] : [`### ${it.name}`, "", it.details, ""])),
    ...(coverage === null ? [] : uncovered(coverage)),
  ]);
  return [`# ${title}`, "", summaryOf(groups), "", ...parts].join("\n");
}

function summaryOf(groups: readonly ReportGroup[]): string {
  const counts = Object.entries(countsOf(groups.flatMap(({ cases }) => cases)));
  return counts.flatMap(([verdict, count]) => (count === 0 ? [] : [`${count} ${verdict}`])).join(", ");
}

function countsOf(cases: readonly ReportCase[]): Record<CaseVerdict, number> {
  const counts = { passed: 0, failed: 0, undecided: 0 };
  for (const { verdict } of cases) counts[verdict]++;
  return counts;
}

function uncovered({ states, transitions, paths }: CoverageCounts): string[] {
  const all = [...Object.entries(states), ...Object.entries(transitions)];
  const missing = all.filter(([, count]) => count === 0);
  const rows = missing.map(
    ([id]) => `- \`${id}\`${paths[id] === undefined ? "" : `: ${paths[id].join(", ")}`}`,
  );
  return [
    `${all.length - missing.length} of ${all.length} states and transitions seen`,
    "",
    ...rows,
    ...(rows.length === 0 ? [] : [""]),
  ];
}

/** The format of Ant's JUnit task, as build servers read it. Undecided cases count as failures: nothing was shown. */
export function toJunit({ title, groups }: Report): string {
  const all = groups.flatMap(({ cases }) => cases);
  const attributes = (cases: readonly ReportCase[], ms: number): string => {
    const { failed, undecided } = countsOf(cases);
    return `tests="${cases.length}" failures="${failed + undecided}" errors="0" time="${(ms / 1_000).toFixed(3)}"`;
  };
  const total = groups.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${xml(title)}" ${attributes(all, total)}>`,
    ...groups.flatMap(({ name, file, cases, elapsedMs }) => [
      `  <testsuite name="${xml(name)}"${file === null ? "" : ` file="${xml(file)}"`} ${attributes(cases, elapsedMs)}>`,
      ...cases.flatMap((it) => testcase(name, it)),
      "  </testsuite>",
    ]),
    "</testsuites>",
    "",
  ].join("\n");
}

function testcase(group: string, { name, verdict, message, details }: ReportCase): string[] {
  const open = `    <testcase classname="${xml(group)}" name="${xml(name)}"`;
  if (verdict === "passed") return [`${open}/>`];
  const text = details === null ? (message ?? "") : details;
  return [
    `${open}>`,
    `      <failure type="${verdict}" message="${xml(message ?? verdict)}">${xml(text)}</failure>`,
    "    </testcase>",
  ];
}

/** Of what XML cannot have at all nothing is left. */
function xml(text: string): string {
  // oxlint-disable-next-line no-control-regex
  const allowed = text.replaceAll(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, "");
  return allowed
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
