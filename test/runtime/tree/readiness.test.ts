/** Groups D and G: children that wait for others, a bounded number of starts, and children that leave. */
import { createMachine, sendParent } from "xstate";
import { describe, expect, it } from "vitest";
import { type ChildSpecInput, checkTree, childDetached, childHealthy } from "../../../src/index.ts";
import { child, counts, crash, ref, states, World } from "./support/world.ts";

/** Says that it is ready on `report`, leaves its tree on `leave`, ends on `end`. */
const talking = createMachine({
  initial: "up",
  states: {
    up: {
      on: {
        report: { actions: sendParent(({ self }) => childHealthy(self)) },
        leave: { actions: sendParent(({ self }) => childDetached(self)) },
        ping: { actions: sendParent({ type: "pong" }) },
        end: "ended",
        crash: {
          actions: () => {
            throw new Error("crash");
          },
        },
      },
    },
    ended: { type: "final" },
  },
});
const talker = (id: string, spec: Partial<ChildSpecInput> = {}): ChildSpecInput => ({
  id,
  logic: talking,
  ...spec,
});

describe("a child that requires another", () => {
  it("D19: is started exactly once, after the one it requires is ready, whose first start was tried again", async () => {
    const world = new World();
    world.failing.set("a", 1);
    const tree = await world.started({
      policy: { backoff: { kind: "constant", delayMs: 100 } },
      children: [world.worker("a", { firstStart: "retry" }), world.worker("b", { requires: ["a"] })],
    });
    expect(states(tree)).toEqual(["a: restarting#1", "b: waiting#0"]);
    // Asked for by hand it waits as well.
    expect(await tree.children.start("b")).toEqual({ ok: false, code: "waiting", requires: ["a"] });
    world.clock.advance(99);
    expect(states(tree)).toEqual(["a: restarting#1", "b: waiting#0"]);
    world.clock.advance(1);
    expect(states(tree)).toEqual(["a: running#2", "b: running#1"]);
    world.clock.advance(60_000);
    expect(world.recent()).toEqual(["+a", "+b"]);
    expect(world.of("child.started").filter(({ id }) => id === "b")).toHaveLength(1);
  });

  it("D19: waits until the other reports that it is ready, and again whenever it is started anew", async () => {
    const world = new World();
    const a = talker("a", { ready: "reported" });
    const policy = { strategy: "restForOne", backoff: null } as const;
    const tree = await world.started({ policy, children: [a, world.worker("b", { requires: ["a"] })] });
    expect(states(tree)).toEqual(["a: running#1", "b: waiting#0"]);
    expect(child(tree, "a")?.isReady).toBe(false);
    ref(tree, "a").send({ type: "report" });
    expect(states(tree)).toEqual(["a: running#1", "b: running#1"]);
    crash(tree, "a");
    expect(states(tree)).toEqual(["a: running#2", "b: waiting#1"]);
    ref(tree, "a").send({ type: "report" });
    expect(states(tree)).toEqual(["a: running#2", "b: running#2"]);
    expect([world.recent(), world.clock.pending]).toEqual([["+b", "-b", "+b"], 0]);
  });

  it("is added while the other is down, starts with it, and can be stopped before", async () => {
    const world = new World();
    const tree = await world.started({ children: [world.worker("a")] });
    await tree.children.stop("a");
    const waiting = { ok: false, code: "waiting", requires: ["a"] };
    expect(await tree.children.add(world.worker("b", { requires: ["a"] }))).toEqual(waiting);
    expect(await tree.children.add(world.worker("c", { requires: ["a"] }))).toEqual(waiting);
    expect(await tree.children.stop("c")).toEqual({ ok: true });
    await tree.children.start("a");
    expect(states(tree)).toEqual(["a: running#2", "b: running#1", "c: stopped#0"]);
  });

  it("is refused where the other does not stand before it", async () => {
    const world = new World();
    const fault = { problems: [{ code: "invalid_requires" }] };
    for (const requires of [["b"], ["a"], ["x"]]) {
      const children = [world.worker("a", { requires }), world.worker("b")];
      expect(checkTree({ children })).toMatchObject(fault);
    }
    expect(checkTree({ template: world.worker("a", { requires: ["b"] }) })).toMatchObject(fault);
    const tree = await world.started({ children: [world.worker("a")] });
    expect(await tree.children.add(world.worker("b", { requires: ["x"] }))).toMatchObject(fault);
    expect(await tree.change({ children: [world.worker("b", { requires: ["a"] })] })).toEqual({ ok: true });
  });

  it("fails when it is not ready in time, and that failure counts", async () => {
    const world = new World();
    const a = talker("a", { ready: "reported", readyWithinMs: 500 });
    const tree = await world.started({ policy: { limit: { intensity: 1 }, backoff: null }, children: [a] });
    world.clock.advance(499);
    expect(states(tree)).toEqual(["a: running#1"]);
    world.clock.advance(1);
    expect(states(tree)).toEqual(["a: running#2"]);
    expect(world.of("failure.reported")).toMatchObject([
      { cause: { message: '"a" was not ready within 500 ms' } },
    ]);
    ref(tree, "a").send({ type: "report" });
    world.clock.advance(10_000);
    expect([states(tree), world.clock.pending]).toEqual([["a: running#2"], 0]);
  });

  it("whose first start is tried again is given up like any other", async () => {
    const world = new World();
    world.failing.set("a", 9);
    const policy = { limit: { intensity: 2 } };
    const children = [world.worker("a", { firstStart: "retry" }), world.worker("b")];
    const tree = await world.started({ policy, children });
    world.clock.advance(60_000);
    expect(states(tree)).toEqual(["a: quarantined#3", "b: running#1"]);
    const strict = new World();
    strict.failing.set("a", 9);
    const otp = strict.tree({
      preset: "otp",
      policy: { limit: { intensity: 0 } },
      children: [strict.worker("b"), strict.worker("a", { firstStart: "retry" })],
    });
    expect(await otp.start()).toMatchObject({ ok: false });
    expect([otp.phase, strict.recent()]).toEqual(["stopped", ["+b", "-b"]]);
  });
});

