/** What a replay found, for people. */
import type pc from "picocolors";
import type { ComparedDecision, Divergence, ReplayDifference, ReplayRecord } from "../../replay/index.ts";
import { count, printable } from "../run/narrator.ts";

export type Colours = ReturnType<typeof pc.createColors>;
type Counts = Extract<ReplayRecord, { type: "counts" }>;

export function describeDifference(found: ReplayDifference, colours: Colours): string {
  const { source, line, seq, expected, actual, differences } = found;
  const { bold, dim, red, green } = colours;
  const place = dim(`(${source}:${line})`);
  if (actual === null || expected === null) {
    const head =
      actual === null
        ? `before record ${seq} a decision is missing`
        : `record ${seq} is a decision that nothing leads to`;
    const shown =
      actual === null
        ? red(`  - ${phrase(expected as ComparedDecision)}`)
        : green(`  + ${phrase(actual as ComparedDecision)}`);
    return `${bold(head)} ${place}\n${shown}\n`;
  }
  const lines = differences.flatMap((it) => [
    `    ${it.path}`,
    red(`      - ${it.expected}`),
    green(`      + ${it.actual}`),
  ]);
  const head = `record ${seq} is not what its facts lead to: ${actual.type} of ${nameOf(actual)}`;
  return `${[`${bold(head)} ${place}`, ...lines].join("\n")}\n`;
}

export function describeDivergence(found: Divergence, { bold, dim, yellow }: Colours): string {
  const { source, line, seq, at, subject, recorded, would } = found;
  const head = `${bold(printable(subject))}, record ${seq} ${dim(`(${source}:${line}, ${instant(at)})`)}`;
  const nothing = "nothing at this point";
  return `${[
    head,
    `    recorded  ${recorded === null ? nothing : phrase(recorded)}`,
    yellow(`    would be  ${would === null ? nothing : phrase(would)}`),
  ].join("\n")}\n`;
}

export function summarise(counts: Counts, differs: boolean, { green, red, yellow }: Colours): string {
  const { runs, records, decisions, pending, compared, incomparable, divergences } = counts;
  const all = `${count(runs, "run")}, ${count(records, "record")}, ${count(decisions, "decision")}`;
  if (differs) return red(`${all} up to the first difference\n`);
  const cut = pending === 0 ? "" : `; ${count(pending, "more decision")} due where the log ends`;
  if (divergences === undefined)
    return green(`${all}: every decision is the one that its facts lead to${cut}\n`);
  if (divergences === 0) return green(`${all}: the policy would have decided the same\n`);
  const cannot = `${count(incomparable ?? 0, "later record")} of them cannot be compared: they happened because of what was decided`;
  return yellow(
    `${all}, ${compared} compared: ${count(divergences, "backend")} would have been treated otherwise; ${cannot}\n`,
  );
}

/** `2026-11-24 23:41:26.123 UTC`. */
export function instant(at: number): string {
  return `${new Date(at).toISOString().replace("T", " ").slice(0, -1)} UTC`;
}

function nameOf(decision: ComparedDecision): string {
  return printable("subject" in decision ? decision.subject : `${decision.plugin}/${decision.server}`);
}

/** `start.scheduled of a/a: retryAfterMs 250, attempt 1`. */
function phrase(decision: ComparedDecision): string {
  const named = new Set(["type", "plugin", "server", "subject", "monotonicMs"]);
  const facts = Object.entries(decision)
    .filter(([name]) => !named.has(name))
    .map(([name, value]) => `${name} ${printable(String(value))}`);
  return `${decision.type} of ${nameOf(decision)}: ${facts.join(", ")} (at ${decision.monotonicMs} ms)`;
}
