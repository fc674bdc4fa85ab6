/**
 * What bare XState 5.33.3 does where a supervisor must not, and what homeostat does instead: the table of the README.
 * The first test of each pair fails when XState has mended it; then its row goes.
 */
import { inspect, isDeepStrictEqual } from "node:util";
import {
  type AnyActorRef,
  assign,
  createActor,
  createMachine,
  fromCallback,
  fromPromise,
  setup,
  type Snapshot,
  spawnChild,
} from "xstate";
import { expect, it } from "vitest";
import {
  createTree,
  durable,
  HomeostatError,
  openSnapshot,
  restored,
  supervise,
  systemClock,
  treeOf,
  type TreeRecord,
  VirtualClock,
  wrapSnapshot,
} from "../../src/index.ts";
import { startSupervisor } from "../fakes/supervised.ts";
import { child, counts, crash, ref, states, World } from "./tree/support/world.ts";

const still = "XState still does so";
/** Whether XState still does as `expected`; says what to do when it does not. */
const verdict = (seen: unknown, expected: unknown): string =>
  isDeepStrictEqual(seen, expected)
    ? still
    : `XState has mended this, and now gives ${inspect(seen)}: take the row out of the README's table`;
const boom = (): never => {
  throw new Error("boom");
};
const copy = <T>(it: T): T => JSON.parse(JSON.stringify(it)) as T;

/** Logs its start and its clean-up. */
const present = (log: string[], name: string) =>
  fromCallback(() => {
    log.push(`+${name}`);
    return () => void log.push(`-${name}`);
  });
const crashing = setup({ actions: { boom } }).createMachine({ on: { crash: { actions: "boom" } } });

/** `actor`, started, with what it failed with; without an observer XState would throw that at the host. */
function started<A extends AnyActorRef>(actor: A): { actor: A; errors: unknown[] } {
  const errors: unknown[] = [];
  actor.subscribe({ error: (error) => void errors.push(error) });
  actor.start();
  return { actor, errors };
}
const childOf = (actor: AnyActorRef, id: string): AnyActorRef | undefined =>
  (actor.getSnapshot() as { children: Record<string, AnyActorRef | undefined> }).children[id];
const statusOf = (actor: AnyActorRef | undefined): string | undefined =>
  (actor?.getSnapshot() as { status: string } | undefined)?.status;

it("X01: a bare parent fails with a child that it has no handler for, and takes the siblings along", () => {
  const log: string[] = [];
  const sibling = present(log, "b");
  const { actor, errors } = started(
    createActor(
      setup({ actors: { crashing, sibling } }).createMachine({
        invoke: [
          { id: "a", src: "crashing" },
          { id: "b", src: "sibling" },
        ],
      }),
    ),
  );
  childOf(actor, "a")?.send({ type: "crash" });
  expect(verdict([actor.getSnapshot().status, errors.length, log], ["error", 1, ["+b", "-b"]])).toBe(still);
});

it("X01: a tree restarts a child that crashed, and leaves its siblings alone", async () => {
  const world = new World();
  const tree = await world.started({ children: [world.worker("a"), world.worker("b")] });
  crash(tree, "a");
  world.clock.advance(250);
  expect([tree.phase, states(tree)]).toEqual(["running", ["a: running#2", "b: running#1"]]);
  expect(world.log).toEqual(["+a", "+b", "-a", "+a"]);
});

it("X02: a bare wildcard handler swallows the crash of a child", () => {
  const { actor, errors } = started(
    createActor(
      setup({ actors: { crashing } }).createMachine({
        invoke: { id: "a", src: "crashing" },
        on: { "*": {} },
      }),
    ),
  );
  childOf(actor, "a")?.send({ type: "crash" });
  const status = statusOf(childOf(actor, "a"));
  expect(verdict([actor.getSnapshot().status, errors, status], ["active", [], "error"])).toBe(still);
});

