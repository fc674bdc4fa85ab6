/** The semi-internal parts of XState that stored timers rely on: a new version shows here first. */
import { createActor, createMachine, raise, sendParent, sendTo, setup } from "xstate";
import { expect, it } from "vitest";
import { armTimers, timersOf, trackTimers } from "../../../src/runtime/durable/timers.ts";
import { VirtualClock } from "../../../src/runtime/virtual-clock.ts";

const inner = createMachine({
  id: "inner",
  initial: "waiting",
  entry: sendParent({ type: "news" }, { delay: 70, id: "up" }),
  states: { waiting: { after: { 40: "over" } }, over: {} },
});
const outer = setup({ actors: { inner } }).createMachine({
  id: "outer",
  invoke: { id: "child", src: "inner" },
  entry: [
    raise({ type: "own" }, { delay: 30, id: "own" }),
    sendTo("child", { type: "down" }, { delay: 20, id: "down" }),
  ],
  on: { cancel: { actions: ({ self }) => self.system.scheduler.cancel(self, "own") } },
});

function tracked() {
  const clock = new VirtualClock({ now: 1_000 });
  const actor = createActor(outer, { clock });
  trackTimers(actor.system, clock);
  return { clock, actor: actor.start() };
}

it("every delayed event passes through the scheduler of its system, which keeps it under its source and id", () => {
  const { actor } = tracked();
  const after = "xstate.after.40.inner.waiting";
  expect(timersOf(actor)).toEqual([
    { id: "down", source: [], target: ["child"], event: { type: "down" }, dueAt: 1_020 },
    { id: "own", source: [], target: [], event: { type: "own" }, dueAt: 1_030 },
    { id: after, source: ["child"], target: ["child"], event: { type: after }, dueAt: 1_040 },
    { id: "up", source: ["child"], target: [], event: { type: "news" }, dueAt: 1_070 },
  ]);
});

it("what fired or was cancelled is kept no more", () => {
  const { actor, clock } = tracked();
  actor.send({ type: "cancel" });
  clock.advance(45);
  expect(timersOf(actor).map(({ id }) => id)).toEqual(["up"]);
});

it("a root that starts schedules what it finds in its system, once", () => {
  const clock = new VirtualClock();
  const actor = createActor(createMachine({}), { clock });
  trackTimers(actor.system, clock);
  armTimers(actor, [{ id: "x", source: [], target: [], event: { type: "x" }, dueAt: 40 }], clock);
  expect(clock.pending).toBe(0);
  actor.start();
  expect([clock.pending, timersOf(actor).map(({ dueAt }) => dueAt)]).toEqual([1, [40]]);
});

it("a timer to an actor outside of what is stored cannot be stored, one to the parent can", () => {
  const { actor } = tracked();
  const child = actor.getSnapshot().children["child"];
  if (child === undefined) throw new Error("no child");
  expect(timersOf(child).find(({ id }) => id === "up")).toMatchObject({ source: [], target: null });
  const other = createActor(createMachine({}), { parent: actor, id: "other" }).start();
  child.system.scheduler.schedule(child, other, { type: "far" }, 10, "far");
  expect(() => timersOf(child)).toThrow(/delayed "far" for "other"/);
});
