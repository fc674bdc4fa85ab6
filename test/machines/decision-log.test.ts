import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { type EventFromLogic, initialTransition, type SnapshotFrom, transition } from "xstate";
import { type CrashBudgetEvent, crashBudgetMachine } from "../../machines/crash-budget.ts";
import { type Random, seededRandom } from "../../src/core/random.ts";
import { openSnapshot, wrapSnapshot } from "../../src/store/envelope.ts";

type Snapshot = SnapshotFrom<typeof crashBudgetMachine>;
type Event = EventFromLogic<typeof crashBudgetMachine>;
const first = (): Snapshot => initialTransition(crashBudgetMachine, { key: "a/a" })[0];

/** Mostly seconds; now and then long enough for a probe, and for its proof. */
const gap = (random: Random): number => Math.floor(random() * (random() < 0.3 ? 600_000 : 40_000));

/** `length` events as they might come in one life of a backend, the timers that fire among them; JSON lines. */
function log(length: number): string {
  const random = seededRandom(20_250_901);
  const often = ["backend.exited", "backend.exited", "backend.exited", "backend.started", "backend.started"];
  const types = [...often, ...often, "backend.stopped", "budget.reset"];
  const lines: string[] = [];
  let snapshot = first();
  for (let at = 0; lines.length < length; at += gap(random)) {
    const { deadline } = snapshot.context;
    if (deadline !== null && deadline <= at) {
      const state = snapshot.matches("halfOpen") ? "halfOpen.proving" : JSON.stringify(snapshot.value);
      take({ type: `xstate.after.untilDeadline.crashBudget.${state.replaceAll('"', "")}` });
    }
    const type = types[Math.floor(random() * types.length)] ?? "";
    take(random() < 0.1 ? { type: "start.deferred", at, retryAfterMs: 1_000 } : { type, at });
  }
  return lines.slice(0, length).join("\n");

  function take(event: object): void {
    lines.push(JSON.stringify(event));
    [snapshot] = transition(crashBudgetMachine, snapshot, event as Event);
  }
}

interface Replayed {
  readonly bytes: string;
  readonly hash: string;
  readonly states: ReadonlySet<string>;
}

/** The decisions over `events`; `rest`: after how many the budget is stored and opened again. */
function replay(events: string, rest = Infinity): Replayed {
  let snapshot = first();
  const states = new Set<string>();
  const lines = events.split("\n").map((line, index) => {
    if (index > 0 && index % rest === 0) {
      const envelope = JSON.stringify(wrapSnapshot(crashBudgetMachine, snapshot, { takenAt: 0 }));
      const opened: unknown = openSnapshot(crashBudgetMachine, JSON.parse(envelope));
      snapshot = crashBudgetMachine.resolveState(opened as Snapshot);
    }
    const [next, actions] = transition(crashBudgetMachine, snapshot, JSON.parse(line) as CrashBudgetEvent);
    snapshot = next;
    states.add(JSON.stringify(next.value));
    const told = actions.flatMap((it) => ((it.type as string) === "xstate.emit" ? [it.params] : []));
    return JSON.stringify({
      event: JSON.parse(line) as unknown,
      value: next.value,
      context: next.context,
      told,
    });
  });
  const bytes = lines.join("\n");
  return { bytes, hash: createHash("sha256").update(bytes).digest("hex"), states };
}

it("N08: a log of 5,000 events gives the same decisions to the byte, however often and from whatever rest it is replayed", () => {
  const events = log(5_000);
  const once = replay(events);
  const twice = replay(events);
  expect(twice.hash).toBe(once.hash);
  expect(twice.bytes === once.bytes).toBe(true);
  expect(replay(events, 500).hash).toBe(once.hash);
  expect(once.bytes).toContain('"type":"backend.quarantined"');
  expect([...once.states].toSorted()).toEqual([
    '"backingOff"',
    '"probation"',
    '"quarantined"',
    '"refused"',
    '"retrying"',
    '"steady"',
    '{"halfOpen":"probing"}',
    '{"halfOpen":"proving"}',
  ]);
  // The hash is of what was decided: one event that comes a millisecond later makes another.
  const lines = events.split("\n");
  const index = lines.findIndex((line, at) => at > 2_000 && line.includes("backend.exited"));
  const event = JSON.parse(lines[index] ?? "") as { at: number };
  lines[index] = JSON.stringify({ ...event, at: event.at + 1 });
  expect(replay(lines.join("\n")).hash).not.toBe(once.hash);
});
