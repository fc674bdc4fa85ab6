/** Groups B and H: administration, and the change of a running tree. */
import { createActor, fromPromise } from "xstate";
import { describe, expect, it } from "vitest";
import { child, counts, crash, ref, states, World } from "./support/world.ts";

const forever = { intensity: 1_000, periodMs: 60_000 };

it("B01: the id of a running child is answered with its incarnation, and nothing new is spawned", async () => {
  const world = new World();
  const tree = await world.otp({ children: [world.worker("a")] });
  expect(await tree.children.add(world.worker("a"))).toEqual({
    ok: false,
    code: "already_started",
    ref: ref(tree, "a"),
  });
  expect(world.recent()).toEqual(["+a"]);
});

it("B02: the id of a stopped or restarting child is already present", async () => {
  const world = new World();
  const tree = await world.otp({
    policy: { limit: forever },
    children: [world.worker("a"), world.worker("b")],
  });
  await tree.children.stop("a");
  world.failing.set("b", 2);
  crash(tree, "b");
  expect(states(tree)).toEqual(["a: stopped#1", "b: restarting#2"]);
  for (const id of ["a", "b"]) {
    expect(await tree.children.add(world.worker(id))).toEqual({ ok: false, code: "already_present" });
  }
});

it("B03: a child is stopped twice, the second time for nothing, and its specification stays", async () => {
  const world = new World();
  const tree = await world.otp({ children: [world.worker("a")] });
  expect(await tree.children.stop("a")).toEqual({ ok: true });
  expect(await tree.children.stop("a")).toEqual({ ok: true });
  expect(world.of("child.stopped")).toMatchObject([{ id: "a", reason: "shutdown" }]);
  expect(counts(tree)).toEqual({ specs: 1, active: 0 });
});

it("B04: a running child can be neither deleted nor started; unknown ones are not found", async () => {
  const world = new World();
  const tree = await world.otp({ children: [world.worker("a")] });
  const running = { ok: false, code: "running" };
  expect([await tree.children.delete("a"), await tree.children.start("a")]).toEqual([running, running]);
  const { children } = tree;
  const answers = await Promise.all([
    children.start("x"),
    children.stop("x"),
    children.restart("x"),
    children.delete("x"),
    children.fail("x", "no"),
    children.reset("x"),
  ]);
  for (const it of [...answers, children.spec("x")]) expect(it).toEqual({ ok: false, code: "not_found" });
  expect(world.recent()).toEqual(["+a"]);
});

it("B05: a stopped child is started, deleted, gone, and can be added again", async () => {
  const world = new World();
  const tree = await world.otp({ children: [world.worker("a")] });
  await tree.children.stop("a");
  expect(await tree.children.start("a")).toMatchObject({ ok: true, incarnation: 2 });
  await tree.children.stop("a");
  expect(await tree.children.delete("a")).toEqual({ ok: true });
  expect(await tree.children.start("a")).toEqual({ ok: false, code: "not_found" });
  expect(await tree.children.add(world.worker("a"))).toMatchObject({ ok: true, incarnation: 1 });
});

it("B06: in a pool a child is stopped by its reference; a foreign actor and the template are not", async () => {
  const world = new World();
  const tree = await world.otp({ template: world.worker("a") });
  await tree.children.add({});
  await tree.children.add({});
  const first = ref(tree, "a:1");
  expect(await tree.children.stop(first)).toEqual({ ok: true });
  expect(await tree.children.stop(first)).toEqual({ ok: true });
  const foreign = createActor(world.logic("f")).start();
  expect(await tree.children.stop(foreign)).toEqual({ ok: false, code: "not_found" });
  expect(foreign.getSnapshot().status).toBe("active");
  expect(await tree.children.stop("a")).toEqual({ ok: false, code: "is_template" });
  expect(states(tree)).toEqual(["a:2: running#1"]);
});

