/** Group I: signs of life of children that run, and what a host that is late itself makes of their silence. */
import { createMachine, fromCallback, sendParent } from "xstate";
import { describe, expect, it } from "vitest";
import { childAlive, type CheckResult } from "../../../src/index.ts";
import { work } from "./support/clerk.ts";
import { check, flush, watched } from "./support/watched.ts";
import { child, crash, ref, states, World } from "./support/world.ts";

describe("a watchdog", () => {
  /** Says that it lives on each `beat`. */
  const beating = createMachine({
    on: {
      beat: { actions: sendParent(({ self }) => childAlive(self)) },
      crash: {
        actions: () => {
          throw new Error("crashed");
        },
      },
    },
  });

  it("I08: restarts a unit that misses its time, with a result that no exit has", async () => {
    const world = new World();
    const tree = await watched(world, { watchdogMs: 1_000 }, { logic: beating });
    for (let i = 0; i < 5; i++) {
      world.clock.advance(999);
      ref(tree, "a").send({ type: "beat" });
    }
    world.clock.advance(999);
    expect(states(tree)).toEqual(["a: running#1"]);
    world.clock.advance(1);
    expect(states(tree)).toEqual(["a: restarting#1"]);
    expect(world.of("health.failed")).toMatchObject([{ id: "a", incarnation: 1, result: "watchdog" }]);
    expect(world.of("child.exited")).toEqual([]);
    world.clock.advance(10);
    crash(tree, "a");
    world.clock.advance(10);
    expect(world.of("health.failed")).toHaveLength(1);
    expect(world.of("child.exited")).toMatchObject([{ id: "a", cause: { message: "crashed" } }]);
    expect([states(tree), world.of("restart.scheduled").length]).toEqual([["a: running#3"], 2]);
  });

  it("I08: hears a unit that beats by a timer of its own, from its first step on", async () => {
    const world = new World();
    const alive = sendParent(({ self }) => childAlive(self));
    const logic = createMachine({
      initial: "up",
      states: {
        up: { entry: alive, after: { 400: { target: "up", reenter: true } }, on: { hang: "hung" } },
        hung: {},
      },
    });
    const tree = await watched(world, { watchdogMs: 1_000 }, { logic });
    world.clock.advance(100_000);
    expect(states(tree)).toEqual(["a: running#1"]);
    ref(tree, "a").send({ type: "hang" });
    world.clock.advance(599);
    expect(states(tree)).toEqual(["a: running#1"]);
    world.clock.advance(401);
    expect(world.of("health.failed")).toMatchObject([{ result: "watchdog" }]);
  });

  it("I08: does not hear an old incarnation", async () => {
    const world = new World();
    const tree = await watched(world, { watchdogMs: 1_000 }, { logic: beating });
    const old = ref(tree, "a");
    crash(tree, "a");
    world.clock.advance(10 + 999);
    tree.actor.send(childAlive(old));
    world.clock.advance(1);
    expect(states(tree)).toEqual(["a: restarting#2"]);
  });

  it("I11: ends a stuck worker before its work is given to a new one, though the worker will not go", async () => {
    const world = new World();
    let worker = 0;
    // It takes work and gives no answer and no sign of life; told to stop, it does not.
    const stuck = createMachine({
      context: () => ({ n: ++worker }),
      invoke: {
        src: fromCallback<{ type: string }, { n: number }>(({ input }) => {
          world.log.push(`+${input.n}`);
          return () => void world.log.push(`-${input.n}`);
        }),
        input: ({ context }) => context,
      },
      on: {
        work: { actions: ({ context, event }) => void world.log.push(`${event["item"]}@${context.n}`) },
      },
    });
    const tree = await watched(
      world,
      { watchdogMs: 1_000 },
      { logic: stuck, stopBy: "event", shutdown: 500, whileDown: { kind: "stash" } },
    );
    const stuckRef = ref(tree, "a");
    const lost = tree.children.ask("a", work("1"));
    world.clock.advance(1_000);
    expect([states(tree), stuckRef.getSnapshot().status]).toEqual([["a: stopping#1"], "active"]);
    await tree.children.send("a", work("2"));
    world.clock.advance(499);
    expect(world.log).toEqual(["+1", "1@1"]);
    world.clock.advance(1);
    expect([states(tree), stuckRef.getSnapshot().status]).toEqual([["a: restarting#1"], "stopped"]);
    expect(await lost).toEqual({ outcome: "unknown", incarnation: 1 });
    world.clock.advance(10);
    expect(world.log).toEqual(["+1", "1@1", "-1", "+2", "2@2"]);
    expect(world.of("child.stopped")).toMatchObject([{ incarnation: 1, how: "killed" }]);
  });
});

