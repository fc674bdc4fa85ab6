/** Group D: strategies, auto-shutdown and groups. Trees in trees: `nesting.test.ts`. */
import { describe, expect, it } from "vitest";
import type { ChildSpecInput, RootTree, TreePolicyInput } from "../../../src/index.ts";
import { childExit } from "../../../src/runtime/tree.ts";
import { crash, end, ref, states, World } from "./support/world.ts";

type Strategy = "oneForOne" | "oneForAll" | "restForOne";
const often = { intensity: 100, periodMs: 60_000 };

async function supervise(
  strategy: Strategy,
  ids: readonly string[],
  policy: TreePolicyInput = {},
  spec: Partial<ChildSpecInput> = {},
): Promise<{ world: World; tree: RootTree }> {
  const world = new World();
  const children = ids.map((id) => world.worker(id, spec));
  const tree = await world.otp({ policy: { strategy, limit: often, ...policy }, children });
  world.recent();
  return { world, tree };
}

it("D01: one for one replaces the one that crashed", async () => {
  const { tree } = await supervise("oneForOne", ["1", "2", "3"]);
  crash(tree, "1");
  expect(states(tree)).toEqual(["1: running#2", "2: running#1", "3: running#1"]);
  crash(tree, "2");
  expect(states(tree)).toEqual(["1: running#2", "2: running#2", "3: running#1"]);
});

it.each(["1", "2", "3"])(
  "D02: one for all replaces all when %s crashes, and no old one lives",
  async (id) => {
    const { tree } = await supervise("oneForAll", ["1", "2", "3"]);
    const before = ["1", "2", "3"].map((it) => ref(tree, it));
    crash(tree, id);
    expect(states(tree)).toEqual(["1: running#2", "2: running#2", "3: running#2"]);
    expect(before.map((it) => it.getSnapshot().status).includes("active")).toBe(false);
  },
);

it("D03: rest for one replaces the one that crashed and those after it", async () => {
  const { tree } = await supervise("restForOne", ["1", "2", "3"]);
  crash(tree, "1");
  expect(states(tree)).toEqual(["1: running#2", "2: running#2", "3: running#2"]);
  crash(tree, "2");
  expect(states(tree)).toEqual(["1: running#2", "2: running#3", "3: running#3"]);
});

it("D04: the order is that of the specifications: stopped in reverse, started forwards", async () => {
  const { world, tree } = await supervise("restForOne", ["e", "a", "d", "b", "c"]);
  crash(tree, "d");
  expect(world.recent()).toEqual(["-d", "-c", "-b", "+d", "+b", "+c"]);
  expect(world.of("group.restarting")).toMatchObject([
    { trigger: "d", members: ["d", "b", "c"], merged: false },
  ]);
  await tree.shutdown();
  expect(world.recent()).toEqual(["-c", "-b", "-d", "-a", "-e"]);
});

it("D05: one for all: where the second does not start, the first is stopped again and all are retried", async () => {
  const { world, tree } = await supervise("oneForAll", ["1", "2"]);
  world.failing.set("2", 1);
  crash(tree, "1");
  expect(world.recent()).toEqual(["-1", "-2", "+1", "-1"]);
  world.clock.advance(1);
  expect(world.recent()).toEqual(["+1", "+2"]);
  expect(states(tree)).toEqual(["1: running#3", "2: running#3"]);
});

it("D06: rest for one: where the second does not start, only the second is retried", async () => {
  const { world, tree } = await supervise("restForOne", ["1", "2"]);
  world.failing.set("2", 1);
  crash(tree, "1");
  world.clock.advance(1);
  expect(world.recent()).toEqual(["-1", "-2", "+1", "+2"]);
  expect(states(tree)).toEqual(["1: running#2", "2: running#3"]);
});

