/**
 * Chart model ⇄ Stately JSON: the machine's configuration as plain data, in XState's own words. Stately's editor reads
 * it, and {@link fromStatelyJson} makes a machine of it whose model equals the one that it was written from.
 *
 * Implementations are names in it. A name in parentheses, such as `assign(count)`, stood for an inline function: to run
 * the machine, give one of that name to `provide`.
 *
 * @module
 */
import { type AnyStateMachine, createMachine } from "xstate";
import * as z from "zod";
import { HomeostatError } from "../../core/errors.ts";
import {
  type ChartAction,
  type ChartIndex,
  type ChartModel,
  type ChartState,
  type ChartTransition,
  indexOf,
} from "../model.ts";
import {
  type CallJson,
  type InvokeJson,
  MachineJson,
  type StateJson,
  type TransitionJson,
} from "./stately-json/schema.ts";

export { MachineJson, StateJson } from "./stately-json/schema.ts";

/** Keys of states in document order, as in the configuration. */
export function toStatelyJson(model: ChartModel): MachineJson {
  const index = indexOf(model);
  return { id: model.id, ...given({ version: model.version }), ...stateJson(index.root, model, index) };
}

/**
 * The machine that the JSON describes, without implementations.
 *
 * @param json the value, not its text
 * @throws HomeostatError `machine_unreadable` when it is no machine configuration
 */
export function fromStatelyJson(json: unknown): AnyStateMachine {
  const { data, error } = MachineJson.safeParse(json);
  if (error !== undefined) throw unreadable(z.prettifyError(error), error);
  try {
    // Names of implementations cannot be checked against types here: the configuration is data.
    return createMachine(data as Parameters<typeof createMachine>[0]);
  } catch (error) {
    throw unreadable(error instanceof Error ? error.message : String(error), error);
  }
}

function unreadable(reason: string, cause: unknown): HomeostatError {
  return new HomeostatError("machine_unreadable", `this is no machine configuration: ${reason}`, {}, cause);
}

// ── States ───────────────────────────────────────────────────────────────────

function stateJson(state: ChartState, model: ChartModel, index: ChartIndex): StateJson {
  const { id, path, kind, description, tags, entry, exit, meta, initial, history } = state;
  const reference = (target: string): string => referenceTo(index.state(target), state, model);
  const transitions = index.transitions(id);
  const bucket = (wanted: (it: ChartTransition) => boolean): TransitionsJson | undefined =>
    transitionsJson(transitions.filter(wanted), reference);
  const own = new Set(state.invokes.map((it) => it.id));
  const children = index.children(id);
  return given({
    id: path.length > 0 && id !== [model.id, ...path].join(".") ? id : null,
    type: kind === "atomic" || kind === "compound" ? null : kind,
    description,
    tags: some(tags),
    initial: initial === null ? null : initialJson(initial, index),
    history: history?.depth ?? null,
    target: some(history?.targets.map((it) => absolute(index.state(it), model)) ?? []),
    entry: some(entry.map(callJson)),
    invoke: some(state.invokes.map((it, at) => invokeJson(it, `${at}.${id}`, bucket))),
    on: buckets(
      transitions.filter(({ kind, actor }) => isOn(kind) || (actor !== null && !own.has(actor))),
      (it) => it.event,
      reference,
    ),
    onDone: bucket((it) => it.kind === "stateDone"),
    after: buckets(
      transitions.filter((it) => it.kind === "after"),
      (it) => String(it.delay),
      reference,
    ),
    always: bucket((it) => it.kind === "always"),
    exit: some(exit.map(callJson)),
    route: routeJson(state, index),
    meta,
    states:
      children.length === 0
        ? null
        : Object.fromEntries(children.map((it) => [it.key, stateJson(it, model, index)])),
  });
}

function isOn(kind: ChartTransition["kind"]): boolean {
  return kind === "event" || kind === "wildcard";
}

function initialJson(
  { target, actions, description, meta }: NonNullable<ChartState["initial"]>,
  index: ChartIndex,
): StateJson["initial"] {
  const rest = given({ actions: some(actions.map(callJson)), description, meta });
  const { key } = index.state(target);
  return Object.keys(rest).length === 0 ? key : { target: key, ...rest };
}

function invokeJson(
  { id, src, systemId, input }: ChartState["invokes"][number],
  defaultId: string,
  bucket: (wanted: (it: ChartTransition) => boolean) => TransitionsJson | undefined,
): z.infer<typeof InvokeJson> {
  const about = (kind: ChartTransition["kind"]): TransitionsJson | undefined =>
    bucket((it) => it.kind === kind && it.actor === id);
  return {
    src,
    ...given({ id: id === defaultId ? null : id, systemId, input }),
    ...given({
      onDone: about("actorDone"),
      onError: about("actorError"),
      onSnapshot: about("actorSnapshot"),
    }),
  };
}

/** XState keeps the jump to a routable state as a transition of the root. */
function routeJson({ id }: ChartState, index: ChartIndex): StateJson["route"] | null {
  const route = index.transitions(index.root.id).find((it) => it.kind === "route" && it.targets.includes(id));
  if (route === undefined) return null;
  return given({
    guard: route.guard === null ? null : callJson(route.guard),
    description: route.description,
    meta: route.meta,
  });
}

// ── Transitions ──────────────────────────────────────────────────────────────

type TransitionsJson = z.infer<typeof TransitionJson> | z.infer<typeof TransitionJson>[];

function buckets(
  transitions: readonly ChartTransition[],
  key: (it: ChartTransition) => string,
  reference: (target: string) => string,
): Record<string, TransitionsJson | undefined> | null {
  const groups = Map.groupBy(transitions, key);
  if (groups.size === 0) return null;
  return Object.fromEntries([...groups].map(([name, list]) => [name, transitionsJson(list, reference)]));
}

function transitionsJson(
  list: readonly ChartTransition[],
  reference: (target: string) => string,
): TransitionsJson | undefined {
  const [first, ...rest] = list.map((it) => transitionJson(it, reference));
  if (first === undefined) return undefined;
  return rest.length === 0 ? first : [first, ...rest];
}

function transitionJson(
  { targets, guard, actions, reenter, description, meta }: ChartTransition,
  reference: (target: string) => string,
): z.infer<typeof TransitionJson> {
  const [target, ...others] = targets.map(reference);
  return given({
    target: target !== undefined && others.length > 0 ? [target, ...others] : target,
    guard: guard === null ? null : callJson(guard),
    actions: some(actions.map(callJson)),
    reenter: reenter ? true : null,
    description,
    meta,
  });
}

function callJson({ name, params }: ChartAction): z.infer<typeof CallJson> {
  return params === null ? name : { type: name, params };
}

/** A sibling by its key, as people write it; anything else by its path from the machine. */
function referenceTo(target: ChartState, from: ChartState, model: ChartModel): string {
  const isSibling = target.parent !== null && target.parent === from.parent;
  return isSibling && /^[\w-]+$/.test(target.key) ? target.key : absolute(target, model);
}

function absolute({ path }: ChartState, { id }: ChartModel): string {
  return `#${[id, ...path].map((it) => it.replace(/[.\\]/g, "\\$&")).join(".")}`;
}

// ── Leaving out ──────────────────────────────────────────────────────────────

function some<T>(list: readonly T[]): T[] | null {
  return list.length === 0 ? null : [...list];
}

/** Without what is `null` or `undefined`. */
function given<T extends Record<string, unknown>>(value: T): { [K in keyof T]?: Exclude<T[K], null> } {
  const entries = Object.entries(value).filter(([, it]) => it !== null && it !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], null> };
}
