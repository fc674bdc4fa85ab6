/** Group F: waits of a tree between restarts, and what takes them back to the first. */
import { createMachine, sendParent } from "xstate";
import { describe, expect, it } from "vitest";
import { checkTree, childExit, childHealthy, systemClock, type TreePolicyInput } from "../../../src/index.ts";
import { child, crash, ref, states, World } from "./support/world.ts";

const hour = 3_600_000;
const day = 24 * hour;
const often = { intensity: 1_000, periodMs: 30 * day };

async function product(policy: TreePolicyInput) {
  const world = new World();
  const tree = await world.started({ policy: { limit: often, ...policy }, children: [world.worker("a")] });
  /** Crashes `a` after each uptime; the waits until it ran again. */
  const waits = (uptimes: readonly number[], error?: unknown) =>
    uptimes.map((uptime) => {
      world.clock.advance(uptime);
      crash(tree, "a", error);
      const { delayMs = Number.NaN, dueAt = 0 } = world.of("restart.scheduled").at(-1) ?? {};
      world.clock.advanceTo(dueAt);
      return delayMs;
    });
  return { world, tree, waits };
}

it("F01: a wait grows to 30 days and beyond and is kept to the millisecond", async () => {
  const backoff = { kind: "exponential", initialMs: 30 * day, maxMs: 10_000 * day } as const;
  const { world, tree } = await product({ backoff });
  for (const [attempt, days] of [30, 60, 120, 240].entries()) {
    crash(tree, "a");
    world.clock.advance(days * day - 1);
    expect(states(tree)).toEqual([`a: restarting#${attempt + 1}`]);
    world.clock.advance(1);
    expect(states(tree)).toEqual([`a: running#${attempt + 2}`]);
  }
});

it("does not let the host's own clock fire a wait of 30 days at once", async () => {
  const world = new World();
  const policy = { backoff: { kind: "constant", delayMs: 30 * day } } as const;
  const tree = await world.started({ policy, clock: systemClock, children: [world.worker("a")] });
  crash(tree, "a");
  // A timer of the host's that were cut to 32 bits would fire before this one.
  await new Promise((resolve) => setTimeout(resolve, 2));
  expect(states(tree)).toEqual(["a: restarting#1"]);
  await tree.shutdown();
});

it("F04: a policy that names only the least and the longest wait is reset by the documented 60 s of uptime", async () => {
  const backoff = { kind: "exponential", initialMs: 1_000, maxMs: 8_000 } as const;
  const checked = checkTree({ policy: { backoff } });
  expect(checked).toMatchObject({
    ok: true,
    value: { policy: { stabilityMs: 60_000, stabilityBy: "uptime" } },
  });
  const { waits } = await product({ backoff });
  expect(waits([0, 0, 59_999, 60_000, 0])).toEqual([1_000, 2_000, 4_000, 1_000, 2_000]);
});

it("F17: the wait that a failure asks for overrides the schedule, and the next one goes on with it", async () => {
  const backoff = { kind: "exponential", initialMs: 1_000, factor: 1.5 } as const;
  const { waits } = await product({ backoff });
  expect(waits([0, 0])).toEqual([1_000, 1_500]);
  expect(waits([0], Object.assign(new Error("busy"), { retryAfterMs: 3_000 }))).toEqual([3_000]);
  expect(waits([0])).toEqual([3_375]);
  for (const retryAfterMs of [-1, Number.NaN, Number.POSITIVE_INFINITY, "5"])
    expect(waits([60_000], { retryAfterMs })).toEqual([1_000]);
});

it("F20: geometric steps rise from the first wait to the longest, and stay there", async () => {
  const backoff = { kind: "geometric", initialMs: 100, steps: 5, maxMs: 100_000 } as const;
  const { waits } = await product({ backoff, stabilityMs: null });
  expect(waits([0, 0, 0, 0, 0, 0, 0])).toEqual([100, 398, 1_585, 6_310, 25_119, 100_000, 100_000]);
});

