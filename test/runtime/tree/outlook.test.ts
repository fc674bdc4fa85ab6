/** Group O: what a tree tells about its restarts, and what is to be expected of a child. */
import { describe, expect, it } from "vitest";
import type { TreePolicyInput, TreeRecord } from "../../../src/index.ts";
import { crash, end, states, World } from "./support/world.ts";

const minute = 60_000;

async function product(policy: TreePolicyInput, ids = ["a"]) {
  const world = new World();
  const tree = await world.started({ policy, children: ids.map((id) => world.worker(id)) });
  const status = () => {
    const answer = tree.children.status("a");
    if (!answer.ok) throw new Error(answer.code);
    return answer.status;
  };
  return { world, tree, status };
}

it("O01: a run with a crash, an end, a pause, its end and a stop timeout gives five typed events, as JSON", async () => {
  const world = new World();
  const tree = await world.started(
    {
      preset: "suture",
      policy: { limit: { threshold: 1.5 } },
      chance: () => 0,
      children: [world.worker("a"), { ...world.worker("b"), logic: world.orderly("b", { stubborn: true }) }],
    },
    "main",
  );
  end(tree, "a");
  crash(tree, "a", new Error("panic"));
  world.clock.advance(15_000);
  const stop = tree.children.stop("b");
  world.clock.advance(5_000);
  await stop;
  const common = { tree: ["main"], id: "a", intensity: 1.5 };
  const told: (TreeRecord["type"] | object)[][] = [
    ["restart.scheduled", { ...common, restarts: 1, restarting: true, reason: "normal", cause: null }],
    [
      "restart.refused",
      { ...common, restarts: 2, restarting: false, reason: "abnormal", cause: { message: "panic" } },
    ],
    ["restarts.paused", { ...common, restarts: 2, restarting: false, until: 15_000 }],
    ["restarts.resumed", { ...common, restarts: 0, restarting: true }],
    ["child.stopTimedOut", { tree: ["main"], id: "b", waitedMs: 5_000 }],
  ];
  const types = told.map(([type]) => type);
  const records = world.records.filter(({ type }) => types.includes(type));
  expect(records).toMatchObject(told.map(([type, facts]) => ({ type, ...(facts as object) })));
  for (const record of world.records) expect(JSON.parse(JSON.stringify(record))).toEqual(record);
});

it("O04: the first failures in a row are warnings, further ones errors, and after a time of stability they are warnings again", async () => {
  const { world, tree } = await product({ limit: { intensity: 5 }, backoff: null, errorAfter: 2 });
  for (let i = 0; i < 4; i++) crash(tree, "a");
  world.clock.advance(minute);
  crash(tree, "a");
  const levels = world.of("restart.scheduled").map(({ level }) => level);
  expect(levels).toEqual(["warning", "warning", "error", "error", "warning"]);
  await tree.children.reset("a");
  for (let i = 0; i < 6; i++) crash(tree, "a");
  expect(
    world
      .of("restart.scheduled")
      .slice(5)
      .map(({ level }) => level),
  ).toEqual(["warning", "warning", "error", "error", "error"]);
  expect(world.of("restart.refused")).toMatchObject([{ level: "error" }]);
});

