/** Group G: how children and trees are stopped. */
import { createMachine, fromCallback } from "xstate";
import { expect, it } from "vitest";
import { supervise, treeOf } from "../../../src/index.ts";
import { childExit } from "../../../src/runtime/tree.ts";
import { child, crash, ref, states, World } from "./support/world.ts";

it("G01: a worker and a nested supervisor with all the time they take both end with shutdown", async () => {
  const world = new World();
  const tree = await world.otp({
    children: [
      { id: "w", logic: world.orderly("w"), shutdown: "infinity" },
      { id: "s", logic: supervise({ children: [world.worker("i")] }), type: "supervisor" },
    ],
  });
  const shutdown = tree.shutdown();
  expect(states(tree)).toEqual(["stopped"]);
  world.clock.advance(3_600_000);
  expect([tree.phase, world.clock.pending]).toEqual(["stopping", 0]);
  const [worker] = world.of("child.stopping").filter(({ id }) => id === "w");
  expect(worker).toMatchObject({ deadlineAt: null });
  // The nested one went first; the worker may take for ever.
  expect(world.recent()).toEqual(["+w", "+i", "-i"]);
  world.finish("w");
  expect(await shutdown).toMatchObject({ output: childExit("shutdown") });
  const stopped = world.of("child.stopped").filter(({ tree: path }) => path.length === 1);
  expect(stopped.map(({ id, how, reason }) => [id, how, reason])).toEqual([
    ["s", "ended", "shutdown"],
    ["w", "ended", "shutdown"],
  ]);
});

it("G03: a worker marked brutalKill is killed at once, and not asked", async () => {
  const world = new World();
  const tree = await world.otp({
    children: [{ id: "a", logic: world.orderly("a"), shutdown: "brutalKill" }],
  });
  await tree.shutdown();
  expect(world.of("child.stopped")).toMatchObject([{ id: "a", how: "killed" }]);
  expect(world.of("child.stopping")).toEqual([]);
  expect(world.recent()).toEqual(["+a", "-a"]);
});

it("G04: of three workers with 1 ms the stubborn one is killed, the others report shutdown", async () => {
  const world = new World();
  const tree = await world.otp({
    children: [
      world.worker("1", { shutdown: 1 }),
      { id: "2", logic: world.orderly("2", { stubborn: true }), shutdown: 1 },
      world.worker("3", { shutdown: 1 }),
    ],
  });
  const shutdown = tree.shutdown();
  expect(world.recent()).toEqual(["+1", "+2", "+3", "-3"]);
  world.clock.advance(1);
  await shutdown;
  expect(world.of("child.stopped").map(({ id, how }) => [id, how])).toEqual([
    ["3", "stopped"],
    ["2", "killed"],
    ["1", "stopped"],
  ]);
});

it("G07: while the restarts of a child keep failing every command is answered, and the shutdown is prompt", async () => {
  const world = new World();
  const limit = { intensity: 1_000, periodMs: 1_000 };
  const tree = await world.otp({ policy: { limit }, children: [world.worker("a")] });
  world.failing.set("a", 1_000_000);
  crash(tree, "a");
  world.clock.advance(10);
  expect(await tree.children.add(world.worker("a"))).toEqual({ ok: false, code: "already_present" });
  expect(await tree.children.start("a")).toEqual({ ok: false, code: "restarting" });
  expect(await tree.children.delete("a")).toEqual({ ok: false, code: "restarting" });
  expect(child(tree, "a")?.state).toBe("restarting");
  expect(await tree.children.stop("a")).toEqual({ ok: true });
  expect(child(tree, "a")?.state).toBe("stopped");
  expect(await tree.children.delete("a")).toEqual({ ok: true });
  await tree.children.add(world.worker("b"));
  world.failing.set("b", 1_000_000);
  crash(tree, "b");
  expect(await tree.shutdown()).toMatchObject({ error: null });
  expect(world.clock.pending).toBe(0);
});

it("G08: rest for one: the first runs, the second is restarting, the third stopped; all answers are prompt", async () => {
  const world = new World();
  const policy = { strategy: "restForOne", limit: { intensity: 1_000, periodMs: 1_000 } } as const;
  const tree = await world.otp({ policy, children: ["1", "2", "3"].map((id) => world.worker(id)) });
  world.failing.set("2", 1_000_000);
  crash(tree, "2");
  world.clock.advance(5);
  expect(states(tree)).toEqual(["1: running#1", "2: restarting#7", "3: stopped#1"]);
  expect(await tree.children.stop("2")).toEqual({ ok: true });
  expect(child(tree, "2")?.state).toBe("stopped");
  // What is left of the group comes back without it.
  world.clock.advance(1);
  expect(await tree.shutdown()).toMatchObject({ error: null });
  expect(world.recent()).toEqual(["+1", "+2", "+3", "-2", "-3", "+3", "-3", "-1"]);
});

