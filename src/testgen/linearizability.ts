/**
 * Whether what concurrent callers saw could have happened one call after the other, each at some moment while it was under
 * way; with a chart, or any function, as what one call after the other means.
 *
 * @see Wing, Gong: Testing and verifying concurrent objects (1993); Lowe: Testing for linearizability (2017)
 * @module
 */
import type { AnyEventObject, AnyStateMachine } from "xstate";
import { createKeys } from "../explore/explorer/keys.ts";
import { plainInput } from "../explore/explorer/stimuli.ts";
import { createStepper } from "../explore/stepper.ts";
import type { Effect } from "../explore/stepper.ts";
import { viewOf, type StateView } from "../explore/properties.ts";
import { applyStimulus, initialWorld, type World } from "../explore/world.ts";
import { textOf } from "./observation.ts";

/** A call, and what came of it. */
export interface Operation {
  /** Who called; one call of a process at a time. */
  readonly process: string;
  readonly event: AnyEventObject;
  /** Moments in any order-preserving unit; `null`: it has not come back, and may or may not have happened. */
  readonly calledAt: number;
  readonly returnedAt: number | null;
  readonly answer: unknown;
}

/** What calls mean one after the other. */
export interface SequentialSpec<State> {
  begin(): State;
  /** The state after it and the answers that it may have given; `null`: any answer. Throws nothing. */
  apply(
    state: State,
    event: AnyEventObject,
  ): { readonly state: State; readonly answers: readonly unknown[] | null };
  /** States with the same key are the same. */
  key(state: State): string;
}

export type LinearizabilityResult =
  | { readonly linearizable: true; readonly operations: number; readonly partitions: number }
  | {
      readonly linearizable: false;
      /** The part of the history that has no order. */
      readonly key: string;
      readonly history: readonly Operation[];
      /** The longest order that explains some of it. */
      readonly longest: readonly Operation[];
      readonly message: string;
    };

export interface LinearizabilityOptions {
  /** Operations with other keys are about other things: each part of a history is checked by itself, on a state of its own. */
  readonly partitionBy?: (operation: Operation) => string;
}

export function checkLinearizability<State>(
  history: readonly Operation[],
  spec: SequentialSpec<State>,
  { partitionBy = () => "" }: LinearizabilityOptions = {},
): LinearizabilityResult {
  const parts = Map.groupBy(history, partitionBy);
  for (const [key, part] of parts) {
    const { order, longest } = search(part, spec);
    if (order === null) {
      const message = describe(key, part, longest);
      return { linearizable: false, key, history: part, longest, message };
    }
  }
  return { linearizable: true, operations: history.length, partitions: parts.size };
}

interface Level<State> {
  readonly state: State;
  readonly done: bigint;
  /** By which it was come here. */
  readonly by: number;
}

/** Depth first over orders; a set of operations that led to the same state is looked at once. */
function search<State>(
  part: readonly Operation[],
  spec: SequentialSpec<State>,
): { readonly order: readonly Operation[] | null; readonly longest: readonly Operation[] } {
  const all = part.toSorted((a, b) => a.calledAt - b.calledAt);
  const mustBe = all.reduce(
    (mask, it, index) => (it.returnedAt === null ? mask : mask | (1n << BigInt(index))),
    0n,
  );
  const seen = new Set<string>();
  let longest: readonly Operation[] = [];
  const stack: { level: Level<State>; next: number[] }[] = [];
  const order = (): Operation[] => stack.slice(1).flatMap(({ level }) => all[level.by] ?? []);

  /** Those that were called before the first of the others came back. */
  function minimal(done: bigint): number[] {
    const left = all.flatMap((_, index) => (((done >> BigInt(index)) & 1n) === 0n ? [index] : []));
    const firstReturn = Math.min(...left.map((index) => all[index]?.returnedAt ?? Number.POSITIVE_INFINITY));
    return left.filter((index) => (all[index]?.calledAt ?? 0) <= firstReturn);
  }

  const push = (level: Level<State>): void => {
    stack.push({ level, next: minimal(level.done) });
    if (stack.length - 1 > longest.length) longest = order();
  };
  push({ state: spec.begin(), done: 0n, by: -1 });
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const { state, done } = top.level;
    if ((done & mustBe) === mustBe) return { order: order(), longest };
    const index = top.next.shift();
    if (index === undefined) {
      stack.pop();
      continue;
    }
    const operation = all[index] as Operation;
    const result = spec.apply(state, operation.event);
    const fits =
      operation.returnedAt === null ||
      result.answers === null ||
      result.answers.some((it) => textOf(it) === textOf(operation.answer));
    if (!fits) continue;
    const after = done | (1n << BigInt(index));
    const key = `${after.toString(36)} ${spec.key(result.state)}`;
    if (seen.has(key)) continue;
    seen.add(key);
    push({ state: result.state, done: after, by: index });
  }
  return { order: null, longest };
}

