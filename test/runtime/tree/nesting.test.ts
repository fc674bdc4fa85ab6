/** Group D, trees in trees; with it what a tree does when its host throws. */
import { createActor, createMachine, fromCallback } from "xstate";
import { expect, it } from "vitest";
import { supervise, type Tree, treeOf, VirtualClock } from "../../../src/index.ts";
import { child, crash, ref, states, World } from "./support/world.ts";

function inside(tree: Tree, ...path: readonly string[]): Tree {
  return path.reduce((it, id) => {
    const inner = treeOf(ref(it, id));
    if (inner === null) throw new Error(`"${id}" is no tree`);
    return inner;
  }, tree);
}

/** A tree of two supervisors with a worker each; `systemId`s are their ids. */
async function family(world: World, strategy: "oneForOne" | "oneForAll" = "oneForOne") {
  const inner = (id: string) => ({
    id,
    systemId: id,
    type: "supervisor" as const,
    logic: supervise({ preset: "otp", children: [world.worker(`${id}w`, { systemId: `${id}w` })] }),
  });
  const tree = await world.otp({ policy: { strategy }, children: [inner("s1"), inner("s2")] }, "top");
  world.recent();
  return tree;
}

it("D09: when an inner one exhausts its limit all come back, with their static children only", async () => {
  const world = new World();
  const tree = await family(world, "oneForAll");
  await inside(tree, "s2").children.add(world.worker("dynamic"));
  crash(inside(tree, "s2"), "s2w");
  crash(inside(tree, "s2"), "s2w");
  expect(states(tree)).toEqual(["s1: running#2", "s2: running#2"]);
  expect(states(inside(tree, "s1"))).toEqual(["s1w: running#1"]);
  expect(states(inside(tree, "s2"))).toEqual(["s2w: running#1"]);
  expect(world.recent()).toEqual(["+dynamic", "-s2w", "+s2w", "-s2w", "-dynamic", "-s1w", "+s1w", "+s2w"]);
});

it("D10: a named supervisor that is killed is registered anew with its worker; stopping the top clears both", async () => {
  const world = new World();
  const tree = await family(world);
  const { system } = tree.actor;
  const [before, worker] = [system.get("s1"), system.get("s1w")];
  const spec = tree.children.spec("s1");
  if (spec.ok) await tree.change({ children: [{ ...spec.spec, shutdown: "brutalKill" }] });
  await tree.children.fail("s1", new Error("killed"));
  expect(world.of("child.stopped").find(({ id }) => id === "s1")).toMatchObject({ how: "killed" });
  expect([system.get("s1") === before, system.get("s1w") === worker]).toEqual([false, false]);
  expect([system.get("s1"), system.get("s1w")].map((it) => it?.getSnapshot().status)).toEqual([
    "active",
    "active",
  ]);
  await tree.shutdown();
  expect(["s1", "s1w", "s2"].map((id) => system.get(id))).toEqual([undefined, undefined, undefined]);
});

it("D13: the children of a supervisor are stopped before its next incarnation starts", async () => {
  const world = new World();
  const tree = await family(world);
  await tree.children.restart("s1");
  expect(world.recent()).toEqual(["-s1w", "+s1w"]);
  (tree.actor as ReturnType<typeof createActor>).stop();
  expect(world.recent()).toEqual(["-s2w", "-s1w"]);
  expect(tree.phase).toBe("stopped");
});

it("D15: the record of a crash has id, incarnation, cause and last state, also when the child is restarted", async () => {
  const world = new World();
  const tree = await world.otp({ children: [world.worker("a")] }, "top");
  crash(tree, "a", Object.assign(new TypeError("while handling"), { code: "E_CODE" }));
  const [exited, scheduled] = [world.of("child.exited")[0], world.of("restart.scheduled")[0]];
  expect(exited).toMatchObject({
    tree: ["top"],
    id: "a",
    incarnation: 1,
    reason: "abnormal",
    cause: { name: "TypeError", message: "while handling", code: "E_CODE" },
    lastState: "up",
  });
  expect(scheduled?.seq).toBe((exited?.seq ?? 0) + 1);
  expect(JSON.parse(JSON.stringify(world.records))).toEqual(world.records);
});