it("B08: children that cannot start are present, not active, and come back when they can", async () => {
  const world = new World();
  const tree = await world.otp({ policy: { limit: forever }, template: world.worker("a") });
  for (const id of ["x", "y", "z"]) await tree.children.add({ id });
  world.failing.set("a", 4);
  crash(tree, "x");
  crash(tree, "y");
  expect(counts(tree)).toEqual({ specs: 3, active: 1 });
  // Each fails once more.
  world.clock.advance(1);
  expect(counts(tree)).toEqual({ specs: 3, active: 1 });
  world.clock.advance(1);
  expect(counts(tree)).toEqual({ specs: 3, active: 3 });
  for (const [left, id] of [
    [2, "x"],
    [1, "y"],
    [0, "z"],
  ] as const) {
    await tree.children.stop(id);
    expect(counts(tree)).toEqual({ specs: left, active: left });
  }
});

it("B09: a restarting instance keeps its place below the cap", async () => {
  const world = new World();
  const policy = { maxChildren: 1, limit: forever };
  const tree = await world.otp({ policy, template: world.worker("a") });
  await tree.children.add({});
  world.failing.set("a", 9);
  crash(tree, "a:1");
  expect(states(tree)).toEqual(["a:1: restarting#2"]);
  expect(await tree.children.add({})).toEqual({ ok: false, code: "max_children", maxChildren: 1 });
});

it("B11: a stopped supervisor answers everything at once", async () => {
  const world = new World();
  const tree = await world.otp({ children: [world.worker("a")] });
  await tree.shutdown();
  const { children } = tree;
  const answers = await Promise.all([
    children.add(world.worker("b")),
    children.start("a"),
    children.stop("a"),
    children.restart("a"),
    children.delete("a"),
    children.fail("a", "no"),
    children.reset("a"),
    tree.change({ policy: { maxChildren: 1 } }),
  ]);
  const reads = [children.list(), children.count(), children.spec("a")];
  for (const it of [...answers, ...reads]) expect(it).toEqual({ ok: false, code: "stopped" });
  expect(await tree.shutdown()).toMatchObject({ ok: true });
  const fresh = world.tree({});
  expect(await fresh.children.add(world.worker("a"))).toEqual({ ok: false, code: "stopped" });
  expect(await fresh.shutdown()).toMatchObject({ ok: true });
});

it("B11: what waits when the supervisor stops is answered", async () => {
  const world = new World();
  const tree = await world.otp({ children: [{ id: "a", logic: world.orderly("a"), shutdown: "infinity" }] });
  const stop = tree.children.stop("a");
  const end = tree.shutdown();
  expect(tree.children.list()).toEqual({ ok: false, code: "stopped" });
  (tree.actor as ReturnType<typeof createActor>).stop();
  expect(await stop).toEqual({ ok: false, code: "stopped" });
  expect(await end).toMatchObject({ ok: true });
  expect(world.recent()).toEqual(["+a", "-a"]);
});

it("B12: the child of another supervisor is refused, and nothing is stopped", async () => {
  const world = new World();
  const [one, other] = [
    await world.otp({ children: [world.worker("a")] }),
    await world.otp({ children: [world.worker("a")] }),
  ];
  const foreign = ref(other, "a");
  const { children } = one;
  const answers = [
    children.stop(foreign),
    children.start(foreign),
    children.restart(foreign),
    children.delete(foreign),
    children.fail(foreign, "no"),
  ];
  for (const answer of await Promise.all(answers)) {
    expect(answer).toEqual({ ok: false, code: "wrong_supervisor" });
  }
  expect([states(one), states(other)]).toEqual([["a: running#1"], ["a: running#1"]]);
});

it("B14: a child added to a running supervisor is started at once and listed", async () => {
  const world = new World();
  const tree = await world.otp({});
  const adding = tree.children.add(world.worker("a"));
  expect([world.recent(), states(tree)]).toEqual([["+a"], ["a: running#1"]]);
  expect(await adding).toMatchObject({ ok: true, ref: ref(tree, "a") });
});

