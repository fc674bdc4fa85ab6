import {
  type Actor,
  type AnyActorRef,
  createActor,
  createMachine,
  fromCallback,
  fromPromise,
  setup,
} from "xstate";
import { describe, expect, it } from "vitest";
import {
  type ChildSpecInput,
  createTree,
  HomeostatError,
  supervise,
  type Tree,
  treeOf,
  type TreeOptions,
  VirtualClock,
} from "../../../src/index.ts";
import { NextHost } from "./support/next-host.ts";
import { child, crash, ref, states, World } from "./support/world.ts";

const product = { intensity: 2, periodMs: 60_000 };
const counter = (id: string): ChildSpecInput => ({
  id,
  logic: setup({ types: {} as { context: { count: number } } }).createMachine({
    id: "counter",
    version: "1",
    context: { count: 0 },
    initial: "idle",
    on: {
      crash: {
        actions: () => {
          throw new Error("counter crashed");
        },
      },
      add: { actions: ({ context }) => void (context.count += 1) },
    },
    states: { idle: { after: { 1_000: "tired" } }, tired: {} },
  }),
});

function treeBehind(actor: AnyActorRef | undefined): Tree {
  const tree = actor === undefined ? null : treeOf(actor);
  if (tree === null) throw new Error("there is no tree");
  return tree;
}

