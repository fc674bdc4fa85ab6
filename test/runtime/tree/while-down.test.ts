/** What those get who send a child something while it is down. */
import { createMachine, type EventObject, fromCallback } from "xstate";
import { describe, expect, it } from "vitest";
import {
  checkTree,
  type ChildSpecInput,
  type RootTree,
  type TreeOptions,
  type WhileDown,
} from "../../../src/index.ts";
import { Clerk, work } from "./support/clerk.ts";
import { child, crash, ref, states, World } from "./support/world.ts";

const stash = (rest: Partial<Extract<WhileDown, { kind: "stash" }>> = {}): Partial<ChildSpecInput> => ({
  whileDown: { kind: "stash", ...rest },
});

describe("a stash", () => {
  it("F07: holds as many as it has room for, in order; the rest is reported as dropped, with the reason", async () => {
    const clerk = new Clerk();
    const tree = await clerk.tree(stash({ capacity: 2 }));
    crash(tree, "c");
    clerk.world.clock.advance(100);
    const outcomes = await Promise.all(["1", "2", "3", "4"].map((it) => tree.children.send("c", work(it))));
    const full = { outcome: "refused", reason: "stash_full", retryAfterMs: 150 };
    expect(outcomes).toEqual([
      { outcome: "stashed", stashed: 1, retryAfterMs: 150 },
      { outcome: "stashed", stashed: 2, retryAfterMs: 150 },
      full,
      full,
    ]);
    expect(child(tree, "c")).toMatchObject({ isAvailable: false, stashed: 2 });
    clerk.world.clock.advance(149);
    expect(clerk.recent()).toEqual([]);
    clerk.world.clock.advance(1);
    expect(clerk.recent()).toEqual(["1@2", "2@2"]);
    expect(clerk.dropped()).toEqual(["work: stash_full", "work: stash_full"]);
    expect(clerk.world.of("message.delivered")).toMatchObject([
      { id: "c", message: "work", incarnation: 2, waitedMs: 150 },
      { incarnation: 2, waitedMs: 150 },
    ]);
    expect(child(tree, "c")).toMatchObject({ isAvailable: true, stashed: 0 });
  });

  it("F08: what waits behind a message that crashes the new incarnation goes to the one after it", async () => {
    const clerk = new Clerk();
    const tree = await clerk.tree(stash());
    crash(tree, "c");
    const requests = ["poison", "2", "3"].map((it) => tree.children.ask("c", work(it)));
    clerk.world.clock.advance(250);
    expect([clerk.recent(), states(tree)]).toEqual([["poison@2"], ["c: restarting#2"]]);
    clerk.world.clock.advance(500);
    expect(clerk.recent()).toEqual(["2@3", "3@3"]);
    expect(await Promise.all(requests)).toEqual([
      { outcome: "unknown", incarnation: 2 },
      { outcome: "answered", answer: { type: "worked", item: "2" }, incarnation: 3 },
      { outcome: "answered", answer: { type: "worked", item: "3" }, incarnation: 3 },
    ]);
    expect(clerk.dropped()).toEqual([]);
  });

  it("F09: an incarnation that dies in its grace time gets nothing of it, the one that outlives it gets all", async () => {
    const clerk = new Clerk();
    const tree = await clerk.tree(stash({ graceMs: 1_000 }));
    crash(tree, "c");
    await tree.children.send("c", work("1"));
    clerk.world.clock.advance(250 + 999);
    // What comes in the grace time does not overtake what waits.
    expect(await tree.children.send("c", work("2"))).toEqual({
      outcome: "stashed",
      stashed: 2,
      retryAfterMs: 1,
    });
    crash(tree, "c");
    clerk.world.clock.advance(500 + 999);
    expect([clerk.recent(), states(tree)]).toEqual([[], ["c: running#3"]]);
    clerk.world.clock.advance(1);
    expect([clerk.recent(), clerk.dropped()]).toEqual([["1@3", "2@3"], []]);
  });

  it("knows no grace for a first incarnation", async () => {
    const clerk = new Clerk();
    const tree = await clerk.tree(stash({ graceMs: 1_000 }));
    expect(await tree.children.send("c", work("1"))).toEqual({ outcome: "delivered", incarnation: 1 });
    expect(clerk.recent()).toEqual(["1@1"]);
  });

  it("is not overtaken by what the new incarnation sends itself in its first step", async () => {
    const clerk = new Clerk();
    const { world } = clerk;
    const first = { run: (): void => {} };
    const machine = createMachine({
      entry: () => first.run(),
      on: {
        work: { actions: ({ event }) => void clerk.got.push(String(event["item"])) },
        crash: {
          actions: () => {
            throw new Error("crashed");
          },
        },
      },
    });
    const tree = await world.started({ children: [{ id: "c", logic: machine, ...stash() }] });
    crash(tree, "c");
    await tree.children.send("c", work("1"));
    first.run = () => void tree.children.send("c", work("2"));
    world.clock.advance(250);
    expect(clerk.recent()).toEqual(["1", "2"]);
  });

  it("leaves no timer when the tree is stopped in a grace time", async () => {
    const clerk = new Clerk();
    const tree = await clerk.tree(stash({ graceMs: 1_000 }));
    crash(tree, "c");
    await tree.children.send("c", work("1"));
    clerk.world.clock.advance(250);
    await tree.shutdown();
    expect([clerk.dropped(), clerk.world.clock.pending]).toEqual([["work: tree_stopped"], 0]);
  });

  it("survives a start that fails", async () => {
    const clerk = new Clerk();
    const { world } = clerk;
    const failing = { ...world.worker("c"), ...stash() };
    const tree = await world.started({ children: [failing] });
    world.failing.set("c", 1);
    crash(tree, "c");
    const request = tree.children.ask("c", { type: "unheard" }, { timeoutMs: 2_000 });
    world.clock.advance(250);
    expect(states(tree)).toEqual(["c: restarting#2"]);
    world.clock.advance(500);
    expect(world.of("message.delivered")).toMatchObject([{ incarnation: 3, waitedMs: 750 }]);
    world.clock.advance(1_250);
    expect(await request).toEqual({ outcome: "timedOut", delivered: true });
  });

  it.each(["oneForAll", "restForOne"] as const)(
    "waits for the restart of its group: %s",
    async (strategy) => {
      const clerk = new Clerk();
      const { world } = clerk;
      const tree = await world.started({
        policy: { strategy },
        children: [world.worker("a"), { id: "c", logic: clerk.logic(), ...stash() }],
      });
      crash(tree, "a");
      const refused = { outcome: "refused", reason: "restarting", retryAfterMs: 250 };
      expect(await tree.children.send("a", { type: "any" })).toEqual(refused);
      expect(await tree.children.send("c", work("1"))).toEqual({
        outcome: "stashed",
        stashed: 1,
        retryAfterMs: 250,
      });
      world.clock.advance(250);
      expect(clerk.recent()).toEqual(["1@2"]);
    },
  );

  it("of a half-open child lets one through and holds the others until that one is answered", async () => {
    const clerk = new Clerk();
    const tree = await clerk.tree(stash({ trial: true }));
    expect(await tree.children.send("c", work("0"))).toMatchObject({ outcome: "delivered" });
    crash(tree, "c");
    clerk.world.clock.advance(250);
    const probe = tree.children.ask("c", work("slow"));
    const second = tree.children.ask("c", work("2"));
    const third = tree.children.send("c", work("3"));
    expect(await third).toEqual({ outcome: "stashed", stashed: 2, retryAfterMs: null });
    expect(clerk.recent()).toEqual(["0@1", "slow@2"]);
    expect(clerk.world.of("message.stashed")).toMatchObject([
      { reason: "half_open" },
      { reason: "half_open" },
    ]);
    clerk.askers.pop()?.send({ type: "worked" });
    expect(clerk.recent()).toEqual(["2@2", "3@2"]);
    expect([await probe, await second]).toMatchObject([{ outcome: "answered" }, { outcome: "answered" }]);
    // It is proven: nothing is held any more.
    void tree.children.ask("c", work("slow"));
    expect(await tree.children.send("c", work("4"))).toMatchObject({ outcome: "delivered" });
  });

  it("of a half-open child that dies of its trial is tried again, with the next one, in the next incarnation", async () => {
    const clerk = new Clerk();
    const tree = await clerk.tree(stash({ trial: true }));
    crash(tree, "c");
    const requests = ["slow", "2", "3"].map((it) => tree.children.ask("c", work(it)));
    clerk.world.clock.advance(250);
    expect(clerk.recent()).toEqual(["slow@2"]);
    crash(tree, "c");
    clerk.world.clock.advance(500);
    expect(await Promise.all(requests)).toMatchObject([
      { outcome: "unknown", incarnation: 2 },
      { outcome: "answered", incarnation: 3 },
      { outcome: "answered", incarnation: 3 },
    ]);
  });

  it.each([
    ["stopped", (tree: RootTree) => tree.children.stop("c")],
    ["tree_stopped", (tree: RootTree) => tree.shutdown()],
  ] as const)("is dropped, with the reason, when nothing comes of it any more: %s", async (reason, end) => {
    const clerk = new Clerk();
    const tree = await clerk.tree(stash());
    crash(tree, "c");
    const requests = ["1", "2"].map((it) => tree.children.ask("c", work(it)));
    await end(tree);
    const dropped = { outcome: "dropped", reason };
    expect(await Promise.all(requests)).toEqual([dropped, dropped]);
    expect(clerk.dropped()).toEqual([`work: ${reason}`, `work: ${reason}`]);
    expect(clerk.world.clock.pending).toBe(0);
  });

  it("is dropped when its child is one of a pool, and is forgotten with its stop", async () => {
    const clerk = new Clerk();
    const template = { id: "c", logic: clerk.logic(), ...stash() };
    const tree = await clerk.world.started({ template });
    await tree.children.add({ id: "c1" });
    crash(tree, "c1");
    const request = tree.children.ask("c1", work("1"));
    await tree.children.stop("c1");
    expect(await request).toEqual({ outcome: "dropped", reason: "removed" });
  });

  it("is dropped when its child is quarantined, and one that comes later is refused at once", async () => {
    const clerk = new Clerk();
    const tree = await clerk.tree(stash(), 1);
    crash(tree, "c");
    const requests = ["poison", "2"].map((it) => tree.children.ask("c", work(it)));
    clerk.world.clock.advance(250);
    expect(states(tree)).toEqual(["c: quarantined#2"]);
    expect(await Promise.all(requests)).toEqual([
      { outcome: "unknown", incarnation: 2 },
      { outcome: "dropped", reason: "quarantined" },
    ]);
    expect(await tree.children.send("c", work("3"))).toEqual({
      outcome: "refused",
      reason: "quarantined",
      retryAfterMs: null,
    });
    expect(clerk.dropped()).toEqual(["work: quarantined", "work: quarantined"]);
  });

  it("lets go of a request that waited too long", async () => {
    const clerk = new Clerk();
    const tree = await clerk.tree(stash());
    crash(tree, "c");
    const request = tree.children.ask("c", work("1"), { timeoutMs: 100 });
    clerk.world.clock.advance(100);
    expect(await request).toEqual({ outcome: "timedOut", delivered: false });
    clerk.world.clock.advance(1_000);
    expect([clerk.recent(), clerk.dropped()]).toEqual([[], ["work: timed_out"]]);
  });
});

