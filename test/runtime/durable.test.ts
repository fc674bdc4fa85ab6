import { createActor, fromPromise, sendTo, setup, type AnyStateMachine, type SnapshotFrom } from "xstate";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { crashBudgetMachine, retryAfterMs } from "../../machines/crash-budget.ts";
import { fromPort } from "../../machines/actors.ts";
import { recoveryMachine, type RecoveryStepInput, type StepOutcome } from "../../machines/recovery.ts";
import { HomeostatError } from "../../src/core/errors.ts";
import { FailureFacts } from "../../src/core/recovery.ts";
import { type Durable, durable, restored, VirtualClock } from "../../src/index.ts";

const wallAt = 1_700_000_000_000;
const stored = (it: unknown): unknown => JSON.parse(JSON.stringify(it));

/** A crash budget on a clock of its own; the next host has another zero. */
function budget() {
  const clock = new VirtualClock({ now: 5_000, wallNow: wallAt });
  const at = durable(crashBudgetMachine, { clock, input: { key: "a/a" } });
  at.start();
  return { clock, at };
}
const crash = ({ actor, clock }: Budget): void => actor.send({ type: "backend.exited", at: clock.now() });
type Budget = Durable<typeof crashBudgetMachine>;

/** The same budget in a host that comes up `downMs` after the snapshot, started. */
function afterwards(before: Budget, downMs = 0) {
  const snapshot = stored(before.persist());
  const clock = new VirtualClock({ now: 7, wallNow: before.clock.wallNow() + downMs });
  const told: string[] = [];
  const at = restored(crashBudgetMachine, snapshot, { clock });
  at.actor.on("*", ({ type }) => void told.push(type));
  at.start();
  const left = (): number | null => {
    const { value, context } = at.actor.getSnapshot();
    return retryAfterMs(context, typeof value === "string" ? value : "halfOpen", at.clock.now());
  };
  return { clock, at, told, left, value: () => at.actor.getSnapshot().value };
}

/** Crashes as often as it takes. */
function quarantined() {
  const { clock, at } = budget();
  for (let window = 0; window < 3; window++) {
    crash(at);
    crash(at);
    clock.advance(30_000);
  }
  if (at.actor.getSnapshot().value !== "quarantined") throw new Error("it is not quarantined");
  return { clock, at };
}

describe("a crash budget in another host", () => {
  it("N01: has counted the crash before, so the next one is refused", () => {
    const { at: before } = budget();
    crash(before);
    const { at, value } = afterwards(before);
    expect(value()).toBe("backingOff");
    crash(at);
    expect(value()).toBe("refused");
  });

  it.each([
    { downMs: 0, leftMs: 20_000 },
    { downMs: 15_000, leftMs: 5_000 },
    { downMs: 60_000, leftMs: 0 },
  ])("N02: keeps what is left of its refusal ($downMs ms later: $leftMs ms)", ({ downMs, leftMs }) => {
    const { clock: earlier, at: before } = budget();
    crash(before);
    crash(before);
    earlier.advance(10_000);
    const { clock, told, value, left } = afterwards(before, downMs);
    expect([value(), left()]).toEqual(["refused", leftMs]);
    clock.advance(Math.max(0, leftMs - 1));
    expect(told).toEqual(leftMs > 0 ? [] : ["start.granted"]);
    clock.advance(1);
    expect([value(), told]).toEqual(["retrying", ["start.granted"]]);
  });

  it("N03: is open again when a probe was under way, and lets the next one through at once", () => {
    const { clock: earlier, at: before } = quarantined();
    earlier.advance(300_000);
    expect(before.actor.getSnapshot().value).toEqual({ halfOpen: "probing" });
    const { clock, told, value, left } = afterwards(before, 1_000);
    expect([value(), left()]).toEqual(["quarantined", 0]);
    clock.advance(0);
    expect([value(), told]).toEqual([{ halfOpen: "probing" }, ["start.granted"]]);
  });

  it("N03: grants a start again at once that was under way", () => {
    const { clock: earlier, at: before } = budget();
    crash(before);
    earlier.advance(250);
    expect(before.actor.getSnapshot().value).toBe("retrying");
    const { clock, told, value } = afterwards(before);
    clock.advance(0);
    expect([value(), told]).toEqual(["retrying", ["start.granted"]]);
  });

  it("N04: fires its timer of 250 ms after the 150 ms that are left of it, not before", () => {
    const { clock: earlier, at: before } = budget();
    crash(before);
    earlier.advance(100);
    const { clock, value } = afterwards(before);
    clock.advance(149);
    expect(value()).toBe("backingOff");
    clock.advance(1);
    expect(value()).toBe("retrying");
  });

  it("N06: is quarantined as before, and comes back without a person", () => {
    const { clock: earlier, at: before } = quarantined();
    earlier.advance(100_000);
    const was = before.actor.getSnapshot().context;
    const { clock, at, told, value, left } = afterwards(before, 50_000);
    expect(value()).toBe("quarantined");
    expect(left()).toBe(was.deadline === null ? null : was.deadline - at.clock.now());
    clock.advance(left() ?? 0);
    expect(value()).toEqual({ halfOpen: "probing" });
    at.actor.send({ type: "backend.started", at: at.clock.now() });
    clock.advance(60_000);
    expect([value(), told]).toEqual(["steady", ["start.granted", "backend.steadied"]]);
  });

  it("N06: does not mind a wall clock that went back meanwhile", () => {
    const { at: before } = budget();
    crash(before);
    const { clock, value } = afterwards(before, -3_600_000);
    clock.advance(250);
    expect(value()).toBe("retrying");
  });
});

