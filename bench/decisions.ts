/**
 * What the charts cost, as ratios of contenders that take turns in one run: absolute times say more about the machine.
 *
 * Usage: npm run -s bench:decisions [-- --json] [-- --rounds 15]
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { type AnyStateMachine, assign, createActor, enqueueActions, setup } from "xstate";
import { crashBudgetMachine } from "../machines/crash-budget.ts";
import { conform } from "../src/conform/index.ts";
import { type CrashWindow, recordCrash, referenceCrashPolicy } from "../src/core/crash-budget.ts";
import { VirtualClock } from "../src/runtime/virtual-clock.ts";
import { atLeast, atMost, median, progress, report } from "./support/goals.ts";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "15" }, json: { type: "boolean", default: false } },
});
const rounds = Number(values.rounds);
const warmUps = 2;
const events = 20_000;
const policy = referenceCrashPolicy();
const recording = readFileSync(new URL("../test/vectors/crash_budget.jsonl", import.meta.url), "utf8").repeat(
  8,
);
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

/** The median, over the rounds, of how many times as long `subject` takes as `yardstick`. */
async function timesAsLong(name: string, subject: () => unknown, yardstick: () => unknown): Promise<number> {
  const ratios: number[] = [];
  for (let round = 1 - warmUps; round <= rounds; round += 1) {
    progress(`${name}: ${round < 1 ? "warming up" : `round ${round} of ${rounds}`}`);
    const subjectMs = await time(subject);
    const yardstickMs = await time(yardstick);
    if (round >= 1) ratios.push(subjectMs / yardstickMs);
  }
  return median(ratios);
}

async function time(work: () => unknown): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

if (decidePurely(events) !== decideByHand(events)) throw new Error("the two decisions differ");

const crash = await timesAsLong(
  "crash through the chart",
  () => sendCrashes(crashBudgetMachine, events, { policy }),
  () => sendCrashes(bareMachine, events),
);
const pure = await timesAsLong(
  "pure decision",
  () => decidePurely(events * 10),
  () => decideByHand(events * 10),
);
const conforming = await timesAsLong("conform", conformRecording, () =>
  sendCrashes(bareMachine, recordedEvents),
);

report("decisions", { rounds, events, recordedEvents }, [
  atMost("crash through the running chart, times as long as through a bare chart of its shape", 3, crash),
  atLeast("pure crash decision, times as fast as a map and a counter by hand", 0.2, 1 / pure),
  atMost("conform through the charts, times as long as so many events to one bare chart", 5, conforming),
]);