describe("the host's own lateness", () => {
  it("is given back to a watchdog: what was said meanwhile is heard", async () => {
    const world = new World();
    const tree = await watched(world, { watchdogMs: 1_000 });
    world.clock.stall(1_400);
    world.clock.advance(0);
    expect(states(tree)).toEqual(["a: running#1"]);
    expect(world.of("health.hostLate")).toMatchObject([{ of: "watchdog", lateMs: 400 }]);
    tree.actor.send(childAlive(ref(tree, "a")));
    world.clock.advance(999);
    expect(states(tree)).toEqual(["a: running#1"]);
    world.clock.advance(1);
    expect(states(tree)).toEqual(["a: restarting#1"]);
  });

  it("is given back only once: a unit that hangs is restarted all the same", async () => {
    const world = new World();
    const tree = await watched(world, { watchdogMs: 1_000 });
    world.clock.stall(1_400);
    world.clock.advance(399);
    expect(states(tree)).toEqual(["a: running#1"]);
    world.clock.advance(1);
    expect(states(tree)).toEqual(["a: restarting#1"]);
  });

  it("skips a check whose failure came late, and lets one that still passes pass", async () => {
    const world = new World();
    const answers: ((result: CheckResult) => void)[] = [];
    const run = (): Promise<CheckResult> => new Promise((resolve) => void answers.push(resolve));
    const tree = await watched(world, {
      graceMs: 0,
      checks: [{ name: "ping", everyMs: 1_000, timeoutMs: 500, limit: 1, run }],
    });
    world.clock.advance(1_000);
    world.clock.stall(800);
    // The answer was there; the host had not read it when its time-out was due.
    world.clock.advance(0);
    answers[0]?.({ status: "failing" });
    await flush();
    expect([states(tree), world.of("check.skipped")]).toMatchObject([
      ["a: running#1"],
      [{ check: "ping", because: "host_late", status: "failing" }],
    ]);
    world.clock.advance(200);
    world.clock.stall(800);
    // This one was read before its time-out was looked at.
    answers[1]?.({ status: "failing" });
    await flush();
    expect([states(tree), world.of("check.skipped").length]).toEqual([["a: running#1"], 2]);
    world.clock.advance(200);
    world.clock.stall(800);
    world.clock.advance(0);
    answers[2]?.({ status: "passing" });
    await flush();
    expect(states(tree)).toEqual(["a: running#1"]);
    world.clock.advance(200 + 499);
    expect(states(tree)).toEqual(["a: running#1"]);
    world.clock.advance(1);
    expect(world.of("health.failed")).toMatchObject([{ result: "check", check: "ping" }]);
  });

  it("is given back to a start", async () => {
    const world = new World();
    const port = check("port", ["failing", "passing"], { kind: "readiness", everyMs: 1_000 });
    const tree = await watched(world, { checks: [port], startMs: 900 });
    world.clock.stall(3_000);
    world.clock.advance(0);
    expect([states(tree), child(tree, "a")?.isAvailable]).toEqual([["a: running#1"], true]);
    expect(world.of("health.hostLate")).toMatchObject([{ of: "start", lateMs: 2_100 }]);
  });
});