describe("a tree in another host", () => {
  it("N01: has counted the failures before: the next one is one too many", async () => {
    const world = new World();
    const options = { policy: { limit: { intensity: 1, periodMs: 60_000 } } };
    const tree = await world.started({ ...options, children: [world.worker("a")] });
    crash(tree, "a");
    world.clock.advance(250);
    expect(states(tree)).toEqual(["a: running#2"]);
    const host = new NextHost(tree, world);
    const next = await host.resume({ ...options, children: [host.worker("a")] });
    expect(states(next)).toEqual(["a: running#3"]);
    crash(next, "a");
    expect(states(next)).toEqual(["a: quarantined#3"]);
  });

  it("N01: shares its count among the children as before", async () => {
    const world = new World();
    const tree = await world.otp({ children: [world.worker("a"), world.worker("b")] });
    crash(tree, "a");
    const host = new NextHost(tree, world, 1_000);
    const next = await host.resume({ preset: "otp", children: [host.worker("a"), host.worker("b")] });
    host.next.advance(3_999);
    crash(next, "b");
    expect(next.phase).toBe("stopped");
  });

  it.each([
    { downMs: 0, leftMs: 150 },
    { downMs: 100, leftMs: 50 },
    { downMs: 9_000, leftMs: 0 },
  ])(
    "N02: restarts a child after what is left of its back-off ($downMs ms later: $leftMs ms)",
    async ({ downMs, leftMs }) => {
      const world = new World();
      const tree = await world.started({ children: [world.worker("a")] });
      crash(tree, "a");
      world.clock.advance(100);
      const host = new NextHost(tree, world, downMs);
      const next = await host.resume({ children: [host.worker("a")] });
      expect(states(next)).toEqual(["a: restarting#1"]);
      host.next.advance(Math.max(0, leftMs - 1));
      expect(states(next)).toEqual([leftMs === 0 ? "a: running#2" : "a: restarting#1"]);
      host.next.advance(1);
      expect(states(next)).toEqual(["a: running#2"]);
      expect(host.log).toEqual(["+a"]);
    },
  );

  it("N02: restarts a group when it was due, in order", async () => {
    const world = new World();
    const policy = { strategy: "oneForAll" as const };
    const names = ["a", "b", "c"];
    const tree = await world.started({ policy, children: names.map((it) => world.worker(it)) });
    crash(tree, "b");
    world.clock.advance(100);
    const host = new NextHost(tree, world);
    const next = await host.resume({ policy, children: names.map((it) => host.worker(it)) });
    host.next.advance(149);
    expect(host.log).toEqual([]);
    host.next.advance(1);
    expect(host.log).toEqual(["+a", "+b", "+c"]);
    expect(states(next)).toEqual(["a: running#2", "b: running#2", "c: running#2"]);
  });

  it("N04: lets a chart go on where it was, as the same incarnation, its timers with what is left of them", async () => {
    const world = new World();
    const tree = await world.started({ children: [counter("a")] });
    ref(tree, "a").send({ type: "add" });
    world.clock.advance(400);
    const host = new NextHost(tree, world);
    const next = await host.resume({ children: [counter("a")] });
    const snapshot = () => ref(next, "a").getSnapshot() as { value: string; context: { count: number } };
    expect(states(next)).toEqual(["a: running#1"]);
    expect(snapshot()).toMatchObject({ value: "idle", context: { count: 1 } });
    host.next.advance(599);
    expect(snapshot().value).toBe("idle");
    host.next.advance(1);
    expect(snapshot().value).toBe("tired");
    expect(host.types()).toEqual(["tree.resumed", "child.resumed"]);
  });

  it("N04: counts the uptime of a chart on, so that it is stable when it would have been", async () => {
    const world = new World();
    const policy = { limit: product };
    const tree = await world.started({ policy, children: [counter("a")] });
    crash(tree, "a");
    world.clock.advance(250);
    world.clock.advance(40_000);
    const host = new NextHost(tree, world);
    const next = await host.resume({ policy, children: [counter("a")] });
    host.next.advance(20_000);
    crash(next, "a");
    // 60 s of uptime: the first step of the back-off, not the second.
    expect(host.of("restart.scheduled")).toMatchObject([{ attempt: 1, restarts: 1, delayMs: 250 }]);
  });

  it("starts anew, without counting it, what cannot go on: promises, callbacks, charts without a version", async () => {
    const world = new World();
    const children = (it: World): ChildSpecInput[] => [
      it.worker("chart"),
      { id: "callback", logic: fromCallback(() => {}) },
      { id: "promise", logic: fromPromise(() => new Promise(() => {})) },
      { id: "once", logic: fromCallback(() => {}), restart: "temporary" },
    ];
    const tree = await world.started({ children: children(world) });
    const host = new NextHost(tree, world);
    const next = await host.resume({ children: children(host) });
    expect(states(next)).toEqual(["chart: running#2", "callback: running#2", "promise: running#2"]);
    expect(next.children.list()).toMatchObject({
      children: [{ attempt: 0 }, { attempt: 0 }, { attempt: 0 }],
    });
    expect(host.of("child.removed")).toMatchObject([{ id: "once" }]);
    expect(host.of("restart.scheduled")).toEqual([]);
  });

  it("N05: keeps why a child failed: name, message, code, and what that blames", async () => {
    const world = new World();
    const tree = await world.started({ children: [world.worker("a")] });
    const because = Object.assign(new TypeError("no answer", { cause: new RangeError("port 0") }), {
      code: "E_PORT",
    });
    crash(tree, "a", because);
    const host = new NextHost(tree, world);
    const next = await host.resume({ children: [host.worker("a")] });
    expect(child(next, "a")?.lastCause).toMatchObject({
      name: "TypeError",
      message: "no answer",
      code: "E_PORT",
      stack: null,
      cause: { name: "RangeError", message: "port 0", code: null, cause: null },
    });
  });

  it("N06: keeps a quarantine and its open escalation, once, and the way back", async () => {
    const world = new World();
    const policy = { limit: { intensity: 0 } };
    const tree = await world.started({ policy, children: [world.worker("a"), world.worker("b")] });
    crash(tree, "a");
    const host = new NextHost(tree, world, 86_400_000);
    const next = await host.resume({ policy, children: [host.worker("a"), host.worker("b")] });
    expect(states(next)).toEqual(["a: quarantined#1", "b: running#2"]);
    host.next.advance(86_400_000);
    expect(host.of("escalation.opened")).toEqual([]);
    expect(host.log).toEqual(["+b"]);
    expect(await next.children.reset("a")).toEqual({ ok: true });
    expect(host.of("escalation.closed")).toMatchObject([{ id: "a", because: "reset" }]);
    expect(await next.children.start("a")).toMatchObject({ ok: true, incarnation: 2 });
  });

  it("leaves down what was stopped by hand, and what was on its way down", async () => {
    const world = new World();
    const slow = (it: World): ChildSpecInput => ({ id: "slow", logic: it.orderly("slow"), shutdown: 5_000 });
    const tree = await world.started({ children: [world.worker("a"), slow(world)] });
    await tree.children.stop("a");
    void tree.children.stop("slow");
    await Promise.resolve();
    expect(states(tree)).toEqual(["a: stopped#1", "slow: stopping#1"]);
    const host = new NextHost(tree, world);
    const next = await host.resume({ children: [host.worker("a"), slow(host)] });
    expect(states(next)).toEqual(["a: stopped#1", "slow: stopped#1"]);
    expect(host.next.pending).toBe(0);
  });

  it("goes on within its trees, and starts what its definition has and the snapshot has not", async () => {
    const world = new World();
    const make = (it: World, ...more: ChildSpecInput[]): TreeOptions => ({
      children: [
        { id: "inner", logic: supervise({ children: [it.worker("x"), counter("y")] }), type: "supervisor" },
        ...more,
      ],
    });
    const tree = await world.started(make(world));
    const innerTree = treeBehind(ref(tree, "inner"));
    ref(innerTree, "y").send({ type: "add" });
    ref(innerTree, "x").send({ type: "crash" });
    world.clock.advance(200);
    const host = new NextHost(tree, world);
    const next = await host.resume(make(host, host.worker("new")));
    const nextInner = treeBehind(ref(next, "inner"));
    expect(states(next)).toEqual(["inner: running#1", "new: running#1"]);
    expect(states(nextInner)).toEqual(["x: restarting#1", "y: running#1"]);
    expect(ref(nextInner, "y").getSnapshot()).toMatchObject({ context: { count: 1 } });
    host.next.advance(50);
    expect(states(nextInner)).toEqual(["x: running#2", "y: running#1"]);
  });

  it("has the instances of its pool, each with its own input, and numbers new ones on", async () => {
    const world = new World();
    const template = (it: World): ChildSpecInput => ({ id: "pool", logic: it.logic("pool") });
    const tree = await world.started({ template: template(world) });
    await tree.children.add({ input: { n: 1 } });
    await tree.children.add({ id: "named", input: { n: 2 } });
    const host = new NextHost(tree, world);
    const next = await host.resume({ template: template(host) });
    expect(states(next)).toEqual(["pool:1: running#2", "named: running#2"]);
    expect(next.children.spec("named")).toMatchObject({ spec: { input: { n: 2 } } });
    expect(await next.children.add({})).toMatchObject({ ok: true, ref: { id: "pool:2" } });
  });

  it("can be persisted by a host's machine that runs it", async () => {
    const world = new World();
    const machine = (it: World) =>
      setup({ actors: { tree: supervise({ children: [it.worker("a")] }) } }).createMachine({
        invoke: { id: "tree", src: "tree" },
      });
    const treeIn = (actor: Actor<ReturnType<typeof machine>>): Tree =>
      treeBehind(actor.getSnapshot().children["tree"]);
    const before = createActor(machine(world), { clock: world.clock }).start();
    const tree = treeIn(before);
    crash(tree, "a");
    world.clock.advance(100);
    const snapshot = JSON.parse(JSON.stringify(before.getPersistedSnapshot())) as never;
    const host = new World();
    const clock = new VirtualClock({ now: 77, wallNow: world.clock.wallNow() });
    const after = createActor(machine(host), { clock, snapshot }).start();
    const next = treeIn(after);
    expect(states(next)).toEqual(["a: restarting#1"]);
    clock.advance(150);
    expect(states(next)).toEqual(["a: running#2"]);
  });
});