describe("F10: a message for a child that is down", () => {
  it("F10: is refused at once with the reason and when to come back, and is a record", async () => {
    const clerk = new Clerk();
    const tree = await clerk.tree();
    crash(tree, "c");
    clerk.world.clock.advance(50);
    const refused = { outcome: "refused", reason: "restarting", retryAfterMs: 200 };
    expect(await tree.children.send("c", work("1"))).toEqual(refused);
    expect(await tree.children.ask("c", work("2"))).toEqual(refused);
    clerk.world.clock.advance(1_000);
    expect(clerk.recent()).toEqual([]);
    expect(clerk.world.of("message.dropped")).toMatchObject([
      { id: "c", message: "work", reason: "restarting", retryAfterMs: 200, waitedMs: 0 },
      { message: "work" },
    ]);
  });

  it("F10: is answered as configured", async () => {
    const clerk = new Clerk();
    const tree = await clerk.tree({ whileDown: { kind: "reply", reply: { type: "busy" } } });
    crash(tree, "c");
    const replied = { outcome: "replied", reply: { type: "busy" } };
    expect(await tree.children.send("c", work("1"))).toEqual(replied);
    expect(await tree.children.ask("c", work("2"))).toEqual(replied);
    expect(clerk.world.of("message.replied")).toMatchObject([{ reason: "restarting" }, {}]);
  });

  it("F10: is answered by a stand-in, which goes when the child is up and it has answered everything", async () => {
    const clerk = new Clerk();
    const tree = await clerk.tree({ whileDown: { kind: "standIn", logic: clerk.logic("standIn") } });
    crash(tree, "c");
    expect(await tree.children.send("c", work("1"))).toEqual({ outcome: "redirected" });
    expect(await tree.children.ask("c", work("2"))).toMatchObject({
      outcome: "answered",
      incarnation: null,
    });
    const slow = tree.children.ask("c", work("slow"));
    clerk.world.clock.advance(250);
    expect(await tree.children.send("c", work("3"))).toMatchObject({ outcome: "delivered", incarnation: 2 });
    expect(clerk.recent()).toEqual(["1@standIn1", "2@standIn1", "slow@standIn1", "3@2"]);
    expect(clerk.world.types()).not.toContain("standIn.stopped");
    clerk.askers.pop()?.send({ type: "worked" });
    expect(await slow).toMatchObject({ outcome: "answered", incarnation: null });
    const standIns = clerk.world.types().filter((it) => it.startsWith("standIn."));
    expect(standIns).toEqual(["standIn.started", "standIn.stopped"]);
  });

  it("F10: that its stand-in dies of is unknown; the next one gets a new stand-in, which ends with the tree", async () => {
    const clerk = new Clerk();
    const { log } = clerk.world;
    const standIn = fromCallback<EventObject & { item?: string }>(({ receive }) => {
      log.push("+standIn");
      receive((event) => {
        if (event.item === "poison") throw new Error("poisoned");
      });
      return () => void log.push("-standIn");
    });
    const tree = await clerk.tree({ whileDown: { kind: "standIn", logic: standIn } });
    await tree.children.stop("c");
    const poisoned = await tree.children.ask("c", work("poison"));
    expect(poisoned).toEqual({ outcome: "unknown", incarnation: null });
    const last = tree.children.ask("c", work("2"));
    await tree.shutdown();
    expect(await last).toEqual({ outcome: "unknown", incarnation: null });
    expect(log.filter((it) => it === "+standIn")).toHaveLength(2);
    expect(log.at(-1)).toBe("-standIn");
    expect(clerk.world.of("message.unanswered")).toMatchObject([{ because: "ended" }, { because: "ended" }]);
    expect(clerk.world.clock.pending).toBe(0);
  });

  it("F10: is answered by a stand-in for as long as its child is registered", async () => {
    const clerk = new Clerk();
    const tree = await clerk.tree({ whileDown: { kind: "standIn", logic: clerk.logic("standIn") } });
    await tree.children.stop("c");
    await tree.children.send("c", work("1"));
    await tree.children.delete("c");
    expect(clerk.world.types().at(-1)).toBe("standIn.stopped");
  });

  it("F10: is refused when its stand-in does not start", async () => {
    const clerk = new Clerk();
    clerk.world.failing.set("s", 1);
    const whileDown = { kind: "standIn", logic: clerk.world.logic("s") } as const;
    const tree = await clerk.tree({ whileDown });
    crash(tree, "c");
    expect(await tree.children.send("c", work("1"))).toMatchObject({
      outcome: "refused",
      reason: "restarting",
    });
    expect(clerk.world.of("standIn.failed")).toMatchObject([{ id: "c", cause: { message: "no start" } }]);
    expect(await tree.children.send("c", work("2"))).toEqual({ outcome: "redirected" });
  });

  it("F10: that nobody is there for is refused with the reason, and is a record", async () => {
    const clerk = new Clerk();
    const other = await clerk.tree();
    const tree = await clerk.tree({ restart: "temporary" });
    const before = ref(tree, "c");
    expect(await tree.children.send(ref(other, "c"), work("1"))).toMatchObject({
      reason: "wrong_supervisor",
    });
    expect(await tree.children.send(before, work("2"))).toMatchObject({ outcome: "delivered" });
    crash(tree, "c");
    expect(await tree.children.send(before, work("3"))).toMatchObject({ reason: "not_found" });
    expect(await tree.children.ask("c", work("4"))).toMatchObject({ reason: "not_found" });
    const pool = await clerk.world.started({ template: clerk.world.worker("p") });
    expect(await pool.children.send("p", work("5"))).toMatchObject({ reason: "is_template" });
    await tree.shutdown();
    expect(await tree.children.send("c", work("6"))).toEqual({
      outcome: "refused",
      reason: "tree_stopped",
      retryAfterMs: null,
    });
    expect(await tree.children.ask("c", work("7"))).toMatchObject({ reason: "tree_stopped" });
    expect(clerk.dropped()).toEqual([
      "work: wrong_supervisor",
      "work: not_found",
      "work: not_found",
      "work: is_template",
      "work: tree_stopped",
      "work: tree_stopped",
    ]);
  });
});