it("C19: an operator's restart is immediate and free; a check's counts and waits, and the second is refused", async () => {
  const world = new World();
  const policy = { limit: { intensity: 1 }, backoff: { kind: "constant", delayMs: 500 } } as const;
  const tree = await world.started({ policy, children: [world.worker("a")] });
  for (let i = 2; i < 6; i++) {
    expect(await tree.children.restart("a")).toMatchObject({ ok: true, incarnation: i });
  }
  expect(await tree.children.fail("a", new Error("unhealthy"))).toEqual({ ok: true });
  expect(await tree.children.fail("a", new Error("unhealthy too"))).toEqual({ ok: true });
  expect(child(tree, "a")).toMatchObject({ state: "restarting", dueAt: 500 });
  world.clock.advance(500);
  expect(states(tree)).toEqual(["a: running#6"]);
  await tree.children.fail("a", new Error("unhealthy"));
  expect(states(tree)).toEqual(["a: quarantined#6"]);
  expect(world.of("failure.reported")).toHaveLength(2);
  expect(world.of("restart.requested")).toHaveLength(4);
});

describe("a manual start", () => {
  it("E18: is free under the product preset, also of a quarantined child, audited, and resets nothing", async () => {
    // The reference (systemd) refuses it until the limit is reset; decisions.md has it free.
    const world = new World();
    const tree = await world.started({ policy: { limit: { intensity: 0 } }, children: [world.worker("a")] });
    crash(tree, "a");
    expect(states(tree)).toEqual(["a: quarantined#1"]);
    expect(world.of("restart.refused")).toMatchObject([
      { id: "a", restarts: 0, intensity: 0, earliestAt: null },
    ]);
    expect(await tree.children.start("a")).toMatchObject({ ok: true, incarnation: 2 });
    expect(world.of("start.requested")).toMatchObject([{ id: "a", by: "operator" }]);
    expect(world.of("escalation.closed")).toMatchObject([{ id: "a" }]);
    crash(tree, "a");
    expect(states(tree)).toEqual(["a: quarantined#2"]);
    expect(world.of("escalation.opened")).toHaveLength(2);
  });

  it("that fails leaves a quarantined child quarantined, and so does a stop", async () => {
    const world = new World();
    const tree = await world.started({ policy: { limit: { intensity: 0 } }, children: [world.worker("a")] });
    crash(tree, "a");
    world.failing.set("a", 1);
    expect(await tree.children.start("a")).toMatchObject({ code: "start_failed" });
    expect(states(tree)).toEqual(["a: quarantined#2"]);
    expect(await tree.children.stop("a")).toEqual({ ok: true });
    expect(states(tree)).toEqual(["a: quarantined#2"]);
    expect(world.of("escalation.closed")).toEqual([]);
  });

  it("resets nothing, which is the work of reset", async () => {
    const world = new World();
    const tree = await world.started({
      policy: { limit: { intensity: 1 }, backoff: null },
      children: [world.worker("a")],
    });
    crash(tree, "a");
    await tree.children.stop("a");
    await tree.children.start("a");
    crash(tree, "a");
    expect(states(tree)).toEqual(["a: quarantined#3"]);
    expect(await tree.children.reset("a")).toEqual({ ok: true });
    expect(states(tree)).toEqual(["a: stopped#3"]);
    await tree.children.start("a");
    crash(tree, "a");
    expect(states(tree)).toEqual(["a: running#5"]);
  });
});

