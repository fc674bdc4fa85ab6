/**
 * The faults that a suite is measured by: one change of a machine each.
 *
 * `sneak` and `split` are the faults that structural coverage alone does not find: an event that should be ignored does
 * something, and a state that behaves differently depending on how it was reached.
 *
 * @see Binder: Testing Object-Oriented Systems (2000), table 7.5, for missing and wrong transitions, and sneak paths
 * @module
 */
import { type AnyStateMachine, not } from "xstate";
import { isInternal, matches } from "../../explore/explorer/stimuli.ts";
import {
  build,
  copy,
  type Place,
  placesOf,
  setTransitionsAt,
  stateAt,
  statesOf,
  type TransitionWiring,
  transitionsAt,
  type Wiring,
  wiringOf,
} from "./wiring.ts";

export const operators = [
  "missing transition",
  "wrong target",
  "guard dropped",
  "guard negated",
  "action dropped",
  "sneak",
  "split",
] as const;
export type Operator = (typeof operators)[number];

export interface ModelMutant {
  readonly operator: Operator;
  /** What was changed. */
  readonly name: string;
  /** Built when it is asked for; throws where the change makes no machine. */
  build(): AnyStateMachine;
}

/** Marks the clone of a state, which an observer cannot tell from it. */
export const cloneMark = "~";

/**
 * Every first-order mutant of `machine`. `eventTypes`: those that may come in any state. `isReached`: whether a transition
 * is ever asked for; mutants of one that is not do not differ from the machine, and are left out.
 */
export function mutantsOf(
  machine: AnyStateMachine,
  eventTypes: readonly string[],
  isReached: (place: Place, index: number) => boolean = () => true,
): ModelMutant[] {
  const root = wiringOf(machine);
  const mutant = (operator: Operator, name: string, change: (wiring: Wiring) => void): ModelMutant => ({
    operator,
    name,
    build() {
      const changed = wiringOf(machine);
      change(changed);
      return build(changed, machine);
    },
  });
  const places = placesOf(root);
  return [
    ...places.flatMap((place) => ofTransitions(root, place, isReached, mutant)),
    ...statesOf(root).flatMap(({ path, state }) => ofStates(path, state, mutant)),
    ...sneaks(root, eventTypes, mutant),
    ...places.flatMap((place) => splits(root, place, isReached, mutant)),
  ];
}

type IsReached = (place: Place, index: number) => boolean;
type Make = (operator: Operator, name: string, change: (wiring: Wiring) => void) => ModelMutant;

function ofTransitions(root: Wiring, place: Place, isReached: IsReached, make: Make): ModelMutant[] {
  const list = transitionsAt(root, place);
  return list.flatMap((it, index) => {
    if (!isReached(place, index)) return [];
    const name = list.length > 1 ? `${place.name}[${index}]` : place.name;
    const replaced =
      (change: (it: TransitionWiring) => TransitionWiring | null) =>
      (wiring: Wiring): void => {
        const all = transitionsAt(wiring, place);
        const changed = change(all[index] ?? {});
        setTransitionsAt(
          wiring,
          place,
          changed === null ? all.toSpliced(index, 1) : all.with(index, changed),
        );
      };
    const withoutGuard = replaced((old) => {
      const changed = { ...old };
      delete changed.guard;
      return changed;
    });
    const actions = it.actions === undefined ? [] : [it.actions].flat();
    return [
      make(
        "missing transition",
        name,
        replaced(() => null),
      ),
      ...otherTargets(root, place, it).map((target) =>
        make(
          "wrong target",
          `${name} → ${target}`,
          replaced((old) => ({ ...old, target })),
        ),
      ),
      ...(it.guard === undefined
        ? []
        : [
            make("guard dropped", name, withoutGuard),
            make(
              "guard negated",
              name,
              replaced((old) => ({ ...old, guard: not(old.guard as never) })),
            ),
          ]),
      ...actions.map((action, at) =>
        make(
          "action dropped",
          `${name} ${actionName(action, at)}`,
          replaced((old) => ({ ...old, actions: [old.actions].flat().toSpliced(at, 1) })),
        ),
      ),
    ];
  });
}

