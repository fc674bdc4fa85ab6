/** How every benchmark ends: a table for people, one JSON object with `--json`, exit 1 when a goal is missed. */
import { parseArgs } from "node:util";

export interface Goal {
  readonly name: string;
  /** The most (or, with `atLeast`, the least) that is allowed. */
  readonly goal: number;
  /** `null`: it was not measured, and so is not met. */
  readonly value: number | null;
  readonly ok: boolean;
  /** Why it was not measured. */
  readonly because?: string;
}

export const notMeasured = (name: string, goal: number, because: string): Goal => ({
  name,
  goal,
  value: null,
  ok: false,
  because,
});

export const atMost = (name: string, goal: number, value: number): Goal => ({
  name,
  goal,
  value: rounded(value),
  ok: value <= goal,
});

export const atLeast = (name: string, goal: number, value: number): Goal => ({
  name,
  goal,
  value: rounded(value),
  ok: value >= goal,
});

/** A line on stderr that the next one replaces on a terminal. */
export function progress(text: string): void {
  process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${text}` : `${text}\n`);
}

/** Prints the figures behind the goals and the goals; sets the exit code. */
export function report(
  title: string,
  figures: Readonly<Record<string, unknown>>,
  goals: readonly Goal[],
): void {
  const { values } = parseArgs({ options: { json: { type: "boolean", default: false } }, strict: false });
  if (process.stderr.isTTY) process.stderr.write("\n");
  if (goals.some(({ ok }) => !ok)) process.exitCode = 1;
  if (values["json"] === true) return console.log(JSON.stringify({ bench: title, figures, goals }));
  console.log(title);
  for (const [name, value] of Object.entries(figures)) console.log(`  ${name}: ${JSON.stringify(value)}`);
  for (const { name, goal, value, ok, because } of goals) {
    const shown = value ?? `not measured, ${because}`;
    console.log(`  ${ok ? "ok  " : value === null ? "--  " : "FAIL"} ${name}: ${shown} (goal ${goal})`);
  }
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

export const rounded = (value: number): number => Math.round(value * 1000) / 1000;
