/** Group C: restart type × exit reason. */
import { expect, it } from "vitest";
import { supervise, treeOf } from "../../../src/index.ts";
import { childExit } from "../../../src/runtime/tree.ts";
import { child, counts, crash, end, ref, states, World } from "./support/world.ts";

const often = { limit: { intensity: 10 } };
const permanent = { restart: "permanent" } as const;
const transient = { restart: "transient" } as const;
const temporary = { restart: "temporary" } as const;

it("C01: a permanent child that ends normally is restarted", async () => {
  const world = new World();
  const tree = await world.otp({ children: [world.worker("a", permanent)] });
  end(tree, "a");
  expect(states(tree)).toEqual(["a: running#2"]);
  expect(world.of("child.exited")).toMatchObject([
    { id: "a", incarnation: 1, reason: "normal", cause: null },
  ]);
});

it("C02: a permanent child that ends with shutdown is restarted, whatever it says with it", async () => {
  const world = new World();
  const tree = await world.otp({ policy: often, children: [world.worker("a", permanent)] });
  end(tree, "a", "shutdown");
  end(tree, "a", "shutdown", { because: "full" });
  expect(states(tree)).toEqual(["a: running#3"]);
  expect(world.of("child.exited").map(({ reason }) => reason)).toEqual(["shutdown", "shutdown"]);
});

it("C03: a permanent child that crashes is restarted", async () => {
  const world = new World();
  const tree = await world.otp({ children: [world.worker("a", permanent)] });
  crash(tree, "a");
  expect(states(tree)).toEqual(["a: running#2"]);
});

it("C04: a transient child that ends normally is not restarted, and its specification stays", async () => {
  const world = new World();
  const tree = await world.otp({ children: [world.worker("a", transient)] });
  end(tree, "a");
  expect([states(tree), counts(tree)]).toEqual([["a: stopped#1"], { specs: 1, active: 0 }]);
});

it("C05: a transient child that ends with shutdown is not restarted, and can be started by hand", async () => {
  const world = new World();
  const tree = await world.otp({ children: [world.worker("a", transient)] });
  for (const info of [null, { because: "full" }]) {
    end(tree, "a", "shutdown", info);
    expect(child(tree, "a")?.state).toBe("stopped");
    expect(await tree.children.start("a")).toMatchObject({ ok: true });
  }
});

it("C06: a transient child that crashes is restarted", async () => {
  const world = new World();
  const tree = await world.otp({ children: [world.worker("a", transient)] });
  crash(tree, "a");
  expect(states(tree)).toEqual(["a: running#2"]);
});

it("C07: a temporary child is never restarted, is forgotten, and its id is free", async () => {
  const world = new World();
  const tree = await world.otp({});
  for (const leave of [() => end(tree, "a"), () => end(tree, "a", "shutdown"), () => crash(tree, "a")]) {
    expect(await tree.children.add(world.worker("a", temporary))).toMatchObject({ ok: true });
    leave();
    expect(counts(tree)).toEqual({ specs: 0, active: 0 });
  }
});

it.each(["oneForAll", "restForOne"] as const)(
  "C08: a temporary bystander under %s is stopped, not restarted, and costs nothing",
  async (strategy) => {
    const world = new World();
    const tree = await world.otp({
      policy: { strategy },
      children: [world.worker("p", permanent), world.worker("t", temporary)],
    });
    end(tree, "p");
    expect([states(tree), tree.phase]).toEqual([["p: running#2"], "running"]);
    expect(world.recent()).toEqual(["+p", "+t", "-p", "-t", "+p"]);
    expect(world.of("restart.scheduled")).toMatchObject([{ id: "p", restarts: 1 }]);
  },
);

it("C09: a child stopped by hand stays down; a temporary one is forgotten", async () => {
  const world = new World();
  const tree = await world.otp({
    children: [world.worker("p", permanent), world.worker("tr", transient), world.worker("te", temporary)],
  });
  for (const id of ["p", "tr", "te"]) expect(await tree.children.stop(id)).toEqual({ ok: true });
  expect(states(tree)).toEqual(["p: stopped#1", "tr: stopped#1"]);
  for (const id of ["p", "tr"]) {
    expect(await tree.children.add(world.worker(id))).toMatchObject({ code: "already_present" });
    expect(await tree.children.start(id)).toMatchObject({ ok: true });
  }
  expect(await tree.children.start("te")).toEqual({ ok: false, code: "not_found" });
});

