/**
 * A machine's configuration as something to change: copies, the places of its transitions, and machines built of it.
 *
 * @module
 */
import { type AnyStateMachine, createMachine } from "xstate";

/** The part of a state's configuration that mutants change. */
export interface Wiring {
  id?: string;
  type?: string;
  initial?: unknown;
  states?: Record<string, Wiring>;
  on?: Record<string, unknown>;
  after?: Record<string, unknown>;
  always?: unknown;
  onDone?: unknown;
  invoke?: unknown;
  entry?: unknown;
  exit?: unknown;
}

export interface TransitionWiring {
  target?: string | readonly string[];
  guard?: unknown;
  actions?: unknown;
}

/** Where a list of transitions is. */
export interface Place {
  /** Keys of states from the root on. */
  readonly path: readonly string[];
  readonly kind: "on" | "after" | "always" | "onDone" | "invoke";
  /** The descriptor or the delay; of an invoke `INDEX onDone` or `INDEX onError`. */
  readonly key: string;
  /** For people. */
  readonly name: string;
}

export function wiringOf(machine: AnyStateMachine): Wiring {
  return copy(machine.config as unknown) as Wiring;
}

export function build(wiring: Wiring, like: AnyStateMachine): AnyStateMachine {
  return createMachine(
    wiring as Parameters<typeof createMachine>[0],
    like.implementations as Parameters<typeof createMachine>[1],
  ) as AnyStateMachine;
}

/** Functions, schemas and whatever has a class stay the same. */
export function copy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copy);
  if (typeof value !== "object" || value === null) return value;
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, copy(it)]));
}

/** Every state, the root first. */
export function statesOf(
  wiring: Wiring,
  path: readonly string[] = [],
): { path: readonly string[]; state: Wiring }[] {
  const below = Object.entries(wiring.states ?? {});
  return [{ path, state: wiring }, ...below.flatMap(([key, it]) => statesOf(it, [...path, key]))];
}

export function stateAt(root: Wiring, path: readonly string[]): Wiring {
  return path.reduce((state, key) => state.states?.[key] ?? {}, root);
}

export function placesOf(root: Wiring): Place[] {
  return statesOf(root).flatMap(({ path, state }) => {
    const at = path.join(".") || "(root)";
    const keyed = (kind: "on" | "after"): Place[] =>
      Object.keys(state[kind] ?? {}).map((key) => ({
        path,
        kind,
        key,
        name: `${at} ${kind === "after" ? "after " : ""}${key}`,
      }));
    const lone = (kind: "always" | "onDone"): Place[] =>
      state[kind] === undefined ? [] : [{ path, kind, key: kind, name: `${at} ${kind}` }];
    const invoked = invokesOf(state).flatMap((it, index) =>
      (["onDone", "onError"] as const).flatMap((key): Place[] =>
        it[key] === undefined
          ? []
          : [{ path, kind: "invoke", key: `${index} ${key}`, name: `${at} invoke ${key}` }],
      ),
    );
    return [...keyed("on"), ...keyed("after"), ...lone("always"), ...lone("onDone"), ...invoked];
  });
}

function invokesOf(state: Wiring): Record<string, unknown>[] {
  return state.invoke === undefined ? [] : ([state.invoke].flat() as Record<string, unknown>[]);
}

export function transitionsAt(root: Wiring, place: Place): TransitionWiring[] {
  const { holder, key } = holderOf(root, place);
  return listOf(holder[key]);
}

/** Replaces the list; an empty one removes it. */
export function setTransitionsAt(root: Wiring, place: Place, transitions: readonly TransitionWiring[]): void {
  const { holder, key } = holderOf(root, place);
  if (transitions.length === 0) delete holder[key];
  else holder[key] = transitions;
}

function holderOf(
  root: Wiring,
  { path, kind, key }: Place,
): { holder: Record<string, unknown>; key: string } {
  const state = stateAt(root, path);
  switch (kind) {
    case "on":
      return { holder: (state.on ??= {}), key };
    case "after":
      return { holder: (state.after ??= {}), key };
    case "always":
    case "onDone":
      return { holder: state as Record<string, unknown>, key };
    case "invoke": {
      const [index = "0", outcome = ""] = key.split(" ");
      const list = invokesOf(state);
      state.invoke = list;
      return { holder: list[Number(index)] ?? {}, key: outcome };
    }
  }
}

function listOf(value: unknown): TransitionWiring[] {
  const list = Array.isArray(value) ? (value as unknown[]) : [value];
  return list.map((it) =>
    typeof it === "string" ? { target: it } : { ...(it as TransitionWiring | undefined) },
  );
}