describe("a recovery in another host", () => {
  /** A host in which the step `clean_build` never answers; the inputs that it was run with. */
  function host(now: number, wallNow: number) {
    const runs: RecoveryStepInput[] = [];
    const step = fromPort<RecoveryStepInput, StepOutcome>((input) => {
      runs.push(input);
      return new Promise(() => {});
    });
    const clock = new VirtualClock({ now, wallNow });
    return { clock, runs, machine: recoveryMachine.provide({ actors: { step } }) };
  }

  it("N04: does the step again that was under way, under the same key, and gives it the time that was left", () => {
    const first = host(0, wallAt);
    const input = { subject: "a", scenario: "compile_red_cross_crate" };
    const before = durable(first.machine, { clock: first.clock, input });
    before.start().send({ type: "failure.reported", at: 0, facts: FailureFacts.parse({}) });
    first.clock.advance(400_000);
    const next = host(17, wallAt + 450_000);
    const { actor } = restored(next.machine, stored(before.persist()), { clock: next.clock });
    actor.start();
    expect(next.runs).toEqual(first.runs);
    expect(next.runs).toMatchObject([{ episode: 1, attempt: 1, index: 0, step: { timeoutMs: 600_000 } }]);
    next.clock.advance(149_999);
    expect(actor.getSnapshot().value).toEqual({ running: "executing" });
    next.clock.advance(1);
    expect(actor.getSnapshot().value).toEqual({ alerting: "unacknowledged" });
    expect(actor.getSnapshot().context.ledger?.commandResults).toMatchObject([
      { status: "timed_out", at: 600_000 },
    ]);
  });
});

describe("any chart in another host", () => {
  const nap = setup({}).createMachine({
    id: "nap",
    version: "1",
    initial: "asleep",
    states: { asleep: { after: { 300: "awake" } }, awake: {} },
  });
  const parent = setup({ actors: { nap, work: fromPromise(() => new Promise(() => {})) } }).createMachine({
    id: "parent",
    version: "1",
    invoke: [
      { id: "inner", src: "nap" },
      { id: "work", src: "work" },
    ],
    initial: "a",
    states: {
      a: { after: { 100: "b" } },
      b: { entry: sendTo("inner", { type: "hello" }, { delay: 500, id: "late" }), after: { 1_000: "c" } },
      c: {},
    },
  });
  function move<M extends AnyStateMachine>(machine: M, elapsedMs: number, downMs = 0) {
    const earlier = new VirtualClock({ wallNow: wallAt });
    const before = durable(machine, { clock: earlier });
    before.start();
    earlier.advance(elapsedMs);
    const snapshot = stored(before.persist());
    const clock = new VirtualClock({ now: 99_999, wallNow: earlier.wallNow() + downMs });
    return { clock, snapshot, actor: restored(machine, snapshot, { clock }).start() };
  }
  const inner = (it: SnapshotFrom<typeof parent>) =>
    (it.children["inner"]?.getSnapshot() as SnapshotFrom<typeof nap> | undefined)?.value;

  it("N04: goes on with the time that is left of each timer, its children's too", () => {
    const { clock, actor } = move(parent, 150);
    expect(actor.getSnapshot().value).toBe("b");
    clock.advance(149);
    expect(inner(actor.getSnapshot())).toBe("asleep");
    clock.advance(1);
    expect(inner(actor.getSnapshot())).toBe("awake");
    clock.advance(799);
    expect(actor.getSnapshot().value).toBe("b");
    clock.advance(1);
    expect(actor.getSnapshot().value).toBe("c");
  });

  it("N04: has no timer twice, and none after the state that it belongs to", () => {
    const { clock, actor } = move(nap, 100);
    expect(clock.pending).toBe(1);
    clock.advance(1_000);
    expect([actor.getSnapshot().value, clock.pending]).toEqual(["awake", 0]);
    const again = move(nap, 100);
    again.actor.stop();
    expect(again.clock.pending).toBe(0);
  });

  it("N04: fires what became due while nobody was there, in order", () => {
    const { clock, actor } = move(parent, 150, 10_000);
    clock.advance(0);
    expect([actor.getSnapshot().value, inner(actor.getSnapshot())]).toEqual(["c", "awake"]);
  });

  it("N04: keeps its time over several hosts", () => {
    const { clock: second, actor } = move(nap, 100);
    second.advance(100);
    expect(actor.getSnapshot().value).toBe("asleep");
    const earlier = new VirtualClock({ wallNow: wallAt });
    let at = durable(nap, { clock: earlier });
    at.start();
    earlier.advance(60);
    for (let host = 0; host < 4; host++) {
      const clock = new VirtualClock({ now: host * 31, wallNow: at.clock.wallNow() });
      at = restored(nap, stored(at.persist()), { clock });
      at.start();
      clock.advance(59);
      expect(at.actor.getSnapshot().value).toBe("asleep");
      if (host < 3) clock.advance(1);
      else clock.advance(0);
    }
  });
});

