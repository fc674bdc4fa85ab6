/**
 * A machine between two events, with all that decides what may come next: its pending timers and which of its actors
 * have ended. What a real actor and its scheduler do with delayed and self-sent events is done here, as data.
 *
 * @module
 */
import type { AnyActorRef, AnyEventObject, AnyMachineSnapshot } from "xstate";
import type { Effect, Step, Stepper } from "./stepper.ts";

/** A delayed event that has not fired. */
export interface Timer {
  /** Of its arming, growing; two worlds of one exploration may differ in it and still be the same state. */
  readonly serial: number;
  readonly id: string | null;
  readonly event: AnyEventObject;
  readonly delayMs: number;
  readonly to: string;
  /**
   * Whether `cancel(id)` reaches it. XState's scheduler knows the last timer of an id alone: an earlier one with the same
   * id fires nevertheless, and takes the entry of the later one with it.
   */
  readonly cancellable: boolean;
}

export interface World {
  readonly snapshot: AnyMachineSnapshot;
  /** In the order in which they were armed. */
  readonly timers: readonly Timer[];
  /** Counts on the way here so that no two timers get the same serial; no part of the state. */
  readonly armedSoFar: number;
  /** Children that ended and whose states the machine has not left. */
  readonly ended: ReadonlySet<AnyActorRef>;
}

/** How an actor ends. */
export type Outcome =
  | { readonly kind: "done"; readonly output: unknown }
  | { readonly kind: "error"; readonly error: unknown };

/** What may happen to a world. */
export type Stimulus =
  | { readonly kind: "event"; readonly event: AnyEventObject }
  | { readonly kind: "timer"; readonly serial: number }
  | { readonly kind: "outcome"; readonly child: string; readonly outcome: Outcome };

/** A stimulus and everything that followed from it before anything else could happen. */
export interface WorldStep {
  readonly world: World;
  /** One macrostep for the stimulus, then one for each event that the machine sent to itself. */
  readonly steps: readonly Step[];
}

/** Events to itself in one go before it counts as never coming to rest. */
const maxSelfSends = 1_000;

export function initialWorld(stepper: Stepper, input?: unknown): WorldStep {
  const step = stepper.initial(input);
  return settle(stepper, { snapshot: step.snapshot, timers: [], armedSoFar: 0, ended: new Set() }, step);
}

/** Throws what the machine throws. A world that is over takes nothing more. */
export function applyStimulus(stepper: Stepper, world: World, stimulus: Stimulus): WorldStep {
  if (world.snapshot.status !== "active") return { world, steps: [] };
  switch (stimulus.kind) {
    case "event":
      return run(stepper, world, stimulus.event);
    case "timer":
      return fire(stepper, world, stimulus.serial);
    case "outcome":
      return end(stepper, world, stimulus);
  }
}

/**
 * The timers that may be the next to fire: one that was armed no later than another and with no longer delay comes
 * before it.
 */
export function dueTimers({ timers }: World): readonly Timer[] {
  return timers.filter(
    ({ delayMs }, index) => !timers.slice(0, index).some((earlier) => earlier.delayMs <= delayMs),
  );
}

/** The children that may still end. */
export function liveChildren({ snapshot, ended }: World): readonly AnyActorRef[] {
  return Object.values<AnyActorRef | undefined>(snapshot.children).filter(
    (it): it is AnyActorRef => it !== undefined && !ended.has(it),
  );
}

function run(stepper: Stepper, world: World, event: AnyEventObject): WorldStep {
  const step = stepper.step(world.snapshot, event);
  return settle(stepper, world, step);
}

function fire(stepper: Stepper, world: World, serial: number): WorldStep {
  const fired = world.timers.find((it) => it.serial === serial);
  if (fired === undefined) return { world, steps: [] };
  const left = world.timers
    .filter((it) => it !== fired)
    .map((it) => (fired.id !== null && it.id === fired.id ? { ...it, cancellable: false } : it));
  const after = { ...world, timers: left };
  return fired.to === "self" ? run(stepper, after, fired.event) : { world: after, steps: [] };
}

function end(
  stepper: Stepper,
  world: World,
  { child: id, outcome }: Extract<Stimulus, { kind: "outcome" }>,
): WorldStep {
  const child = world.snapshot.children[id] as AnyActorRef | undefined;
  if (child === undefined || world.ended.has(child)) return { world, steps: [] };
  const after = { ...world, ended: new Set([...world.ended, child]) };
  return run(stepper, after, outcomeEvent(id, outcome));
}

/** The event by which XState tells a parent how a child ended. */
export function outcomeEvent(child: string, outcome: Outcome): AnyEventObject {
  return outcome.kind === "done"
    ? { type: `xstate.done.actor.${child}`, output: outcome.output, actorId: child }
    : { type: `xstate.error.actor.${child}`, error: outcome.error, actorId: child };
}

/** Takes the effects of `first` into account, then those of the events that the machine sent to itself. */
function settle(stepper: Stepper, before: World, first: Step): WorldStep {
  const steps = [first];
  let { timers, armedSoFar } = before;
  for (let index = 0; index < steps.length; index++) {
    if (index > maxSelfSends) throw new Error(`more than ${maxSelfSends} events to itself without rest`);
    const { effects } = steps[index] as Step;
    timers = armed(timers, effects, armedSoFar);
    armedSoFar += effects.length;
    for (const effect of effects) {
      if (effect.kind !== "sent" || effect.to !== "self") continue;
      const { snapshot } = steps.at(-1) as Step;
      if (snapshot.status === "active") steps.push(stepper.step(snapshot, effect.event));
    }
  }
  const { snapshot } = steps.at(-1) as Step;
  const ended = before.ended.size === 0 ? before.ended : stillThere(before.ended, snapshot);
  if (snapshot.status !== "active") timers = [];
  return { world: { snapshot, timers, armedSoFar, ended }, steps };
}

function armed(timers: readonly Timer[], effects: readonly Effect[], armedSoFar: number): readonly Timer[] {
  let next = timers;
  for (const [position, effect] of effects.entries()) {
    if (effect.kind === "timerCancelled") {
      next = next.filter((it) => !(it.id === effect.id && it.cancellable));
    }
    if (effect.kind === "timerSet") {
      const { id, event, delayMs, to } = effect;
      const serial = armedSoFar + position;
      const others = next.map((it) => (id !== null && it.id === id ? { ...it, cancellable: false } : it));
      next = [...others, { serial, id, event, delayMs, to, cancellable: id !== null }];
    }
  }
  return next;
}

function stillThere(ended: ReadonlySet<AnyActorRef>, snapshot: AnyMachineSnapshot): Set<AnyActorRef> {
  const present = new Set<AnyActorRef>(Object.values(snapshot.children));
  return new Set([...ended].filter((it) => present.has(it)));
}