it("C10: what a temporary child was started with is not kept", async () => {
  const sizes: number[] = [];
  for (const spec of [permanent, transient, temporary]) {
    const world = new World();
    const tree = await world.otp({});
    for (let i = 0; i < 100; i++) {
      await tree.children.add(world.worker(`c${i}`, { ...spec, input: "x".repeat(1_000) }));
    }
    const list = tree.children.list();
    const ids = list.ok ? list.children.map(({ id }) => id) : [];
    sizes.push(JSON.stringify(ids.map((id) => tree.children.spec(id))).length);
  }
  const [ofPermanent = 0, ofTransient = 0, ofTemporary = 0] = sizes;
  expect(ofPermanent - ofTemporary).toBeGreaterThan(100_000);
  expect(ofTransient - ofTemporary).toBeGreaterThan(100_000);
});

function nested(world: World, propagate: boolean) {
  const inner = supervise({
    preset: "otp",
    policy: { propagate },
    children: [world.worker("i1"), world.worker("i2")],
  });
  return world.otp({
    children: [world.worker("o"), { id: "inner", logic: inner, type: "supervisor", restart: "transient" }],
  });
}

it("C12: a child that asks for the end of the tree ends every supervisor above it", async () => {
  const world = new World();
  const tree = await nested(world, true);
  const inner = treeOf(ref(tree, "inner"));
  if (inner === null) throw new Error("no inner tree");
  end(inner, "i1", "terminateTree");
  expect((await tree.closed()).output).toMatchObject({ reason: "terminateTree" });
  expect([inner.phase, tree.phase]).toEqual(["stopped", "stopped"]);
  expect(world.recent()).toEqual(["+o", "+i1", "+i2", "-i1", "-i2", "-o"]);
});

it("C13: an inner supervisor that does not propagate ends alone", async () => {
  const world = new World();
  const tree = await nested(world, false);
  const inner = treeOf(ref(tree, "inner"));
  if (inner === null) throw new Error("no inner tree");
  end(inner, "i1", "terminateTree");
  expect((await inner.closed()).output).toEqual(childExit("shutdown", { child: "i1" }));
  expect([tree.phase, states(tree)]).toEqual(["running", ["o: running#1", "inner: stopped#1"]]);
});

it("C14: a cancellation error that nobody asked for is a crash", async () => {
  const world = new World();
  const tree = await world.otp({ children: [world.worker("a", transient)] });
  crash(tree, "a", new DOMException("of some other scope", "AbortError"));
  expect(states(tree)).toEqual(["a: running#2"]);
  expect(world.of("child.exited")[0]).toMatchObject({ reason: "abnormal", cause: { name: "AbortError" } });
});

it("C16: without restarts a service stays down in both cases; what runs to completion has failed or completed", async () => {
  // Product preset: exhausted means quarantined.
  const world = new World();
  const ids = ["s0", "s1", "b0", "b1"];
  const tree = await world.started({
    policy: { limit: { intensity: 0 } },
    children: ids.map((id) => world.worker(id, id.startsWith("s") ? permanent : transient)),
  });
  for (const id of ["s0", "b0"]) end(tree, id);
  for (const id of ["s1", "b1"]) crash(tree, id);
  expect(ids.map((id) => child(tree, id)?.state)).toEqual([
    "quarantined",
    "quarantined",
    "stopped",
    "quarantined",
  ]);
});

it("C17: a start that cannot get better is given up at once", async () => {
  const world = new World();
  const tree = await world.started({
    policy: { limit: { intensity: 5 }, backoff: null },
    children: [world.worker("a")],
  });
  world.error.value = Object.assign(new Error("no such command"), { unrecoverable: true });
  world.failing.set("a", 1);
  crash(tree, "a");
  expect(states(tree)).toEqual(["a: quarantined#2"]);
  expect(world.of("child.quarantined")).toMatchObject([{ because: "unrecoverable" }]);
  // The crash was granted its restart; the failed start asked for no other.
  expect(world.of("restart.scheduled")).toHaveLength(1);
});
