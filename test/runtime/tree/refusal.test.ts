/** Groups E and F: children that are refused for a time, quarantined beyond an outer limit, and probed. */
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../src/core/random.ts";
import type { TreePolicyInput } from "../../../src/index.ts";
import { child, crash, ref, states, World } from "./support/world.ts";

const minute = 60_000;
const originals = {
  limit: { kind: "tumbling", intensity: 1, periodMs: minute },
  backoff: { kind: "constant", delayMs: 250 },
  onExhausted: "refuse",
  stabilityMs: null,
} as const satisfies TreePolicyInput;

async function product(policy: TreePolicyInput, ids = ["a"]) {
  const world = new World();
  const tree = await world.started({ policy, children: ids.map((id) => world.worker(id)) });
  return { world, tree };
}

/** Crashes each incarnation of `a` as soon as it runs, for so long; how many were started. */
function alwaysCrashing({ world, tree }: Awaited<ReturnType<typeof product>>, forMs: number): number {
  const end = world.clock.now() + forMs;
  while (child(tree, "a")?.state === "running") crash(tree, "a");
  for (;;) {
    const { dueAt = null } = child(tree, "a") ?? {};
    if (dueAt === null || dueAt > end) break;
    world.clock.advanceTo(dueAt);
    while (child(tree, "a")?.state === "running") crash(tree, "a");
  }
  world.clock.advanceTo(end);
  return world.of("child.started").filter(({ id }) => id === "a").length;
}

describe("a refused child", () => {
  it("E20: is refused for what is left of the window, which shrinks with every query, and nothing is started", async () => {
    const { world, tree } = await product({ ...originals, resume: "request" });
    world.clock.advance(5_000);
    crash(tree, "a");
    world.clock.advance(1_000);
    crash(tree, "a");
    expect(states(tree)).toEqual(["a: refused#2"]);
    world.recent();
    for (const [waitMs, retryAfterMs] of [
      [0, 59_000],
      [1, 58_999],
      [10_000, 48_999],
      [48_998, 1],
    ] as const) {
      world.clock.advance(waitMs);
      expect(await tree.children.request("a")).toEqual({
        ok: false,
        code: "unavailable",
        state: "refused",
        retryAfterMs,
      });
    }
    expect([world.recent(), world.clock.pending]).toEqual([[], 0]);
  });

  it("E21: is started by the first request after the window, and the count begins again with the next crash", async () => {
    const { world, tree } = await product({ ...originals, resume: "request" });
    crash(tree, "a");
    world.clock.advance(250);
    crash(tree, "a");
    world.clock.advance(minute - 250);
    expect(states(tree)).toEqual(["a: refused#2"]);
    expect(await tree.children.request("a")).toMatchObject({ ok: true, incarnation: 3, ref: ref(tree, "a") });
    world.clock.advance(5_000);
    crash(tree, "a");
    expect(world.of("restart.scheduled").at(-1)).toMatchObject({ attempt: 1, restarts: 1, delayMs: 250 });
    world.clock.advance(250);
    crash(tree, "a");
    expect(world.of("restarts.paused").at(-1)).toMatchObject({ until: minute + 5_000 + minute });
  });

  it("comes back by itself at the end of the window where the policy says so", async () => {
    const { world, tree } = await product(originals);
    crash(tree, "a");
    world.clock.advance(250);
    crash(tree, "a");
    world.clock.advance(minute - 251);
    expect(states(tree)).toEqual(["a: refused#2"]);
    world.clock.advance(1);
    expect(states(tree)).toEqual(["a: running#3"]);
    expect(world.of("restarts.resumed")).toHaveLength(1);
  });

  it("comes back with the group that went down with it", async () => {
    const world = new World();
    const policy = { ...originals, strategy: "oneForAll", backoff: null } as const;
    const children = ["a", "b", "c"].map((id) => world.worker(id));
    const tree = await world.started({ policy, children });
    world.failing.set("b", 1);
    crash(tree, "a");
    // b failed in the restart of all three: what is left of them goes on with its restart.
    world.clock.advance(1);
    expect(states(tree)).toEqual(["a: running#3", "b: running#3", "c: running#2"]);
    world.failing.set("b", 2);
    crash(tree, "a");
    expect(states(tree)[0]).toBe("a: refused#3");
    world.clock.advance(minute);
    expect(states(tree)).toEqual(["a: running#4", "b: running#3", "c: running#2"]);
    crash(tree, "a");
    world.clock.advance(1);
    expect(states(tree)).toEqual(["a: running#6", "b: refused#5", "c: stopped#2"]);
    world.failing.clear();
    world.clock.advance(minute);
    expect(states(tree)).toEqual(["a: running#7", "b: running#6", "c: running#3"]);
  });
});

