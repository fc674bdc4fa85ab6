/**
 * When two worlds are the same state: configuration, history, context, pending timers, and children.
 *
 * @module
 */
import type { AnyActorRef, AnyMachineSnapshot, AnyStateNode } from "xstate";
import { sourceOf } from "../stepper/effects.ts";
import type { World } from "../world.ts";
import { activeNodes, historyOf } from "../xstate-adapter.ts";
import { canonical, type NameActor } from "./canonical.ts";

/** What stands for the context in a state's key; contexts with the same view are taken to behave alike. */
export type Abstraction = (context: Record<string, unknown>, snapshot: AnyMachineSnapshot) => unknown;

export interface KeyOptions {
  readonly abstract?: Abstraction;
  /** Context keys that are left out: nothing may depend on them. */
  readonly ignore?: readonly string[];
  readonly ignoreChildren?: boolean;
  /** Tell timers apart by their delays, as the order in which they fire depends on them. */
  readonly timed: boolean;
}

export interface Keys {
  /** Of all of a world but its context. */
  shell(world: World): string;
  /** Throws `NotCanonical` when the context contains itself. */
  of(world: World): string;
  /** Per top-level key of the context as it is, without abstraction. */
  rawFields(snapshot: AnyMachineSnapshot): ReadonlyMap<string, string>;
  /** Per top-level key of what stands for the context. */
  fields(snapshot: AnyMachineSnapshot): ReadonlyMap<string, string>;
  configuration(snapshot: AnyMachineSnapshot): number;
  /** What each pending timer brings to whom, in their order. */
  timers(world: World): readonly string[];
}

export function createKeys({ abstract, ignore = [], ignoreChildren = false, timed }: KeyOptions): Keys {
  const numbers = new Map<string, number>();
  const byNodes = new WeakMap<readonly object[], string>();

  function configurationKey(snapshot: AnyMachineSnapshot): string {
    const nodes = activeNodes(snapshot);
    let key = byNodes.get(nodes);
    if (key === undefined)
      byNodes.set(nodes, (key = withHistory(orders(nodes) + eventlessOrder(nodes), historyOf(snapshot))));
    if (snapshot.status === "active") return key;
    return `${key}|${snapshot.status}|${canonical(snapshot.output)}|${canonical(snapshot.error)}`;
  }

  /** What stands for the context; ignored keys are left out only where no abstraction was given. */
  function view(snapshot: AnyMachineSnapshot): unknown {
    const context = snapshot.context as Record<string, unknown>;
    if (abstract !== undefined) return abstract(context, snapshot);
    if (ignore.length === 0) return context;
    return Object.fromEntries(Object.entries(context).filter(([key]) => !ignore.includes(key)));
  }

  function withTimersAndChildren(parts: string[], { snapshot, timers, ended }: World): string {
    const nameActor = namesOf(snapshot);
    if (timers.length > 0) parts.push(timersKey(timers, timed, nameActor));
    if (!ignoreChildren && !isEmpty(snapshot.children)) parts.push(childrenKey(snapshot, ended, nameActor));
    return parts.join("\n");
  }

  return {
    of(world) {
      const { snapshot } = world;
      const context = canonical(view(snapshot), namesOf(snapshot));
      return withTimersAndChildren([configurationKey(snapshot), context], world);
    },
    shell: (world) => withTimersAndChildren([configurationKey(world.snapshot)], world),
    rawFields: (snapshot) => fieldsOf(snapshot.context, namesOf(snapshot)),
    timers: ({ snapshot, timers }) => timerNames(timers, namesOf(snapshot)),
    fields: (snapshot) => fieldsOf(view(snapshot), namesOf(snapshot)),
    configuration(snapshot) {
      const key = configurationKey(snapshot);
      let number = numbers.get(key);
      if (number === undefined) numbers.set(key, (number = numbers.size));
      return number;
    },
  };
}

/** Which of the machine's nodes are among `nodes`, as bits. */
function orders(nodes: readonly { order: number }[]): string {
  let low = 0;
  let others: number[] | null = null;
  for (const { order } of nodes) {
    if (order < 32) low |= 1 << order;
    else (others ??= []).push(order);
  }
  if (others === null) return `${low}`;
  return `${low}.${others.sort((a, b) => a - b).join(".")}`;
}

/**
 * XState asks the atomic nodes for eventless transitions in the order in which they were entered: where two may have one, worlds
 * that differ in that order alone go on differently.
 */
function eventlessOrder(nodes: readonly AnyStateNode[]): string {
  const asked = nodes.filter((it) => (it.type === "atomic" || it.type === "final") && mayGoOn(it));
  return asked.length < 2 ? "" : `~${asked.map(({ order }) => order).join(".")}`;
}

function mayGoOn(node: AnyStateNode): boolean {
  for (let at: AnyStateNode | undefined = node; at !== undefined; at = at.parent) {
    if ((at.always?.length ?? 0) > 0) return true;
  }
  return false;
}

function withHistory(key: string, history: ReturnType<typeof historyOf>): string {
  if (isEmpty(history)) return key;
  const kept = Object.keys(history).toSorted();
  return [key, ...kept.map((id) => `${id}=${orders(history[id] ?? [])}`)].join("|");
}

function isEmpty(record: object): boolean {
  for (const _ in record) return false;
  return true;
}

function fieldsOf(value: unknown, nameActor: NameActor): ReadonlyMap<string, string> {
  if (typeof value !== "object" || value === null) return new Map([["", canonical(value, nameActor)]]);
  const fields = new Map<string, string>();
  const record = value as Record<string, unknown>;
  for (const key of Object.keys(record)) fields.set(key, canonical(record[key], nameActor));
  return fields;
}

/** Children that were given no id are called by their place among those. */
function namesOf(snapshot: AnyMachineSnapshot): NameActor {
  if (isEmpty(snapshot.children)) return (id) => id;
  const unnamed = Object.keys(snapshot.children).filter((id) => /^x:\d+$/.test(id));
  return (id) => (unnamed.includes(id) ? `#${unnamed.indexOf(id)}` : id);
}

function timerNames(timers: World["timers"], nameActor: NameActor): string[] {
  return timers.map(({ id, event, to, cancellable }) =>
    [id ?? "", canonical(event), to === "self" ? "" : nameActor(to), cancellable ? "" : "!"].join("~"),
  );
}

/** Which fires first depends on the delays, and between those that are pending on who has to wait for whom. */
function timersKey(timers: World["timers"], timed: boolean, nameActor: NameActor): string {
  const names = timerNames(timers, nameActor);
  if (!timed) return names.toSorted().join(";");
  return timers
    .map(({ delayMs }, index) => {
      const before = timers
        .slice(0, index)
        .flatMap((it, i) => (it.delayMs <= delayMs ? [names[i] ?? ""] : []))
        .toSorted();
      return `${names[index] ?? ""}@${delayMs}${before.length === 0 ? "" : `<${before.join(",")}`}`;
    })
    .toSorted()
    .join(";");
}

function childrenKey(
  snapshot: AnyMachineSnapshot,
  ended: ReadonlySet<AnyActorRef>,
  nameActor: NameActor,
): string {
  return Object.entries<AnyActorRef | undefined>(snapshot.children)
    .map(([id, child]) => {
      if (child === undefined) return `${id}?`;
      return `${nameActor(id)}:${sourceOf(child)}${ended.has(child) ? "!" : ""}`;
    })
    .toSorted()
    .join(";");
}
