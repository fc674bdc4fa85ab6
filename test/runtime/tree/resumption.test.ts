/** What a tree remembers beyond the states of its children, and how it goes on from that. */
import { createMachine, sendParent } from "xstate";
import { describe, expect, it } from "vitest";
import {
  childAlive,
  type ChildSpecInput,
  type RootTree,
  supervise,
  type TreeOptions,
  treeOf,
  type TreePolicyInput,
} from "../../../src/index.ts";
import { Clerk, work } from "./support/clerk.ts";
import { NextHost } from "./support/next-host.ts";
import { check } from "./support/watched.ts";
import { child, crash, ref, states, World } from "./support/world.ts";

/** A chart that goes on in another host; it says that it is alive when it is told to. */
const lasting = (id: string, spec: Partial<ChildSpecInput> = {}): ChildSpecInput => ({
  id,
  logic: createMachine({
    id: "lasting",
    version: "1",
    on: {
      crash: {
        actions: ({ event }) => {
          throw event["error"] ?? new Error(`${id} crashed`);
        },
      },
      beat: { actions: sendParent(({ self }) => childAlive(self)) },
    },
  }),
  ...spec,
});

/** The same tree in another host. */
async function moved(tree: RootTree, world: World, options: TreeOptions, downMs = 0) {
  const host = new NextHost(tree, world, downMs);
  return { host, next: await host.resume(options) };
}

describe("a probe that is under way when its host ends", () => {
  const probing = { onExhausted: "quarantine", probe: { everyMs: 1_000, provenMs: 500 } } as const;
  const policyOf = (more: TreePolicyInput): TreePolicyInput => ({
    limit: { intensity: 0 },
    ...probing,
    ...more,
  });

  it("N03: counts as open, and is made again at once", async () => {
    const world = new World();
    const options = { policy: policyOf({}), children: [lasting("a")] };
    const tree = await world.started(options);
    crash(tree, "a");
    world.clock.advance(1_100);
    expect([states(tree), world.types().at(-1)]).toEqual([["a: running#2"], "child.started"]);
    const { host, next } = await moved(tree, world, options);
    expect(states(next)).toEqual(["a: quarantined#2"]);
    host.next.advance(0);
    expect(states(next)).toEqual(["a: running#3"]);
    host.next.advance(500);
    expect(host.types().slice(1)).toEqual([
      "probe.started",
      "child.started",
      "child.cured",
      "escalation.closed",
    ]);
  });

  it("N03: is made at the next request where the policy waits for one", async () => {
    const world = new World();
    const options = { policy: policyOf({ resume: "request" }), children: [lasting("a")] };
    const tree = await world.started(options);
    crash(tree, "a");
    world.clock.advance(1_000);
    void tree.children.request("a");
    expect(states(tree)).toEqual(["a: running#2"]);
    const { host, next } = await moved(tree, world, options);
    host.next.advance(10_000);
    expect(states(next)).toEqual(["a: quarantined#2"]);
    const asked = next.children.request("a");
    host.next.advance(500);
    expect(await asked).toMatchObject({ ok: true, incarnation: 3 });
  });

  it("is made again at once also where a person had asked for it, of another version then too", async () => {
    const world = new World();
    const options = { policy: { limit: { intensity: 0 } }, children: [lasting("a")] };
    const tree = await world.started(options);
    crash(tree, "a");
    await tree.escalations.acknowledge("a", "ann");
    expect(await tree.escalations.retry("a", "ann")).toMatchObject({ ok: true });
    const { host, next } = await moved(tree, world, options);
    host.next.advance(0);
    expect(states(next)).toEqual(["a: running#3"]);
    crash(next, "a", new Error("still broken"));
    expect(next.escalations.list()).toMatchObject({
      escalations: [
        {
          openedAt: 0,
          because: "exhausted",
          acknowledgedBy: "ann",
          cause: { message: "a crashed" },
          history: [{ incarnation: 1 }, { incarnation: 3, cause: { message: "still broken" } }],
        },
      ],
    });
    expect(host.of("escalation.opened")).toEqual([]);
    const other = { id: "a", logic: host.logic("other") };
    expect(await next.escalations.retry("a", "ann", other)).toMatchObject({ ok: true, incarnation: 4 });
    expect(host.log).toEqual(["+other"]);
    host.next.advance(60_000);
    expect(host.of("escalation.closed")).toMatchObject([{ id: "a", because: "cured" }]);
  });
});