describe("D07: restarts that keep failing exhaust the limit", () => {
  it.each(["oneForOne", "oneForAll", "restForOne"] as const)(
    "D07: %s: siblings are stopped, and it ends with shutdown",
    async (strategy) => {
      const limit = { intensity: 4, periodMs: 3_600_000 };
      const { world, tree } = await supervise(strategy, ["1", "2", "3"], { limit });
      world.failing.set("2", 100);
      crash(tree, "2");
      world.clock.advance(1);
      world.clock.advance(1);
      expect(tree.phase).toBe("running");
      world.clock.advance(1);
      expect((await tree.closed()).output).toEqual(childExit("shutdown", { exhausted: "2" }));
      expect(world.of("restart.scheduled").map(({ restarts }) => restarts)).toEqual([1, 2, 3, 4]);
      expect(world.of("restart.refused")).toMatchObject([
        { restarts: 4, intensity: 4, earliestAt: 3_600_000 },
      ]);
      expect([balance(["+1", "+2", "+3", ...world.recent()]), world.clock.pending]).toEqual([{}, 0]);
    },
  );

  it("D07: a pool ends in the same way", async () => {
    const world = new World();
    const tree = await world.otp({ policy: { limit: { intensity: 1 } }, template: world.worker("a") });
    await tree.children.add({});
    await tree.children.add({});
    world.failing.set("a", 9);
    crash(tree, "a:1");
    world.clock.advance(1);
    expect((await tree.closed()).output).toEqual(childExit("shutdown", { exhausted: "a:1" }));
    expect(balance(world.recent())).toEqual({});
  });
});

/** What was started more often than it was stopped. */
function balance(log: readonly string[]): Record<string, number> {
  const left: Record<string, number> = {};
  for (const it of log) left[it.slice(1)] = (left[it.slice(1)] ?? 0) + (it.startsWith("+") ? 1 : -1);
  return Object.fromEntries(Object.entries(left).filter(([, count]) => count !== 0));
}

describe("D12: auto-shutdown", () => {
  const significant = { significant: true, restart: "temporary" } as const;

  it("D12: of all significant ones: nothing after the first, the end after the last", async () => {
    const policy = { autoShutdown: "allSignificant" } as const;
    const { world, tree } = await supervise("oneForOne", ["1", "2"], policy, significant);
    await tree.children.add(world.worker("plain"));
    end(tree, "1");
    expect(tree.phase).toBe("running");
    end(tree, "2");
    expect((await tree.closed()).output).toEqual(childExit("shutdown", { autoShutdown: "2" }));
    expect(world.of("autoShutdown.triggered")).toMatchObject([{ id: "2", rule: "allSignificant" }]);
    expect(world.recent().at(-1)).toBe("-plain");
  });

  it("D12: a significant one that is stopped by hand does not trigger it", async () => {
    for (const autoShutdown of ["anySignificant", "allSignificant"] as const) {
      const { tree } = await supervise("oneForOne", ["1", "2"], { autoShutdown }, significant);
      await tree.children.stop("1");
      await tree.children.stop("2");
      expect(tree.phase).toBe("running");
    }
  });

  it("ends with the first of any significant ones, and with no other", async () => {
    const policy = { autoShutdown: "anySignificant" } as const;
    const { world, tree } = await supervise("oneForOne", ["1", "2"], policy, significant);
    await tree.children.add(world.worker("plain", { restart: "temporary" }));
    end(tree, "plain");
    expect(tree.phase).toBe("running");
    end(tree, "1");
    expect(tree.phase).toBe("stopped");
  });

  it("does not end with a transient one that crashed and is restarted", async () => {
    const policy = { autoShutdown: "anySignificant" } as const;
    const { tree } = await supervise("oneForOne", ["1"], policy, { significant: true, restart: "transient" });
    crash(tree, "1");
    expect(states(tree)).toEqual(["1: running#2"]);
    end(tree, "1");
    expect(tree.phase).toBe("stopped");
  });

  it("has nothing to say where it is never", async () => {
    const world = new World();
    const tree = await world.started({ children: [world.worker("a", significant)] });
    end(tree, "a");
    expect(tree.phase).toBe("running");
  });
});