describe("a changed definition", () => {
  it("H02: is refused as a whole where it is faulty, and the old one stays in force", async () => {
    const world = new World();
    const tree = await world.otp({ children: [world.worker("a")] });
    const before = tree.policy;
    const answer = await tree.change({
      policy: { limit: { intensity: 9 } },
      children: [world.worker("b"), { id: "c", restart: "never" } as never],
    });
    expect(answer).toMatchObject({
      code: "invalid_spec",
      problems: [{ code: "invalid_logic" }, { code: "invalid_restart", path: "children[1].restart" }],
    });
    expect(tree.policy).toBe(before);
    expect(states(tree)).toEqual(["a: running#1"]);
    expect(await tree.change({ policy: { strategy: "all" as never } })).toMatchObject({
      code: "invalid_spec",
    });
    expect([tree.policy, world.of("policy.refused").length]).toEqual([before, 2]);
  });

  it("H03: counts for a child at its next start; a new one is registered, a missing one stays", async () => {
    const world = new World();
    const tree = await world.otp({ children: [world.worker("u1"), world.worker("u2")] });
    const changed = { ...world.worker("other"), id: "u1" };
    expect(await tree.change({ children: [changed, world.worker("u3")] })).toEqual({ ok: true });
    expect(states(tree)).toEqual(["u1: running#1", "u2: running#1", "u3: stopped#0"]);
    expect(world.recent()).toEqual(["+u1", "+u2"]);
    crash(tree, "u1");
    expect(world.recent()).toEqual(["-u1", "+other"]);
    expect(await tree.children.start("u3")).toMatchObject({ ok: true });
  });

  it("H04: neither makes nor unmakes a pool; how its instances are stopped may change", async () => {
    const world = new World();
    const plain = await world.otp({});
    const pool = await world.otp({ template: world.worker("a") });
    await pool.children.add({ id: "x", input: 7 });
    const refused = { code: "invalid_spec", problems: [{ code: "invalid_template" }] };
    expect(await plain.change({ template: world.worker("a") })).toMatchObject(refused);
    expect(await pool.change({ template: null })).toMatchObject(refused);
    expect(await pool.change({ template: world.worker("b") })).toMatchObject(refused);
    expect(await pool.change({ children: [world.worker("b")] })).toMatchObject({ code: "invalid_spec" });
    expect(await pool.change({ policy: { strategy: "oneForAll" } })).toMatchObject({ code: "invalid_spec" });
    expect(await pool.change({ template: world.worker("a", { shutdown: "brutalKill" }) })).toEqual({
      ok: true,
    });
    expect(pool.children.spec("x")).toMatchObject({ spec: { id: "x", input: 7, shutdown: "brutalKill" } });
  });

  it("H05: with a lower cap stops nobody, and refuses the next", async () => {
    const world = new World();
    const tree = await world.otp({ template: world.worker("a") });
    await tree.children.add({});
    await tree.children.add({});
    expect(await tree.change({ policy: { maxChildren: 1 } })).toEqual({ ok: true });
    expect(counts(tree)).toEqual({ specs: 2, active: 2 });
    expect(await tree.children.add({})).toMatchObject({ code: "max_children" });
  });
});

it("a command from inside a child waits its turn and is answered", async () => {
  const world = new World();
  const tree = await world.otp({ children: [world.worker("a")] });
  const answers: unknown[] = [];
  const logic = fromPromise(async () => {
    answers.push(await tree.children.stop("a"), await tree.children.stop("b"));
  });
  expect(await tree.children.add({ id: "b", logic, restart: "temporary" })).toMatchObject({ ok: true });
  await Promise.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  expect(answers).toEqual([{ ok: true }, { ok: true }]);
  expect(states(tree)).toEqual(["a: stopped#1"]);
});

it("a restart whose time has come is not made when the child was stopped just before", async () => {
  const world = new World();
  const policy = { backoff: { kind: "constant", delayMs: 100 } } as const;
  const tree = await world.started({ policy, children: [world.worker("a")] });
  crash(tree, "a");
  const info = (): void => {
    // Both are in the mailbox before the supervisor reads either.
    void tree.children.stop("a");
    world.clock.advance(100);
  };
  await tree.children.add(world.worker("b", { info }));
  expect(states(tree)).toEqual(["a: stopped#1", "b: running#1"]);
});
