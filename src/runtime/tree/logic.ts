import type { AnyActorRef } from "xstate";
import { type Clock, systemClock } from "../clock.ts";
import type { TreeLogic, TreeOptions, TreeSnapshot, TreeSource } from "./api.ts";
import { orderly, type Scope } from "./child.ts";
import { Deadlines } from "./deadlines.ts";
import { definitionOf } from "./definition.ts";
import { Engine } from "./engine.ts";
import { childExit, type ChildReported } from "./exit.ts";
import { Records } from "./records.ts";
import { done } from "./result.ts";

/** The supervisor behind each actor of a tree. */
const engines = new WeakMap<object, Engine>();
const chances = new WeakMap<Engine, () => number>();

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
      create(options, scope as unknown as Scope);
      return { status: "active", output: undefined, error: undefined, phase: "created" };
    },
    start(_, { self }) {
      const engine = engines.get(self);
      if (engine === undefined) return;
      fenced(engine, () => engine.boot());
      if (engine.result?.status === "error") throw engine.result.error;
    },
    transition(snapshot, event, scope) {
      const engine = engines.get(scope.self);
      if (engine === undefined) return snapshot;
      fenced(engine, () => receive(engine, event as Received, scope as unknown as Scope));
      return snapshotOf(engine, snapshot, event.type);
    },
    getPersistedSnapshot(snapshot) {
      return snapshot;
    },
  };
  orderly.add(logic);
  return logic;
}

function create(options: TreeOptions, scope: Scope): void {
  const { self } = scope;
  const above = engineAbove(self);
  const clock = options.clock ?? above?.deadlines.clock ?? clockOf(self);
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