describe("a group with back-off", () => {
  const policy: TreePolicyInput = { backoff: { kind: "exponential", initialMs: 1_000 }, stabilityMs: 60_000 };

  it("D18: merges a crash during the wait into one pending restart, and honours the longer wait", async () => {
    const { world, tree } = await supervise("restForOne", ["u1", "u2", "u3"], policy);
    crash(tree, "u3");
    world.clock.advance(1_000);
    crash(tree, "u3");
    expect(states(tree)).toEqual(["u1: running#1", "u2: running#1", "u3: restarting#2"]);
    world.recent();
    world.clock.advance(500);
    // Its own wait would be 1 s, until 2.5 s; that of u3 lasts until 3 s.
    crash(tree, "u2");
    expect(world.of("group.restarting").at(-1)).toMatchObject({
      members: ["u2", "u3"],
      dueAt: 3_000,
      merged: true,
    });
    world.clock.advance(1_499);
    expect(world.recent()).toEqual(["-u2"]);
    world.clock.advance(1);
    expect(world.recent()).toEqual(["+u2", "+u3"]);
    expect(states(tree)).toEqual(["u1: running#1", "u2: running#2", "u3: running#3"]);
    expect(world.clock.pending).toBe(0);
  });

  it("leaves down what is stopped by hand meanwhile", async () => {
    const { world, tree } = await supervise("oneForAll", ["1", "2"], policy);
    crash(tree, "1");
    await tree.children.stop("2");
    world.clock.advance(1_000);
    expect(states(tree)).toEqual(["1: running#2", "2: stopped#1"]);
  });

  it("does not start again what was down before", async () => {
    const { world, tree } = await supervise("oneForAll", ["1", "2", "3"], policy);
    await tree.children.stop("2");
    crash(tree, "3");
    world.clock.advance(1_000);
    expect(states(tree)).toEqual(["1: running#2", "2: stopped#1", "3: running#2"]);
  });

  it("counts children that crash in the same turn once", async () => {
    const { world, tree } = await supervise("oneForAll", ["1", "2", "3"], { limit: { intensity: 1 } });
    const all = ["1", "2", "3"].map((id) => ref(tree, id));
    await tree.children.add({
      ...world.worker("x", { restart: "temporary" }),
      // Its start is one turn of the supervisor: all of them are down before it hears of the first.
      info: () => all.forEach((it) => it.send({ type: "crash" })),
    });
    expect(states(tree)).toEqual(["1: running#2", "2: running#2", "3: running#2"]);
    expect(world.of("restart.scheduled")).toHaveLength(1);
  });
});

it("waits for each orderly member before it stops the one before it", async () => {
  const world = new World();
  const orderly = (id: string) => ({ id, logic: world.orderly(id), shutdown: 100 });
  const tree = await world.otp({
    policy: { strategy: "oneForAll" },
    children: [orderly("1"), orderly("2"), world.worker("3")],
  });
  crash(tree, "3");
  world.recent();
  expect(states(tree)).toEqual(["1: running#1", "2: stopping#1", "3: restarting#1"]);
  ref(tree, "2").send({ type: "finish" });
  expect([world.recent(), states(tree)]).toEqual([
    ["-2"],
    ["1: stopping#1", "2: stopped#1", "3: restarting#1"],
  ]);
  world.clock.advance(100);
  expect(world.recent()).toEqual(["-1", "+1", "+2", "+3"]);
  expect(world.of("child.stopTimedOut")).toMatchObject([{ id: "1", waitedMs: 100 }]);
});

it("a member that crashes while its group is being stopped costs nothing more", async () => {
  const world = new World();
  const tree = await world.otp({
    policy: { strategy: "oneForAll", limit: { intensity: 1 } },
    children: [world.worker("1"), { id: "2", logic: world.orderly("2") }, world.worker("3")],
  });
  crash(tree, "3");
  crash(tree, "1");
  world.finish("2");
  expect(states(tree)).toEqual(["1: running#2", "2: running#2", "3: running#2"]);
  expect(world.of("restart.scheduled")).toHaveLength(1);
});

it("a child that waits for its group cannot be started by hand, and is started once", async () => {
  const world = new World();
  const b = { ...world.worker("b"), logic: world.orderly("b"), shutdown: "infinity" } as const;
  const children = [world.worker("a"), b, world.worker("c")];
  const tree = await world.otp({ policy: { strategy: "oneForAll" }, children });
  crash(tree, "a");
  expect(states(tree)).toEqual(["a: restarting#1", "b: stopping#1", "c: stopped#1"]);
  expect(await tree.children.start("c")).toEqual({ ok: false, code: "restarting" });
  world.finish("b");
  expect(states(tree)).toEqual(["a: running#2", "b: running#2", "c: running#2"]);
  expect(world.log.filter((it) => it === "+c")).toHaveLength(2);
});
