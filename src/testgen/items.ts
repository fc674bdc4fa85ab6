/**
 * What a suite is to cover: things that can be seen to happen in a step, numbered.
 *
 * @module
 */
import type { AnyStateNode } from "xstate";
import type { GuardItems } from "./items/guards.ts";
import { goneLate, notEarly } from "./items/late.ts";
import type { Transition, TransitionTable } from "../explore/stepper.ts";
import { isInternal, matches } from "../explore/explorer/stimuli.ts";
import type { Keys } from "../explore/explorer/keys.ts";
import type { Stimulus, World, WorldStep } from "../explore/world.ts";
import { activeNodes } from "../explore/xstate-adapter.ts";
import type { PayloadItems } from "./items/payloads.ts";

/**
 * - `states`: each state is entered. `transitions`: each is taken, eventless ones too.
 * - `pairs`: each two that can be taken by one stimulus after the other.
 * - `guards`: each is true and false; each part of an `and`, `or`, `not` decides it, being true and being false.
 * - `unhandled`: each event that a state does not handle comes, and nothing happens.
 * - `timers`: each that can be cancelled is, and does not fire afterwards; that it fires is a transition.
 * - `outcomes`: each actor ends as it can; and it ends late, after its state was left, and nothing happens.
 * - `payloads`: each boundary value of what is read of an event.
 */
export type Criterion =
  | "states"
  | "transitions"
  | "pairs"
  | "guards"
  | "unhandled"
  | "timers"
  | "outcomes"
  | "payloads";

export const defaultCriteria: readonly Criterion[] = [
  "states",
  "transitions",
  "guards",
  "unhandled",
  "timers",
  "outcomes",
  "payloads",
];

export interface Item {
  readonly criterion: Criterion;
  /** For people: `takes SOURCE EVENT`, `GUARD is false …`. */
  readonly text: string;
}

/** Sets of items, each kept once. */
export class Items {
  readonly all: Item[] = [];
  readonly lists: (readonly number[])[] = [[]];
  readonly #index = new Map<string, number>();
  readonly #listIndex = new Map<string, number>([["", 0]]);

  intern(criterion: Criterion, text: string): number {
    const key = `${criterion} ${text}`;
    let index = this.#index.get(key);
    if (index === undefined) {
      index = this.all.push({ criterion, text }) - 1;
      this.#index.set(key, index);
    }
    return index;
  }

  /** The number of the list of these items. */
  internList(items: Iterable<number>): number {
    const list = [...new Set(items)].toSorted((a, b) => a - b);
    const key = list.join();
    let index = this.#listIndex.get(key);
    if (index === undefined) {
      index = this.lists.push(list) - 1;
      this.#listIndex.set(key, index);
    }
    return index;
  }
}

export interface ItemReader {
  /** What a step covers, as a number of a list. */
  of(before: World, stimulus: Stimulus, result: WorldStep): number;
  /** What an event of `type` covers that nothing in this configuration handles; 0: something does. */
  ofUnhandled(before: World, type: string): number;
}

export function createItemReader(
  items: Items,
  criteria: readonly Criterion[],
  {
    table,
    keys,
    guards,
    payloads,
  }: {
    readonly table: TransitionTable;
    readonly keys: Keys;
    readonly guards: GuardItems;
    readonly payloads: PayloadItems;
  },
): ItemReader {
  const wants = Object.fromEntries(criteria.map((it) => [it, true])) as Partial<Record<Criterion, true>>;
  const memo = new Map<string, number>();
  const guardMatters = wants.guards === true && table.all.some(({ guard }) => guard !== null);

  function states(nodes: readonly AnyStateNode[]): number[] {
    if (wants.states !== true) return [];
    return nodes.map(({ id }) => items.intern("states", `enters ${id}`));
  }

  function ofUnhandled({ snapshot }: World, type: string): number {
    if (wants.unhandled !== true || isInternal(type)) return 0;
    const key = `unhandled ${keys.configuration(snapshot)} ${type}`;
    let list = memo.get(key);
    if (list !== undefined) return list;
    const nodes = activeNodes(snapshot);
    const isHandled = nodes.some((node) =>
      [...node.transitions.keys()].some((it) => !isInternal(it) && matches(type, it)),
    );
    const atoms = isHandled ? [] : nodes.filter((it) => Object.keys(it.states).length === 0);
    list = items.internList(atoms.map(({ id }) => items.intern("unhandled", `${id} ignores ${type}`)));
    memo.set(key, list);
    return list;
  }

  /** All that depends on nothing but the configuration, the event's type and what was selected. */
  function structural(before: World, { world, steps }: WorldStep): number {
    const selected = steps.map(({ microsteps }) =>
      microsteps.map((it) => `${it.event.type}:${it.selected.map(({ index }) => index).join()}`).join("/"),
    );
    const key = `${keys.configuration(before.snapshot)}>${keys.configuration(world.snapshot)} ${selected.join("|")}`;
    let list = memo.get(key);
    if (list !== undefined) return list;
    const found = before.snapshot === world.snapshot ? [] : states(activeNodes(world.snapshot));
    for (const microstep of steps.flatMap((it) => it.microsteps)) {
      if (wants.transitions === true) found.push(...microstep.taken.map((it) => takes(items, it)));
      if (guardMatters) found.push(...guards.answers(microstep));
    }
    if (guardMatters && world.snapshot.status === "active") found.push(...guards.resting(world.snapshot));
    list = items.internList(found);
    memo.set(key, list);
    return list;
  }

  return {
    ofUnhandled,
    of(before, stimulus, result) {
      const base = structural(before, result);
      const more: number[] = [];
      if (guardMatters && guards.hasCompound) {
        for (const { microsteps } of result.steps)
          for (const it of microsteps) more.push(...guards.parts(it));
      }
      if (stimulus.kind === "event" && wants.payloads === true) more.push(...payloads.of(stimulus.event));
      if (stimulus.kind === "event" && wants.unhandled === true) {
        more.push(...(items.lists[ofUnhandled(before, stimulus.event.type)] ?? []));
      }
      if (stimulus.kind === "outcome" && wants.outcomes === true) {
        more.push(items.intern("outcomes", `${stimulus.child} ends: ${stimulus.outcome.kind}`));
      }
      if (stimulus.kind === "timer" && wants.timers === true) {
        const timer = before.timers.find(({ serial }) => serial === stimulus.serial);
        if (timer !== undefined && timer.delayMs > 0)
          more.push(items.intern("timers", notEarly(timer.event.type)));
      }
      for (const it of goneLate(before, stimulus, result.world)) {
        if (wants[it.criterion] === true) more.push(items.intern(it.criterion, it.text));
      }
      return more.length === 0 ? base : items.internList([...(items.lists[base] ?? []), ...more]);
    },
  };
}

export const takes = (items: Items, { id, forbids }: Transition): number =>
  items.intern("transitions", `${forbids ? "is told to ignore" : "takes"} ${id}`);
