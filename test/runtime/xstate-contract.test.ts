/** The semi-internal parts of XState that `src/runtime` and `machines/actors.ts` rely on: a new version shows here first. */
import { describe, expect, it } from "vitest";
import { assign, createActor, emit, fromCallback, setup, spawnChild } from "xstate";
import { fenced } from "../../src/runtime/fenced.ts";

let cleaned: string[] = [];
const child = fromCallback<{ type: string }, { name: string }>(
  ({ input: { name } }) =>
    () =>
      void cleaned.push(name),
);
const boom = (): never => {
  throw new Error("boom");
};
const parent = setup({ actors: { child }, actions: { boom } }).createMachine({
  entry: [
    spawnChild("child", { id: "a", input: { name: "a" } }),
    spawnChild("child", { id: "b", systemId: "b", input: { name: "b" } }),
  ],
  on: { explode: { actions: "boom" } },
});

function explode(machine: typeof parent): { errors: unknown[]; left: string[] } {
  cleaned = [];
  const errors: unknown[] = [];
  const actor = createActor(machine);
  actor.subscribe({ error: (error) => void errors.push(error) });
  actor.start();
  actor.send({ type: "explode" });
  return { errors, left: ["a", "b"].filter((name) => !cleaned.includes(name)) };
}

describe("a machine that throws", () => {
  it("leaves its children running in bare XState", () => {
    expect(explode(parent).left).toEqual(["a", "b"]);
  });

  it("takes its children down with it when it is fenced", () => {
    const { errors, left } = explode(fenced(parent));
    expect(left).toEqual([]);
    expect(errors).toMatchObject([{ message: "boom" }]);
  });

  it("can still be given other implementations when it is fenced", () => {
    const { errors } = explode(fenced(parent.provide({ actions: { boom: () => {} } })));
    expect(errors).toEqual([]);
  });
});

describe("an actor", () => {
  it("knows its parent as _parent, and a root has none", () => {
    const actor = createActor(parent).start();
    const inner = actor.getSnapshot().children["a"];
    expect([inner?._parent, actor._parent]).toEqual([actor, undefined]);
    actor.stop();
  });

  it("calls the start of its logic with its scope", () => {
    const logic: typeof parent = Object.create(parent);
    const seen: unknown[] = [];
    logic.start = (...args: unknown[]) => void seen.push(args[1]);
    const actor = createActor(logic).start();
    expect(seen).toMatchObject([{ self: actor }]);
  });

  it("emits an event when its snapshot is already the new one", () => {
    const counter = setup({
      types: {} as { context: { n: number }; emitted: { type: "counted" } },
    }).createMachine({
      context: { n: 0 },
      on: { count: { actions: [emit({ type: "counted" }), assign({ n: ({ context }) => context.n + 1 })] } },
    });
    const actor = createActor(counter).start();
    const seen: number[] = [];
    actor.on("counted", () => void seen.push(actor.getSnapshot().context.n));
    actor.send({ type: "count" });
    expect(seen).toEqual([1]);
  });
});
