/**
 * Timers as data. XState keeps them out of its snapshots, and dates them by `Date.now()` whatever the clock; here each
 * has the instant at which it is due, and can be armed again. The only place that touches XState's scheduler; pinned by
 * `test/runtime/durable/xstate-contract.test.ts`.
 *
 * @see https://github.com/statelyai/xstate/issues/5331
 * @module
 */
import type { AnyActorRef, AnyEventObject } from "xstate";
import * as z from "zod";
import { HomeostatError } from "../../core/errors.ts";
import { MonotonicMs } from "../../core/time.ts";
import type { Clock } from "../clock.ts";

const Path = z.array(z.string());

/** A delayed event that has not been sent; paths are ids of children, from the actor that was stored. */
export const StoredTimer = z.strictObject({
  /** Names the timer to its source, which may cancel it. */
  id: z.string(),
  source: Path,
  /** `null`: the parent of the actor that was stored. */
  target: Path.nullable(),
  event: z.looseObject({ type: z.string() }),
  dueAt: MonotonicMs,
});
export type StoredTimer = z.infer<typeof StoredTimer>;

interface Scheduled {
  readonly source: AnyActorRef;
  readonly target: AnyActorRef;
  readonly event: AnyEventObject;
  readonly id: string;
  readonly delay: number;
  dueAt?: number;
}
interface System {
  readonly scheduler: {
    schedule: (
      source: AnyActorRef,
      target: AnyActorRef,
      event: AnyEventObject,
      delay: number,
      id?: string,
    ) => void;
  };
  readonly _snapshot: { readonly _scheduledEvents: Record<string, Scheduled> };
}
type AnySystem = AnyActorRef["system"];

const tracked = new WeakSet<object>();
const systemOf = (system: AnySystem): System => system as unknown as System;

/** From now on the timers of `system` are known by the instants at which they are due, on `clock`. */
export function trackTimers(system: AnySystem, clock: Clock): void {
  if (tracked.has(system)) return;
  tracked.add(system);
  const { scheduler, _snapshot } = systemOf(system);
  const { schedule } = scheduler;
  scheduler.schedule = (source, target, event, delay, id = `homeostat.${(nextId += 1)}`) => {
    schedule(source, target, event, delay, id);
    const scheduled = _snapshot._scheduledEvents[`${source.sessionId}.${id}`];
    if (scheduled !== undefined) scheduled.dueAt = clock.now() + delay;
  };
}
let nextId = 0;

/**
 * The timers of `actor` and of everything below it, in the order in which they are due.
 *
 * Throws `invalid_snapshot` for a delayed event to an actor outside.
 */
export function timersOf(actor: AnyActorRef): StoredTimer[] {
  const paths = new Map<AnyActorRef, readonly string[]>(pathsOf(actor, []));
  const all = Object.values(systemOf(actor.system)._snapshot._scheduledEvents);
  return all
    .flatMap(({ source, target, event, id, dueAt }) => {
      const from = paths.get(source);
      if (from === undefined || dueAt === undefined) return [];
      const to = target === actor._parent ? null : paths.get(target);
      if (to === undefined) throw outside(event.type, target.id);
      return [{ id, source: [...from], target: to && [...to], event, dueAt }];
    })
    .toSorted((a, b) => a.dueAt - b.dueAt);
}

/**
 * Arms `timers` of `actor`, which is not started yet, with the time that is left on `clock`; those that are overdue are
 * due at once, in their order.
 */
export function armTimers(actor: AnyActorRef, timers: readonly StoredTimer[], clock: Clock): void {
  const { scheduler, _snapshot } = systemOf(actor.system);
  for (const { id, source, target, event, dueAt } of timers) {
    const from = find(actor, source);
    const to = target === null ? actor._parent : find(actor, target);
    if (from === undefined || to === undefined) continue;
    const delay = Math.max(0, dueAt - clock.now());
    // A root starts its system, which schedules what it finds there: it would be scheduled twice.
    if (actor._parent === undefined) {
      const key = `${from.sessionId}.${id}`;
      _snapshot._scheduledEvents[key] = { source: from, target: to, event, delay, id };
    } else scheduler.schedule(from, to, event, delay, id);
  }
}

function* pathsOf(
  actor: AnyActorRef,
  path: readonly string[],
): Generator<readonly [AnyActorRef, readonly string[]]> {
  yield [actor, path];
  for (const [id, child] of Object.entries(childrenOf(actor))) {
    if (child !== undefined) yield* pathsOf(child, [...path, id]);
  }
}

const find = (actor: AnyActorRef, path: readonly string[]): AnyActorRef | undefined =>
  path.reduce<AnyActorRef | undefined>((it, id) => it && childrenOf(it)[id], actor);

const childrenOf = (actor: AnyActorRef): Readonly<Record<string, AnyActorRef | undefined>> =>
  (actor.getSnapshot() as { children?: Record<string, AnyActorRef> }).children ?? {};

const outside = (type: string, target: string): HomeostatError =>
  new HomeostatError(
    "invalid_snapshot",
    `the snapshot is refused: it has a delayed "${type}" for "${target}", which is not a part of it; send it from the actor above`,
  );
