/** Group I: checks of children that run. Signs of life, and a host that is late: `watchdog.test.ts`. */
import { describe, expect, it } from "vitest";
import {
  type CheckResult,
  type CheckStatus,
  type CheckSubject,
  checkTree,
  type ChildSpecInput,
} from "../../../src/index.ts";
import { Clerk, work } from "./support/clerk.ts";
import { check, type CheckInput, flush, type Health, watched } from "./support/watched.ts";
import { child, crash, states, World } from "./support/world.ts";

it("I01: checks that pass restart nothing, however long they are made", async () => {
  const world = new World();
  let runs = 0;
  const counting = { name: "two", everyMs: 700, run: () => (runs++, { status: "passing" as const }) };
  const tree = await watched(world, { checks: [check("one", "passing"), counting] });
  world.clock.advance(700_000);
  expect([states(tree), runs]).toEqual([["a: running#1"], 1_000]);
  expect(world.types()).toEqual(["child.started", "tree.started"]);
  await tree.shutdown();
  expect(world.clock.pending).toBe(0);
});

it("I02: a check that always fails restarts once, and the grace of the new incarnation begins", async () => {
  const world = new World();
  const tree = await watched(world, { checks: [check("ping", "failing", { limit: 1 })], graceMs: 5_000 });
  world.clock.advance(4_999);
  expect(states(tree)).toEqual(["a: running#1"]);
  world.clock.advance(1);
  expect(states(tree)).toEqual(["a: restarting#1"]);
  world.clock.advance(10 + 4_999);
  expect([states(tree), world.of("restart.scheduled").length]).toEqual([["a: running#2"], 1]);
  expect(world.of("health.failed")).toMatchObject([
    { id: "a", incarnation: 1, result: "check", check: "ping" },
  ]);
  expect(world.of("check.skipped").filter(({ incarnation }) => incarnation === 2)).toHaveLength(4);
  world.clock.advance(1);
  expect(world.of("restart.scheduled")).toHaveLength(2);
});

it("I03: warnings that are ignored restart nothing, at a limit of one; others do", async () => {
  const world = new World();
  const ignoring = await watched(world, {
    checks: [check("load", "warning", { limit: 1, ignoreWarnings: true })],
    graceMs: 0,
  });
  world.clock.advance(100_000);
  expect(states(ignoring)).toEqual(["a: running#1"]);
  const counting = await watched(world, { checks: [check("load", "warning", { limit: 1 })], graceMs: 0 });
  world.clock.advance(1_000);
  expect(states(counting)).toEqual(["a: restarting#1"]);
});

it("I04: a check that fails and passes by turns restarts nothing; one failure more in a row does", async () => {
  const world = new World();
  const by = (turns: CheckStatus[]) => check("ping", turns, { limit: 3 });
  const flapping = Array.from({ length: 30 }, (_, i): CheckStatus => (i % 3 === 2 ? "passing" : "failing"));
  const tree = await watched(world, { checks: [by([...flapping, "failing"])], graceMs: 0 });
  world.clock.advance(30_000);
  expect(states(tree)).toEqual(["a: running#1"]);
  expect(world.of("check.recovered")).toHaveLength(10);
  world.clock.advance(3_000);
  expect(states(tree)).toEqual(["a: restarting#1"]);
  expect(world.of("check.failed").at(-1)).toMatchObject({ check: "ping", failures: 3, limit: 3 });
});

it("several checks that reach their limits at once give one restart, and the others are told to stop", async () => {
  const world = new World();
  let aborted = 0;
  const slow = (name: string): CheckInput => ({
    name,
    everyMs: 1_000,
    run: ({ signal }: CheckSubject) => {
      signal.addEventListener("abort", () => (aborted += 1));
      return new Promise<CheckResult>(() => {});
    },
  });
  const failing = ["one", "two"].map((it) => check(it, "failing", { limit: 1 }));
  const tree = await watched(world, { checks: [slow("slow"), ...failing], graceMs: 0 });
  world.clock.advance(1_000);
  expect([states(tree), aborted]).toEqual([["a: restarting#1"], 1]);
  expect([world.of("restart.scheduled").length, world.of("health.failed").length]).toEqual([1, 1]);
  await tree.shutdown();
  expect(world.clock.pending).toBe(0);
});

