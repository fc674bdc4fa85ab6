/**
 * One test against one system: what is done, and the comparison of what is seen with what the machine says.
 *
 * @module
 */
import { HomeostatError } from "../core/errors.ts";
import { outcomeEvent } from "../explore/world.ts";
import { type Observation, plain, textOf } from "./observation.ts";
import { type Action, actionName, type SuiteTest } from "./suite/script.ts";
import type { Sut, SutSession } from "./sut.ts";

/** A system that does not do what its machine does. */
export class SuiteMismatch extends Error {
  override readonly name = "SuiteMismatch";
  /** 0: after it was created. */
  readonly step: number;
  readonly expected: unknown;
  readonly actual: unknown;

  constructor(message: string, facts: { step: number; expected: unknown; actual: unknown }) {
    super(message);
    this.step = facts.step;
    this.expected = facts.expected;
    this.actual = facts.actual;
  }
}

/** Throws a {@link SuiteMismatch} at the first difference; disposes of the session in any case. */
export async function runTest(test: SuiteTest, sut: Sut): Promise<void> {
  const session = await sut.create(test.input);
  try {
    await compare(sut, session, test, 0, test.initial);
    for (const [index, { action, afterMs, expected }] of test.steps.entries()) {
      if (afterMs > 0) await advance(session, afterMs);
      await perform(session, action);
      await compare(sut, session, test, index + 1, expected);
    }
  } finally {
    await session.dispose?.();
  }
}

async function advance(session: SutSession, ms: number): Promise<void> {
  if (session.advance === undefined) {
    throw new HomeostatError("suite_unusable", "the machine has timers: give the session advance(ms)");
  }
  await session.advance(ms);
}

async function perform(session: SutSession, action: Action): Promise<void> {
  switch (action.kind) {
    case "send":
      await session.send(action.event);
      return;
    case "advance":
      await advance(session, action.ms);
      return;
    case "settle":
      if (session.settle !== undefined) await session.settle(action.actor, action.outcome);
      else await session.send(outcomeEvent(action.actor, action.outcome));
  }
}

async function compare(
  sut: Sut,
  session: SutSession,
  test: SuiteTest,
  step: number,
  expected: Observation,
): Promise<void> {
  if (session.read !== undefined) {
    const actual = plain(await session.read());
    const wanted = plain(
      sut.projectModel === undefined ? shownOf(expected, actual) : sut.projectModel(expected),
    );
    if (textOf(wanted) !== textOf(actual)) {
      throw new SuiteMismatch(message(test, step, wanted, actual), { step, expected: wanted, actual });
    }
  }
  for (const state of activeStates(expected.value)) await session.states?.[state]?.(expected);
}

/** Of `expected`, the parts that `actual` shows too. */
function shownOf(expected: Observation, actual: unknown): unknown {
  if (!isRecord(actual)) return expected;
  const wanted = Object.entries({ output: null, ...expected }).filter(([key]) => key in actual);
  return Object.fromEntries(
    wanted.map(([key, value]) => {
      const shown = actual[key];
      if (key !== "context" || !isRecord(value) || !isRecord(shown)) return [key, value];
      return [key, Object.fromEntries(Object.keys(shown).map((it) => [it, value[it]]))];
    }),
  );
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** `a`, `a.b`: every state that is active. */
export function activeStates(value: unknown, above = ""): string[] {
  if (typeof value === "string") return [above + value];
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, below]) => [
    above + key,
    ...activeStates(below, `${above}${key}.`),
  ]);
}

function message({ title, steps }: SuiteTest, step: number, expected: unknown, actual: unknown): string {
  const done = steps.slice(0, step).map(({ action }, index) => {
    const payload = action.kind === "send" ? ` ${textOf(action.event)}` : "";
    return `  ${index + 1}. ${actionName(action)}${payload}`;
  });
  const last = steps[step - 1];
  const after =
    last === undefined ? "after it was created" : `after step ${step}, ${actionName(last.action)}`;
  return [
    `${title}: ${after}, the system is not where its machine is`,
    ...differences(expected, actual).map((it) => `  ${it}`),
    ...(done.length === 0 ? [] : ["the steps so far:", ...done]),
  ].join("\n");
}

function differences(expected: unknown, actual: unknown, path = ""): string[] {
  if (textOf(expected) === textOf(actual)) return [];
  if (isRecord(expected) && isRecord(actual)) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(actual)]);
    return [...keys].flatMap((key) =>
      differences(expected[key], actual[key], path === "" ? key : `${path}.${key}`),
    );
  }
  return [`${path}: expected ${textOf(expected)}, was ${textOf(actual)}`];
}
