/** Group E: limits of restarts; with it back-off (F) and repeated failures (I). */
import { describe, expect, it } from "vitest";
import { decideRestart } from "../../../src/core/restart.ts";
import { RestartLedger } from "../../../src/core/restart-budget.ts";
import { seededRandom } from "../../../src/core/random.ts";
import { checkTree, type TreePolicyInput, treePresets } from "../../../src/index.ts";
import { childExit } from "../../../src/runtime/tree.ts";
import { child, counts, crash, ref, states, World } from "./support/world.ts";

const hour = 3_600_000;
const day = 24 * hour;

async function otp(limit: TreePolicyInput["limit"], ids = ["a"]) {
  const world = new World();
  const tree = await world.otp({ policy: { limit }, children: ids.map((id) => world.worker(id)) });
  return { world, tree };
}

/** Under the product preset, without back-off unless it is given. */
async function product(policy: TreePolicyInput, ids = ["a"]) {
  const world = new World();
  const children = ids.map((id) => world.worker(id));
  const tree = await world.started({ policy: { backoff: null, ...policy }, children });
  return { world, tree };
}

it("E01: crashes that are further apart than the window never end it", async () => {
  const { world, tree } = await otp({ intensity: 1, periodMs: 1_000 });
  for (let i = 0; i < 4; i++) {
    crash(tree, "a");
    world.clock.advance(2_100);
  }
  expect(states(tree)).toEqual(["a: running#5"]);
});

it("E02: under the preset otp the limit is the supervisor's: the third crash of two children ends it", async () => {
  const { tree } = await otp({ intensity: 2, periodMs: hour }, ["a", "b"]);
  crash(tree, "a");
  crash(tree, "b");
  expect(tree.phase).toBe("running");
  crash(tree, "a");
  expect((await tree.closed()).output).toEqual(childExit("shutdown", { exhausted: "a" }));
});

it("E03: a restart that fails to start counts", async () => {
  const { world, tree } = await otp({ intensity: 1 });
  world.failing.set("a", 1);
  crash(tree, "a");
  expect((await tree.closed()).output).toEqual(childExit("shutdown", { exhausted: "a" }));
});

it("E04: the second attempt of two works, and one instance is counted", async () => {
  const { world, tree } = await otp({ intensity: 2 });
  world.failing.set("a", 1);
  crash(tree, "a");
  world.clock.advance(1);
  expect([states(tree), counts(tree)]).toEqual([["a: running#3"], { specs: 1, active: 1 }]);
});

it("E05: two of three failures in a minute are restarted", async () => {
  const { tree } = await otp({ intensity: 2, periodMs: 60_000 });
  crash(tree, "a");
  crash(tree, "a");
  expect(states(tree)).toEqual(["a: running#3"]);
  crash(tree, "a");
  expect(tree.phase).toBe("stopped");
});

it("E06: after the window there are two more", async () => {
  const { world, tree } = await otp({ intensity: 2, periodMs: 1_000 });
  crash(tree, "a");
  crash(tree, "a");
  world.clock.advance(1_001);
  crash(tree, "a");
  crash(tree, "a");
  expect(states(tree)).toEqual(["a: running#5"]);
  crash(tree, "a");
  expect(tree.phase).toBe("stopped");
});

it("E07: a limit of 0 stops at the first failure", async () => {
  const { tree } = await otp({ intensity: 0 });
  crash(tree, "a");
  expect(tree.phase).toBe("stopped");
});

it("E09: windows and delays of 30 days are kept", async () => {
  const { world, tree } = await otp({ intensity: 2, periodMs: 30 * day });
  for (let i = 0; i < 2; i++) {
    crash(tree, "a");
    world.clock.advance(14 * day);
  }
  crash(tree, "a");
  expect(tree.phase).toBe("stopped");
  const backoff = { kind: "constant", delayMs: 30 * day } as const;
  const slow = await product({ backoff });
  crash(slow.tree, "a");
  slow.world.clock.advance(30 * day - 1);
  expect(states(slow.tree)).toEqual(["a: restarting#1"]);
  slow.world.clock.advance(1);
  expect(states(slow.tree)).toEqual(["a: running#2"]);
});

describe("E10: a place in the window", () => {
  const budget = { kind: "sliding", intensity: 2, periodMs: 1_000 } as const;
  const ask = (at: number) => {
    const ledger = new RestartLedger([100, 400]);
    const question = { ledger, budget, isOwn: true, attempt: 2, uptimeMs: 1, at, chance: 0 };
    return { ...decideRestart(question, treePresets.otp), times: ledger.times };
  };

  it("E10: is freed exactly one period after it was taken, and only one", () => {
    expect(ask(1_099)).toMatchObject({ kind: "exhausted", times: [100, 400] });
    expect(ask(1_100)).toMatchObject({ kind: "restart", times: [400, 1_100] });
    expect(ask(1_101)).toMatchObject({ kind: "restart", times: [400, 1_101] });
  });
});

