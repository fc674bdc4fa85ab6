import { expect, it } from "vitest";
import { crash, states, World } from "./support/world.ts";

const policy = { startSlots: 1, limit: { intensity: 9 } } as const;

it("a start slot is free again after a start that failed", async () => {
  const world = new World();
  const tree = await world.started({ policy, children: [world.worker("a"), world.worker("b")] });
  world.failing.set("a", 1);
  crash(tree, "a");
  crash(tree, "b");
  world.clock.advance(2_000);
  expect(states(tree)).toEqual(["a: running#3", "b: running#2"]);
});

it("a start slot is not held by a child that waits for what it requires, which may need the slot", async () => {
  const world = new World();
  const children = [world.worker("a"), world.worker("b", { requires: ["a"] })];
  const tree = await world.started({ policy, children });
  crash(tree, "b");
  world.clock.advance(5);
  crash(tree, "a");
  world.clock.advance(2_000);
  expect(states(tree)).toEqual(["a: running#2", "b: running#2"]);
});
