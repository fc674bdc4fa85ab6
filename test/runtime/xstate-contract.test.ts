/** The semi-internal parts of XState that `src/runtime` and `machines/actors.ts` rely on: a new version shows here first. */
import { describe, expect, it } from "vitest";
import {
  assign,
  createActor,
  emit,
  fromCallback,
  initialTransition,
  type InspectionEvent,
  setup,
  spawnChild,
  StateMachine,
  transition,
} from "xstate";
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

describe("a step of a machine", () => {
  const gate = setup({}).createMachine({
    id: "gate",
    initial: "shut",
    states: { shut: { on: { push: "passing" } }, passing: { always: "open" }, open: {} },
  });

  /** `gate`, noting what its steps tell the actor system of their scope. */
  function watched(): { machine: typeof gate; taken: string[][] } {
    const taken: string[][] = [];
    const machine: typeof gate = Object.create(gate);
    machine.transition = (snapshot, event, scope) => {
      const system = scope.system as unknown as { _sendInspectionEvent(event: InspectionEvent): void };
      system._sendInspectionEvent = (it) => {
        if (it.type !== "@xstate.microstep") return;
        taken.push(it._transitions.map(({ source, eventType }) => `${source.id} ${eventType}`));
      };
      return gate.transition(snapshot, event, scope);
    };
    return { machine, taken };
  }
  const steps = [["gate.shut push"], ["gate.passing "]];

  it("tells the system of its scope which transitions it took, in an actor", () => {
    const { machine, taken } = watched();
    createActor(machine).start().send({ type: "push" });
    expect(taken).toEqual(steps);
  });

  it("tells it in a pure transition as well", () => {
    const { machine, taken } = watched();
    transition(machine, initialTransition(machine)[0], { type: "push" });
    expect(taken).toEqual(steps);
  });

  it("is made by a method of StateMachine that is bound when a machine is built", () => {
    expect(Object.keys(gate)).toEqual(expect.arrayContaining(["transition", "getInitialSnapshot"]));
    expect(Reflect.get(StateMachine.prototype, "transition")).not.toBe(Reflect.get(gate, "transition"));
  });
});