describe("a request", () => {
  it("is answered by the first event that its child sends to replyTo", async () => {
    const clerk = new Clerk();
    const tree = await clerk.tree();
    const request = tree.children.ask("c", work("slow"));
    const [asker] = clerk.askers;
    asker?.send({ type: "first" });
    asker?.send({ type: "second" });
    expect(await request).toEqual({ outcome: "answered", answer: { type: "first" }, incarnation: 1 });
    expect(clerk.world.clock.pending).toBe(0);
  });

  it("whose child ends is unknown, whatever comes after; it is not sent again", async () => {
    const clerk = new Clerk();
    const tree = await clerk.tree(stash());
    const request = tree.children.ask("c", work("slow"));
    crash(tree, "c");
    clerk.askers[0]?.send({ type: "late" });
    expect(await request).toEqual({ outcome: "unknown", incarnation: 1 });
    clerk.world.clock.advance(250);
    expect(clerk.recent()).toEqual(["slow@1"]);
    expect(clerk.world.of("message.unanswered")).toMatchObject([{ incarnation: 1, because: "ended" }]);
  });

  it("times out, and its late answer is nobody's", async () => {
    const clerk = new Clerk();
    const tree = await clerk.tree();
    const request = tree.children.ask("c", work("slow"), { timeoutMs: 500 });
    clerk.world.clock.advance(499);
    expect(clerk.world.types()).not.toContain("message.unanswered");
    clerk.world.clock.advance(1);
    clerk.askers[0]?.send({ type: "late" });
    expect(await request).toEqual({ outcome: "timedOut", delivered: true });
    expect(clerk.world.of("message.unanswered")).toMatchObject([{ because: "timed_out" }]);
  });
});

