import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type AnyStateMachine,
  createActor,
  createMachine,
  initialTransition,
  setup,
  StateMachine,
  transition,
} from "xstate";
import * as z from "zod";
import { type CrashBudgetEvent, crashBudgetEvents, crashBudgetMachine } from "../../machines/crash-budget.ts";
import * as exported from "../../machines/index.ts";
import { guarded, type RefusedEvent } from "../../src/runtime/guarded.ts";
import { VirtualClock } from "../../src/runtime/virtual-clock.ts";

const charts = Object.values<unknown>(exported).filter((it) => it instanceof StateMachine);

/** `machine`, guarded, and what it refused. */
function watch<M extends AnyStateMachine>(machine: M): { machine: M; refused: RefusedEvent[] } {
  const refused: RefusedEvent[] = [];
  return { machine: guarded(machine, { onRefused: (it) => void refused.push(it) }), refused };
}

const dial = setup({
  types: {} as { events: { type: "turn"; to: number; by: string } | { type: "lift" } },
  schemas: {
    events: {
      turn: z.object({ to: z.int(), by: z.string().default("hand"), notes: z.array(z.string()).optional() }),
      lift: z.object({}),
    },
  },
}).createMachine({
  initial: "still",
  states: { still: { on: { turn: "turned", lift: "turned" } }, turned: {} },
});

describe("a guarded chart", () => {
  it("refuses an event that does not fit, with every path and reason, and stays as it is", () => {
    const { machine, refused } = watch(crashBudgetMachine);
    const [before] = initialTransition(machine, {});
    const [after, actions] = transition(machine, before, { type: "backend.exited", at: "now" } as never);
    expect([after, actions]).toEqual([before, []]);
    expect(after).toBe(before);
    const problem = { path: "at", reason: "Invalid input: expected number, received string" };
    expect(refused).toEqual([
      {
        code: "invalid_event",
        type: "backend.exited",
        problems: [problem],
        message: `"crashBudget" refused the event "backend.exited", which does not fit its schema: at: ${problem.reason}`,
      },
    ]);
  });

  it("names a place inside the payload", () => {
    const { machine, refused } = watch(dial);
    const actor = createActor(machine).start();
    actor.send({ type: "turn", to: 0.5, notes: ["a", 2] } as never);
    expect(refused[0]?.problems.map(({ path }) => path)).toEqual(["to", "notes[1]"]);
    expect([actor.getSnapshot().value, actor.getSnapshot().status]).toEqual(["still", "active"]);
  });

  it("takes an event that fits as its schema has it", () => {
    const refused: RefusedEvent[] = [];
    const seen: unknown[] = [];
    const inner = Object.create(dial) as typeof dial;
    inner.transition = (snapshot, event, scope) => {
      seen.push(event);
      return dial.transition(snapshot, event, scope);
    };
    createActor(guarded(inner, { onRefused: (it) => void refused.push(it) }))
      .start()
      .send({ type: "turn", to: 1, extra: true } as never);
    expect([seen, refused]).toEqual([[{ type: "turn", to: 1, by: "hand" }], []]);
  });

  it("lets pass what XState makes itself", () => {
    const { machine, refused } = watch(crashBudgetMachine);
    const clock = new VirtualClock();
    const actor = createActor(machine, { clock, input: {} }).start();
    actor.send({ type: "backend.exited", at: clock.now() });
    expect(actor.getSnapshot().value).toBe("backingOff");
    clock.advance(250);
    expect([actor.getSnapshot().value, refused]).toEqual(["retrying", []]);
    actor.stop();
    expect(actor.getSnapshot().status).toBe("stopped");
  });

  it("lets pass an event that has no schema", () => {
    const { machine, refused } = watch(dial);
    const [still] = initialTransition(machine);
    expect([transition(machine, still, { type: "drop" } as never)[0].value, refused]).toEqual(["still", []]);
  });

  it("stays guarded when it is given other implementations", () => {
    const { machine, refused } = watch(crashBudgetMachine);
    const provided = machine.provide({ actions: { tellGranted: () => {} } });
    createActor(provided, { input: {} })
      .start()
      .send({ type: "budget.reset" } as never);
    expect(refused).toMatchObject([{ type: "budget.reset" }]);
  });
});

describe("a chart without a schema for each event", () => {
  const onRefused = (): void => {};
  const half = { turn: z.object({}), lift: { "~standard": {} } };

  it.each([undefined, {}, { events: {} }, { events: half }])("cannot be guarded: %o", (schemas) => {
    const machine = createMachine({ id: "bare", schemas });
    expect(() => guarded(machine, { onRefused })).toThrow(
      expect.objectContaining({ code: "not_provided", message: expect.stringContaining('"bare"') }),
    );
  });
});

describe.each(charts.map((chart) => [chart.id, chart] as const))("%s", (_, chart) => {
  const types = Object.keys((chart.schemas as { events: object }).events);

  it.each(types)("refuses %s without a valid instant", (type) => {
    const { machine, refused } = watch(chart as AnyStateMachine);
    const [before] = initialTransition(machine, { name: "plugin" });
    for (const at of [undefined, null, Number.NaN, "1"]) {
      expect(transition(machine, before, { type, at })[0]).toBe(before);
    }
    expect(refused).toHaveLength(4);
    expect(refused.every(({ problems }) => problems.some(({ path }) => path === "at"))).toBe(true);
  });
});

/** Those whose payload is an instant and nothing else. */
const types = (Object.keys(crashBudgetEvents) as CrashBudgetEvent["type"][]).filter(
  (it) => it !== "start.deferred",
);
const anyEvent = fc.record({
  type: fc.constantFrom(...types),
  at: fc.oneof(fc.double(), fc.nat(), fc.jsonValue()),
  more: fc.jsonValue(),
});

it("moves as the bare chart does on the events that fit, and on no others, whatever is sent", () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 30 }), (events) => {
      const { machine, refused } = watch(crashBudgetMachine);
      let [all] = initialTransition(machine, {});
      let [fitting] = initialTransition(crashBudgetMachine, {});
      let bad = 0;
      for (const event of events) {
        [all] = transition(machine, all, event as never);
        const fits = typeof event.at === "number" && Number.isFinite(event.at);
        if (fits) [fitting] = transition(crashBudgetMachine, fitting, event as never);
        else bad += 1;
      }
      expect([all.value, all.context, refused.length]).toEqual([fitting.value, fitting.context, bad]);
    }),
  );
});
