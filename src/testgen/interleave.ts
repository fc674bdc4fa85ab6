/**
 * Concurrent code in many orders: what its parts wait for comes when the search says so, on a clock that it moves.
 *
 * Where there are few orders all of them are tried; else random ones that find faults of small depth soon.
 *
 * @module
 */
import type { Control } from "./interleave/control.ts";
import { createDrain, execute, type Execution, type Scenario } from "./interleave/execute.ts";
import { pct, randomFrom } from "./interleave/pct.ts";
import { notTheSame, SleepSets } from "./interleave/sleep-sets.ts";

export type { Control, ControlledClock, Settlement, TurnOptions } from "./interleave/control.ts";
export type { Running, Scenario } from "./interleave/execute.ts";

export interface InterleaveOptions {
  /** `auto`: all orders, and where they are more than `maxSchedules`, so many random ones. */
  readonly strategy?: "auto" | "exhaustive" | "pct";
  /** At most so many runs in which all orders are tried; 2,000 by default. */
  readonly maxSchedules?: number;
  /** Random runs; 500 by default. */
  readonly runs?: number;
  /** Events whose order a fault depends on; 3 by default. */
  readonly depth?: number;
  /** Random runs with the same seed are the same; 1 by default. */
  readonly seed?: number;
  /** A run with more steps than this has failed; 1,000 by default. */
  readonly maxSteps?: number;
  /** This order and no other, as a failure has it. */
  readonly schedule?: readonly string[];
}

export interface InterleaveReport {
  readonly verdict: "holds" | "violated";
  /** How the runs were chosen, at last. */
  readonly strategy: "exhaustive" | "pct" | "schedule";
  /** All orders were tried, up to the order of independent steps. */
  readonly complete: boolean;
  /** Runs to their end. */
  readonly executions: number;
  /** Runs that were left where they could only repeat another. */
  readonly pruned: number;
  readonly failure: { readonly problem: string; readonly schedule: readonly string[] } | null;
}

export async function interleave(
  scenario: Scenario | ((control: Control) => ReturnType<Scenario["start"]>),
  options: InterleaveOptions = {},
): Promise<InterleaveReport> {
  const { strategy = "auto", maxSchedules = 2_000, schedule, maxSteps = 1_000 } = options;
  const it: Scenario = typeof scenario === "function" ? { start: scenario } : scenario;
  const drain = createDrain();
  const run: Run = (choose) => execute(it, choose, drain.wait, maxSteps);
  try {
    if (schedule !== undefined) return await replayed(run, schedule);
    if (strategy === "pct") return await randomly(run, options);
    const all = await exhaustively(run, strategy === "exhaustive" ? Number.POSITIVE_INFINITY : maxSchedules);
    if (all.verdict === "violated" || all.complete) return all;
    return await randomly(run, options);
  } finally {
    drain.close();
  }
}

type Run = (choose: Parameters<typeof execute>[1]) => Promise<Execution>;

async function exhaustively(run: Run, maxSchedules: number): Promise<InterleaveReport> {
  const search = new SleepSets();
  const counted = { executions: 0, pruned: 0 };
  for (;;) {
    const { schedule, problem, isPruned } = await run(search.choose);
    if (isPruned) counted.pruned++;
    else counted.executions++;
    const report = { strategy: "exhaustive", ...counted } as const;
    if (problem !== null)
      return { ...report, verdict: "violated", complete: false, failure: { problem, schedule } };
    if (!search.next()) return { ...report, verdict: "holds", complete: true, failure: null };
    if (counted.executions + counted.pruned >= maxSchedules) {
      return { ...report, verdict: "holds", complete: false, failure: null };
    }
  }
}

async function randomly(
  run: Run,
  { runs = 500, depth = 3, seed = 1 }: InterleaveOptions,
): Promise<InterleaveReport> {
  const random = randomFrom(seed);
  let length = 1;
  for (let executions = 1; executions <= runs; executions++) {
    const { schedule, problem } = await run(pct(random, depth, length));
    length = Math.max(length, schedule.length);
    const report = { strategy: "pct", complete: false, executions, pruned: 0 } as const;
    if (problem !== null) return { ...report, verdict: "violated", failure: { problem, schedule } };
  }
  return { verdict: "holds", strategy: "pct", complete: false, executions: runs, pruned: 0, failure: null };
}

async function replayed(run: Run, wanted: readonly string[]): Promise<InterleaveReport> {
  const { schedule, problem } = await run((choices, step) => {
    const key = wanted[step];
    if (key === undefined) return null;
    const found = choices.find((it) => it.key === key);
    if (found === undefined) throw new Error(notTheSame(key, choices));
    return found;
  });
  const failure = problem === null ? null : { problem, schedule };
  const verdict = problem === null ? "holds" : "violated";
  return { verdict, strategy: "schedule", complete: false, executions: 1, pruned: 0, failure };
}

/** For people: what went wrong, and in which order; `schedule` repeats it. */
export function describeInterleaving({
  failure,
  executions,
  pruned,
  strategy,
  complete,
}: InterleaveReport): string {
  const count = `${executions} ${strategy} runs${pruned === 0 ? "" : `, ${pruned} cut short`}`;
  if (failure === null) return `${count}${complete ? ", all orders" : ""}: nothing wrong`;
  const steps = failure.schedule.map((key, index) => `  ${index + 1}. ${key}`);
  return [
    `${failure.problem} (${count})`,
    ...steps,
    `again: { schedule: ${JSON.stringify(failure.schedule)} }`,
  ].join("\n");
}