describe("a check", () => {
  it("that gives no answer in time, throws, rejects or answers junk fails, and says so", async () => {
    const world = new World();
    const broken = (name: string, run: () => unknown): CheckInput =>
      ({ name, everyMs: 10_000, timeoutMs: 500, limit: 2, run }) as CheckInput;
    const tree = await watched(world, {
      graceMs: 0,
      checks: [
        broken("silent", () => new Promise(() => {})),
        broken("throws", () => {
          throw new Error("thrown");
        }),
        broken("rejects", () => Promise.reject(new Error("rejected"))),
        broken("junk", () => "fine"),
        broken("empty", async () => null),
      ],
    });
    world.clock.advance(10_000);
    await flush();
    world.clock.advance(500);
    const outputs = world.of("check.failed").map(({ check, output }) => `${check}: ${output}`);
    expect(outputs.toSorted()).toEqual([
      "empty: the check did not answer with a status",
      "junk: the check did not answer with a status",
      "rejects: rejected",
      "silent: no answer in 500 ms",
      "throws: thrown",
    ]);
    expect(states(tree)).toEqual(["a: running#1"]);
  });

  it("is asked of the incarnation that runs, and an answer for another one is nobody's", async () => {
    const world = new World();
    const asked: string[] = [];
    const answers: ((result: CheckResult) => void)[] = [];
    const run = ({ id, incarnation, ref }: CheckSubject): Promise<CheckResult> => {
      asked.push(`${id}#${incarnation} ${(ref.getSnapshot() as { status: string }).status}`);
      return new Promise((resolve) => void answers.push(resolve));
    };
    const tree = await watched(world, {
      checks: [{ name: "ping", everyMs: 1_000, limit: 1, run }],
      graceMs: 0,
    });
    world.clock.advance(1_000);
    crash(tree, "a");
    answers[0]?.({ status: "failing" });
    await flush();
    world.clock.advance(1_010);
    expect(asked).toEqual(["a#1 active", "a#2 active"]);
    answers[1]?.({ status: "passing" });
    await flush();
    world.clock.advance(900);
    expect([states(tree), world.of("check.failed")]).toEqual([["a: running#2"], []]);
  });

  it("is made from start to start, and never twice at a time", async () => {
    const world = new World();
    const startedAt: number[] = [];
    const run = (): Promise<CheckResult> => {
      startedAt.push(world.clock.now());
      return new Promise(() => {});
    };
    await watched(world, { checks: [{ name: "slow", everyMs: 300, timeoutMs: 400, limit: 9, run }] });
    world.clock.advance(1_500);
    expect(startedAt).toEqual([300, 700, 1_100, 1_500]);
  });
});

it("ends with what it watches: one that is on its way down is checked no more, nor one that was stopped at once", async () => {
  const world = new World();
  let runs = 0;
  const ping = { name: "ping", everyMs: 1_000, run: () => (runs++, { status: "passing" as const }) };
  const stubborn = { logic: world.orderly("a"), shutdown: 5_000 } as const;
  const tree = await watched(world, { checks: [ping], watchdogMs: 3_000 }, stubborn);
  const stop = tree.children.stop("a");
  world.clock.advance(4_999);
  expect([states(tree), runs, world.types().includes("health.failed")]).toEqual([
    ["a: stopping#1"],
    0,
    false,
  ]);
  world.clock.advance(1);
  await stop;
  const other = await watched(world, { checks: [ping], watchdogMs: 3_000 });
  other.actor.stop();
  expect(world.clock.pending).toBe(0);
});