describe("what was to follow a stop that the host did not outlive", () => {
  const slow = (it: World): ChildSpecInput => ({ id: "slow", logic: it.orderly("slow"), shutdown: 5_000 });

  it("is the judgement of its failure: it counts, and waits as it asked to", async () => {
    const world = new World();
    const tree = await world.started({ children: [slow(world)] });
    void tree.children.fail("slow", Object.assign(new Error("found broken"), { retryAfterMs: 7_000 }));
    expect(states(tree)).toEqual(["slow: stopping#1"]);
    const host = new NextHost(tree, world);
    const next = await host.resume({ children: [slow(host)] });
    expect(host.of("restart.scheduled")).toMatchObject([
      { attempt: 1, restarts: 1, delayMs: 7_000, cause: { message: "found broken" } },
    ]);
    host.next.advance(7_000);
    expect(states(next)).toEqual(["slow: running#2"]);
  });

  it("is its start, where somebody had asked for that", async () => {
    const world = new World();
    const tree = await world.started({ children: [slow(world)] });
    void tree.children.restart("slow");
    const host = new NextHost(tree, world);
    const next = await host.resume({ children: [slow(host)] });
    expect(states(next)).toEqual(["slow: running#2"]);
    expect(host.of("restart.scheduled")).toEqual([]);
  });
});

it("a wait that a failure asked for has its end when it would have had", async () => {
  const world = new World();
  const options = { children: [lasting("a")] };
  const tree = await world.started(options);
  crash(tree, "a", Object.assign(new Error("busy"), { retryAfterMs: 9_000 }));
  world.clock.advance(4_000);
  const { host, next } = await moved(tree, world, options, 2_000);
  expect(child(next, "a")).toMatchObject({ state: "restarting", dueAt: 9_000 });
  host.next.advance(2_999);
  expect(states(next)).toEqual(["a: restarting#1"]);
  host.next.advance(1);
  expect(states(next)).toEqual(["a: running#2"]);
});

it("a budget that is named by children of several trees goes on as one", async () => {
  const world = new World();
  const inner = (id: string): ChildSpecInput => ({
    id,
    type: "supervisor",
    logic: supervise({ policy: { budget: "pot" }, children: [lasting("x")] }),
  });
  const budgets = { pot: { kind: "decay", threshold: 2.5, halfLifeMs: 10_000 } } as const;
  const options: TreeOptions = { policy: { budgets }, children: [inner("one"), inner("two")] };
  const inside = (tree: RootTree, id: string) => treeOf(ref(tree, id)) as RootTree;
  const tree = await world.started(options);
  for (const id of ["one", "two"]) crash(inside(tree, id), "x");
  world.clock.advance(1_000);
  const { host, next } = await moved(tree, world, options);
  crash(inside(next, "one"), "x");
  expect(host.of("restart.refused")).toMatchObject([{ budget: "pot", restarts: expect.closeTo(2.87, 2) }]);
  expect(states(inside(next, "one"))).toEqual(["x: quarantined#2"]);
});

it("a tree whose definition has lost a budget does not go on", async () => {
  const world = new World();
  const budgets = { pot: { kind: "sliding", intensity: 1, periodMs: 1_000 } } as const;
  const tree = await world.started({ policy: { budgets }, children: [lasting("a")] });
  const host = new NextHost(tree, world);
  const lost = { children: [lasting("a", { budget: "pot" })] };
  await expect(host.resume(lost)).rejects.toThrow("start_failed");
  expect(host.types()).toEqual(["tree.resumed", "tree.stopping", "tree.stopped"]);
});

it("messages that wait go on waiting, but for requests and what JSON cannot hold: a record tells of those", async () => {
  const clerk = new Clerk();
  const whileDown = { kind: "stash" } as const;
  const tree = await clerk.tree({ whileDown });
  void tree.children.ask("c", work("slow0"));
  void tree.children.ask("c", work("poison"));
  for (const item of ["one", "two"]) await tree.children.send("c", work(item));
  await tree.children.send("c", { type: "dated", on: new Date(0) } as never);
  void tree.children.ask("c", work("asked"));
  await tree.children.send("c", work("three"));
  clerk.world.clock.advance(100);
  const host = new NextHost(tree, clerk.world);
  const other = new Clerk();
  const next = await host.resume({ children: [{ id: "c", logic: other.logic(), whileDown }] });
  expect(child(next, "c")).toMatchObject({ state: "restarting", stashed: 3 });
  expect(host.of("message.dropped")).toMatchObject([
    { message: "dated", reason: "not_persisted", waitedMs: 100 },
    { message: "work", reason: "not_persisted", waitedMs: 100 },
  ]);
  host.next.advance(150);
  expect(other.got).toEqual(["one@1", "two@1", "three@1"]);
  expect(host.of("message.delivered")).toMatchObject(Array.from({ length: 3 }, () => ({ waitedMs: 250 })));
});

