import { describe, expect, it } from "vitest";
import { type AnyActorRef, assign, createActor, createMachine, sendTo, setup, spawnChild } from "xstate";
import * as z from "zod";
import {
  type Command,
  createInspector,
  type Definition,
  type SourceMessage,
} from "../../src/inspect/index.ts";

const executed: string[] = [];
const child = setup({ actions: { noise: () => void executed.push("child") } }).createMachine({
  entry: "noise",
});
const machine = setup({
  types: {} as {
    context: { paid: number; at: Date };
    events: { type: "pay"; amount: number } | { type: "ship" };
  },
  actors: { child },
  guards: {
    isPaid: ({ context }) => context.paid > 0,
    isRich: ({ event }) => (event as { amount: number }).amount.toFixed(0) !== "",
  },
  actions: { print: () => void executed.push("print") },
}).createMachine({
  id: "order",
  context: { paid: 0, at: new Date(0) },
  initial: "open",
  states: {
    open: {
      on: {
        pay: { guard: "isRich", actions: assign({ paid: ({ event }) => event.amount }) },
        ship: { guard: "isPaid", target: "shipping" },
      },
    },
    shipping: { entry: ["print", spawnChild("child", { id: "c" })], always: "done" },
    done: { tags: "end" },
  },
});

function asking(actor: AnyActorRef, make: () => void = () => {}) {
  const inspector = createInspector({ setTimeout: () => {} });
  const messages: SourceMessage[] = [];
  inspector.connect((message) => void messages.push(message));
  inspector.attach(actor);
  make();
  inspector.flush();
  const model = messages.find((it): it is Definition => it.type === "def")?.model;
  return {
    inspector,
    ask: (command: Command) => inspector.ask(command),
    names: (places: readonly number[]) => places.map((place) => model?.transitions[place]?.id),
  };
}

describe("whatIf", () => {
  it("answers with the state, the exact transitions and the actions, and executes nothing", () => {
    const actor = createActor(machine).start();
    actor.send({ type: "pay", amount: 5 });
    const { ask, names } = asking(actor);
    executed.length = 0;
    const before = actor.getSnapshot();
    const answer = ask({ name: "whatIf", actor: 1, event: { type: "ship" } });
    expect(answer).toMatchObject({
      ok: true,
      result: {
        kind: "whatIf",
        accepted: true,
        value: "done",
        context: { paid: 5, at: { $t: "date" } },
        status: "active",
      },
    });
    if (!answer.ok || answer.result.kind !== "whatIf") throw new Error("no answer");
    expect(names(answer.result.transitions)).toEqual(["order.open:ship:0", "order.shipping::0"]);
    expect(answer.result.actions.map(({ name }) => name)).toEqual(["print", "xstate.spawnChild"]);
    expect(executed).toEqual([]);
    expect(actor.getSnapshot()).toBe(before);
  });

  it("says that an event would do nothing", () => {
    const { ask } = asking(createActor(machine).start());
    expect(ask({ name: "whatIf", actor: 1, event: { type: "ship" } })).toMatchObject({
      result: { accepted: false, value: "open", transitions: [] },
    });
  });

  it("answers `failed` when a guard throws, and the actor goes on", () => {
    const actor = createActor(machine).start();
    const { ask } = asking(actor);
    expect(ask({ name: "whatIf", actor: 1, event: { type: "pay" } })).toMatchObject({
      ok: false,
      code: "failed",
    });
    expect(actor.getSnapshot().status).toBe("active");
  });
});

describe("accepts", () => {
  it("lists what the active states take now, with the guard that refuses", () => {
    const { ask, names } = asking(createActor(machine).start());
    const answer = ask({ name: "accepts", actor: 1 });
    if (!answer.ok || answer.result.kind !== "accepts") throw new Error("no answer");
    expect(answer.result.events.map((it) => ({ ...it, candidates: names(it.candidates) }))).toEqual([
      {
        type: "pay",
        accepted: false,
        candidates: ["order.open:pay:0"],
        reason: expect.stringContaining("more than the type"),
      },
      { type: "ship", accepted: false, candidates: ["order.open:ship:0"], reason: "isPaid: not now" },
    ]);
  });
});

describe("send", () => {
  const strict = setup({
    schemas: { events: { pay: z.object({ amount: z.int() }) } },
  } as object).createMachine({
    id: "strict",
    initial: "a",
    states: { a: { on: { pay: "b" } }, b: {} },
  } as never);

  it("reaches the actor", () => {
    const actor = createActor(machine).start();
    const { ask } = asking(actor);
    expect(ask({ name: "send", actor: 1, event: { type: "pay", amount: 3 } })).toEqual({
      ok: true,
      result: { kind: "sent" },
    });
    expect(actor.getSnapshot().context.paid).toBe(3);
  });

  it.each([
    [{ type: "pay", amount: "much" }, "amount"],
    [{ type: "xstate.done.actor.c" }, "XState's own"],
  ])("refuses %o", (event, why) => {
    const actor = createActor(strict).start();
    const { ask } = asking(actor);
    expect(ask({ name: "send", actor: 1, event })).toMatchObject({
      ok: false,
      code: "invalid",
      message: expect.stringContaining(why),
    });
    expect(actor.getSnapshot()).toMatchObject({ value: "a" });
  });

  it("to an actor that is not there, or not any more, is answered with `notFound`", () => {
    const actor = createActor(machine).start();
    const { ask, inspector } = asking(actor);
    expect(ask({ name: "send", actor: 9, event: { type: "ship" } })).toMatchObject({ code: "notFound" });
    actor.stop();
    inspector.flush();
    expect(ask({ name: "send", actor: 1, event: { type: "ship" } })).toMatchObject({ code: "notFound" });
  });
});

describe("snapshot", () => {
  it("tells all of an actor as it is now, its children by number", () => {
    const parent = createMachine({
      context: { token: "secret" },
      entry: spawnChild(createMachine({ id: "k" }), { id: "kid" }),
      on: { GO: { actions: sendTo("kid", { type: "X" }) } },
      tags: "busy",
    });
    const { ask } = asking(createActor(parent).start());
    expect(ask({ name: "snapshot", actor: 1 })).toMatchObject({
      result: {
        status: "active",
        context: { token: { $t: "redacted" } },
        tags: ["busy"],
        children: { kid: 2 },
      },
    });
  });
});

describe("a verb of supervision", () => {
  it("is not taken by a source without a supervisor", () => {
    const { ask } = asking(createActor(machine).start());
    expect(ask({ name: "restart", plugin: "p", server: null })).toMatchObject({ code: "unsupported" });
  });
});
