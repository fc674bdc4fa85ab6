import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type ActorRefFrom,
  type AnyStateMachine,
  assign,
  createActor,
  createMachine,
  fromCallback,
  setup,
  type Snapshot,
  type StateValue,
} from "xstate";
import { type CrashBudgetContext, crashBudgetMachine } from "../../machines/crash-budget.ts";
import { migrationMachine } from "../../machines/migration.ts";
import { pluginLifecycleMachine } from "../../machines/plugin-lifecycle.ts";
import { recoveryMachine } from "../../machines/recovery.ts";
import { supervisorMachine } from "../../machines/supervisor.ts";
import { HomeostatError } from "../../src/core/errors.ts";
import { openSnapshot, type SnapshotEnvelope, wrapSnapshot } from "../../src/store/envelope.ts";
import { createPlugin } from "../fakes/plugin.ts";
import { startRecovery } from "../fakes/recovery-host.ts";
import { startSupervisor } from "../fakes/supervised.ts";

const takenAt = 1_700_000_000_000;
const stored = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** What `act` was refused with; fails when it was not refused, or crashed. */
function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof HomeostatError && error.code === "invalid_snapshot") return error.message;
    throw error;
  }
  throw new Error("nothing was refused");
}

/** A crash budget that waits to retry. */
function waiting(): SnapshotEnvelope {
  const actor = createActor(crashBudgetMachine, { input: { key: "a/a" } }).start();
  actor.send({ type: "backend.exited", at: 5 });
  const envelope = wrapSnapshot(crashBudgetMachine, actor.getSnapshot(), { takenAt });
  actor.stop();
  return stored(envelope);
}

/** `snapshot` as it was, and as it is once it was stored, opened and restored. */
function roundTrip(machine: AnyStateMachine, snapshot: Snapshot<unknown>): { was: unknown; is: unknown } {
  const envelope = stored(wrapSnapshot(machine, snapshot, { takenAt }));
  const restored = createActor(machine, { snapshot: openSnapshot(machine, envelope) }).getSnapshot();
  const { value, context, status } = snapshot as ReturnType<typeof machine.resolveState>;
  return {
    was: [value, context, status, envelope],
    is: [restored.value, restored.context, restored.status, wrapSnapshot(machine, restored, { takenAt })],
  };
}

describe("an envelope", () => {
  it("says whose the snapshot is, of which version and from when", () => {
    expect(waiting()).toMatchObject({
      format: "homeostat.snapshot/1",
      machineId: "crashBudget",
      machineVersion: "1",
      takenAt,
      snapshot: { value: "backingOff", status: "active", context: { key: "a/a", deadline: 255 } },
    });
  });

  it("takes a live snapshot and a persisted one alike", () => {
    const actor = createActor(crashBudgetMachine, { input: {} }).start();
    const wrap = (it: Snapshot<unknown>) => wrapSnapshot(crashBudgetMachine, it, { takenAt });
    expect(wrap(actor.getPersistedSnapshot())).toEqual(wrap(actor.getSnapshot()));
    actor.stop();
  });

  it("shares nothing with the actor, nor with what is restored from it", () => {
    const child = fromCallback(() => {});
    const parent = setup({
      types: {} as { context: { inner: { ref: ActorRefFrom<typeof child> | null }; list: number[] } },
      actors: { child },
    }).createMachine({
      id: "parent",
      version: "1",
      context: { inner: { ref: null }, list: [1] },
      entry: assign({ inner: ({ spawn }) => ({ ref: spawn("child", { id: "c" }) }) }),
    });
    const actor = createActor(parent).start();
    const envelope = wrapSnapshot(parent, actor.getSnapshot(), { takenAt });
    const before = stored(envelope);
    actor.getSnapshot().context.list.push(2);
    const [one, two] = [0, 1].map(() => createActor(parent, { snapshot: openSnapshot(parent, envelope) }));
    expect(envelope).toEqual(before);
    expect(one?.getSnapshot().context.inner.ref).toBe(one?.getSnapshot().children["c"]);
    expect(two?.getSnapshot().context.inner.ref).toBe(two?.getSnapshot().children["c"]);
    actor.stop();
  });

  it("keeps an error as data", () => {
    const error = Object.assign(new RangeError("too far"), { code: "E_FAR" });
    const { snapshot } = wrapSnapshot(
      createMachine({ id: "m", version: "1", context: { error } }),
      createActor(createMachine({ context: { error } })).getSnapshot(),
      { takenAt },
    );
    expect(snapshot.context).toEqual({ error: { name: "RangeError", message: "too far", code: "E_FAR" } });
  });
});