it("a tree that was stored while it did not run starts as on the first day", async () => {
  const world = new World();
  const tree = supervise({ children: [world.worker("a")], clock: world.clock });
  const snapshot = { status: "active", output: undefined, error: undefined, phase: "stopping" } as const;
  const actor = createActor(tree, { clock: world.clock, snapshot }).start();
  expect(states(treeBehind(actor as AnyActorRef))).toEqual(["a: running#1"]);
});

describe("a snapshot that does not fit", () => {
  function refusal(act: () => unknown): string {
    try {
      act();
    } catch (error) {
      if (error instanceof HomeostatError && error.code === "invalid_snapshot") return error.message;
      throw error;
    }
    throw new Error("nothing was refused");
  }
  async function of(options: (world: World) => TreeOptions) {
    const world = new World();
    const tree = await world.started(options(world));
    return new NextHost(tree, world);
  }

  it("N07: of another format, or none at all, is refused before anything is started", async () => {
    const host = await of((it) => ({ children: [it.worker("a")] }));
    const options = { children: [host.worker("a")], clock: host.next };
    const older = { ...(host.snapshot as object), format: "homeostat.tree/0" };
    expect(refusal(() => createTree(options, { snapshot: older }))).toContain(
      'the format "homeostat.tree/0"',
    );
    expect(refusal(() => createTree(options, { snapshot: {} }))).toContain("none of a tree");
    expect(host.log).toEqual([]);
  });

  it("N07: with a child that is not defined, or is something else now, is refused by its name", async () => {
    const host = await of(() => ({ children: [counter("a")] }));
    expect(
      refusal(() => createTree({ children: [host.worker("b")] }, { snapshot: host.snapshot })),
    ).toContain('it has a child "a", which this tree does not define');
    expect(
      refusal(() => createTree({ children: [host.worker("a")] }, { snapshot: host.snapshot })),
    ).toContain('its child "a" was a chart with a version');
    const inner = await of(() => ({
      children: [{ id: "a", logic: supervise({ children: [counter("x")] }) }],
    }));
    expect(refusal(() => createTree({ children: [counter("a")] }, { snapshot: inner.snapshot }))).toContain(
      'its child "a" was a tree',
    );
    const other = [{ id: "a", logic: supervise({ children: [counter("y")] }) }];
    expect(refusal(() => createTree({ children: other }, { snapshot: inner.snapshot }))).toContain(
      'it has a child "x"',
    );
  });

  it("N07: with a chart of another version is refused, not half-read", async () => {
    const host = await of(() => ({ children: [counter("a")] }));
    const logic = createMachine({ id: "counter", version: "2", initial: "idle", states: { idle: {} } });
    expect(
      refusal(() => createTree({ children: [{ id: "a", logic }] }, { snapshot: host.snapshot })),
    ).toContain('version 1 of the chart "counter", which is version 2 here');
  });

  it("is not given for a tree that does not run, nor for what JSON cannot hold", async () => {
    const world = new World();
    const tree = world.tree({ children: [] });
    expect(tree.persist()).toEqual({ ok: false, code: "stopped" });
    const logic = createMachine({ id: "m", version: "1", context: { at: new Date(0) } });
    const odd = await world.started({ children: [{ id: "a", logic }] });
    expect(refusal(() => odd.persist())).toContain("of the class Date");
  });
});
