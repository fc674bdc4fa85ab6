/**
 * Random walks: a system is taken to the places where a suite leaves off, and from there wherever chance leads, along its
 * machine. What fails is made short.
 *
 * The walks are commands of fast-check, which has to be installed: it is an optional peer.
 *
 * @see https://fast-check.dev/docs/advanced/model-based-testing/
 * @module
 */
import type * as FastCheck from "fast-check";
import type { AnyStateMachine } from "xstate";
import { HomeostatError } from "../core/errors.ts";
import { type Explored, exploring, type ExploringOptions } from "./exploring.ts";
import { rowsOf } from "./rows.ts";
import { compare, runTest, SuiteMismatch } from "./run-test.ts";
import { suiteOf } from "./suite.ts";
import { actionName, type SuiteTest } from "./suite/script.ts";
import type { Sut } from "./sut.ts";
import { arbitraryOf, MoveCommand, movesOfGraph, type Real } from "./walks/commands.ts";
import { type Move, movesOf, WalkModel } from "./walks/model.ts";
import { asMismatch, type Minimality, modelAfter, shorten, type Shortened } from "./walks/shorten.ts";

export type { Move } from "./walks/model.ts";
export type { Minimality } from "./walks/shorten.ts";

export interface WalkOptions extends ExploringOptions {
  /** Walks with the same seed are the same; chosen by chance, and told, when not given. */
  readonly seed?: number;
  /** How many; 100 by default. */
  readonly runs?: number;
  /** At most so many random moves after the beginning of each; 50 by default. */
  readonly maxSteps?: number;
  /** So often at most a system that has failed is run again to find a short way to it; 5,000 by default. */
  readonly maxTries?: number;
}

export interface WalkFailure {
  /** The short one; its last step fails. */
  readonly test: SuiteTest;
  /** What is expected and what was seen, and the steps. */
  readonly message: string;
  /** What was seen instead. */
  readonly actual: unknown;
  /** Steps of the walk that failed first. */
  readonly foundWith: number;
  readonly minimality: Minimality;
  /** Ids of the transitions that the machine takes in the failing step; none: it ignores what came. */
  readonly transitions: readonly string[];
  /** For {@link replayWalk}; JSON, as long as payloads are. */
  readonly moves: readonly Move[];
}

export interface WalkReport {
  readonly machine: string;
  readonly seed: number;
  readonly runs: number;
  /** Of all walks, with the ways to where they begin. */
  readonly steps: number;
  /** Places where walks begin. */
  readonly frontiers: number;
  readonly failure: WalkFailure | null;
}

/** Throws `machine_unexplorable` for a machine that no suite can be made of, and `not_provided` without fast-check. */
export async function walkRandomly(
  machine: AnyStateMachine,
  sut: Sut,
  {
    seed = Math.trunc(Math.random() * 2 ** 31),
    runs = 100,
    maxSteps = 50,
    maxTries = 5_000,
    ...how
  }: WalkOptions = {},
): Promise<WalkReport> {
  const fc = await fastCheck();
  const explored = exploring(machine, how);
  const frontiers = frontiersOf(explored);
  const counted = { runs: 0, steps: 0 };
  let failed: readonly Move[] | null = null;

  const commands = fc.commands(
    movesOfGraph(explored).map((it) => arbitraryOf(fc, it)),
    { maxCommands: maxSteps, size: "max" },
  );
  const property = fc.asyncProperty(fc.nat({ max: frontiers.length - 1 }), commands, async (at, moves) => {
    counted.runs++;
    const model = new WalkModel(explored);
    const session = await sut.create(explored.input);
    const real: Real = { session, sut };
    try {
      await compare(sut, session, model.test("a walk"), 0, model.initial);
      const lead = (frontiers[at] ?? []).map((it) => new MoveCommand(it, true));
      const setup = () => ({ model, real });
      await fc.asyncModelRun(setup, [...lead, ...moves]);
    } catch (error) {
      failed = model.steps.flatMap(movesOf);
      throw asMismatch(error, model);
    } finally {
      counted.steps += model.steps.length;
      await session.dispose?.();
    }
  });
  // It is made short by the graph, which knows more than fast-check's shrinking.
  await fc.check(property, { seed, numRuns: runs, endOnFailure: true });
  const report = { machine: machine.id, seed, ...counted, frontiers: frontiers.length };
  if (failed === null) return { ...report, failure: null };
  const { length } = failed as readonly Move[];
  const short = await shorten(explored, sut, failed, maxTries);
  return { ...report, failure: short === null ? flaky(explored, failed) : failureOf(short, length) };
}

