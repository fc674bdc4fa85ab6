/** Escalations of a tree: one open for each child and episode, and what a person can do about it. */
import { describe, expect, it } from "vitest";
import type { RootTree, TreePolicyInput } from "../../../src/index.ts";
import { supervise, treeOf } from "../../../src/runtime/tree.ts";
import { child, crash, states, World } from "./support/world.ts";

const minute = 60_000;

/** A tree whose `a` is quarantined after two failures. */
async function quarantined(policy: TreePolicyInput = {}) {
  const world = new World();
  const tree = await world.started({
    policy: { limit: { intensity: 1 }, backoff: null, ...policy },
    children: [world.worker("b"), world.worker("a")],
  });
  crash(tree, "a", new Error("first"));
  world.clock.advance(10);
  crash(tree, "a", new Error("second"));
  expect(states(tree)).toEqual(["b: running#1", "a: quarantined#2"]);
  return { world, tree };
}

function open({ escalations }: RootTree) {
  const answer = escalations.list();
  return answer.ok ? answer.escalations : [];
}

const closings = (world: World) => world.of("escalation.closed").map(({ because }) => because);

it("is one open for each child with its cause and its history, and tells of giving up apart from each restart", async () => {
  const { world, tree } = await quarantined();
  expect(open(tree)).toEqual([
    {
      id: "a",
      openedAt: 10,
      because: "exhausted",
      cause: expect.objectContaining({ message: "second" }),
      history: [
        { at: 0, incarnation: 1, cause: expect.objectContaining({ message: "first" }) },
        { at: 10, incarnation: 2, cause: expect.objectContaining({ message: "second" }) },
      ],
      toParent: false,
      acknowledgedBy: null,
    },
  ]);
  expect(world.of("restart.scheduled")).toHaveLength(1);
  expect(world.of("restart.refused")).toHaveLength(1);
  expect(world.of("escalation.opened")).toMatchObject([
    { id: "a", cause: { message: "second" }, toParent: false },
  ]);
  expect(JSON.parse(JSON.stringify(open(tree)))).toEqual(open(tree));
});

it("keeps the last twenty failures", async () => {
  const { tree, world } = await quarantined();
  for (let i = 0; i < 30; i++) {
    await tree.escalations.retry("a", "ann");
    crash(tree, "a", new Error(`again ${i}`));
  }
  const [escalation] = open(tree);
  expect(escalation?.history).toHaveLength(20);
  expect(escalation?.history.at(-1)?.cause?.message).toBe("again 29");
  expect(escalation?.cause?.message).toBe("second");
  expect(world.of("escalation.opened")).toHaveLength(1);
});

it("is acknowledged once, by who says so first, and stays open", async () => {
  const { tree, world } = await quarantined();
  expect(await tree.escalations.acknowledge("a", "ann")).toEqual({ ok: true });
  expect(await tree.escalations.acknowledge("a", "bob")).toEqual({ ok: true });
  expect(open(tree)).toMatchObject([{ id: "a", acknowledgedBy: "ann" }]);
  expect(world.of("escalation.acknowledged")).toMatchObject([{ by: "ann" }]);
});

describe("a retry", () => {
  it("starts it once: a failure takes it back without any restart, proof closes the escalation", async () => {
    const { tree, world } = await quarantined();
    expect(await tree.escalations.retry("a", "ann")).toMatchObject({ ok: true, incarnation: 3 });
    expect(await tree.escalations.retry("a", "ann")).toEqual({ ok: false, code: "running" });
    crash(tree, "a");
    expect(states(tree)[1]).toBe("a: quarantined#3");
    expect(world.of("child.quarantined").at(-1)).toMatchObject({ because: "probeFailed" });
    await tree.escalations.retry("a", "ann");
    world.clock.advance(minute - 1);
    expect(open(tree)).toHaveLength(1);
    world.clock.advance(1);
    expect([open(tree), closings(world)]).toEqual([[], ["cured"]]);
    expect(child(tree, "a")).toMatchObject({ state: "running", attempt: 0, dueAt: null });
    crash(tree, "a");
    expect(states(tree)[1]).toBe("a: running#5");
  });

  it("is quarantined again where it does not even start", async () => {
    const { tree, world } = await quarantined();
    world.failing.set("a", 1);
    expect(await tree.escalations.retry("a", "ann")).toMatchObject({ ok: false, code: "start_failed" });
    expect(states(tree)[1]).toBe("a: quarantined#3");
    expect(open(tree)[0]?.history).toHaveLength(3);
  });

  it("may be of another version, which stays; a faulty one changes nothing", async () => {
    const { tree, world } = await quarantined();
    for (const [fault, spec] of [
      ["invalid_id", world.worker("c")],
      ["invalid_restart", world.worker("a", { restart: "often" as never })],
      ["unknown_budget", world.worker("a", { budget: "none" })],
      ["invalid_requires", world.worker("a", { requires: ["x"] })],
    ] as const) {
      expect(await tree.escalations.retry("a", "ann", spec)).toMatchObject({
        code: "invalid_spec",
        problems: [{ code: fault }],
      });
    }
    expect(states(tree)[1]).toBe("a: quarantined#2");
    const second = { ...world.worker("a"), logic: world.logic("version 2") };
    expect(await tree.escalations.retry("a", "ann", second)).toMatchObject({ ok: true });
    expect(world.recent().at(-1)).toBe("+version 2");
    expect(world.of("escalation.retried")).toMatchObject([{ id: "a", by: "ann", isNewVersion: true }]);
    world.clock.advance(minute);
    crash(tree, "a");
    expect(world.recent()).toEqual(["-version 2", "+version 2"]);
  });
});