describe("start slots", () => {
  const ids = Array.from({ length: 100 }, (_, i) => `c${i}`);
  const policy = { limit: { intensity: 9 }, backoff: null, startSlots: 10 } as const;

  it("let so many restart in one turn of the host, in the order of their crashes", async () => {
    const world = new World();
    const tree = await world.started({ policy, children: ids.map((id) => world.worker(id)) });
    world.recent();
    for (const id of ids) crash(tree, id);
    const starts = () => world.recent().filter((it) => it.startsWith("+"));
    const turns: string[][] = [starts()];
    while (world.clock.pending > 0) {
      world.clock.advance(1);
      turns.push(starts());
    }
    expect(turns.filter((it) => it.length > 0).map((it) => it.length)).toEqual(
      Array.from({ length: 10 }, () => 10),
    );
    expect(turns.flat()).toEqual(ids.map((id) => `+${id}`));
    expect(counts(tree)).toEqual({ specs: 100, active: 100 });
  });

  it("are held until a child is ready or down, and more of them are used at once", async () => {
    const world = new World();
    const slots = { ...policy, startSlots: 2 };
    const children = ["a", "b", "c", "d", "e"].map((id) => talker(id, { ready: "reported" }));
    const tree = await world.started({ policy: slots, children });
    for (const { id } of children) crash(tree, id);
    const running = () =>
      states(tree)
        .filter((it) => it.includes("running#2"))
        .map((it) => it[0]);
    world.clock.advance(1);
    expect(running()).toEqual(["a", "b"]);
    ref(tree, "b").send({ type: "report" });
    world.clock.advance(1);
    expect(running()).toEqual(["a", "b", "c"]);
    // One that is stopped in the queue is not started.
    await tree.children.stop("d");
    await tree.children.stop("a");
    world.clock.advance(1);
    expect(running()).toEqual(["b", "c", "e"]);
    for (const id of ["b", "c", "e"]) crash(tree, id);
    world.clock.advance(1);
    expect(states(tree).filter((it) => it.includes("running#3"))).toHaveLength(2);
    expect(await tree.change({ policy: { startSlots: null } })).toEqual({ ok: true });
    expect(states(tree).filter((it) => it.includes("running#3"))).toHaveLength(3);
    await tree.shutdown();
    expect(world.clock.pending).toBe(0);
  });
});

describe("a child that leaves its tree", () => {
  it("G06: is forgotten, runs on, and hangs neither its stop nor the tree nor the next message", async () => {
    const world = new World();
    const tree = await world.otp({ children: [talker("a"), world.worker("b")] });
    const heard: string[] = [];
    tree.actor.on("*", ({ type }) => void heard.push(type));
    const a = ref(tree, "a");
    a.send({ type: "leave" });
    expect(states(tree)).toEqual(["b: running#1"]);
    expect(await tree.children.stop("a")).toEqual({ ok: false, code: "not_found" });
    expect(await tree.children.stop(a)).toEqual({ ok: true });
    expect(a.getSnapshot().status).toBe("active");
    a.send({ type: "ping" });
    expect(heard).toEqual(["pong"]);
    // Its id is free, and its end is nobody's business.
    expect(await tree.children.add(talker("a"))).toMatchObject({ ok: true });
    a.send({ type: "end" });
    expect(states(tree)).toEqual(["b: running#1", "a: running#1"]);
    expect(await tree.shutdown()).toMatchObject({ ok: true });
    expect(world.of("child.detached")).toMatchObject([{ id: "a", incarnation: 1 }]);
  });

  it("G06: may leave while it is being stopped, and the stop is answered", async () => {
    const world = new World();
    const logic = createMachine({
      on: { "child.shutdown": { actions: sendParent(({ self }) => childDetached(self)) } },
    });
    const tree = await world.otp({ children: [world.worker("b"), { id: "a", logic, shutdown: "infinity" }] });
    const a = ref(tree, "a");
    expect(await tree.children.stop("a")).toEqual({ ok: true });
    expect([states(tree), a.getSnapshot().status]).toEqual([["b: running#1"], "active"]);
    expect(await tree.shutdown()).toMatchObject({ ok: true });
    expect(world.clock.pending).toBe(0);
  });

  it("is let go by its administration, which gets the means to end it", async () => {
    const world = new World();
    const tree = await world.otp({ children: [world.worker("a")] });
    const a = ref(tree, "a");
    const answer = await tree.children.detach("a");
    expect(answer).toMatchObject({ ok: true, ref: a });
    expect(await tree.children.detach("a")).toEqual({ ok: false, code: "not_found" });
    await tree.shutdown();
    expect(world.recent()).toEqual(["+a"]);
    if (answer.ok) answer.stop();
    expect([world.recent(), a.getSnapshot().status]).toEqual([["-a"], "stopped"]);
  });

  it("cannot be let go while it is down", async () => {
    const world = new World();
    const tree = await world.otp({ children: [world.worker("a")] });
    await tree.children.stop("a");
    expect(await tree.children.detach("a")).toMatchObject({
      ok: false,
      code: "unavailable",
      state: "stopped",
    });
  });
});