/** The same moves again. Throws a `SuiteMismatch` where the system does not do what its machine does. */
export async function replayWalk(
  machine: AnyStateMachine,
  sut: Sut,
  moves: readonly Move[],
  options: ExploringOptions = {},
): Promise<void> {
  // One state is enough: nothing is looked for.
  const explored = exploring(machine, { ...options, maxStates: 1, verify: false });
  await runTest(modelAfter(explored, moves).test("a walk"), sut);
}

async function fastCheck(): Promise<typeof FastCheck> {
  try {
    return await import("fast-check");
  } catch (error) {
    const message = "walks are made by fast-check: npm install --save-dev fast-check";
    throw new HomeostatError("not_provided", message, {}, error);
  }
}

/** The ends of all beginnings of a suite's tests, the empty one first. */
function frontiersOf(explored: Explored): readonly (readonly Move[])[] {
  const { tests } = suiteOf(explored);
  return [
    [],
    ...tests.flatMap(({ steps }) => steps.map((_, index) => steps.slice(0, index + 1).flatMap(movesOf))),
  ];
}

function failureOf({ test, mismatch, minimality, failing }: Shortened, foundWith: number): WalkFailure {
  return {
    test,
    message: mismatch.message,
    actual: mismatch.actual,
    foundWith,
    minimality,
    transitions: failing.taken,
    moves: test.steps.flatMap(movesOf),
  };
}

/** It did not fail again: the system does not only depend on what is done to it. */
function flaky(explored: Explored, moves: readonly Move[]): WalkFailure {
  const test = modelAfter(explored, moves).test("a walk");
  const message = `a walk of ${moves.length} moves failed once and not again: the system depends on more than what is done to it`;
  return {
    test,
    message,
    actual: null,
    foundWith: moves.length,
    minimality: "local",
    transitions: [],
    moves,
  };
}

const lengths: Readonly<Record<Minimality, string>> = {
  shortest: "nothing shorter fails",
  transition: "no shorter way to this transition fails",
  pair: "no shorter way to these two transitions fails",
  local: "no step can be left out",
};

/** For people. `command`: what plays the moves again. */
export function describeWalk(
  { seed, runs, steps, frontiers, machine, failure }: WalkReport,
  command?: string,
): string {
  if (failure === null)
    return `${machine}: ${runs} walks from ${frontiers} places, ${steps} steps: all as the machine says`;
  const { test, message, foundWith, minimality } = failure;
  const count = test.steps.length;
  const names = test.steps.map(({ action }) => actionName(action)).join(", ");
  return [
    message,
    `${count} ${count === 1 ? "step" : "steps"} (${names}): ${lengths[minimality]}; found with ${foundWith}, seed ${seed}`,
    `again: ${command ?? `replayWalk(machine, sut, ${JSON.stringify(failure.moves)})`}`,
    `as rows of a test: ${JSON.stringify(rowsOf(test))}`,
  ].join("\n");
}

/** Throws what {@link describeWalk} says when a walk fails. */
export async function assertWalks(
  machine: AnyStateMachine,
  sut: Sut,
  options: WalkOptions = {},
): Promise<WalkReport> {
  const report = await walkRandomly(machine, sut, options);
  if (report.failure === null) return report;
  const { test, actual } = report.failure;
  const { expected } = test.steps.at(-1) ?? { expected: test.initial };
  throw new SuiteMismatch(describeWalk(report), { step: test.steps.length, expected, actual });
}
