/** What those get who send something to a child that is quarantined, refused, on probation or not ready yet. */
import { createMachine, sendParent } from "xstate";
import { describe, expect, it } from "vitest";
import { checkTree, type ChildSpecInput, type RootTree, type TreePolicyInput } from "../../../src/index.ts";
import { childHealthy } from "../../../src/runtime/tree.ts";
import { Clerk, work } from "./support/clerk.ts";
import { check } from "./support/watched.ts";
import { crash, ref, states } from "./support/world.ts";

const stash = { whileDown: { kind: "stash" } } as const;
const probed: TreePolicyInput = { limit: { intensity: 0 }, probe: { everyMs: 5_000, provenMs: 1_000 } };

async function quarantined(clerk: Clerk, policy: TreePolicyInput = probed): Promise<RootTree> {
  const tree = await clerk.world.started({ policy, children: [{ id: "c", logic: clerk.logic(), ...stash }] });
  crash(tree, "c");
  expect(states(tree)).toEqual(["c: quarantined#1"]);
  return tree;
}

describe("a stash of a child that is probed", () => {
  it("lets one message through and holds the others until that one is answered", async () => {
    const clerk = new Clerk();
    const tree = await quarantined(clerk);
    const first = tree.children.ask("c", work("slow"));
    const second = tree.children.ask("c", work("2"));
    expect(await tree.children.send("c", work("3"))).toEqual({
      outcome: "stashed",
      stashed: 3,
      retryAfterMs: 5_000,
    });
    clerk.world.clock.advance(5_000);
    expect([clerk.recent(), states(tree)]).toEqual([["slow@2"], ["c: running#2"]]);
    clerk.askers.pop()?.send({ type: "worked" });
    expect(clerk.recent()).toEqual(["2@2", "3@2"]);
    expect([await first, await second]).toMatchObject([{ outcome: "answered" }, { outcome: "answered" }]);
  });

  it("waits for the next probe when the child dies of this one", async () => {
    const clerk = new Clerk();
    const tree = await quarantined(clerk);
    const replies = ["poison", "2"].map((it) => tree.children.ask("c", work(it)));
    clerk.world.clock.advance(5_000);
    expect([clerk.recent(), states(tree)]).toEqual([["poison@2"], ["c: quarantined#2"]]);
    clerk.world.clock.advance(5_000);
    expect(await Promise.all(replies)).toMatchObject([
      { outcome: "unknown", incarnation: 2 },
      { outcome: "answered", incarnation: 3 },
    ]);
  });

  it("is a reason for the probe where it takes one, once its time has come", async () => {
    const clerk = new Clerk();
    const tree = await quarantined(clerk, { ...probed, resume: "request" });
    expect(await tree.children.send("c", work("1"))).toMatchObject({
      outcome: "stashed",
      retryAfterMs: 5_000,
    });
    clerk.world.clock.advance(10_000);
    expect(states(tree)).toEqual(["c: quarantined#1"]);
    const probe = tree.children.ask("c", work("slow"));
    expect(clerk.recent()).toEqual(["1@2", "slow@2"]);
    expect(await tree.children.send("c", work("3"))).toMatchObject({ outcome: "stashed" });
    clerk.askers.pop()?.send({ type: "worked" });
    expect([clerk.recent(), await probe]).toMatchObject([["3@2"], { outcome: "answered" }]);
  });
});

it("a stash waits for a child whose budget refuses it, until it may pass again", async () => {
  const clerk = new Clerk();
  const limit = { intensity: 1, periodMs: 60_000 };
  const tree = await clerk.world.started({
    policy: { limit, onExhausted: "refuse" },
    children: [{ id: "c", logic: clerk.logic(), ...stash }],
  });
  crash(tree, "c");
  clerk.world.clock.advance(250);
  crash(tree, "c");
  expect(states(tree)).toEqual(["c: refused#2"]);
  const delivery = await tree.children.send("c", work("1"));
  expect(delivery).toMatchObject({ outcome: "stashed", retryAfterMs: expect.any(Number) });
  clerk.world.clock.advance(60_000);
  expect(clerk.recent()).toEqual(["1@3"]);
});

it("a stash waits for what its child requires, and then until it says that it is ready", async () => {
  const clerk = new Clerk();
  const { world } = clerk;
  const logic = createMachine({
    on: {
      work: { actions: ({ event }) => void clerk.got.push(String(event["item"])) },
      settle: { actions: sendParent(({ self }) => childHealthy(self)) },
    },
  });
  const c: ChildSpecInput = { id: "c", logic, ready: "reported", requires: ["a"], ...stash };
  const tree = await world.started({ children: [world.worker("a", { ready: "reported" }), c] });
  expect(states(tree)).toEqual(["a: running#1", "c: waiting#0"]);
  expect(await tree.children.send("c", work("1"))).toMatchObject({ outcome: "stashed", retryAfterMs: null });
  await tree.children.healthy("a");
  expect([states(tree), clerk.recent()]).toEqual([["a: running#1", "c: running#1"], []]);
  expect(await tree.children.send("c", work("2"))).toMatchObject({ outcome: "stashed", stashed: 2 });
  ref(tree, "c").send({ type: "settle" });
  expect(clerk.recent()).toEqual(["1", "2"]);
  expect(world.of("message.stashed").map(({ reason }) => reason)).toEqual(["waiting", "not_ready"]);
});

describe("a child with readiness checks", () => {
  const port = (answers: Parameters<typeof check>[1]) => ({
    checks: [check("port", answers, { kind: "readiness" })],
  });

  it("is ready for those that require it when its checks pass", async () => {
    const clerk = new Clerk();
    const { world } = clerk;
    const a = world.worker("a", { health: port(["failing", "passing"]) });
    const tree = await world.started({ children: [a, world.worker("b", { requires: ["a"] })] });
    expect(states(tree)).toEqual(["a: running#1", "b: waiting#0"]);
    world.clock.advance(1_000);
    expect(states(tree)).toEqual(["a: running#1", "b: running#1"]);
    expect(tree.children.spec("a")).toMatchObject({ spec: { ready: "checked" } });
  });

  it("is ready at once where a change takes them away", async () => {
    const clerk = new Clerk();
    const { world } = clerk;
    const tree = await world.started({
      children: [world.worker("a", { health: port("failing") }), world.worker("b", { requires: ["a"] })],
    });
    expect(await tree.change({ children: [world.worker("a")] })).toEqual({ ok: true });
    expect(states(tree)).toEqual(["a: running#1", "b: running#1"]);
  });

  it("gets nothing in its first step, before anybody has checked it", async () => {
    const clerk = new Clerk();
    const { world } = clerk;
    const first = { run: (): void => {} };
    const logic = createMachine({
      entry: () => first.run(),
      on: { work: { actions: ({ event }) => void clerk.got.push(String(event["item"])) } },
    });
    const tree = await world.started({ children: [{ id: "c", logic, health: port("failing"), ...stash }] });
    first.run = () => void tree.children.send("c", work("1"));
    await tree.children.restart("c");
    expect([clerk.recent(), world.of("message.stashed").map(({ reason }) => reason)]).toEqual([
      [],
      ["not_ready"],
    ]);
  });

  it("is what checked means: without one it is refused", () => {
    const clerk = new Clerk();
    const children = [clerk.world.worker("a", { ready: "checked" })];
    expect(checkTree({ children })).toMatchObject({
      problems: [{ code: "invalid_ready", path: "children[0].ready" }],
    });
  });
});
