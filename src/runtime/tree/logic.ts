import type { AnyActorRef } from "xstate";
import { type Clock, systemClock } from "../clock.ts";
import { continued } from "../continued-clock.ts";
import { trackTimers } from "../durable/timers.ts";
import type { TreeLogic, TreeOptions, TreeSnapshot, TreeSource } from "./api.ts";
import { boot } from "./boot.ts";
import { orderly, type Scope } from "./child.ts";
import { Deadlines } from "./deadlines.ts";
import { definitionOf } from "./definition.ts";
import { Engine } from "./engine.ts";
import { childExit, type ChildReported } from "./exit.ts";
import { persist } from "./persist.ts";
import { checkFits, definitions, resume } from "./resume.ts";
import { checkPersisted, type PersistedTree } from "./persisted.ts";
import { Records } from "./records.ts";
import { done } from "./result.ts";

/** The supervisor behind each actor of a tree. */
const engines = new WeakMap<object, Engine>();
const chances = new WeakMap<Engine, () => number>();
/** XState persists a snapshot, and does not say whose it is. */
const engineBehind = new WeakMap<object, Engine>();
/** What engines go on from that have not been started. */
const images = new WeakMap<Engine, PersistedTree>();

export const engineOf = (actor: AnyActorRef): Engine | undefined => engines.get(actor);
export const engineAbove = (actor: AnyActorRef): Engine | undefined =>
  actor._parent === undefined ? undefined : engines.get(actor._parent);

/**
 * Supervisor logic: to be run as an actor of its own (`createTree`), as a child of another tree, or in a host's machine.
 *
 * Contract with its children:
 *
 * - A throw in a child's first step is a failed start, a later one a crash; its output says how else it ended
 *   ({@link childExit}).
 * - A child is stopped by `{ type: "child.shutdown" }` if it is a tree or a machine that names that event (or says
 *   `stopBy: "event"`), and has until the deadline of its `shutdown` to reach a final state; else, and at the deadline,
 *   its actor is stopped, which runs the clean-ups of what it invokes and no exit actions.
 * - A child with a watchdog sends {@link childAlive} to its parent.
 *
 * Throws `child_spec_invalid` for faulty options; where they are made at each start, that start fails.
 */
export function supervise(source: TreeSource): TreeLogic {
  if (typeof source !== "function") definitionOf(source);
  const logic: TreeLogic = {
    getInitialSnapshot(scope) {
      const options = typeof source === "function" ? source() : source;
      if (options === "ignore")
        return { status: "done", output: childExit("ignore"), error: undefined, phase: "stopped" };
      const first = { status: "active", output: undefined, error: undefined, phase: "created" } as const;
      engineBehind.set(first, create(options, scope as unknown as Scope));
      return first;
    },
    start(_, { self }) {
      const engine = engines.get(self);
      if (engine === undefined) return;
      const atRest = images.get(engine);
      images.delete(engine);
      fenced(engine, () => (atRest === undefined ? boot(engine) : resume(engine, atRest)));
      if (engine.result?.status === "error") throw engine.result.error;
    },
    restoreSnapshot(snapshot, scope) {
      const { tree, ...rest } = snapshot as TreeSnapshot;
      // One that did not run when it was stored has nothing to go on from.
      if (tree === undefined)
        return rest.status === "active" ? logic.getInitialSnapshot(scope, undefined) : rest;
      const image = checkPersisted(tree);
      const options = typeof source === "function" ? source() : source;
      if (options === "ignore")
        return { status: "done", output: childExit("ignore"), error: undefined, phase: "stopped" };
      const restored = { status: "active", output: undefined, error: undefined, phase: "created" } as const;
      checkFits(definitionOf(options), image);
      const engine = create(options, scope as unknown as Scope, image);
      images.set(engine, image);
      engineBehind.set(restored, engine);
      return restored;
    },
    transition(snapshot, event, scope) {
      const engine = engines.get(scope.self);
      if (engine === undefined) return snapshot;
      fenced(engine, () => receive(engine, event as Received, scope as unknown as Scope));
      const next = snapshotOf(engine, snapshot, event.type);
      engineBehind.set(next, engine);
      return next;
    },
    getPersistedSnapshot(snapshot) {
      const engine = engineBehind.get(snapshot);
      if (engine?.phase !== "running") return snapshot;
      return { ...snapshot, phase: "created", tree: persist(engine) } as TreeSnapshot;
    },
  };
  orderly.add(logic);
  definitions.set(logic, () => (typeof source === "function" ? null : definitionOf(source)));
  return logic;
}

function create(options: TreeOptions, scope: Scope, image?: PersistedTree): Engine {
  const { self } = scope;
  const above = engineAbove(self);
  const given = options.clock ?? above?.deadlines.clock ?? clockOf(self);
  // The clock of a tree above goes on from its own snapshot already.
  const clock =
    image === undefined || given === above?.deadlines.clock ? given : continued(given, image.takenAt);
  trackTimers(self.system, clock);
  const deadlines = above?.deadlines.clock === clock ? above.deadlines : new Deadlines(clock);
  const path = above === undefined ? [self.id] : [...above.records.path, self.id];
  const records = new Records(options.onRecord ?? above?.records.observer ?? null, path, clock);
  const chance = options.chance ?? (above === undefined ? undefined : chances.get(above)) ?? Math.random;
  const engine = new Engine(definitionOf(options), scope, {
    above,
    deadlines,
    records,
    chance,
    finalStop: options.finalStop ?? null,
  });
  engines.set(self, engine);
  chances.set(engine, chance);
  return engine;
}

/** The clock of the actor's system, where it is one that tells the time. */
function clockOf(actor: AnyActorRef): Clock {
  const { clock } = actor as unknown as { clock: Partial<Clock> };
  return typeof clock.now === "function" && typeof clock.wallNow === "function"
    ? (clock as Clock)
    : systemClock;
}

interface Received {
  readonly type: string;
  readonly actorId?: string;
  readonly run?: () => void;
  readonly child?: AnyActorRef;
}

function receive(engine: Engine, event: Received, scope: Scope): void {
  switch (event.type) {
    case "tree.deadlinePassed":
    case "tree.commanded":
      return event.run?.();
    case "child.shutdown":
      return engine.shutdown("it was told to", done("shutdown", null));
    case "child.healthy":
    case "child.detached":
      return engine.reported(event as ChildReported);
    case "xstate.stop":
      return engine.kill();
    case "child.alive":
      if (event.child !== undefined) engine.care.health.alive(event.child);
      return;
  }
  const isEnd = event.type.startsWith("xstate.done.actor.") || event.type.startsWith("xstate.error.actor.");
  if (isEnd && event.actorId !== undefined) engine.exited(event.actorId);
  else {
    engine.saw(event);
    scope.emit(event);
  }
}

/** A throw in here (a bug, or a host's `chance`) must not leave children that nobody looks after. */
function fenced(engine: Engine, run: () => void): void {
  try {
    run();
  } catch (error) {
    engine.crash(error);
    throw error;
  }
}

function snapshotOf(engine: Engine, before: TreeSnapshot, type: string): TreeSnapshot {
  const { phase, result } = engine;
  if (type === "xstate.stop")
    return { ...before, status: "stopped", output: undefined, error: undefined, phase };
  if (result !== null) return { ...result, phase };
  return before.phase === phase && before.status === "active"
    ? before
    : { status: "active", output: undefined, error: undefined, phase };
}