describe("the outer limit", () => {
  it("E25: ends in quarantine and one escalation after three refused windows; without one it is started 120 times an hour", async () => {
    const endless = await product(originals);
    expect(alwaysCrashing(endless, 60 * minute - 1)).toBe(120);
    expect(endless.world.of("escalation.opened")).toEqual([]);
    const limited = await product({ ...originals, outerLimit: { refusedWindows: 3 } });
    expect(alwaysCrashing(limited, 60 * minute)).toBe(6);
    expect(states(limited.tree)).toEqual(["a: quarantined#6"]);
    expect(limited.world.of("child.quarantined")).toMatchObject([{ because: "outerLimit", probeAt: null }]);
    expect(limited.world.of("escalation.opened")).toHaveLength(1);
  });

  it("counts failures too, for a child that lives just longer than a window", async () => {
    const { world, tree } = await product({
      ...originals,
      outerLimit: { crashes: 4, periodMs: 15 * minute },
    });
    for (let i = 0; i < 4; i++) {
      crash(tree, "a");
      world.clock.advance(minute + 250);
    }
    expect(states(tree)).toEqual(["a: quarantined#4"]);
  });

  it("E25: probes a quarantined child one at a time, and takes it back only after its proof", async () => {
    const probe = { everyMs: 5 * minute, provenMs: minute };
    const { world, tree } = await product({ ...originals, outerLimit: { refusedWindows: 1 }, probe });
    crash(tree, "a");
    world.clock.advance(250);
    crash(tree, "a");
    expect(states(tree)).toEqual(["a: quarantined#2"]);
    world.clock.advance(5 * minute - 1);
    expect(states(tree)).toEqual(["a: quarantined#2"]);
    world.clock.advance(1);
    expect(states(tree)).toEqual(["a: running#3"]);
    world.clock.advance(minute - 1);
    crash(tree, "a");
    expect(states(tree)).toEqual(["a: quarantined#3"]);
    world.clock.advance(5 * minute + minute);
    expect(world.of("child.cured")).toMatchObject([{ id: "a" }]);
    expect(world.of("escalation.opened")).toHaveLength(1);
    expect(world.of("escalation.closed")).toMatchObject([{ because: "cured" }]);
    crash(tree, "a");
    expect(world.of("restart.scheduled").at(-1)).toMatchObject({ attempt: 1, restarts: 1 });
  });

  it("F23: lets one of two concurrent calls probe; the other waits for its verdict", async () => {
    const probe = { everyMs: 5 * minute, provenMs: minute };
    const policy = { limit: { intensity: 0 }, probe, resume: "request" } as const;
    for (const verdict of ["cured", "failed"]) {
      const { world, tree } = await product(policy);
      crash(tree, "a");
      const early = { ok: false, code: "unavailable", state: "quarantined", retryAfterMs: 1 };
      world.clock.advance(5 * minute - 1);
      expect(await tree.children.request("a")).toEqual(early);
      world.clock.advance(1);
      const answers: unknown[] = [];
      const calls = [1, 2].map(async () => void answers.push(await tree.children.request("a")));
      await Promise.resolve();
      expect(world.of("probe.started")).toHaveLength(1);
      expect(world.of("child.started")).toHaveLength(2);
      expect(answers).toEqual([]);
      if (verdict === "cured") world.clock.advance(minute);
      else crash(tree, "a");
      await Promise.all(calls);
      const expected =
        verdict === "cured" ? { ok: true, incarnation: 2 } : { ...early, retryAfterMs: 5 * minute };
      expect(answers).toMatchObject([expected, expected]);
      expect(world.of("child.started")).toHaveLength(2);
    }
  });

  it("answers those that wait for a probe when the tree goes down, and when a person stops the child", async () => {
    const probe = { everyMs: minute, provenMs: minute };
    const { world, tree } = await product({ limit: { intensity: 0 }, probe }, ["a", "b"]);
    crash(tree, "a");
    crash(tree, "b");
    world.clock.advance(minute);
    const answers = [tree.children.request("a"), tree.children.request("b")];
    await tree.children.stop("a");
    expect(states(tree)).toEqual(["a: quarantined#2", "b: running#2"]);
    expect(await answers[0]).toMatchObject({ code: "unavailable", retryAfterMs: null });
    await tree.shutdown();
    expect([await answers[1], world.clock.pending]).toEqual([{ ok: false, code: "stopped" }, 0]);
  });
});