it("E11: under the product preset each child has its own allowance of one policy", async () => {
  const { tree } = await product({ limit: { intensity: 2 } }, ["a", "b"]);
  for (let i = 0; i < 3; i++) crash(tree, "a");
  expect(states(tree)).toEqual(["a: quarantined#3", "b: running#1"]);
  for (let i = 0; i < 2; i++) crash(tree, "b");
  expect(states(tree)).toEqual(["a: quarantined#3", "b: running#3"]);
});

it("E13: after n restarts it is given up, with the numbers that decided", async () => {
  const { world, tree } = await product({ limit: { intensity: 3, periodMs: 5_000 } });
  crash(tree, "a");
  world.failing.set("a", 1);
  crash(tree, "a");
  world.clock.advance(1);
  crash(tree, "a");
  expect(states(tree)).toEqual(["a: quarantined#4"]);
  expect(world.of("restart.refused")).toMatchObject([
    { id: "a", attempt: 4, restarts: 3, intensity: 3, periodMs: 5_000, earliestAt: 5_000 },
  ]);
});

it("E14: five crashes in three minutes are too many; the reference counts the boundary itself, ours ends before it", async () => {
  for (const [fifthAt, state] of [
    [179_999, "quarantined#5"],
    [180_000, "running#6"],
    [180_001, "running#6"],
  ] as const) {
    const { world, tree } = await product({ limit: { intensity: 4, periodMs: 180_000 }, stabilityMs: null });
    for (let i = 0; i < 4; i++) crash(tree, "a");
    world.clock.advance(fifthAt);
    crash(tree, "a");
    expect(states(tree)).toEqual([`a: ${state}`]);
  }
});

it("E15: two restarts in five minutes, then a person is asked; or a third when the first is old", async () => {
  const policy = { limit: { intensity: 2, periodMs: 300_000 }, stabilityMs: null } as const;
  for (const [waitMs, state] of [
    [200_000, "quarantined#3"],
    [300_000, "running#4"],
  ] as const) {
    const { world, tree } = await product(policy);
    crash(tree, "a");
    crash(tree, "a");
    world.clock.advance(waitMs);
    crash(tree, "a");
    expect(states(tree)).toEqual([`a: ${state}`]);
    expect(world.of("escalation.opened")).toHaveLength(state.startsWith("q") ? 1 : 0);
  }
});

it("E17: back-off does not keep a child that always crashes from its limit", async () => {
  const { world, tree } = await product({
    limit: { intensity: 5, periodMs: hour },
    backoff: { kind: "exponential", initialMs: 100, maxMs: 15_000 },
  });
  for (let i = 0; i < 6; i++) {
    world.clock.advance(50);
    crash(tree, "a");
    world.clock.advance(15_000);
  }
  expect(states(tree)).toEqual(["a: quarantined#6"]);
});

it("E19: the restart comes exactly after the back-off, and the wait shows when", async () => {
  const { world, tree } = await product({ backoff: { kind: "constant", delayMs: 250 } });
  world.clock.advance(40);
  crash(tree, "a");
  expect(child(tree, "a")).toMatchObject({ state: "restarting", dueAt: 290, attempt: 1 });
  world.clock.advance(249);
  expect(child(tree, "a")?.state).toBe("restarting");
  world.clock.advance(1);
  expect(child(tree, "a")).toMatchObject({ state: "running", dueAt: null });
});

it("E22: a crash after the time of stability is the first one again", async () => {
  const { world, tree } = await product({
    limit: { intensity: 2, periodMs: day },
    backoff: { kind: "exponential", initialMs: 100 },
    stabilityMs: 60_000,
  });
  for (const [delay, uptime] of [
    [100, 0],
    [200, 60_000],
    [100, 0],
    [200, 0],
  ] as const) {
    crash(tree, "a");
    expect(world.of("restart.scheduled").at(-1)?.delayMs).toBe(delay);
    world.clock.advance(delay + uptime);
  }
  crash(tree, "a");
  expect(child(tree, "a")?.state).toBe("quarantined");
});

it("E23: a short run resets nothing", async () => {
  const { world, tree } = await product({ limit: { intensity: 3, periodMs: hour }, stabilityMs: 60_000 });
  for (let i = 0; i < 4; i++) {
    expect(child(tree, "a")?.attempt).toBe(i);
    world.clock.advance(59_999);
    crash(tree, "a");
  }
  expect(child(tree, "a")?.state).toBe("quarantined");
});