it("a request that was delivered and not answered is told of", async () => {
  const world = new World();
  const options = { children: [lasting("a")] };
  const tree = await world.started(options);
  void tree.children.ask("a", { type: "nobody answers" });
  const { host } = await moved(tree, world, options);
  expect(host.of("message.unanswered")).toMatchObject([
    { id: "a", message: "nobody answers", incarnation: 1, because: "host_ended" },
  ]);
});

it("what was deleted, was detached or is temporary and done stays away", async () => {
  const world = new World();
  const ids = ["deleted", "detached", "temporary", "kept"];
  const children = (it: World): ChildSpecInput[] =>
    ids.map((id) => it.worker(id, { restart: id === "temporary" ? id : "permanent" }));
  const tree = await world.started({ children: children(world) });
  await tree.children.stop("deleted");
  await tree.children.delete("deleted");
  await tree.children.detach("detached");
  crash(tree, "temporary");
  const first = new NextHost(tree, world);
  const next = await first.resume({ children: children(first) });
  expect(states(next)).toEqual(["kept: running#2"]);
  // Nor does it come back later.
  const second = new NextHost(next, { clock: first.next });
  expect(states(await second.resume({ children: children(second) }))).toEqual(["kept: running#3"]);
});

describe("health", () => {
  const health = (...checks: Parameters<typeof check>[1][]): ChildSpecInput["health"] => ({
    checks: checks.map((it, index) => check(`c${index}`, it, { limit: 3 })),
    graceMs: 0,
  });

  it("has counted the failures in a row of an incarnation that goes on", async () => {
    const world = new World();
    const options = () => ({ children: [lasting("a", { health: health("failing") })] });
    const tree = await world.started(options());
    world.clock.advance(2_500);
    const { host, next } = await moved(tree, world, options());
    host.next.advance(499);
    expect(states(next)).toEqual(["a: running#1"]);
    host.next.advance(1);
    expect(host.of("check.failed")).toMatchObject([{ failures: 3, limit: 3 }]);
    expect(states(next)).toEqual(["a: restarting#1"]);
  });

  it("begins anew with a new incarnation", async () => {
    const world = new World();
    const options = (it: World) => ({ children: [it.worker("a", { health: health("failing") })] });
    const tree = await world.started(options(world));
    world.clock.advance(2_500);
    const host = new NextHost(tree, world);
    await host.resume(options(host));
    host.next.advance(1_000);
    expect(host.of("check.failed")).toMatchObject([{ incarnation: 2, failures: 1 }]);
  });

  it("holds the time that the host was down against nobody", async () => {
    const world = new World();
    const options = { children: [lasting("a", { health: { watchdogMs: 1_000 } })] };
    const tree = await world.started(options);
    world.clock.advance(600);
    const { host, next } = await moved(tree, world, options, 86_400_000);
    host.next.advance(0);
    expect(host.of("health.hostLate")).toMatchObject([{ of: "watchdog", lateMs: 86_399_600 }]);
    host.next.advance(999);
    ref(next, "a").send({ type: "beat" });
    host.next.advance(999);
    expect(states(next)).toEqual(["a: running#1"]);
    host.next.advance(1);
    expect(host.of("health.failed")).toMatchObject([{ result: "watchdog" }]);
  });
});

it("a tree that went on can be changed as any other", async () => {
  const world = new World();
  const options = { policy: { limit: { intensity: 1 } }, children: [lasting("a")] };
  const tree = await world.started(options);
  crash(tree, "a");
  world.clock.advance(250);
  const { host, next } = await moved(tree, world, options);
  expect(await next.change({ policy: { limit: { intensity: 2 } } })).toEqual({ ok: true });
  crash(next, "a");
  expect(host.of("restart.scheduled")).toMatchObject([{ restarts: 2, intensity: 2 }]);
});