it("X02: a tree in a machine with a wildcard handler sees the crash of its child, and restarts it", () => {
  const world = new World();
  const onRecord = (it: TreeRecord): void => void world.records.push(it);
  const tree = supervise({ children: [world.worker("a")], clock: world.clock, onRecord });
  const machine = setup({ actors: { tree } }).createMachine({
    invoke: { id: "t", src: "tree" },
    on: { "*": {} },
  });
  const { actor } = started(createActor(machine));
  const inner = childOf(actor, "t");
  const handle = inner === undefined ? null : treeOf(inner);
  if (handle === null) throw new Error("there is no tree");
  crash(handle, "a");
  world.clock.advance(250);
  expect(world.of("child.exited")).toMatchObject([{ id: "a", cause: { message: "a crashed" } }]);
  expect(states(handle)).toEqual(["a: running#2"]);
});

it("X03: bare XState stops children in the order of their start", () => {
  const log: string[] = [];
  const actors = { a: present(log, "a"), b: present(log, "b"), c: present(log, "c") };
  const machine = setup({ actors }).createMachine({
    invoke: [
      { id: "a", src: "a" },
      { id: "b", src: "b" },
      { id: "c", src: "c" },
    ],
  });
  createActor(machine).start().stop();
  expect(verdict(log, ["+a", "+b", "+c", "-a", "-b", "-c"])).toBe(still);
});

it("X03: a tree stops them in reverse", async () => {
  const world = new World();
  const tree = await world.started({ children: ["a", "b", "c"].map((id) => world.worker(id)) });
  await tree.shutdown();
  expect(world.log).toEqual(["+a", "+b", "+c", "-c", "-b", "-a"]);
});

it("X04: a bare spawn with an id that is taken loses the child that had it, which runs on for ever", () => {
  const log: string[] = [];
  const machine = setup({ actors: { twin: present(log, "twin") } }).createMachine({
    on: { spawn: { actions: spawnChild("twin", { id: "twin" }) } },
  });
  const actor = createActor(machine).start();
  actor.send({ type: "spawn" });
  actor.send({ type: "spawn" });
  actor.stop();
  expect(verdict(log, ["+twin", "+twin", "-twin"])).toBe(still);
});

it("X04: a tree refuses the second one, and says which child has the id", async () => {
  const world = new World();
  const tree = await world.started({ children: [world.worker("twin")] });
  expect(await tree.children.add(world.worker("twin"))).toEqual({
    ok: false,
    code: "already_started",
    ref: ref(tree, "twin"),
  });
  await tree.shutdown();
  expect(world.log).toEqual(["+twin", "-twin"]);
});

it("X05: a bare stop does not wait for a clean-up", async () => {
  const gate = Promise.withResolvers<void>();
  const log: string[] = [];
  const cleanUp = async (): Promise<void> => {
    await gate.promise;
    log.push("cleaned up");
  };
  const actor = createActor(fromCallback(() => () => void cleanUp())).start();
  actor.stop();
  expect(verdict([actor.getSnapshot().status, log], ["stopped", []])).toBe(still);
  gate.resolve();
});

it("X05: a tree is down when its child has ended in its own time, or at its deadline", async () => {
  const world = new World();
  const child = { id: "slow", logic: world.orderly("slow"), shutdown: 5_000 };
  const tree = await world.started({ children: [child] });
  const down = tree.shutdown();
  expect(tree.phase).toBe("stopping");
  world.finish("slow");
  await down;
  expect([tree.phase, world.log]).toEqual(["stopped", ["+slow", "-slow"]]);
});

const nap = setup({}).createMachine({
  id: "nap",
  version: "1",
  initial: "asleep",
  states: { asleep: { after: { 250: "awake" } }, awake: {} },
});

it("X06: a bare restore loses the timers", () => {
  const clock = new VirtualClock();
  const actor = createActor(nap, { clock }).start();
  clock.advance(100);
  const after = createActor(nap, { clock, snapshot: copy(actor.getPersistedSnapshot()) }).start();
  actor.stop();
  clock.advance(10_000_000);
  expect(verdict(after.getSnapshot().value, "asleep")).toBe(still);
});

it("X06: a restored chart fires them when they were due", () => {
  const clock = new VirtualClock();
  const before = durable(nap, { clock });
  before.start();
  clock.advance(100);
  const after = restored(nap, copy(before.persist()), { clock });
  before.actor.stop();
  after.start();
  clock.advance(149);
  expect(after.actor.getSnapshot().value).toBe("asleep");
  clock.advance(1);
  expect(after.actor.getSnapshot().value).toBe("awake");
});