/** Siblings of the source; of the root, its children. */
function otherTargets(root: Wiring, { path }: Place, { target }: TransitionWiring): string[] {
  const parent = stateAt(root, path.slice(0, -1));
  const isRoot = path.length === 0;
  if (!isRoot && parent.type === "parallel") return [];
  const below = isRoot && root.type === "parallel" ? {} : (parent.states ?? {});
  return Object.entries(below).flatMap(([key, it]) => {
    const other = isRoot ? `.${key}` : key;
    const isSame = target === other || target === key || (it.id !== undefined && target === `#${it.id}`);
    const staysAnyway = target === undefined && !isRoot && key === path.at(-1);
    return isSame || staysAnyway || it.type === "history" ? [] : [other];
  });
}

function ofStates(path: readonly string[], state: Wiring, make: Make): ModelMutant[] {
  return (["entry", "exit"] as const).flatMap((kind) => {
    const actions = state[kind] === undefined ? [] : [state[kind]].flat();
    return actions.map((action, at) =>
      make("action dropped", `${path.join(".") || "(root)"} ${kind} ${actionName(action, at)}`, (wiring) => {
        const changed = stateAt(wiring, path);
        changed[kind] = [changed[kind]].flat().toSpliced(at, 1);
      }),
    );
  });
}

function sneaks(root: Wiring, eventTypes: readonly string[], make: Make): ModelMutant[] {
  return statesOf(root).flatMap(({ path, state }) => {
    const parent = stateAt(root, path.slice(0, -1));
    if (path.length === 0 || state.states !== undefined || state.type === "final" || state.type === "history")
      return [];
    const siblings = Object.keys(parent.states ?? {}).filter(
      (key) => parent.states?.[key]?.type !== "history",
    );
    const target = siblings[(siblings.indexOf(path.at(-1) ?? "") + 1) % siblings.length] ?? "";
    if (parent.type === "parallel" || target === path.at(-1)) return [];
    const handled = path.map((_, depth) => stateAt(root, path.slice(0, depth + 1)));
    const descriptors = [root, ...handled].flatMap((it) => Object.keys(it.on ?? {}));
    const types = eventTypes.filter(
      (type) => !isInternal(type) && !descriptors.some((it) => matches(type, it)),
    );
    return types.map((type) =>
      make("sneak", `${path.join(".")} ${type} → ${target}`, (wiring) => {
        (stateAt(wiring, path).on ??= {})[type] = target;
      }),
    );
  });
}

function splits(root: Wiring, place: Place, isReached: IsReached, make: Make): ModelMutant[] {
  const above = place.path.slice(0, -1);
  const parent = stateAt(root, above);
  return transitionsAt(root, place).flatMap(({ target }, index) => {
    const state = typeof target === "string" ? parent.states?.[target] : undefined;
    if (
      typeof target !== "string" ||
      state === undefined ||
      parent.type === "parallel" ||
      place.path.length === 0
    )
      return [];
    if (state.states !== undefined || state.type === "final" || state.type === "history") return [];
    const siblings = Object.keys(parent.states ?? {});
    return Object.keys(state.on ?? {}).map((type) =>
      make("split", `${place.name}[${index}] then ${type}`, (wiring) => {
        const within = stateAt(wiring, above);
        const { id: _, ...clone } = copy(state) as Wiring;
        const changed: Place = { path: [target], kind: "on", key: type, name: "" };
        const wrong = transitionsAt({ states: { [target]: clone } }, changed).map((it): TransitionWiring => {
          const { actions: __, ...silent } = it;
          if (it.target === undefined) return silent;
          return { ...it, target: siblings.find((key) => key !== it.target && key !== target) ?? target };
        });
        (clone.on ??= {})[type] = wrong;
        (within.states ??= {})[target + cloneMark] = clone;
        const all = transitionsAt(wiring, place);
        const redirected = { ...all[index], target: target + cloneMark };
        setTransitionsAt(wiring, place, all.with(index, redirected));
      }),
    );
  });
}

function actionName(action: unknown, at: number): string {
  if (typeof action === "string") return action;
  const { type } = action as { type?: unknown };
  return typeof type === "string" && !type.startsWith("xstate.") ? type : `action ${at}`;
}
