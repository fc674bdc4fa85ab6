import { type AnyStateMachine, createMachine } from "xstate";

/** Numbers in [0, 1) from a seed: mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Config {
  id: string;
  type?: string;
  history?: string;
  target?: string;
  initial?: string;
  states?: Record<string, Config>;
  on: Record<string, unknown[]>;
  after: Record<string, unknown>;
  always?: unknown[];
  invoke?: unknown;
  entry?: string[];
  exit?: string[];
  tags?: string[];
}

const events = ["START", "STOP", "RETRY", "order.placed", "OK", "FAIL", "CONNECTED", "drain.completed"];

/** A machine of about `size` states that uses everything a chart can have; equal for equal arguments. */
export function randomMachine(seed: number, size: number): AnyStateMachine {
  const random = randomFrom(seed);
  const chance = (probability: number): boolean => random() < probability;
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const all: Config[] = [];

  const grow = (id: string, depth: number): Config => {
    const state: Config = { id, on: {}, after: {} };
    all.push(state);
    if (chance(0.25)) state.entry = ["prepare", "announce"];
    if (chance(0.1)) state.exit = ["cleanUp"];
    if (chance(0.1)) state.tags = ["busy"];
    if (chance(0.2)) state.invoke = { id: `${id}.worker`, src: "work", onDone: [], onError: [] };
    if (depth > 0 && (depth > 3 || !chance(0.45))) return state;
    const isParallel = depth > 0 && chance(0.3);
    const states: Record<string, Config> = {};
    for (let at = 0; at < 2 + Math.floor(random() * 4) && all.length < size; at++) {
      states[`s${at}`] = grow(`${id}.s${at}`, depth + 1);
    }
    const keys = Object.keys(states);
    if (keys.length === 0) return state;
    state.states = states;
    if (isParallel) state.type = "parallel";
    else state.initial = pick(keys);
    if (chance(0.15)) {
      const past: Config = {
        id: `${id}.past`,
        type: "history",
        history: pick(["shallow", "deep"]),
        on: {},
        after: {},
      };
      if (!isParallel && chance(0.5)) past.target = pick(keys);
      states["past"] = past;
    }
    if (!isParallel && chance(0.2)) {
      const end: Config = { id: `${id}.end`, type: "final", on: {}, after: {} };
      states["end"] = end;
      all.push(end);
    }
    return state;
  };

  const root = grow("m", 0);
  const reachable = all.map((it) => `#${it.id}`);
  const transition = (): Record<string, unknown> => ({
    ...(chance(0.85) ? { target: pick(reachable) } : {}),
    ...(chance(0.25) ? { guard: pick(["isReady", "hasAttemptsLeft"]) } : {}),
    ...(chance(0.3) ? { actions: ["record", "tellEverybody"].slice(0, 1 + Math.floor(random() * 2)) } : {}),
    ...(chance(0.1) ? { reenter: true } : {}),
  });
  for (const state of all.filter((it) => it.type === undefined || it.type === "parallel")) {
    for (let count = Math.floor(random() * 3); count > 0; count--)
      (state.on[pick(events)] ??= []).push(transition());
    if (chance(0.1)) state.after[pick(["250", "5000", "backoff"])] = transition();
    if (chance(0.1)) state.always = [{ ...transition(), guard: "isDue" }];
    if (state.invoke !== undefined)
      state.invoke = { id: `${state.id}.worker`, src: "work", onDone: transition(), onError: transition() };
  }
  return createMachine(escapeIds(root) as Parameters<typeof createMachine>[0]);
}

/** Ids with dots are XState's own; only the root needs one. */
function escapeIds({ id, states, ...rest }: Config): object {
  const children = Object.entries(states ?? {}).map(([key, state]) => [key, escapeIds(state)] as const);
  return {
    ...rest,
    ...(id === "m" ? { id } : {}),
    ...(children.length === 0 ? {} : { states: Object.fromEntries(children) }),
  };
}