describe("a snapshot that would not come back as it is", () => {
  const machine = createMachine({ id: "m", version: "1" });
  const loop: Record<string, unknown> = {};
  loop["self"] = loop;

  it.each<[string, unknown, string]>([
    ["a Map", new Map(), "context.it, which is of the class Map"],
    ["a Date", [new Date(0)], "context.it[0], which is of the class Date"],
    ["a function", () => {}, "context.it, which is of type function"],
    ["a bigint", 1n, "context.it, which is of type bigint"],
    ["an infinite number", Infinity, "context.it, which is Infinity"],
    ["a hole in a list", [undefined], "of type undefined"],
    ["a loop", loop, "nested too deep, or holds itself"],
  ])("is not stored: %s", (_, it, message) => {
    const snapshot = { ...createActor(machine).getPersistedSnapshot(), context: { it } };
    expect(refusal(() => wrapSnapshot(machine, snapshot, { takenAt }))).toContain(message);
  });

  it("is not stored: of a child without a name", () => {
    const inline = createMachine({
      id: "m",
      version: "1",
      context: { ref: null as unknown },
      entry: assign({ ref: ({ spawn }) => spawn(createMachine({})) }),
    });
    const actor = createActor(inline).start();
    expect(refusal(() => wrapSnapshot(inline, actor.getSnapshot(), { takenAt }))).toMatch(/inline|src/);
  });

  it("is not stored: of an actor that was stopped", () => {
    const actor = createActor(crashBudgetMachine, { input: {} }).start();
    actor.stop();
    const message = refusal(() => wrapSnapshot(crashBudgetMachine, actor.getSnapshot(), { takenAt }));
    expect(message).toContain("was stopped and takes no event any more; take it before that");
  });

  it("is not stored: of a chart without a version", () => {
    const bare = createMachine({ id: "bare" });
    const message = refusal(() => wrapSnapshot(bare, createActor(bare).getSnapshot(), { takenAt }));
    expect(message).toContain('the chart "bare" has no version; give it one');
  });
});