it("E24: an end that is told several times, also late, counts once and for its own incarnation", async () => {
  const { world, tree } = await product({ limit: { intensity: 9 } });
  const event = { type: "xstate.error.actor.a", actorId: "a", error: new Error("again") };
  const first = ref(tree, "a");
  first.send({ type: "crash" });
  tree.actor.send(event);
  tree.actor.send({ ...event, type: "xstate.done.actor.a" });
  expect(states(tree)).toEqual(["a: running#2"]);
  expect(world.of("child.exited")).toMatchObject([{ incarnation: 1 }]);
});

describe("back-off", () => {
  it("F03: starts over after the time of stability", async () => {
    const backoff = { kind: "exponential", initialMs: 1_000 } as const;
    const { world, tree } = await product({
      limit: { intensity: 9, periodMs: day },
      backoff,
      stabilityMs: 5_000,
    });
    const delays = [0, 4_999, 5_000].map((uptime) => {
      world.clock.advance(uptime);
      crash(tree, "a");
      const delay = world.of("restart.scheduled").at(-1)?.delayMs ?? 0;
      world.clock.advance(delay);
      return delay;
    });
    expect(delays).toEqual([1_000, 2_000, 1_000]);
  });

  it("F05: a restart that fails itself makes two attempts of two, then is given up", async () => {
    const { world, tree } = await product({
      limit: { intensity: 2 },
      backoff: { kind: "constant", delayMs: 10 },
    });
    world.failing.set("a", 9);
    crash(tree, "a");
    world.clock.advance(20);
    expect(world.of("child.startFailed")).toHaveLength(2);
    expect(child(tree, "a")?.state).toBe("quarantined");
  });

  it("F19: a child that is stopped while it waits is not started, and no timer is left", async () => {
    const { world, tree } = await product({ backoff: { kind: "constant", delayMs: 100 } });
    crash(tree, "a");
    expect(world.clock.pending).toBe(1);
    await tree.children.stop("a");
    expect(world.clock.pending).toBe(0);
    world.clock.advance(1_000);
    expect(states(tree)).toEqual(["a: stopped#1"]);
  });

  it("is spread by the chance that is given, and the same chance gives the same delays", async () => {
    const run = async (seed: number) => {
      const world = new World();
      const policy = { limit: { intensity: 9 }, jitter: "full" } as const;
      const children = [world.worker("a")];
      const tree = await world.started({ policy, children, chance: seededRandom(seed) });
      for (let i = 0; i < 5; i++) {
        crash(tree, "a");
        world.clock.advance(30_000);
      }
      return world.of("restart.scheduled").map(({ delayMs }) => delayMs);
    };
    const [one, again, other] = [await run(1), await run(1), await run(2)];
    expect(again).toEqual(one);
    expect(other).not.toEqual(one);
    expect(one.every((it, i) => it >= 1 && it <= 250 * 2 ** i)).toBe(true);
  });
});

it("I06: several checks that fail together give one restart", async () => {
  const { world, tree } = await product({ backoff: { kind: "constant", delayMs: 10 } });
  await Promise.all(["one", "two"].map((it) => tree.children.fail("a", new Error(it))));
  world.clock.advance(1_000);
  expect([states(tree), world.of("restart.scheduled").length]).toEqual([["a: running#2"], 1]);
});

it("I07: when all fail at once, each is restarted once, on one timer", async () => {
  const ids = Array.from({ length: 500 }, (_, i) => `c${i}`);
  const { world, tree } = await product({ backoff: { kind: "constant", delayMs: 10 } }, ids);
  for (const id of ids) crash(tree, id);
  expect(world.clock.pending).toBe(1);
  world.clock.advance(10);
  expect(new Set(states(tree).map((it) => it.split(": ")[1]))).toEqual(new Set(["running#2"]));
  expect(world.clock.pending).toBe(0);
});

it("O05: each restart is a record, and giving up is another one", async () => {
  const { world, tree } = await product({ limit: { intensity: 3 } });
  for (let i = 0; i < 4; i++) crash(tree, "a");
  const of = (type: string) => world.types().filter((it) => it === type).length;
  expect([of("restart.scheduled"), of("child.quarantined"), of("escalation.opened")]).toEqual([3, 1, 1]);
});

it("a significant child that is exhausted escalates: the tree stops and fails", async () => {
  const world = new World();
  const a = world.worker("a", { significant: true, restart: "transient" });
  const tree = await world.started({ policy: { limit: { intensity: 0 } }, children: [world.worker("b"), a] });
  crash(tree, "a");
  expect(await tree.closed()).toMatchObject({ error: { code: "child_quarantined", details: { id: "a" } } });
  expect(world.of("escalation.opened")).toMatchObject([{ id: "a", toParent: true }]);
  expect(world.recent()).toEqual(["+b", "+a", "-a", "-b"]);
});

it("the zero limit of a policy is refused together with a window", () => {
  expect(checkTree({ policy: { limit: { intensity: 0, periodMs: 1 } } }).ok).toBe(false);
});