describe("the preset suture", () => {
  it("F15: pauses restarts over a decaying threshold; siblings run on, and the count is 0 afterwards", async () => {
    const world = new World();
    const tree = await world.started({
      preset: "suture",
      policy: { limit: { threshold: 3.5 }, jitter: "none" },
      children: ["a", "b", "c"].map((id) => world.worker(id)),
    });
    const counts = () =>
      [...world.of("restart.scheduled"), ...world.of("restart.refused")].map((it) => it.restarts);
    crash(tree, "a");
    crash(tree, "a");
    world.clock.advance(30_000);
    crash(tree, "a");
    crash(tree, "a", "panic");
    ref(tree, "a").send({ type: "end", output: null });
    expect(counts()).toEqual([1, 2, 2, 3, 4]);
    const paused = { id: "a", restarts: 4, intensity: 3.5, restarting: false, until: 45_000 };
    expect(world.of("restarts.paused")).toMatchObject([paused]);
    expect(states(tree)).toEqual(["a: refused#5", "b: running#1", "c: running#1"]);
    // Who fails during the pause waits for its end, and is not counted.
    world.clock.advance(1_000);
    crash(tree, "c");
    world.recent();
    world.clock.advance(13_999);
    expect(states(tree)).toEqual(["a: refused#5", "b: running#1", "c: refused#1"]);
    world.clock.advance(1);
    expect(states(tree)).toEqual(["a: running#6", "b: running#1", "c: running#2"]);
    expect([world.recent(), world.of("restarts.resumed").length]).toEqual([["+a", "+c"], 1]);
    crash(tree, "b");
    expect(world.of("restart.scheduled").at(-1)?.restarts).toBe(1);
  });

  it("F16: spreads its pauses over [b, 1.5b) by the chance that is given", async () => {
    const pauses = async (seed: number) => {
      const world = new World();
      const children = [world.worker("a")];
      const policy = { limit: { threshold: 1 } };
      const tree = await world.started({ preset: "suture", policy, children, chance: seededRandom(seed) });
      for (let i = 0; i < 40; i++) {
        crash(tree, "a");
        crash(tree, "a");
        world.clock.advance(22_500);
      }
      return world.of("restarts.paused").map(({ until, monotonicMs }) => until - monotonicMs);
    };
    const [one, again, other] = [await pauses(1), await pauses(1), await pauses(2)];
    expect(one).toHaveLength(40);
    expect(one.every((it) => it >= 15_000 && it < 22_500)).toBe(true);
    expect([again, new Set(one).size > 30]).toEqual([one, true]);
    expect(other).not.toEqual(one);
  });
});