describe("an error in a snapshot", () => {
  class Refusal extends Error {
    override readonly name = "Refusal";
    readonly code = "E_REFUSED";
  }
  const failing = setup({
    types: {} as { context: { failure: unknown }; events: { type: "fail"; failure: unknown } },
  }).createMachine({
    id: "failing",
    version: "1",
    context: { failure: null },
    on: { fail: { actions: ({ context, event }) => void (context.failure = event.failure) } },
  });

  it("N05: keeps name, message, code and what it blames", () => {
    const at = durable(failing, { clock: new VirtualClock() });
    const cause = new TypeError("no socket", { cause: "the cable" });
    at.start().send({ type: "fail", failure: new Refusal("not today", { cause }) });
    const { actor } = restored(failing, stored(at.persist()), { clock: new VirtualClock() });
    expect(actor.getSnapshot().context.failure).toEqual({
      name: "Refusal",
      message: "not today",
      code: "E_REFUSED",
      cause: { name: "TypeError", message: "no socket", cause: "the cable" },
    });
  });
});

describe("a snapshot of an older version", () => {
  const Context = z.object({ count: z.int() });
  const make = (version: string, context: z.infer<z.ZodObject>) =>
    setup({ schemas: { context: Context } }).createMachine({
      id: "counter",
      version,
      context: context as { count: number },
      initial: "a",
      states: { a: { after: { 100: "b" } }, b: {} },
    });
  const [old, now] = [make("1", { n: 3 }), make("3", { count: 0 })];
  const snapshot = (): unknown => {
    const actor = createActor(old).start();
    const envelope = {
      format: "homeostat.snapshot/1",
      machineId: "counter",
      machineVersion: "1",
      takenAt: wallAt,
      snapshot: stored(actor.getPersistedSnapshot()),
    };
    const takenAt = { monotonicMs: 0, wallAt };
    return { format: "homeostat.durable/1", takenAt, chart: { envelope, timers: [] } };
  };
  const options = { clock: new VirtualClock({ wallNow: wallAt }) };
  const toTwo = {
    machineId: "counter",
    from: "1",
    to: "2",
    up: ({ context, ...rest }: { context: Record<string, unknown> }) => ({
      ...rest,
      context: { total: context["n"] },
    }),
  };
  const toThree = {
    ...toTwo,
    from: "2",
    to: "3",
    up: ({ context, ...rest }: { context: Record<string, unknown> }) => ({
      ...rest,
      context: { count: context["total"] },
    }),
  };
  function refusal(act: () => unknown): string {
    try {
      act();
    } catch (error) {
      if (error instanceof HomeostatError && error.code === "invalid_snapshot") return error.message;
      throw error;
    }
    throw new Error("nothing was refused");
  }

  it("N07: is refused with a typed error, never half-read", () => {
    expect(refusal(() => restored(now, snapshot(), options))).toContain(
      'version 1 of the chart "counter", which is version 3 here',
    );
  });

  it("N07: is taken to this one step by step where there are migrations", () => {
    const { actor } = restored(now, snapshot(), { ...options, migrations: [toThree, toTwo] });
    expect(actor.getSnapshot()).toMatchObject({ value: "a", context: { count: 3 } });
  });

  it("N07: is refused when the migrations do not lead there, or to something that does not fit", () => {
    const only = { ...options, migrations: [toTwo] };
    expect(refusal(() => restored(now, snapshot(), only))).toContain("version 2 of the chart");
    const wrong = { ...toThree, up: toTwo.up };
    expect(refusal(() => restored(now, snapshot(), { ...options, migrations: [toTwo, wrong] }))).toContain(
      "its context is none",
    );
    const none = { ...toThree, up: () => ({ status: "active" }) };
    expect(refusal(() => restored(now, snapshot(), { ...options, migrations: [toTwo, none] }))).toContain(
      "gives no snapshot",
    );
    const loop = { ...toTwo, from: "2", to: "1" };
    expect(refusal(() => restored(now, snapshot(), { ...options, migrations: [toTwo, loop] }))).toContain(
      "version 1 of the chart",
    );
  });

  it("N07: in another format, or cut off, is refused", () => {
    expect(refusal(() => restored(now, { format: "homeostat.durable/9" }, options))).toContain(
      "none of a durable chart",
    );
    expect(refusal(() => restored(now, null, options))).toContain("none of a durable chart");
  });
});