it("X07: a bare restore does the work again that was under way, and tells nobody", () => {
  let runs = 0;
  const work = fromPromise(() => {
    runs += 1;
    return new Promise(() => {});
  });
  const machine = setup({ actors: { work } }).createMachine({ invoke: { id: "w", src: "work" } });
  const before = createActor(machine).start();
  createActor(machine, { snapshot: copy(before.getPersistedSnapshot()) }).start();
  expect(verdict(runs, 2)).toBe(still);
});

it("X07: a tree does temporary work once, and says that it is gone; other work comes back as another incarnation", async () => {
  const runs: string[] = [];
  const work = (id: string) =>
    fromPromise(() => {
      runs.push(id);
      return new Promise(() => {});
    });
  const options = (world: World) => ({
    clock: world.clock,
    onRecord: (it: (typeof world.records)[number]) => void world.records.push(it),
    children: [
      { id: "once", logic: work("once"), restart: "temporary" as const },
      { id: "again", logic: work("again") },
    ],
  });
  const [first, second] = [new World(), new World()];
  const tree = createTree(options(first));
  await tree.start();
  const persisted = tree.persist();
  if (!persisted.ok) throw new Error(persisted.code);
  await createTree(options(second), { snapshot: copy(persisted.snapshot) }).start();
  expect(runs).toEqual(["once", "again", "again"]);
  expect(second.of("child.removed")).toMatchObject([{ id: "once" }]);
  expect(second.of("child.started")).toMatchObject([{ id: "again", incarnation: 2, isRestart: true }]);
});

it("X08: a bare actor that failed stays so for ever, and its error is stored as {}", () => {
  const { actor } = started(createActor(crashing));
  actor.send({ type: "crash" });
  const persisted = copy(actor.getPersistedSnapshot()) as Snapshot<unknown>;
  const after = started(createActor(crashing, { snapshot: persisted as never })).actor;
  after.send({ type: "crash" });
  expect(verdict([persisted.error, after.getSnapshot().status], [{}, "error"])).toBe(still);
});

it("X08: a tree keeps why a child failed, and can start it again", async () => {
  const world = new World();
  const options = { policy: { limit: { intensity: 0 } }, children: [world.worker("a")] };
  const tree = await world.started(options);
  crash(tree, "a");
  const persisted = tree.persist();
  if (!persisted.ok) throw new Error(persisted.code);
  const after = createTree({ clock: world.clock, ...options }, { snapshot: copy(persisted.snapshot) });
  await after.start();
  expect(child(after, "a")).toMatchObject({
    state: "quarantined",
    lastCause: { name: "Error", message: "a crashed" },
  });
  expect(await after.children.start("a")).toMatchObject({ ok: true, incarnation: 2 });
});

it("X09: a bare parent keeps a child that failed among its children", () => {
  const { actor } = started(
    createActor(
      setup({ actors: { crashing } }).createMachine({
        invoke: { id: "a", src: "crashing", onError: {} },
      }),
    ),
  );
  childOf(actor, "a")?.send({ type: "crash" });
  expect(verdict(statusOf(childOf(actor, "a")), "error")).toBe(still);
});

it("X09: a tree keeps no actor that has ended", async () => {
  const world = new World();
  const tree = await world.started({
    children: [world.worker("a"), world.worker("b", { restart: "temporary" })],
  });
  crash(tree, "a");
  crash(tree, "b");
  expect([child(tree, "a")?.ref, child(tree, "b"), counts(tree)]).toEqual([
    null,
    undefined,
    { specs: 1, active: 0 },
  ]);
});

const month = createMachine({
  initial: "waiting",
  states: { waiting: { after: { [30 * 86_400_000]: "over" } }, over: {} },
});

it("X10: a bare delay of 30 days is over at once", async () => {
  const actor = createActor(month).start();
  await new Promise<void>((resolve) => {
    actor.subscribe(({ value }) => value === "over" && resolve());
  });
  expect(verdict(actor.getSnapshot().value, "over")).toBe(still);
});