describe("readiness", () => {
  it("keeps messages away until its checks pass, and again when they fail to their limit", async () => {
    const clerk = new Clerk();
    const { world } = clerk;
    const ready = check("port", ["failing", "passing", "failing", "failing", "passing"], {
      kind: "readiness",
      limit: 2,
    });
    const tree = await clerk.tree({ whileDown: { kind: "stash" }, health: { checks: [ready] } });
    expect(child(tree, "c")).toMatchObject({ state: "running", isAvailable: false });
    const send = (item: string) => tree.children.send("c", work(item));
    expect(await send("1")).toEqual({ outcome: "stashed", stashed: 1, retryAfterMs: 1_000 });
    world.clock.advance(1_000);
    expect(clerk.recent()).toEqual(["1@1"]);
    world.clock.advance(1_000);
    expect(await send("2")).toMatchObject({ outcome: "delivered" });
    world.clock.advance(1_000);
    expect(await send("3")).toMatchObject({ outcome: "stashed" });
    world.clock.advance(1_000);
    expect([clerk.recent(), states(tree)]).toEqual([["2@1", "3@1"], ["c: running#1"]]);
    const changes = world.types().filter((it) => it === "child.ready" || it === "child.unready");
    expect(changes).toEqual(["child.ready", "child.unready", "child.ready"]);
    expect(world.of("message.stashed")).toMatchObject([{ reason: "not_ready" }, { reason: "not_ready" }]);
  });

  it("that does not come in the time of a start is a failed start, told from other failures", async () => {
    const world = new World();
    const port = check("port", "failing", { kind: "readiness" });
    const disk = check("disk", "passing", { kind: "readiness" });
    const tree = await watched(world, { checks: [disk, port], startMs: 5_000 });
    world.clock.advance(4_999);
    expect(states(tree)).toEqual(["a: running#1"]);
    world.clock.advance(1);
    expect(states(tree)).toEqual(["a: restarting#1"]);
    expect(world.of("health.failed")).toMatchObject([{ result: "start_timeout", check: "port" }]);
  });

  it("that came is over: what fails later is no failed start", async () => {
    const world = new World();
    const port = check("port", ["passing", "failing"], { kind: "readiness", limit: 1 });
    const tree = await watched(world, { checks: [port], startMs: 5_000 });
    world.clock.advance(100_000);
    expect([states(tree), child(tree, "a")?.isAvailable]).toEqual([["a: running#1"], false]);
  });
});

describe("a health policy", () => {
  const run = (): CheckResult => ({ status: "passing" });
  it.each([
    ["invalid_health", "health", {}],
    ["invalid_health", "health.graceMs", { watchdogMs: 5, graceMs: -1 }],
    ["invalid_health", "health.watchdogMs", { watchdogMs: 0 }],
    ["invalid_health", "health.startMs", { watchdogMs: 5, startMs: 5 }],
    ["invalid_health", "health.checks[0].run", { checks: [{ name: "x" }] }],
    ["invalid_health", "health.checks[0].limit", { checks: [{ name: "x", run, limit: 0 }] }],
    [
      "invalid_health",
      "health.checks[1].name",
      {
        checks: [
          { name: "x", run },
          { name: "x", run },
        ],
      },
    ],
    ["unknown_key", "health.checks[0].every", { checks: [{ name: "x", run, every: 5 }] }],
    ["unknown_key", "health.period", { period: 5, watchdogMs: 5 }],
  ])("is refused with %s at %s", async (code, path, health) => {
    const world = new World();
    const spec = { ...world.worker("a"), health } as ChildSpecInput;
    const problems = [{ code, path: `children[0].${path}` }];
    expect(checkTree({ children: [spec] })).toMatchObject({ ok: false, problems });
    const tree = await world.started({ children: [world.worker("a")] });
    expect(await tree.change({ children: [spec] })).toMatchObject({ code: "invalid_spec", problems });
    expect(await tree.children.add({ ...spec, id: "b" })).toMatchObject({ problems: [{ code, path }] });
  });

  it("of a running tree can be changed, and is used at once", async () => {
    const world = new World();
    const tree = await watched(world, { watchdogMs: 1_000 });
    const change = (health?: Health) => tree.change({ children: [world.worker("a", { health })] });
    world.clock.advance(900);
    expect(await change({ watchdogMs: 5_000 })).toEqual({ ok: true });
    world.clock.advance(4_999);
    expect(states(tree)).toEqual(["a: running#1"]);
    world.clock.advance(1);
    expect(states(tree)).toEqual(["a: restarting#1"]);
    await change();
    world.clock.advance(100_000);
    expect([states(tree), world.clock.pending]).toEqual([["a: running#2"], 0]);
    await change({ checks: [check("ping", "failing", { limit: 2 })] });
    // Of an incarnation that is old already: it has no grace left.
    world.clock.advance(2_000);
    expect(states(tree)).toEqual(["a: restarting#2"]);
  });

  it("of a pool holds for each of its instances", async () => {
    const world = new World();
    const tree = await world.started({ template: world.worker("a", { health: { watchdogMs: 1_000 } }) });
    await tree.children.add({ id: "x" });
    world.clock.advance(500);
    await tree.children.add({ id: "y" });
    world.clock.advance(500);
    expect(states(tree)).toEqual(["x: restarting#1", "y: running#1"]);
    expect(await tree.change({ template: world.worker("a") })).toEqual({ ok: true });
    world.clock.advance(5_000);
    expect(states(tree)).toEqual(["x: running#2", "y: running#1"]);
  });
});
