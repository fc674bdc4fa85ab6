/**
 * What the charts cost, as ratios of contenders that take turns in one run: absolute times say more about the machine.
 *
 * Usage: node bench/decisions.ts [--json] [--rounds N]
 *
 * Progress goes to stderr; the last line of `--json` is `{ goals: [{ name, goal, value, ok }] }`. Ends with 1 if a goal is
 * missed.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { type AnyStateMachine, assign, createActor, enqueueActions, setup } from "xstate";
import { crashBudgetMachine } from "../machines/crash-budget.ts";
import { conform } from "../src/conform/index.ts";
import { type CrashWindow, recordCrash, referenceCrashPolicy } from "../src/core/crash-budget.ts";
import { VirtualClock } from "../src/runtime/virtual-clock.ts";

const { values: options } = parseArgs({
  options: { json: { type: "boolean", default: false }, rounds: { type: "string", default: "15" } },
});
const rounds = Number(options.rounds);
const events = 20_000;
const policy = referenceCrashPolicy();
const recording = readFileSync(new URL("../test/vectors/crash_budget.jsonl", import.meta.url), "utf8");
const recordedEvents = recording
  .trimEnd()
  .split("\n")
  .reduce((sum, line) => sum + JSON.parse(line).ops.length, 0);

// ── Contenders ───────────────────────────────────────────────────────────────

/** A bare chart of the shape of a crash: guards that are asked, a context that changes, a report, a timer. */
const bareMachine = setup({
  types: {} as {
    context: { at: number; count: number };
    events: { type: "backend.exited"; at: number };
    emitted: { type: "told"; at: number };
  },
  guards: { never: (_, { at }: { at: number }) => at < 0 },
  actions: {
    count: assign(({ context }, { at }: { at: number }) => ({ at, count: context.count + 1 })),
    tell: enqueueActions(({ enqueue, context: { at } }) => enqueue.emit({ type: "told", at })),
  },
  delays: { later: 30_000 },
}).createMachine({
  id: "bare",
  context: { at: 0, count: 0 },
  initial: "steady",
  on: {
    "backend.exited": [
      { guard: { type: "never", params: ({ event }) => ({ at: event.at }) }, target: ".steady" },
      { guard: { type: "never", params: ({ event }) => ({ at: event.at }) }, target: ".steady" },
      { guard: { type: "never", params: ({ event }) => ({ at: event.at }) }, target: ".steady" },
      { target: ".waiting", actions: { type: "count", params: ({ event }) => ({ at: event.at }) } },
    ],
  },
  states: { steady: {}, waiting: { entry: "tell", after: { later: "steady" } } },
});

function sendCrashes(machine: AnyStateMachine, count: number, input?: unknown): void {
  const actor = createActor(machine, { clock: new VirtualClock(), input });
  actor.on("*", () => {});
  actor.start();
  for (let at = 0; at < count; at += 1) actor.send({ type: "backend.exited", at });
  actor.stop();
}

/** One of four keys, each crash 7 ms after the one before. */
const keyAt = (index: number): string => `key ${index % 4}`;

function decidePurely(count: number): number {
  const windows = new Map<string, CrashWindow>();
  let retries = 0;
  for (let index = 0; index < count; index += 1) {
    const key = keyAt(index);
    const { window, decision } = recordCrash(windows.get(key) ?? null, index * 7, policy);
    windows.set(key, window);
    if (decision.kind === "retry") retries += 1;
  }
  return retries;
}

/** The shortest function that decides the same: a map, a counter, two numbers. */
function decideByHand(count: number): number {
  const windows = new Map<string, { startedAt: number; crashes: number }>();
  let retries = 0;
  for (let index = 0; index < count; index += 1) {
    const key = keyAt(index);
    const at = index * 7;
    let window = windows.get(key);
    if (window === undefined || at - window.startedAt >= 30_000) {
      window = { startedAt: at, crashes: 0 };
      windows.set(key, window);
    }
    window.crashes += 1;
    if (window.crashes === 1) retries += 1;
  }
  return retries;
}

async function conformRecording(): Promise<void> {
  for await (const record of conform({ sources: [{ name: "recording", chunks: [recording] }] })) {
    if (record.type === "difference") throw new Error(`${record.id} differs`);
  }
}

// ── Goals ────────────────────────────────────────────────────────────────────

interface Goal {
  readonly name: string;
  readonly goal: string;
  readonly isMet: (ratio: number) => boolean;
  /** The ratio is the time of `subject` over that of `yardstick`, or its inverse for speeds. */
  readonly ratio: (subjectMs: number, yardstickMs: number) => number;
  readonly subject: () => unknown;
  readonly yardstick: () => unknown;
}

const timesAsLong = (subjectMs: number, yardstickMs: number): number => subjectMs / yardstickMs;
const timesAsFast = (subjectMs: number, yardstickMs: number): number => yardstickMs / subjectMs;

const goals: readonly Goal[] = [
  {
    name: "crash through the running chart, against a bare chart of its shape",
    goal: "at most 3 times as long",
    isMet: (ratio) => ratio <= 3,
    ratio: timesAsLong,
    subject: () => sendCrashes(crashBudgetMachine, events, { policy }),
    yardstick: () => sendCrashes(bareMachine, events),
  },
  {
    name: "pure crash decision, against a map and a counter by hand",
    goal: "at least 0.2 times as fast",
    isMet: (ratio) => ratio >= 0.2,
    ratio: timesAsFast,
    subject: () => decidePurely(events * 10),
    yardstick: () => decideByHand(events * 10),
  },
  {
    name: "conform through the charts, against as many events to one bare chart",
    goal: "at most 5 times as long",
    isMet: (ratio) => ratio <= 5,
    ratio: timesAsLong,
    subject: conformRecording,
    yardstick: () => sendCrashes(bareMachine, recordedEvents),
  },
];

if (decidePurely(events) !== decideByHand(events)) throw new Error("the two decisions differ");

const results = [];
for (const { name, goal, isMet, ratio, subject, yardstick } of goals) {
  const ratios: number[] = [];
  for (let round = -2; round < rounds; round += 1) {
    process.stderr.write(`${name}: ${round < 0 ? "warming up" : `round ${round + 1} of ${rounds}`}\n`);
    const subjectMs = await time(subject);
    const yardstickMs = await time(yardstick);
    if (round >= 0) ratios.push(ratio(subjectMs, yardstickMs));
  }
  const value = Number(median(ratios).toFixed(2));
  results.push({ name, goal, value, ok: isMet(value) });
}

for (const { name, goal, value, ok } of options.json ? [] : results) {
  console.log(`${ok ? "ok  " : "MISS"} ${value.toFixed(2).padStart(6)}  ${name} (${goal})`);
}
if (options.json) console.log(JSON.stringify({ goals: results }));
process.exitCode = results.every(({ ok }) => ok) ? 0 : 1;

async function time(work: () => unknown): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