it("is closed by a resumption, which gives the child its whole budget", async () => {
  const { tree, world } = await quarantined();
  expect(await tree.escalations.resume("a", "ann")).toMatchObject({ ok: true, incarnation: 3 });
  expect([open(tree), closings(world)]).toEqual([[], ["resumed by ann"]]);
  crash(tree, "a");
  expect(states(tree)[1]).toBe("a: running#4");
  crash(tree, "a");
  expect(states(tree)[1]).toBe("a: quarantined#4");
  expect(world.of("escalation.opened")).toHaveLength(2);
  world.failing.set("a", 1);
  expect(await tree.escalations.resume("a", "ann")).toMatchObject({ code: "start_failed" });
  world.clock.advance(1);
  expect(states(tree)[1]).toBe("a: running#6");
});

it("is closed by a stop, after which no probe starts the child", async () => {
  const { tree, world } = await quarantined({ probe: { everyMs: minute, provenMs: minute } });
  expect(await tree.escalations.stop("a", "ann")).toEqual({ ok: true });
  expect([open(tree), closings(world), world.clock.pending]).toEqual([[], ["stopped by ann"], 0]);
  world.clock.advance(10 * minute);
  expect(states(tree)[1]).toBe("a: stopped#2");
  expect(await tree.escalations.stop("a", "ann")).toEqual({ ok: false, code: "not_escalated" });
  expect(await tree.escalations.stop("x", "ann")).toEqual({ ok: false, code: "not_found" });
});

it("is closed by an abort, which ends the tree, and fails it", async () => {
  const { tree, world } = await quarantined();
  expect(await tree.escalations.abort("a", "ann")).toEqual({ ok: true });
  expect(await tree.closed()).toMatchObject({
    error: { code: "child_quarantined", details: { id: "a", by: "ann" } },
  });
  expect([closings(world), world.recent().at(-1)]).toEqual([["aborted by ann"], "-b"]);
  expect(await tree.escalations.abort("a", "ann")).toEqual({ ok: false, code: "stopped" });
  expect(tree.escalations.list()).toEqual({ ok: false, code: "stopped" });
});

it("reaches the parent for a significant child alone, and ends the tree between", async () => {
  for (const significant of [false, true]) {
    const world = new World();
    const policy = { limit: { intensity: 0 } } as const;
    const worker = world.worker("a", { significant, restart: "transient" });
    const inner = supervise({ policy, children: [worker] });
    const tree = await world.started({
      policy: { backoff: null },
      children: [{ id: "inner", logic: inner }],
    });
    const list = tree.children.list();
    const first = list.ok ? list.children[0]?.ref : null;
    const handle = first ? treeOf(first) : null;
    if (handle === null) throw new Error("the inner tree does not run");
    crash(handle, "a");
    expect(states(tree)).toEqual([significant ? "inner: running#2" : "inner: running#1"]);
    expect(world.of("escalation.opened")).toMatchObject([{ id: "a", toParent: significant }]);
    const exits = world.of("child.exited").filter(({ id }) => id === "inner");
    expect(exits.map(({ cause }) => cause?.code)).toEqual(significant ? ["child_quarantined"] : []);
  }
});
