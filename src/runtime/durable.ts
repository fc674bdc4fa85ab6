/**
 * Charts that outlive their host: what XState persists, with the timers that it loses. A restored chart goes on with the
 * time that is left of each, on a clock that goes on from the instant of the snapshot.
 *
 * What was under way in an invoked promise is done again from its start: such work has to be idempotent, or to know its
 * key. Entry actions are not repeated.
 *
 * @module
 */
import {
  type Actor,
  type ActorOptions,
  type AnyActorRef,
  type AnyStateMachine,
  createActor,
  getStateNodes,
  type InputFrom,
  type Snapshot,
} from "xstate";
import * as z from "zod";
import { HomeostatError } from "../core/errors.ts";
import { openSnapshot, SnapshotEnvelope, type SnapshotMigration, wrapSnapshot } from "../store/envelope.ts";
import { type Clock, systemClock } from "./clock.ts";
import { ClockReading, continued, readClock } from "./continued-clock.ts";
import { revive } from "./durable/revival.ts";
import { armTimers, StoredTimer, timersOf, trackTimers } from "./durable/timers.ts";

/** One chart at rest, with everything below it; JSON. */
export const StoredChart = z.strictObject({ envelope: SnapshotEnvelope, timers: z.array(StoredTimer) });
export type StoredChart = z.infer<typeof StoredChart>;

const format = "homeostat.durable/1";

/** What {@link Durable.persist} gives, whatever it is stored in. */
export const DurableSnapshot = z.strictObject({
  format: z.literal(format),
  takenAt: ClockReading,
  chart: StoredChart,
});
export type DurableSnapshot = z.infer<typeof DurableSnapshot>;

export interface DurableOptions<M extends AnyStateMachine> {
  readonly clock?: Clock;
  readonly id?: string;
  readonly input?: InputFrom<M>;
  readonly inspect?: ActorOptions<M>["inspect"];
  /** What takes a snapshot of an older version to this one. */
  readonly migrations?: readonly SnapshotMigration[];
}

export interface Durable<M extends AnyStateMachine> {
  readonly actor: Actor<M>;
  /** What its events are to be dated with: that of the options, or the one that goes on from the snapshot. */
  readonly clock: Clock;
  /** Starts the actor, with what is left of its timers at that instant. */
  start(): Actor<M>;
  /** Not to be called from inside an action: a snapshot is of what is between two events. Throws `invalid_snapshot`. */
  persist(): DurableSnapshot;
}

/** An actor of `machine`, which has to name its `version`, from its beginning. */
export function durable<M extends AnyStateMachine>(
  machine: M,
  { clock = systemClock, id, input, inspect }: DurableOptions<M> = {},
): Durable<M> {
  const options = { clock, id, input, inspect } as unknown as ActorOptions<M>;
  return wrap(machine, createActor(machine, options), clock, () => {});
}

/**
 * The actor that `snapshot` was taken of, not started.
 *
 * Throws `invalid_snapshot` when `snapshot` is none, or not of this chart and version and no migration leads there.
 */
export function restored<M extends AnyStateMachine>(
  machine: M,
  snapshot: unknown,
  { clock: base = systemClock, id, inspect, migrations = [] }: Omit<DurableOptions<M>, "input"> = {},
): Durable<M> {
  const parsed = DurableSnapshot.safeParse(snapshot);
  if (!parsed.success) {
    throw new HomeostatError(
      "invalid_snapshot",
      `the snapshot is refused: it is none of a durable chart:\n${z.prettifyError(parsed.error)}\nstore what persist() returns, as it is`,
    );
  }
  const { takenAt, chart } = parsed.data;
  const clock = continued(base, takenAt);
  const { snapshot: opened, arm } = reopened(machine, chart, clock, migrations);
  const options = { clock, id, inspect, snapshot: opened } as unknown as ActorOptions<M>;
  const actor = createActor(machine, options);
  return wrap(machine, actor, clock, () => arm(actor as AnyActorRef));
}

/** `actor`, which runs `machine`, at rest. Throws `invalid_snapshot`. */
export function storedChart(machine: AnyStateMachine, actor: AnyActorRef, clock: Clock): StoredChart {
  const takenAt = Math.max(0, Math.round(clock.wallNow()));
  const envelope = wrapSnapshot(machine, actor.getSnapshot() as Snapshot<unknown>, { takenAt });
  return { envelope, timers: timersOf(actor) };
}

/** What an actor is created from, and what is to be done with it before it is started. Throws `invalid_snapshot`. */
export function reopened(
  machine: AnyStateMachine,
  { envelope, timers }: StoredChart,
  clock: Clock,
  migrations: readonly SnapshotMigration[] = [],
): { readonly snapshot: Snapshot<unknown>; readonly arm: (actor: AnyActorRef) => void } {
  const snapshot = revive(machine, openSnapshot(machine, envelope, { migrations }), clock.now());
  return {
    snapshot,
    arm(actor) {
      trackTimers(actor.system, clock);
      armTimers(actor, [...timers, ...missingTimers(machine, snapshot, timers)], clock);
    },
  };
}

/**
 * Those of active states that have a deadline in the context, as all our charts keep it, and no timer: their state was
 * changed at rest.
 */
function missingTimers(
  machine: AnyStateMachine,
  snapshot: Snapshot<unknown>,
  timers: readonly StoredTimer[],
): StoredTimer[] {
  const { value, context } = snapshot as unknown as { value: string; context: { deadline?: unknown } };
  const { deadline } = context;
  if (typeof deadline !== "number") return [];
  const known = new Set(timers.filter(({ source }) => source.length === 0).map(({ id }) => id));
  const ids = getStateNodes(machine.root, value).flatMap((node) =>
    node.after.map(({ eventType }) => eventType),
  );
  return [...new Set(ids)]
    .filter((id) => !known.has(id))
    .map((id) => ({ id, source: [], target: [], event: { type: id }, dueAt: deadline }));
}

function wrap<M extends AnyStateMachine>(
  machine: M,
  actor: Actor<M>,
  clock: Clock,
  arm: () => void,
): Durable<M> {
  trackTimers(actor.system, clock);
  // A host may as well start the actor itself.
  arm();
  return {
    actor,
    clock,
    start() {
      arm();
      return actor.start();
    },
    persist: () => ({
      format,
      takenAt: readClock(clock),
      chart: storedChart(machine, actor as AnyActorRef, clock),
    }),
  };
}