it("D16: an inner supervisor that throws while it handles a failure stops its children and is reported above", async () => {
  const world = new World();
  const chance = (): number => {
    throw new Error("no chance");
  };
  const inner = supervise({
    policy: { jitter: "full" },
    chance,
    children: [world.worker("a"), world.worker("b")],
  });
  const tree = await world.otp({ children: [{ id: "inner", logic: inner, type: "supervisor" }] });
  world.recent();
  crash(inside(tree, "inner"), "a");
  // Its worker crashed, its sibling was stopped, and the parent has restarted it.
  expect(world.recent()).toEqual(["-a", "-b", "+a", "+b"]);
  expect(world.of("tree.failed")).toMatchObject([
    { tree: ["tree", "inner"], cause: { message: "no chance" } },
  ]);
  expect(world.of("child.exited").at(-1)).toMatchObject({ id: "inner", cause: { message: "no chance" } });
});

it("O02: what happens in an inner supervisor goes to the outer observer, with its path", async () => {
  const world = new World();
  const tree = await family(world);
  crash(inside(tree, "s1"), "s1w");
  expect(world.of("child.exited")).toMatchObject([{ tree: ["top", "s1"], id: "s1w" }]);
});

it("a tree of trees has one timer", async () => {
  const world = new World();
  const policy = { backoff: { kind: "constant", delayMs: 100 } } as const;
  const inner = supervise({ policy, children: [world.worker("i")] });
  const tree = await world.started({ policy, children: [world.worker("a"), { id: "s", logic: inner }] });
  crash(tree, "a");
  world.clock.advance(50);
  crash(inside(tree, "s"), "i");
  expect(world.clock.pending).toBe(1);
  world.clock.advance(50);
  expect([child(tree, "a")?.state, child(inside(tree, "s"), "i")?.state]).toEqual(["running", "restarting"]);
  world.clock.advance(50);
  expect(child(inside(tree, "s"), "i")?.state).toBe("running");
});

it("an observer that throws hurts nobody, and is told so once for each record", async () => {
  const world = new World();
  const seen: string[] = [];
  const onRecord = ({ type }: { type: string }): void => {
    seen.push(type);
    throw new Error("observer");
  };
  const tree = await world.otp({ onRecord, children: [world.worker("a")] });
  crash(tree, "a");
  expect(states(tree)).toEqual(["a: running#2"]);
  expect(seen.filter((it) => it === "observer.failed")).toHaveLength(seen.length / 2);
});

it("a tree runs in a host's machine, on its clock, and goes down with it", () => {
  const world = new World();
  const clock = new VirtualClock();
  const logic = supervise({
    policy: { backoff: { kind: "constant", delayMs: 100 } },
    children: [world.worker("a")],
  });
  const host = createActor(createMachine({ invoke: { id: "tree", src: logic } }), { clock }).start();
  const tree = treeOf(host.getSnapshot().children["tree"] as never);
  if (tree === null) throw new Error("no tree");
  crash(tree, "a");
  expect(clock.pending).toBe(1);
  clock.advance(100);
  expect(states(tree)).toEqual(["a: running#2"]);
  host.stop();
  expect([world.recent(), clock.pending]).toEqual([["+a", "-a", "+a", "-a"], 0]);
});

it("an inspector sees every actor of the tree, and what children send is emitted", async () => {
  const world = new World();
  const heard: unknown[] = [];
  const logic = fromCallback(({ sendBack, receive }) => receive(() => sendBack({ type: "news", n: 1 })));
  const tree = await world.otp({ children: [{ id: "a", logic }] });
  tree.actor.on("news", (event: unknown) => void heard.push(event));
  ref(tree, "a").send({ type: "any" });
  expect(heard).toEqual([{ type: "news", n: 1 }]);
});