describe("opening", () => {
  const open = (change: (envelope: SnapshotEnvelope) => object): string =>
    refusal(() => openSnapshot(crashBudgetMachine, change(waiting())));
  const withSnapshot = (change: object) => (it: SnapshotEnvelope) => ({
    ...it,
    snapshot: { ...it.snapshot, ...change },
  });

  it.each<[string, (it: SnapshotEnvelope) => object, string]>([
    ["another chart's", (it) => ({ ...it, machineId: "recovery" }), 'open it with the chart "recovery"'],
    [
      "a newer chart's",
      (it) => ({ ...it, machineVersion: "10" }),
      "update to a release that has that version",
    ],
    [
      "an older chart's",
      (it) => ({ ...it, machineVersion: "0" }),
      "start the chart anew: nothing migrates it",
    ],
    ["another format's", (it) => ({ ...it, format: "homeostat.snapshot/2" }), '"homeostat.snapshot/2"'],
    ["none", () => ({ format: 1 }), "store what wrapSnapshot() returns"],
    ["one without children", withSnapshot({ children: undefined }), "snapshot.children"],
    ["an unknown state's", withSnapshot({ value: "gone" }), 'there is no "gone"'],
    ["an inherited state's", withSnapshot({ value: "constructor" }), 'there is no "constructor"'],
    [
      "an unknown inner state's",
      withSnapshot({ value: { halfOpen: "gone" } }),
      'there is no "halfOpen.gone"',
    ],
    ["a state's within none", withSnapshot({ value: { steady: "on" } }), 'there is no "steady.on"'],
    [
      "half a state's",
      withSnapshot({ value: "halfOpen" }),
      '"halfOpen" names 0 of the 1 states that it is in',
    ],
    ["no state's", withSnapshot({ value: {} }), "it names 0 of the 1 states"],
    ["two states'", withSnapshot({ value: { steady: {}, refused: {} } }), "it names 2 of the 1 states"],
    ["an atomic state's in other words", withSnapshot({ value: { steady: {} } }), "written as an object"],
    ["a failed actor's", withSnapshot({ status: "error" }), "its actor had failed"],
    ["one with a strange context", withSnapshot({ context: { key: 7 } }), "at key"],
    [
      "one that remembers a strange state",
      withSnapshot({ historyValue: { h: [{ id: "x" }] } }),
      'it remembers "h"',
    ],
  ])("refuses %s", (_, change, message) => {
    expect(open(change)).toContain(message);
  });

  it("takes version 10 for newer than version 9", () => {
    const nine = createMachine({ id: "m", version: "9" });
    const ten = createMachine({ id: "m", version: "10" });
    const [older, newer] = [nine, ten].map((it) =>
      wrapSnapshot(it, createActor(it).getSnapshot(), { takenAt }),
    );
    expect(refusal(() => openSnapshot(nine, newer))).toContain("update to a release");
    expect(refusal(() => openSnapshot(ten, older))).toContain("start the chart anew");
  });

  it("refuses anything that is no envelope", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(refusal(() => openSnapshot(crashBudgetMachine, value))).toContain("wrapSnapshot()");
      }),
    );
  });

  it("refuses a child that the chart cannot run, at any depth", async () => {
    const { supervisor } = await startSupervisor(["a"]);
    const envelope = stored(wrapSnapshot(supervisorMachine, supervisor.actor.getSnapshot(), { takenAt }));
    const plugin = envelope.snapshot.children["plugin:a"];
    const processes = plugin?.snapshot["children"] as Record<string, { src: string }> | undefined;
    const process = processes?.["a#1"];
    if (plugin === undefined || process === undefined) throw new Error("nothing was started");
    process.src = "toString";
    expect(refusal(() => openSnapshot(supervisorMachine, envelope))).toContain(
      'in its child "plugin:a", its child "a#1" runs "toString", which the chart "pluginLifecycle" does not have; ' +
        "give it with machine.provide({ actors: { toString } })",
    );
    process.src = "serverProcess";
    openSnapshot(supervisorMachine, envelope);
    plugin.src = "pluginLife";
    expect(refusal(() => openSnapshot(supervisorMachine, envelope))).toContain('"pluginLife"');
    plugin.src = "pluginLifecycle";
    plugin.snapshot["value"] = "resting";
    expect(refusal(() => openSnapshot(supervisorMachine, envelope))).toContain('there is no "resting"');
    plugin.snapshot["value"] = 7;
    expect(refusal(() => openSnapshot(supervisorMachine, envelope))).toContain(
      'its child "plugin:a" is no chart',
    );
    await supervisor.kill();
  });

  it("takes regions, history and invocations that have no name of their own", () => {
    const machine = createMachine({
      id: "wide",
      version: "1.2",
      type: "parallel",
      states: {
        left: {
          initial: "home",
          states: {
            home: {
              initial: "a",
              on: { leave: "away" },
              states: { a: { on: { next: "b" } }, b: {}, before: { type: "history" } },
            },
            away: { on: { back: "home.before" } },
          },
        },
        right: { invoke: { src: fromCallback(() => {}) } },
      },
    });
    const actor = createActor(machine).start();
    for (const type of ["next", "leave"]) actor.send({ type });
    const envelope = stored(wrapSnapshot(machine, actor.getSnapshot(), { takenAt }));
    expect(envelope.snapshot.value).toEqual({ left: "away", right: {} });
    const restored = createActor(machine, { snapshot: openSnapshot(machine, envelope) }).start();
    restored.send({ type: "back" });
    expect(restored.getSnapshot().value).toEqual({ left: { home: "b" }, right: {} });
    const half = { ...envelope, snapshot: { ...envelope.snapshot, value: { left: "away" } } };
    expect(refusal(() => openSnapshot(machine, half))).toContain("names 1 of the 2 states");
    const asHistory = {
      ...envelope,
      snapshot: { ...envelope.snapshot, value: { left: { home: "before" }, right: {} } },
    };
    expect(refusal(() => openSnapshot(machine, asHistory))).toContain('"left.home.before"');
  });
});

