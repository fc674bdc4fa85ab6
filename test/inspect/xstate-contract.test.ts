/** The semi-internal parts of XState that `src/inspect` relies on: a new version shows here first. */
import { describe, expect, it } from "vitest";
import {
  type AnyMachineSnapshot,
  createActor,
  createMachine,
  fromCallback,
  fromEventObservable,
  fromObservable,
  fromPromise,
  fromTransition,
  type InspectionEvent,
  setup,
  spawnChild,
} from "xstate";
import { transitionIdsOf } from "../../src/chart/model-of.ts";
import {
  type ActorLike,
  idOf,
  logicOf,
  machineOf,
  parentOf,
  srcOf,
  systemIdOf,
  transitionsTaken,
} from "../../src/inspect/xstate-adapter.ts";

const never = () => ({ subscribe: () => ({ unsubscribe() {} }) });
const child = createMachine({ id: "child" });
const parent = setup({ actors: { child } }).createMachine({
  id: "parent",
  entry: [
    spawnChild("child", { id: "given", systemId: "known" }),
    spawnChild("child"),
    spawnChild(createMachine({ id: "inline" })),
  ],
  initial: "a",
  states: { a: { on: { GO: "b" }, always: { guard: () => false, target: "b" } }, b: {} },
});

function watch(logic: Parameters<typeof createActor>[0]) {
  const events: InspectionEvent[] = [];
  const actor = createActor(logic, { inspect: (event) => void events.push(event) });
  actor.start();
  return { actor, events };
}

const likes = ({ events }: ReturnType<typeof watch>): ActorLike[] =>
  events.flatMap((it) => (it.type === "@xstate.actor" ? [it.actorRef as unknown as ActorLike] : []));

describe("an actor of XState", () => {
  it("tells its parent, its id, its system id, the name of its logic, and its machine", () => {
    const [root, given, unnamed, inline] = likes(watch(parent));
    expect([root, given].map((it) => it && parentOf(it))).toEqual([undefined, root]);
    expect([given, unnamed].map((it) => it && idOf(it).isGiven)).toEqual([true, false]);
    expect(given && [idOf(given).id, systemIdOf(given), srcOf(given)]).toEqual(["given", "known", "child"]);
    expect(inline && [systemIdOf(inline), srcOf(inline), machineOf(inline)?.id]).toEqual([
      null,
      null,
      "inline",
    ]);
  });

  it.each([
    ["machine", parent],
    ["promise", fromPromise(() => Promise.resolve(1))],
    ["callback", fromCallback(() => {})],
    ["observable", fromObservable(never)],
    ["observable", fromEventObservable(never)],
    ["transition", fromTransition((state: number) => state, 0)],
  ] as const)("with %s logic is told from the others", (kind, logic) => {
    const [root] = likes(watch(logic as Parameters<typeof createActor>[0]));
    expect(root && logicOf(root)).toBe(kind);
  });
});

describe("a machine that is wrapped", () => {
  it("runs, and is known by the definition that it inherits", () => {
    const wrapped = Object.create(parent, {}) as typeof parent;
    const { actor, events } = watch(wrapped);
    actor.send({ type: "GO" });
    const [root] = likes({ actor, events });
    expect(root && machineOf(root)).toBe(wrapped);
    expect(root && machineOf(root)?.root).toBe(parent.root);
    const steps = events.flatMap((it) => (it.type === "@xstate.microstep" ? it._transitions : []));
    expect(steps.map((it) => transitionIdsOf(parent).get(it as never))).toContain("parent.a:GO:0");
  });
});

describe("a microstep", () => {
  it("names the very transition objects that the machine holds", () => {
    const { actor, events } = watch(parent);
    actor.send({ type: "GO" });
    const [step] = events.filter(
      (it) => it.type === "@xstate.microstep" && it.event.type === "GO",
    ) as Extract<InspectionEvent, { type: "@xstate.microstep" }>[];
    expect(step?._transitions.map((it) => transitionIdsOf(parent).get(it as never))).toEqual([
      "parent.a:GO:0",
    ]);
    expect(step?.snapshot as AnyMachineSnapshot | undefined).toHaveProperty("machine", parent);
  });

  it("that does not name them is told from one that took none", () => {
    expect(transitionsTaken(undefined, undefined)).toBe(null);
    expect(transitionsTaken([], undefined)).toEqual([]);
  });
});

describe("the end of an actor", () => {
  it("by an exception is told by no snapshot, and is in its own", () => {
    const throwing = createMachine({
      on: {
        BOOM: {
          actions: () => {
            throw new Error("boom");
          },
        },
      },
    });
    const { actor, events } = watch(throwing);
    actor.subscribe({ error: () => {} });
    events.length = 0;
    actor.send({ type: "BOOM" });
    expect(events.filter((it) => it.type === "@xstate.snapshot")).toEqual([]);
    expect(actor.getSnapshot().status).toBe("error");
  });
});