it("X10: on homeostat's clock it is not", async () => {
  const ours = createActor(month, { clock: systemClock }).start();
  const theirs = createActor(month).start();
  await new Promise<void>((resolve) => {
    theirs.subscribe(({ value }) => value === "over" && resolve());
  });
  expect(ours.getSnapshot().value).toBe("waiting");
  ours.stop();
});

it("X11: an event to a bare actor that has ended is lost without a word", () => {
  const ended = createActor(createMachine({ initial: "a", states: { a: { type: "final" } } })).start();
  expect(verdict([ended.getSnapshot().status, ended.send({ type: "hello" })], ["done", undefined])).toBe(
    still,
  );
});

it("X11: a call to a server that is down is answered: why, and when to ask again", async () => {
  const { servers, supervisor } = await startSupervisor(["a"]);
  await servers.last("a").serve();
  await servers.last("a").die();
  expect(await supervisor.callTool("a__echo")).toMatchObject({
    outcome: "unavailable",
    reason: "backingOff",
    retryAfterMs: 250,
  });
});

it("X12: a bare parent that throws leaves its children running, out of reach", () => {
  const log: string[] = [];
  const machine = setup({ actors: { a: present(log, "a") }, actions: { boom } }).createMachine({
    invoke: { id: "a", src: "a" },
    on: { crash: { actions: "boom" } },
  });
  const { actor } = started(createActor(machine));
  actor.send({ type: "crash" });
  actor.stop();
  expect(verdict([actor.getSnapshot().status, log], ["error", ["+a"]])).toBe(still);
});

it("X12: a tree that throws takes its children down, and its parent is told", async () => {
  const world = new World();
  const tree = await world.started({
    policy: { jitter: "full" },
    chance: boom,
    children: [world.worker("a"), world.worker("b")],
  });
  crash(tree, "a");
  expect(await tree.closed()).toMatchObject({ error: { message: "boom" } });
  expect(world.log).toEqual(["+a", "+b", "-a", "-b"]);
});

it("X13: a bare inspector that throws stops its actor's mailbox for good", () => {
  let armed = false;
  const machine = setup({ types: {} as { context: { n: number } } }).createMachine({
    context: { n: 0 },
    on: { count: { actions: assign({ n: ({ context }) => context.n + 1 }) } },
  });
  const inspector = ({ type }: { type: string }): void => {
    if (armed && type === "@xstate.snapshot") boom();
  };
  const { actor } = started(createActor(machine, { inspect: inspector }));
  armed = true;
  expect(() => actor.send({ type: "count" })).toThrow("boom");
  armed = false;
  actor.send({ type: "count" });
  expect(verdict(actor.getSnapshot().context.n, 1)).toBe(still);
});

it("X13: an observer that throws is reported, and hurts nobody", async () => {
  const { servers, supervisor, types, server } = await startSupervisor(["a"]);
  supervisor.on(boom);
  await servers.last("a").serve();
  expect(server("a")?.status).toBe("healthy");
  expect(types()).toContain("observer.failed");
});

const waiting = setup({ actors: { work: fromPromise(() => new Promise<number>(() => {})) } }).createMachine({
  id: "waiting",
  version: "1",
  invoke: { id: "w", src: "work" },
});

it("X14: a bare restore leaves a child out that it does not know, and its parent waits for it for ever", () => {
  const before = createActor(waiting).start();
  const snapshot: unknown = copy(before.getPersistedSnapshot());
  for (const it of Object.values((snapshot as { children: Record<string, { src: string }> }).children))
    it.src = "renamed";
  const work = fromPromise(() => Promise.resolve(1));
  const machine = waiting.provide({ actors: { work } });
  const { actor, errors } = started(createActor(machine, { snapshot: snapshot as never }));
  const { status, children } = actor.getSnapshot();
  expect(verdict([status, Object.keys(children), errors], ["active", [], []])).toBe(still);
});

it("X14: a snapshot with a child that the chart does not know is refused by its name", () => {
  const envelope = copy(wrapSnapshot(waiting, createActor(waiting).start().getSnapshot(), { takenAt: 0 }));
  for (const it of Object.values(envelope.snapshot.children)) it.src = "renamed";
  expect(() => openSnapshot(waiting, envelope)).toThrow(HomeostatError);
  expect(() => openSnapshot(waiting, envelope)).toThrow(/its child "w" runs "renamed"/);
});
