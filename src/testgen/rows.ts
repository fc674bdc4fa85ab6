/**
 * Tests as rows of a file: what is done, and only what it changes. Read back they are the tests again.
 *
 * @module
 */
import type { AnyEventObject, StateValue } from "xstate";
import type { Observation, SeenEffect } from "./observation.ts";
import { runTest } from "./run-test.ts";
import type { Action, SuiteTest, TestStep } from "./suite/script.ts";
import type { Sut } from "./sut.ts";

/** What is seen after a step where it differs from before; nothing: it changes nothing. */
export interface Change {
  readonly value?: StateValue;
  readonly status?: Observation["status"];
  /** Keys that change, with their new values; `undefined`: it is gone. */
  readonly context?: unknown;
  readonly output?: unknown;
  readonly actors?: readonly string[];
  /** Of this step. */
  readonly effects?: readonly SeenEffect[];
}

export type Row = Change & { readonly afterMs?: number } & (
    | { readonly send: AnyEventObject }
    | { readonly advance: number; readonly fires: readonly string[] }
    | { readonly settle: string; readonly done: unknown; readonly late?: true }
    | { readonly settle: string; readonly fails: unknown; readonly late?: true }
  );

/** Where every test of a file begins. */
export interface Beginning {
  readonly input: unknown;
  readonly initial: Observation;
}

export function rowsOf({ initial, steps }: SuiteTest): Row[] {
  let before = initial;
  return steps.map(({ action, afterMs, expected }): Row => {
    const changed = changeOf(before, expected);
    before = expected;
    return { ...(afterMs === 0 ? {} : { afterMs }), ...cells(action), ...changed };
  });
}

function cells(action: Action) {
  switch (action.kind) {
    case "send":
      return { send: action.event };
    case "advance":
      return { advance: action.ms, fires: action.fires };
    case "settle": {
      const late = action.isLate ? ({ late: true } as const) : {};
      const { outcome } = action;
      return outcome.kind === "done"
        ? { settle: action.actor, done: outcome.output, ...late }
        : { settle: action.actor, fails: outcome.error, ...late };
    }
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

function changeOf(before: Observation, after: Observation): Change {
  const changed: Record<string, unknown> = {};
  for (const key of ["value", "status", "output", "actors"] as const) {
    if (!isSame(before[key], after[key])) changed[key] = after[key];
  }
  if (!isSame(before.context, after.context))
    changed["context"] = contextChange(before.context, after.context);
  if (after.effects.length > 0) changed["effects"] = after.effects;
  return changed;
}

function contextChange(before: unknown, after: unknown): unknown {
  if (!isRecord(before) || !isRecord(after)) return after;
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return Object.fromEntries(keys.filter((it) => !isSame(before[it], after[it])).map((it) => [it, after[it]]));
}

/** Plays a test of a file to a system. Throws at the first difference. */
export async function play(sut: Sut, { input, initial }: Beginning, rows: readonly Row[]): Promise<void> {
  let expected = initial;
  const steps = rows.map((row): TestStep => {
    expected = changedBy(expected, row);
    return { afterMs: row.afterMs ?? 0, action: actionOf(row), expected };
  });
  await runTest({ title: sut.name ?? "the system", why: [], input, initial, steps }, sut);
}

function changedBy(before: Observation, row: Row): Observation {
  const { value, status, actors, effects = [], context } = row;
  return {
    ...before,
    ...(value === undefined ? {} : { value }),
    ...(status === undefined ? {} : { status }),
    ...(actors === undefined ? {} : { actors }),
    ...("output" in row ? { output: row.output } : {}),
    context:
      isRecord(before.context) && isRecord(context)
        ? { ...before.context, ...context }
        : (context ?? before.context),
    effects,
  };
}

function actionOf(row: Row): Action {
  if ("send" in row) return { kind: "send", event: row.send };
  if ("advance" in row) return { kind: "advance", ms: row.advance, fires: row.fires };
  const outcome =
    "done" in row
      ? ({ kind: "done", output: row.done } as const)
      : ({ kind: "error", error: row.fails } as const);
  return { kind: "settle", actor: row.settle, outcome, isLate: row.late === true };
}
