/**
 * What may happen next in a world: its events with their payloads, its armed timers, the ends of its actors.
 *
 * @module
 */
import type { AnyActorRef, AnyEventObject, AnyMachineSnapshot, AnyStateMachine, AnyStateNode } from "xstate";
import type { TransitionTable } from "../stepper.ts";
import { sourceOf } from "../stepper/effects.ts";
import { dueTimers, liveChildren, type Outcome, type Stimulus, type World } from "../world.ts";
import { activeNodes, ownDescriptors } from "../xstate-adapter.ts";
import { boundaryPayloads, isZodSchema } from "./boundary.ts";

type PerState<T> = readonly T[] | ((snapshot: AnyMachineSnapshot) => readonly T[]);

/**
 * By type, the payloads of an event, without `type`; or every event that may come in a state. A type that is not named is
 * derived from `machine.schemas.events`, and sent bare where there is no schema; `[]` leaves it out.
 */
export type EventCases =
  | Readonly<Record<string, PerState<object>>>
  | ((snapshot: AnyMachineSnapshot) => readonly AnyEventObject[]);

/**
 * How actors may end, by their id or the name of their logic. Not named: well, with no output, and badly, as far as the
 * machine has a transition for it.
 */
export type OutcomeCases = Readonly<Record<string, PerState<Outcome>>>;

export interface Stimuli {
  of(world: World): readonly Stimulus[];
  /** Types of events for which no payload could be derived from their schema. */
  readonly underivable: ReadonlySet<string>;
  /** Every type of event that the machine or its cases name; XState's own are left out. */
  readonly eventTypes: readonly string[];
}

export function createStimuli(
  machine: AnyStateMachine,
  table: TransitionTable,
  options: { readonly events?: EventCases; readonly outcomes?: OutcomeCases; readonly timed: boolean },
): Stimuli {
  const { outcomes = {}, timed } = options;
  const cases = typeof options.events === "object" ? options.events : {};
  const schemas = eventSchemas(machine);
  const derived = new Map<string, readonly Stimulus[]>();
  const underivable = new Set<string>();
  const objects = new WeakMap<object, Stimulus>();
  const handled = new Set(table.all.map(({ descriptor }) => descriptor));
  const eventTypes = [
    ...new Set([
      ...[...handled].filter((it) => !isInternal(it) && !it.endsWith("*")),
      ...Object.keys(schemas),
      ...Object.keys(cases),
    ]),
  ];

  /** The types that a descriptor stands for; a wildcard also for a type that nobody names. */
  function typesOf(descriptor: string): readonly string[] {
    if (!descriptor.endsWith("*")) return isInternal(descriptor) ? [] : [descriptor];
    return [
      ...eventTypes.filter((it) => matches(it, descriptor)),
      ...(isInternal(descriptor) ? [] : [descriptor]),
    ];
  }

  const typesByNode = new Map<AnyStateNode, readonly string[]>();
  function typesIn(snapshot: AnyMachineSnapshot): Set<string> {
    const types = new Set<string>();
    for (const node of activeNodes(snapshot)) {
      let own = typesByNode.get(node);
      if (own === undefined) typesByNode.set(node, (own = ownDescriptors(node).flatMap(typesOf)));
      for (const type of own) types.add(type);
    }
    return types;
  }

  function derive(type: string): readonly Stimulus[] {
    let known = derived.get(type);
    if (known !== undefined) return known;
    const schema = schemas[type];
    const payloads = isZodSchema(schema) ? boundaryPayloads(schema) : [{}];
    if (payloads.length === 0) underivable.add(type);
    known = (payloads.length === 0 ? [{}] : payloads).map((it) => eventStimulus({ ...it, type }));
    derived.set(type, known);
    return known;
  }

  function given(
    type: string,
    payloads: PerState<object>,
    snapshot: AnyMachineSnapshot,
  ): readonly Stimulus[] {
    if (typeof payloads === "function") {
      return payloads(snapshot).map((it) => eventStimulus({ ...it, type }));
    }
    return payloads.map((it) => {
      let known = objects.get(it);
      if (known === undefined) objects.set(it, (known = eventStimulus({ ...it, type })));
      return known;
    });
  }

  function eventsOf({ snapshot }: World): readonly Stimulus[] {
    if (typeof options.events === "function") return options.events(snapshot).map(eventStimulus);
    return [...typesIn(snapshot)].flatMap((type) => {
      const payloads = cases[type];
      return payloads === undefined ? derive(type) : given(type, payloads, snapshot);
    });
  }

  function outcomesOf(child: AnyActorRef, snapshot: AnyMachineSnapshot): readonly Stimulus[] {
    const known = outcomes[child.id] ?? outcomes[sourceOf(child)];
    const list =
      typeof known === "function" ? known(snapshot) : (known ?? defaultOutcomes(child.id, handled));
    return list.map((outcome) => ({ kind: "outcome", child: child.id, outcome }));
  }

  return {
    underivable,
    eventTypes,
    of(world) {
      if (world.snapshot.status !== "active") return [];
      const timers = timed ? dueTimers(world) : world.timers;
      return [
        ...eventsOf(world),
        ...timers.map(({ serial }): Stimulus => ({ kind: "timer", serial })),
        ...liveChildren(world).flatMap((child) => outcomesOf(child, world.snapshot)),
      ];
    },
  };
}

const eventStimulus = (event: AnyEventObject): Stimulus => ({ kind: "event", event });

function defaultOutcomes(child: string, handled: ReadonlySet<string>): readonly Outcome[] {
  const has = (type: string): boolean => [...handled].some((it) => it !== "*" && matches(type, it));
  return [
    ...(has(`xstate.done.actor.${child}`) ? [{ kind: "done", output: undefined } as const] : []),
    ...(has(`xstate.error.actor.${child}`)
      ? [{ kind: "error", error: new Error("the actor failed") } as const]
      : []),
  ];
}

/** XState's own: timers, ends of states and actors, eventless transitions. */
export function isInternal(descriptor: string): boolean {
  return descriptor === "" || descriptor.startsWith("xstate.");
}

/** As XState matches `a.*` and `*`. */
export function matches(type: string, descriptor: string): boolean {
  if (type === descriptor || descriptor === "*") return true;
  if (!descriptor.endsWith(".*")) return false;
  const tokens = type.split(".");
  return descriptor
    .slice(0, -2)
    .split(".")
    .every((it, index) => it === tokens[index]);
}

/** `{}` where the machine's schema of its input allows it, else the plainest input that it does. */
export function plainInput(machine: AnyStateMachine): unknown {
  const { input } = (machine.schemas ?? {}) as { input?: unknown };
  if (!isZodSchema(input)) return undefined;
  return input.safeParse({}).success ? {} : boundaryPayloads(input)[0];
}

function eventSchemas(machine: AnyStateMachine): Readonly<Record<string, unknown>> {
  const { events } = (machine.schemas ?? {}) as { events?: unknown };
  return typeof events === "object" && events !== null ? (events as Record<string, unknown>) : {};
}
