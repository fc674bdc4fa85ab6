/**
 * A walk played to the machine, on a clock: the actions of a test, what is seen after each, and what was really covered.
 *
 * @module
 */
import type { AnyEventObject } from "xstate";
import { ChartRun } from "../chart-run.ts";
import type { Explored } from "../exploring.ts";
import { goneLate, type Leftover, notEarly } from "../items/late.ts";
import type { Observation } from "../observation.ts";
import type { Outcome, Stimulus, World } from "../../explore/world.ts";
import type { Action, TestStep } from "./script.ts";
import { timesOf } from "./timing.ts";
import type { Walk } from "./walk.ts";

export interface Recorded {
  readonly initial: Observation;
  readonly steps: readonly TestStep[];
  /** Items, by number. */
  readonly covered: ReadonlySet<number>;
}

/**
 * @param isNew Whether what a step left behind is to be shown not to be heard again.
 * @returns `null` when no clock shows the timers in the order of the walk.
 */
export function record(explored: Explored, walk: Walk, isNew: (text: string) => boolean): Recorded | null {
  const times = timesOf(walk);
  if (times === null) return null;
  const recorder = new Recorder(explored, isNew);
  walk.stimuli.forEach((stimulus, index) => {
    const gapMs = (times[index] ?? 0) - (times[index - 1] ?? 0);
    recorder.play(stimulus, gapMs);
  });
  return recorder;
}

class Recorder implements Recorded {
  readonly initial: Observation;
  readonly steps: TestStep[] = [];
  readonly covered = new Set<number>();
  readonly #run: ChartRun;
  readonly #isNew: (text: string) => boolean;
  readonly #labels = new Map<string, string>();
  /** Items of {@link notEarly}, and the types of their timers. */
  readonly #early = new Map<number, string>();
  #fired: string[] = [];
  #leftovers: Leftover[] = [];

  constructor(explored: Explored, isNew: (text: string) => boolean) {
    const { exploration, items, reader, input } = explored;
    this.#isNew = isNew;
    for (const { kind, timerEvent, action } of exploration.graph.labels) {
      if (kind !== "timer" || timerEvent === null) continue;
      this.#labels.set(timerEvent, action);
      this.#early.set(items.intern("timers", notEarly(timerEvent)), timerEvent);
    }
    this.#run = new ChartRun(exploration.stepper, input, (before, stimulus, result) => {
      for (const item of items.lists[reader.of(before, stimulus, result)] ?? []) {
        // Only where it was waited for.
        if (!this.#early.has(item)) this.covered.add(item);
      }
      this.#leftovers.push(...goneLate(before, stimulus, result.world));
      if (stimulus.kind === "timer") this.#fired.push(this.#nameTimer(before, stimulus.serial));
    });
    this.initial = this.#run.observe();
  }

  play(stimulus: Stimulus, gapMs: number): void {
    this.#leftovers = [];
    this.#fired = [];
    if (stimulus.kind === "timer") this.#advance(gapMs);
    else {
      if (gapMs > 0) this.#run.advance(gapMs);
      if (stimulus.kind === "event") this.#send(stimulus.event, gapMs);
      else this.#settle(stimulus.child, stimulus.outcome, gapMs);
    }
    for (const it of this.#leftovers) if (this.#isNew(it.text)) this.#showGone(it);
  }

  #send(event: AnyEventObject, afterMs: number): void {
    this.#run.send(event);
    this.#note({ kind: "send", event }, afterMs);
  }

  #settle(actor: string, outcome: Outcome, afterMs: number): void {
    this.#run.settle(actor, outcome);
    this.#note({ kind: "settle", actor, outcome, isLate: false }, afterMs);
  }

  /** Timers that fire at one instant are one action: no clock stops between them. */
  #advance(ms: number): void {
    const last = this.steps.at(-1);
    const left = this.#notEarly(ms);
    this.#run.advance(left);
    if (this.#fired.length === 0) return;
    const isSameInstant = ms === 0 && last?.action.kind === "advance" && last.action.fires.length > 0;
    if (!isSameInstant) return this.#note({ kind: "advance", ms: left, fires: this.#fired }, 0);
    this.steps.pop();
    const action = { ...last.action, fires: [...last.action.fires, ...this.#fired] } as Action;
    const expected = this.#run.observe();
    const effects = [...last.expected.effects, ...expected.effects];
    this.steps.push({ ...last, action, expected: { ...expected, effects } });
  }

  /** Once for each timer it is waited until shortly before. Returns what is left of `ms`. */
  #notEarly(ms: number): number {
    if (ms <= 0) return ms;
    const types = this.#run.world.timers
      .filter(({ serial }) => this.#run.deadline(serial) === this.#run.nowMs + ms)
      .map(({ event }) => event.type);
    const fresh = types.filter((type) => this.#isNew(notEarly(type)));
    if (fresh.length === 0) return ms;
    for (const [item, timer] of this.#early) if (types.includes(timer)) this.covered.add(item);
    const leftMs = ms > 1 ? 1 : ms / 2;
    this.#run.advance(ms - leftMs);
    this.#note({ kind: "advance", ms: ms - leftMs, fires: [] }, 0);
    return leftMs;
  }

  #note(action: Action, afterMs: number): void {
    this.steps.push({ afterMs, action, expected: this.#run.observe() });
  }

  #showGone(it: Leftover): void {
    if (it.criterion === "timers") {
      const ms = this.#run.deadline(it.serial) - this.#run.nowMs;
      const waitMs = Number.isFinite(ms) && ms > 0 ? ms : it.delayMs;
      if (waitMs <= 0) return;
      this.#run.advance(waitMs);
      this.#note({ kind: "advance", ms: waitMs, fires: [] }, 0);
    } else {
      const outcome: Outcome = { kind: "done", output: undefined };
      this.#note({ kind: "settle", actor: it.actor, outcome, isLate: true }, 0);
    }
  }

  #nameTimer({ timers }: World, serial: number): string {
    const type = timers.find((it) => it.serial === serial)?.event.type ?? "";
    return this.#labels.get(type) ?? type;
  }
}