it("F21: a crash loop restarts at once, then after 10 s and twice as long each time up to 300 s; 10 min of health start it over", async () => {
  const backoff = { kind: "exponential", initialMs: 10_000, maxMs: 300_000, atOnce: 1 } as const;
  const { waits } = await product({ backoff, stabilityMs: 600_000 });
  const loop = [0, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000];
  expect(waits(loop.map(() => 0))).toEqual(loop);
  expect(waits([599_999, 600_000, 0])).toEqual([300_000, 0, 10_000]);
});

it("fibonacci waits follow their numbers", async () => {
  const { waits } = await product({ backoff: { kind: "fibonacci", initialMs: 10, maxMs: 60 } });
  expect(waits([0, 0, 0, 0, 0, 0])).toEqual([10, 10, 20, 30, 50, 60]);
});

describe("F12: with stability by report", () => {
  const policy = {
    limit: { intensity: 3, periodMs: day },
    backoff: { kind: "exponential", initialMs: 100 },
    stabilityBy: "report",
  } as const satisfies TreePolicyInput;

  it("F12: the count returns to 0 only when the child reports health, whatever its uptime", async () => {
    const { world, tree, waits } = await product(policy);
    expect(waits([0, hour])).toEqual([100, 200]);
    expect(child(tree, "a")?.attempt).toBe(2);
    const { sessionId } = ref(tree, "a");
    // An incarnation that is gone has no say.
    tree.actor.send({ type: "child.healthy", id: "a", sessionId: "gone" });
    expect(child(tree, "a")?.attempt).toBe(2);
    tree.actor.send({ type: "child.healthy", id: "a", sessionId });
    expect(child(tree, "a")?.attempt).toBe(0);
    expect(waits([0, 0, 0])).toEqual([100, 200, 400]);
    expect(await tree.children.healthy("a")).toEqual({ ok: true });
    expect(waits([0])).toEqual([100]);
    waits([0, 0]);
    crash(tree, "a");
    expect(states(tree)).toEqual(["a: quarantined#9"]);
    expect(world.clock.pending).toBe(0);
  });

  it("F12: under the default, by uptime, a report changes nothing", async () => {
    const { tree, waits } = await product({ ...policy, stabilityBy: "uptime" });
    waits([0]);
    expect(await tree.children.healthy("a")).toEqual({ ok: true });
    expect(child(tree, "a")?.attempt).toBe(1);
  });

  it("takes a report that the child itself sends", async () => {
    const world = new World();
    const logic = createMachine({
      on: {
        well: { actions: sendParent(({ self }) => childHealthy(self)) },
        crash: {
          actions: () => {
            throw new Error("crash");
          },
        },
      },
    });
    const tree = await world.started({
      policy: { ...policy, backoff: null },
      children: [{ id: "a", logic }],
    });
    crash(tree, "a");
    expect(child(tree, "a")).toMatchObject({ attempt: 1, incarnation: 2 });
    ref(tree, "a").send({ type: "well" });
    expect(child(tree, "a")?.attempt).toBe(0);
  });
});

describe("F13: the final message", () => {
  const started = async () => {
    const world = new World();
    const tree = await world.started({
      policy: { limit: often, backoff: null },
      finalStop: ({ type }) => type === "goodbye",
      children: [world.worker("b"), world.worker("a")],
    });
    return { world, tree };
  };

  it("F13: ends the supervisor with the next end of a child", async () => {
    const { world, tree } = await started();
    tree.actor.send({ type: "hello" });
    crash(tree, "a");
    expect(states(tree)).toEqual(["b: running#1", "a: running#2"]);
    tree.actor.send({ type: "goodbye" });
    expect(tree.phase).toBe("running");
    crash(tree, "a");
    expect(tree.phase).toBe("stopped");
    expect((await tree.closed()).output).toEqual(childExit("shutdown", { final: "a" }));
    expect(world.recent().slice(-2)).toEqual(["-a", "-b"]);
  });

  it("F13: leaves a child that ends without it to be restarted", async () => {
    const { tree } = await started();
    crash(tree, "a");
    ref(tree, "a").send({ type: "end", output: null });
    expect(states(tree)).toEqual(["b: running#1", "a: running#3"]);
  });
});