describe("whileDown", () => {
  it.each([
    ["invalid_while_down", "whileDown.kind", { kind: "queue" }],
    ["invalid_while_down", "whileDown.capacity", { kind: "stash", capacity: 0 }],
    ["invalid_while_down", "whileDown.graceMs", { kind: "stash", graceMs: -1 }],
    ["invalid_while_down", "whileDown.trial", { kind: "stash", trial: 1 }],
    ["invalid_while_down", "whileDown.reply", { kind: "reply" }],
    ["invalid_while_down", "whileDown.logic", { kind: "standIn" }],
    ["unknown_key", "whileDown.capacity", { kind: "reject", capacity: 3 }],
  ])("is refused with %s at %s", async (code, path, whileDown) => {
    const world = new World();
    const spec = { ...world.worker("a"), whileDown } as ChildSpecInput;
    const problems = [{ code, path: `children[0].${path}` }];
    expect(checkTree({ children: [spec] } satisfies TreeOptions)).toMatchObject({ ok: false, problems });
    const tree = await world.started({ children: [world.worker("a")] });
    expect(await tree.change({ children: [spec] })).toMatchObject({ code: "invalid_spec", problems });
    expect(tree.children.spec("a")).toMatchObject({ spec: { whileDown: { kind: "reject" } } });
  });

  it("of a running tree can be changed: it holds for what comes after, and what waits is kept", async () => {
    const clerk = new Clerk();
    const tree = await clerk.tree();
    const logic = clerk.logic("new");
    const change = (whileDown: WhileDown) => tree.change({ children: [{ id: "c", logic, whileDown }] });
    crash(tree, "c");
    expect(await change({ kind: "stash", capacity: 5, graceMs: null, trial: false })).toEqual({ ok: true });
    await tree.children.send("c", work("1"));
    expect(await change({ kind: "reject" })).toEqual({ ok: true });
    expect(await tree.children.send("c", work("2"))).toMatchObject({ reason: "restarting" });
    clerk.world.clock.advance(250);
    expect([clerk.recent(), clerk.dropped()]).toEqual([["1@new1"], ["work: restarting"]]);
  });
});