describe("O06: the status of a child", () => {
  const backoff = { kind: "exponential", initialMs: 1_000 } as const;

  it("O06: says which attempt of how many is next, when, and for how long it is still tried", async () => {
    const { world, tree, status } = await product({ limit: { intensity: 4 }, backoff });
    expect(status()).toMatchObject({ state: "running", attempt: 0, attempts: 4, nextAttemptAt: null });
    // If it failed now and at every start: 1 + 2 + 4 + 8 s.
    expect(status().givesUpAfterMs).toBe(15_000);
    crash(tree, "a");
    expect(status()).toMatchObject({
      state: "restarting",
      attempt: 1,
      attempts: 4,
      nextAttemptAt: 1_000,
      givesUpAfterMs: 15_000,
    });
    world.clock.advance(400);
    expect(status().givesUpAfterMs).toBe(14_600);
    world.failing.set("a", 99);
    world.clock.advance(14_599);
    expect(status()).toMatchObject({ state: "restarting", attempt: 4, givesUpAfterMs: 1 });
    world.clock.advance(1);
    expect(status()).toMatchObject({
      state: "quarantined",
      nextAttemptAt: null,
      givesUpAfterMs: null,
      escalation: { id: "a", because: "exhausted" },
    });
  });

  it("O06: knows a policy that never gives up, because its waits are longer than its window, or because it only refuses", async () => {
    const slow = { kind: "constant", delayMs: 20_000 } as const;
    const loose = await product({ limit: { intensity: 3 }, backoff: slow });
    expect(loose.status().givesUpAfterMs).toBe(null);
    const tight = await product({ limit: { intensity: 3 }, backoff: { ...slow, delayMs: 19_999 } });
    expect(tight.status().givesUpAfterMs).toBe(3 * 19_999);
    const refusing = { onExhausted: "refuse", limit: { intensity: 1 }, backoff: null } as const;
    expect((await product(refusing)).status().givesUpAfterMs).toBe(null);
  });

  it("O06: foresees what then happens, with refusals, pauses, jitter and an outer limit", async () => {
    const kinds = [
      { kind: "tumbling", intensity: 1, periodMs: minute },
      { kind: "sliding", intensity: 2, periodMs: minute },
      { kind: "decay", threshold: 1.5, halfLifeMs: 30_000 },
    ] as const;
    for (const limit of kinds)
      for (const pauseMs of [null, 7_000]) {
        const outerLimit = { refusedWindows: 3 };
        const policy = {
          limit,
          backoff,
          pauseMs,
          outerLimit,
          onExhausted: "refuse",
          jitter: { above: 0.5 },
        } as const;
        const world = new World();
        const children = [world.worker("a")];
        const tree = await world.started({ policy, children, chance: () => 1 - Number.EPSILON });
        world.failing.set("a", 999);
        crash(tree, "a");
        const answer = tree.children.status("a");
        const givesUpAfterMs = answer.ok ? answer.status.givesUpAfterMs : null;
        expect(givesUpAfterMs).toBeGreaterThan(0);
        world.clock.advance((givesUpAfterMs ?? 0) - 1);
        expect(world.of("child.quarantined")).toEqual([]);
        world.clock.advance(1);
        expect(world.of("child.quarantined")).toMatchObject([{ because: "outerLimit" }]);
      }
  });

  it("says what a waiting one waits for, and when a refused and a quarantined one may be tried", async () => {
    const world = new World();
    const probe = { everyMs: 5 * minute, provenMs: minute };
    const tree = await world.started({
      policy: {
        limit: { intensity: 1 },
        backoff: null,
        onExhausted: "refuse",
        outerLimit: { refusedWindows: 2 },
        probe,
      },
      children: [world.worker("a"), world.worker("b", { requires: ["a"] })],
    });
    const of = (id: string) => {
      const answer = tree.children.status(id);
      return answer.ok ? answer.status : null;
    };
    crash(tree, "a");
    crash(tree, "a");
    expect(of("a")).toMatchObject({ state: "refused", nextAttemptAt: minute });
    crash(tree, "b");
    expect(of("b")).toMatchObject({
      state: "waiting",
      requires: ["a"],
      nextAttemptAt: null,
      givesUpAfterMs: null,
    });
    world.clock.advance(minute);
    crash(tree, "a");
    crash(tree, "a");
    expect(states(tree)[0]).toMatch("a: quarantined");
    expect(of("a")).toMatchObject({ nextAttemptAt: 6 * minute, escalation: { because: "outerLimit" } });
    expect(tree.children.status("x")).toEqual({ ok: false, code: "not_found" });
    await tree.shutdown();
    expect(tree.children.status("a")).toEqual({ ok: false, code: "stopped" });
  });
});