it("G10: a child that ends by itself at the moment it is stopped is reported with its real reason", async () => {
  const world = new World();
  const tree = await world.otp({ children: [world.worker("a"), { id: "o", logic: world.orderly("o") }] });
  const a = ref(tree, "a");
  const stopping: Promise<unknown>[] = [];
  const info = (): void => {
    // The command is in the mailbox before the supervisor can hear of the crash.
    stopping.push(tree.children.stop("a"));
    a.send({ type: "crash" });
  };
  await tree.children.add(world.worker("c", { info }));
  expect(await Promise.all(stopping)).toEqual([{ ok: true }]);
  const stop = tree.children.stop("o");
  world.finish("o");
  expect(await stop).toEqual({ ok: true });
  expect(world.of("child.stopped")).toMatchObject([
    { id: "a", how: "ended", reason: "abnormal", cause: { message: "a crashed" } },
    { id: "o", how: "ended", reason: "shutdown" },
  ]);
  expect([states(tree), world.of("child.exited")]).toEqual([
    ["a: stopped#1", "o: stopped#1", "c: running#1"],
    [],
  ]);
});

it("G10: a supervisor that dies in the middle of a stop leaves no orphan", async () => {
  const world = new World();
  const inner = supervise({
    children: [
      world.worker("i1"),
      { id: "i2", logic: world.orderly("i2", { stubborn: true }), shutdown: "infinity" },
    ],
  });
  const tree = await world.otp({ children: [{ id: "s", logic: inner, type: "supervisor", shutdown: 100 }] });
  const stop = tree.children.stop("s");
  expect(world.recent()).toEqual(["+i1", "+i2"]);
  world.clock.advance(100);
  expect(await stop).toEqual({ ok: true });
  expect(world.recent()).toEqual(["-i2", "-i1"]);
  expect(world.clock.pending).toBe(0);
});

it("G11: the stop of a hung child returns at its deadline, with a record that has the path", async () => {
  const world = new World();
  const hung = { id: "hung", logic: world.orderly("hung", { stubborn: true }), shutdown: 2_000 };
  const inner = supervise({ children: [hung] });
  const tree = await world.otp({ children: [{ id: "inner", logic: inner, type: "supervisor" }] }, "top");
  const stop = treeOf(ref(tree, "inner"))?.children.stop("hung");
  world.clock.advance(1_999);
  expect(world.of("child.stopTimedOut")).toEqual([]);
  world.clock.advance(1);
  expect(await stop).toEqual({ ok: true });
  expect(world.of("child.stopTimedOut")).toMatchObject([
    { tree: ["top", "inner"], id: "hung", incarnation: 1, waitedMs: 2_000 },
  ]);
});

it("G16: a shutdown starts nothing again, neither what waits nor what ends meanwhile", async () => {
  const world = new World();
  const policy = { backoff: { kind: "constant", delayMs: 100 } } as const;
  const tree = await world.started({
    policy,
    children: [world.worker("a"), { id: "o", logic: world.orderly("o"), shutdown: 1_000 }, world.worker("b")],
  });
  crash(tree, "b");
  const a = ref(tree, "a");
  const shutdown = tree.shutdown();
  a.send({ type: "end" });
  world.clock.advance(10_000);
  await shutdown;
  expect(world.of("child.started").filter(({ isRestart }) => isRestart)).toEqual([]);
  expect([world.recent().filter((it) => it.startsWith("+")), world.clock.pending]).toEqual([
    ["+a", "+o", "+b"],
    0,
  ]);
});

it("G20: a child whose clean-up throws ends all the same, and its error is reported once", async () => {
  const world = new World();
  const logic = fromCallback(() => () => {
    throw new Error("in the clean-up");
  });
  const tree = await world.otp({ children: [world.worker("a"), { id: "x", logic }] });
  expect(await tree.children.stop("x")).toEqual({ ok: true });
  expect(world.of("child.stopped")).toMatchObject([
    { id: "x", reason: "abnormal", cause: { message: "in the clean-up" } },
  ]);
  expect([states(tree), world.of("child.exited")]).toEqual([["a: running#1", "x: stopped#1"], []]);
});

it("stops what a crashed machine had invoked, which XState leaves running", async () => {
  const world = new World();
  const inner = createMachine({
    invoke: { src: fromCallback(() => () => void world.log.push("-grandchild")) },
  });
  const logic = createMachine({
    invoke: { src: inner },
    on: {
      crash: {
        actions: () => {
          throw new Error("crash");
        },
      },
    },
  });
  const tree = await world.otp({ children: [{ id: "a", logic, restart: "temporary" }] });
  crash(tree, "a");
  expect(world.recent()).toEqual(["-grandchild"]);
});
