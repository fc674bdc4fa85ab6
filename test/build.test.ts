import { createActor, createMachine, spawnChild } from "xstate";
import { expect, it } from "vitest";

it("runs against the build of XState that its project names", () => {
  const inline = createMachine({});
  const actor = createActor(createMachine({ entry: spawnChild(inline, { id: "child" }) })).start();
  // Persisting an inline child throws in the development build only.
  const persists = (): boolean => {
    try {
      return actor.getPersistedSnapshot() !== undefined;
    } catch {
      return false;
    }
  };
  expect(persists()).toBe(process.env["XSTATE_BUILD"] === "production");
});