describe("every snapshot of a chart", () => {
  const crashes = fc.array(
    fc.record({
      type: fc.constantFrom("backend.exited", "backend.started", "backend.stopped", "budget.reset"),
      after: fc.nat({ max: 90_000 }),
    }),
    { maxLength: 20 },
  );

  it("comes back as it was: a crash budget's", () => {
    fc.assert(
      fc.property(crashes, (events) => {
        const actor = createActor(crashBudgetMachine, { input: { policy: { retries: 2 } } }).start();
        let at = 0;
        for (const { type, after } of events) {
          actor.send({ type, at: (at += after) } as never);
          const { was, is } = roundTrip(crashBudgetMachine, actor.getSnapshot());
          expect(is).toEqual(was);
        }
        actor.stop();
      }),
      { numRuns: 30 },
    );
  });

  const moves = ["ready", "exit", "failStart", "stop", "start", "server", "wait"] as const;
  it("comes back as it was: a plugin's, with its processes", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...moves), fc.integer({ min: 1, max: 4 })), { maxLength: 15 }),
        (steps) => {
          const plugin = createPlugin({ a: { standby: 1 } });
          plugin.up();
          for (const [move, incarnation] of steps) {
            if (move === "ready" || move === "exit" || move === "failStart") plugin[move]("a", incarnation);
            else if (move === "stop") plugin.send({ type: "plugin.stop" });
            else if (move === "start") plugin.send({ type: "plugin.start" });
            else if (move === "server") plugin.send({ type: "server.start", server: "a" });
            else plugin.clock.advance(600);
            const { was, is } = roundTrip(pluginLifecycleMachine, plugin.actor.getSnapshot());
            expect(is).toEqual(was);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it("comes back as it was: a recovery's, up to the escalation", () => {
    const host = startRecovery({ scenario: "compile_red_cross_crate" });
    const machine = recoveryMachine.provide({ actors: { step: host.step.logic } });
    const trips = [roundTrip(machine, host.actor.getSnapshot())];
    host.fail();
    expect(host.state).toBe("running.executing");
    trips.push(roundTrip(machine, host.actor.getSnapshot()));
    host.stepFails();
    trips.push(roundTrip(machine, host.actor.getSnapshot()));
    expect(trips.map(({ is }) => is)).toEqual(trips.map(({ was }) => was));
  });

  it("comes back as it was: a migration's, before it begins and under way", () => {
    const actor = createActor(migrationMachine, { input: {} }).start();
    const before = roundTrip(migrationMachine, actor.getSnapshot());
    actor.send({ type: "migration.start", at: 1, target: "b" });
    const after = roundTrip(migrationMachine, actor.getSnapshot());
    expect([before.is, after.is]).toEqual([before.was, after.was]);
    actor.stop();
  });
});

it("takes a state exactly when XState restores the very same", () => {
  const name = fc.constantFrom(
    "steady",
    "halfOpen",
    "probing",
    "proving",
    "refused",
    "gone",
    "__proto__",
    "constructor",
  );
  const { value: values } = fc.letrec<{ value: StateValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      name,
      fc.dictionary(name, tie("value"), { minKeys: 1, maxKeys: 2, noNullPrototype: true }),
    ),
  }));
  const envelope = waiting();
  const open = (value: StateValue): StateValue | undefined => {
    const given = { ...envelope, snapshot: { ...envelope.snapshot, value } };
    try {
      return (openSnapshot(crashBudgetMachine, given) as unknown as { value: StateValue }).value;
    } catch {
      return undefined;
    }
  };
  const restores = (value: StateValue): boolean => {
    const context = envelope.snapshot.context as CrashBudgetContext;
    try {
      const resolved = crashBudgetMachine.resolveState({ value, context });
      return JSON.stringify(resolved.value) === JSON.stringify(value);
    } catch {
      return false;
    }
  };
  fc.assert(
    fc.property(values, (value) => {
      const opened = open(value);
      expect([value, restores(opened ?? value)]).toEqual([value, opened !== undefined]);
    }),
    { numRuns: 1_000 },
  );
});