/** What a chart answers to an event, given what it did. */
export type ChartAnswer = (step: {
  readonly before: StateView;
  readonly after: StateView;
  readonly event: AnyEventObject;
  readonly effects: readonly Effect[];
}) => unknown;

/** A chart as what calls mean. By default it answers with the last event that it emits or sends, `null` for none. */
export function chartSpec(
  machine: AnyStateMachine,
  {
    answer = lastTold,
    input = plainInput(machine),
  }: { readonly answer?: ChartAnswer; readonly input?: unknown } = {},
): SequentialSpec<World> {
  const stepper = createStepper(machine);
  const keys = createKeys({ timed: true });
  return {
    begin: () => initialWorld(stepper, input).world,
    key: (world) => keys.of(world),
    apply(before, event) {
      const { world: after, steps } = applyStimulus(stepper, before, { kind: "event", event });
      const effects = steps.flatMap((it) => it.effects);
      const views = { before: viewOf(before), after: viewOf(after) };
      return { state: after, answers: [answer({ ...views, event, effects })] };
    },
  };
}

const lastTold: ChartAnswer = ({ effects }) => {
  const told = effects.flatMap((it) => (it.kind === "emitted" || it.kind === "sent" ? [it.event] : []));
  return told.at(-1) ?? null;
};

/** Writes down who called what when, in a scenario of `interleave` or wherever calls overlap. */
export class History {
  readonly #operations: { -readonly [Key in keyof Operation]: Operation[Key] }[] = [];
  #moment = 0;

  get operations(): readonly Operation[] {
    return this.#operations;
  }

  /** Calls, and returns its answer. One that throws has not come back: whether it happened is not known. */
  async call<T>(process: string, event: AnyEventObject, call: () => Promise<T> | T): Promise<T> {
    const operation = {
      process,
      event,
      calledAt: ++this.#moment,
      returnedAt: null as number | null,
      answer: null as unknown,
    };
    this.#operations.push(operation);
    const answer = await call();
    operation.returnedAt = ++this.#moment;
    operation.answer = answer;
    return answer;
  }

  /** Throws an error that shows the history, when there is no order for it. */
  assertLinearizable<State>(spec: SequentialSpec<State>, options: LinearizabilityOptions = {}): void {
    const result = checkLinearizability(this.#operations, spec, options);
    if (!result.linearizable) throw new Error(result.message);
  }
}

/** The history as lines of time, one for each process. */
function describe(key: string, history: readonly Operation[], longest: readonly Operation[]): string {
  const moments = [
    ...new Set(history.flatMap((it) => [it.calledAt, it.returnedAt ?? Number.POSITIVE_INFINITY])),
  ].toSorted((a, b) => a - b);
  const rows = history
    .toSorted((a, b) => a.calledAt - b.calledAt)
    .map(({ process, event, calledAt, returnedAt, answer }) => {
      const from = moments.indexOf(calledAt);
      const to = moments.indexOf(returnedAt ?? Number.POSITIVE_INFINITY);
      const bar = `${" ".repeat(from)}├${"─".repeat(Math.max(0, to - from - 1))}${returnedAt === null ? "…" : "┤"}`;
      const came = returnedAt === null ? "no answer" : textOf(answer);
      return `  ${process.padEnd(8)} ${bar.padEnd(moments.length + 1)} ${callOf(event)} → ${came}`;
    });
  const explained = longest.map(({ process, event }) => `${process} ${callOf(event)}`).join(", ");
  return [
    `no order of these calls gives these answers${key === "" ? "" : ` (${key})`}:`,
    ...rows,
    `  the longest order that does: ${explained === "" ? "none" : explained}`,
  ].join("\n");
}

function callOf({ type, ...payload }: AnyEventObject): string {
  return Object.keys(payload).length === 0 ? type : `${type} ${textOf(payload)}`;
}
