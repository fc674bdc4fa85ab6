/** The semi-internal parts of XState that trees rely on: a new version shows here first. */
import { type AnyActorRef, createActor, createMachine, fromCallback, fromPromise } from "xstate";
import { expect, it } from "vitest";

interface Scope {
  readonly self: AnyActorRef;
  readonly emit: unknown;
  stopChild(child: AnyActorRef): void;
}

/** The least logic that can have children, the events it gets, and its scope. */
function parent() {
  const events: { type: string; actorId?: string }[] = [];
  const scopes: Scope[] = [];
  const snapshot = { status: "active", output: undefined, error: undefined } as const;
  const actor = createActor({
    getInitialSnapshot: () => snapshot,
    start: (_: unknown, scope: unknown) => void scopes.push(scope as Scope),
    transition: (state: typeof snapshot, event: { type: string }) => {
      events.push(event);
      return state;
    },
    getPersistedSnapshot: (state: typeof snapshot) => state,
  }).start();
  const [scope] = scopes;
  if (scope === undefined) throw new Error("no scope");
  return { actor: actor as unknown as AnyActorRef, events, scope };
}

it("an actor created with a parent reports its end to it, with its id, after its snapshot says so", () => {
  const { actor, events } = parent();
  const seen: string[] = [];
  const child = createActor(
    createMachine({ initial: "a", states: { a: { on: { go: "b" } }, b: { type: "final" } } }),
    {
      id: "c",
      parent: actor,
    },
  );
  child.subscribe({ complete: () => void seen.push(child.getSnapshot().status) });
  child.start();
  expect([child._parent === actor, child.system === actor.system]).toEqual([true, true]);
  child.send({ type: "go" });
  expect([seen, events.map(({ type, actorId }) => [type, actorId])]).toEqual([
    ["done"],
    [["xstate.done.actor.c", "c"]],
  ]);
});

it("a throw in the first step gives a snapshot with the error, not an exception", () => {
  const { actor } = parent();
  const context = (): never => {
    throw new Error("no");
  };
  expect(createActor(createMachine({ context }), { id: "c", parent: actor }).getSnapshot().status).toBe(
    "error",
  );
  const entry = createActor(createMachine({ entry: context }), { id: "d", parent: actor }).start();
  expect(entry.getSnapshot()).toMatchObject({ status: "error", error: { message: "no" } });
});

it("stopChild of the scope stops in the same turn, runs clean-ups, and is not reported", () => {
  const { actor, events, scope } = parent();
  const log: string[] = [];
  const child = createActor(
    fromCallback(() => () => void log.push("clean-up")),
    { id: "c", systemId: "name", parent: actor },
  ).start();
  scope.stopChild(child);
  expect([log, child.getSnapshot().status, events, actor.system.get("name")]).toEqual([
    ["clean-up"],
    "stopped",
    [],
    undefined,
  ]);
});

it("a machine that throws leaves what it invoked running; its snapshot still has it, and _stop ends it", () => {
  const { actor } = parent();
  const log: string[] = [];
  const machine = createMachine({
    invoke: { id: "inner", src: fromCallback(() => () => void log.push("clean-up")) },
    on: {
      crash: {
        actions: () => {
          throw new Error("crash");
        },
      },
    },
  });
  const child = createActor(machine, { id: "c", parent: actor }).start();
  child.send({ type: "crash" });
  const { inner } = child.getSnapshot().children;
  expect([child.getSnapshot().status, log]).toEqual(["error", []]);
  (inner as unknown as { _stop(): void })._stop();
  expect(log).toEqual(["clean-up"]);
});

it("a machine lists the events that it names; other logic lists none", () => {
  const machine = createMachine({ initial: "a", states: { a: { on: { "child.shutdown": "b" } }, b: {} } });
  expect(machine.events).toContain("child.shutdown");
  expect(fromPromise(async () => {})).not.toHaveProperty("events");
});
