import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createActor, type PromiseActorLogic, type SnapshotFrom } from "xstate";
import {
  LeaseRecoveryContext,
  type LeaseRecoveryEvent,
  type LeaseRecoveryInput,
  leaseRecoveryMachine,
  type LeaseRecoveryReport,
  leaseRecoveryReports,
} from "../../machines/lease-recovery.ts";
import { HomeostatError } from "../../src/core/errors.ts";
import { refuseExecution } from "../../src/core/lease.ts";
import { VirtualClock } from "../../src/runtime/virtual-clock.ts";

/** An actor that ends when a test says so, well or badly. */
function controlled<Output, Input>(): PromiseActorLogic<Output, Input> {
  return {
    getInitialSnapshot: (_, input) => ({ status: "active", output: undefined, error: undefined, input }),
    transition: (snapshot, event) => {
      if (event.type === "succeed") {
        return { ...snapshot, status: "done", output: event.output as Output, error: undefined };
      }
      if (event.type === "fail") {
        return { ...snapshot, status: "error", output: undefined, error: event.error };
      }
      return snapshot;
    },
    getPersistedSnapshot: (snapshot) => snapshot,
  };
}

const machine = leaseRecoveryMachine.provide({
  actors: { reloadCheckpoint: controlled(), replay: controlled() },
});
type Snapshot = SnapshotFrom<typeof machine>;

/**
 * An attempt that worker `w` holds under epoch 1 since instant 0, and what its chart reports. The clock that drives its
 * timers is `skewMs` ahead of the time that events tell.
 */
function start(policy: LeaseRecoveryInput["policy"] = {}, skewMs = 0) {
  const clock = new VirtualClock({ now: skewMs });
  const now = () => clock.now() - skewMs;
  const input = { attemptId: "a", runId: "r", leaseId: "l1", workerId: "w", policy };
  const actor = createActor(machine, { clock, input });
  const reports: LeaseRecoveryReport[] = [];
  for (const type of Object.keys(leaseRecoveryReports)) {
    actor.on(type as LeaseRecoveryReport["type"], (report) => reports.push(report));
  }
  // The failures of the steps are answered by the chart; none may get past it.
  actor.subscribe({ error: (error) => expect.unreachable(String(error)) });
  actor.start();
  const read = (): Snapshot => actor.getSnapshot();
  const step = (event: { type: string; output?: unknown; error?: unknown }) => {
    for (const child of Object.values(read().children)) child?.send(event);
  };
  return {
    clock,
    now,
    reports,
    read,
    send: (event: LeaseRecoveryEvent) => actor.send(event),
    /** Loses the lease of the current epoch. */
    lose: () => actor.send({ type: "lease.expired", at: now(), epoch: read().context.epoch }),
    succeed: (seq: number | null = 7) => step({ type: "succeed", output: { seq, at: now() } }),
    fail: (error: unknown = new Error("no such checkpoint")) => step({ type: "fail", error }),
    claim: (workerId: string, leaseId = `of ${workerId}`) =>
      actor.send({ type: "attempt.claimed", at: now(), leaseId, workerId }),
    stop: () => actor.stop(),
  };
}
type Run = ReturnType<typeof start>;

/** Loses the lease and brings the recovery to its end. */
function recover(run: Run): Run {
  run.lose();
  run.clock.advance(0);
  run.succeed();
  run.succeed();
  return run;
}

const owner = { workerId: "w", epoch: 1 };
const typesOf = ({ reports }: Run): string[] => reports.map(({ type }) => type);

describe("leaseRecoveryMachine", () => {
  it("recovers in the pipeline's order: lease, checkpoint, replay, dispatch", () => {
    const run = start();
    const states: unknown[] = [];
    run.lose();
    states.push(run.read().value);
    run.clock.advance(0);
    states.push(run.read().value);
    run.succeed(41);
    states.push(run.read().value);
    expect(Object.values(run.read().children).map((it) => it?.getSnapshot().input)).toEqual([
      { attemptId: "a", runId: "r", epoch: 2, checkpointSeq: 41 },
    ]);
    run.succeed();
    states.push(run.read().value);
    expect(states).toEqual([
      { recovering: "leaseExpired" },
      { recovering: "checkpointReload" },
      { recovering: "replay" },
      "readyForDispatch",
    ]);
    expect(run.reports).toEqual([
      { type: "recovery.started", attemptId: "a", runId: "r", at: 0, epoch: 2, recovery: 1 },
      { type: "recovery.succeeded", attemptId: "a", runId: "r", at: 0, epoch: 2, recovery: 1 },
    ]);
  });

  it("takes the attempt from a silent owner after 30 s and 5 s of grace, not at their end", () => {
    const run = start();
    run.clock.advanceTo(35_000);
    expect(run.read().value).toBe("held");
    run.clock.advanceTo(35_001);
    expect(run.read().value).toMatchObject({ recovering: expect.anything() });
    expect(run.read().context.at).toBe(35_001);
  });

  it("leaves it to an owner whose heartbeats come in time", () => {
    const run = start();
    for (let version = 1; version <= 10; version += 1) {
      run.clock.advance(34_000);
      run.send({ type: "heartbeat.received", at: run.clock.now(), version, ...owner });
    }
    expect(run.read()).toMatchObject({ value: "held", context: { lease: { version: 11 } } });
    expect(run.reports.at(-1)).toEqual({
      type: "lease.renewed",
      attemptId: "a",
      at: 340_000,
      epoch: 1,
      version: 11,
      expiresAt: 370_000,
    });
    run.clock.advance(35_001);
    expect(run.read().hasTag("recovering")).toBe(true);
  });

  it("M02: leases an attempt whose owner was silent to another worker, under a larger epoch", () => {
    const run = start();
    run.clock.advanceTo(35_001);
    run.succeed();
    run.succeed();
    run.clock.advance(500);
    run.claim("x", "l2");
    expect(run.read().value).toBe("held");
    expect(run.reports.at(-1)).toEqual({
      type: "lease.issued",
      attemptId: "a",
      at: 35_501,
      leaseId: "l2",
      workerId: "x",
      epoch: 2,
      expiresAt: 65_501,
    });
  });

  it("M03: is extended and released by its owner alone, and keeps its epoch meanwhile", () => {
    const run = start();
    run.clock.advance(10_000);
    const beat = { type: "heartbeat.received", at: 10_000, epoch: 1, version: 1 } as const;
    const release = { type: "attempt.acknowledged", at: 10_000, epoch: 1, outcome: "completed" } as const;
    run.send({ ...beat, workerId: "stranger" });
    run.send({ ...release, workerId: "stranger", message: "" });
    expect(run.reports).toMatchObject([
      { type: "claim.refused", reason: "notOwner" },
      { type: "claim.refused", reason: "notOwner" },
    ]);
    expect(run.read()).toMatchObject({
      value: "held",
      context: { lease: { expiresAt: 30_000, version: 1 } },
    });
    run.send({ ...beat, workerId: "w" });
    expect(run.read().context.lease).toMatchObject({ workerId: "w", epoch: 1, expiresAt: 40_000 });
    run.send({ ...release, workerId: "w", message: "" });
    expect(run.read()).toMatchObject({ status: "done", value: "completed", context: { epoch: 1 } });
  });

  it("M09: takes no step of a recovery before its turn, nor twice, whoever asks", () => {
    const run = start();
    const order = ["leaseExpired", "checkpointReload", "replay", "readyForDispatch"];
    const seen: string[] = [];
    /** Asks for what comes later or came before; the step is still the same then. */
    const pester = (): void => {
      const { value, context } = run.read();
      const told = run.reports.length;
      if (value !== "readyForDispatch") run.claim("early");
      run.send({ type: "lease.expired", at: run.now(), epoch: context.epoch - 1 });
      run.send({ type: "heartbeat.received", at: run.now(), workerId: "w", epoch: 1, version: 1 });
      run.send({ type: "attempt.redriven", at: run.now() });
      expect(run.read().value).toEqual(value);
      expect(run.read().context).toEqual(context);
      expect(run.reports.slice(told).every(({ type }) => type === "claim.refused")).toBe(true);
      seen.push(typeof value === "string" ? value : Object.values(value).join());
    };
    run.lose();
    pester();
    run.clock.advance(0);
    pester();
    run.succeed();
    pester();
    run.succeed();
    pester();
    expect(seen).toEqual(order);
    // What a step had answered before does not answer another one.
    run.succeed();
    expect(run.read().value).toBe("readyForDispatch");
  });

  it("ends when its owner completes it", () => {
    const run = start();
    run.send({ type: "attempt.acknowledged", at: 9, outcome: "completed", message: "", ...owner });
    expect(run.read()).toMatchObject({ status: "done", value: "completed" });
    expect(run.reports).toEqual([{ type: "attempt.ended", attemptId: "a", at: 9, outcome: "completed" }]);
  });

  it("is a dead letter when its owner says that it failed", () => {
    const run = start();
    run.send({ type: "attempt.acknowledged", at: 9, outcome: "failed", message: "bad input", ...owner });
    expect(run.reports).toEqual([
      {
        type: "attempt.deadLettered",
        attemptId: "a",
        runId: "r",
        at: 9,
        recoveries: 0,
        cause: { step: "execution", kind: "failed", code: null, message: "bad input" },
      },
    ]);
  });

  it("tries again 1 s after a step that failed, under another epoch, with the cause", () => {
    const run = start();
    run.lose();
    run.clock.advance(0);
    run.fail(new HomeostatError("not_found", "no checkpoint of r"));
    expect(run.read().value).toEqual({ recovering: "leaseExpired" });
    expect(run.reports.slice(1)).toMatchObject([
      {
        type: "recovery.failed",
        epoch: 2,
        recovery: 1,
        cause: {
          step: "checkpointReload",
          kind: "failed",
          code: "not_found",
          message: "no checkpoint of r",
        },
      },
      { type: "recovery.started", epoch: 3, recovery: 2 },
    ]);
    run.clock.advance(999);
    expect(run.read().value).toEqual({ recovering: "leaseExpired" });
    run.clock.advance(1);
    expect(run.read().value).toEqual({ recovering: "checkpointReload" });
  });

  it.each([
    ["checkpointReload", 30_000],
    ["replay", 60_000],
  ] as const)("gives %s %i ms", (step, limitMs) => {
    const run = start();
    run.lose();
    run.clock.advance(0);
    if (step === "replay") run.succeed();
    run.clock.advance(limitMs - 1);
    expect(run.read().value).toEqual({ recovering: step });
    run.clock.advance(1);
    expect(run.read()).toMatchObject({
      value: { recovering: "leaseExpired" },
      context: {
        at: limitMs,
        cause: {
          step,
          kind: "timedOut",
          code: null,
          message: `${step} gave no result in ${limitMs} ms`,
        },
      },
    });
  });

  it("has, unless the host provides them, steps that say what is missing", async () => {
    const clock = new VirtualClock();
    const actor = createActor(leaseRecoveryMachine, { clock, input: {} }).start();
    const told = new Promise((resolve) => {
      actor.on("recovery.failed", ({ cause }) => resolve(cause));
    });
    actor.send({ type: "lease.expired", at: 0, epoch: 1 });
    clock.advance(0);
    expect(await told).toMatchObject({
      code: "not_provided",
      message: expect.stringContaining('"reloadCheckpoint"'),
    });
    actor.stop();
  });

  it("is a dead letter after the third recovery that failed, and comes back when it is redriven", () => {
    const run = start();
    run.lose();
    for (let recovery = 1; recovery <= 3; recovery += 1) {
      run.clock.advance(1_000);
      run.fail();
    }
    expect(run.read().value).toBe("deadLettered");
    expect(run.reports.at(-1)).toMatchObject({
      type: "attempt.deadLettered",
      recoveries: 3,
      cause: { step: "checkpointReload", message: "no such checkpoint" },
    });
    run.send({ type: "attempt.redriven", at: 5_000 });
    expect(run.read()).toMatchObject({
      value: { recovering: "leaseExpired" },
      context: { recoveries: 1, epoch: 5, cause: null },
    });
  });

  it("M12: is a dead letter after five recoveries that failed, is not started then, and is when it is redriven", () => {
    const run = start({ recoveries: 5 });
    run.lose();
    for (let recovery = 1; recovery <= 5; recovery += 1) {
      run.clock.advance(1_000);
      run.fail();
    }
    run.claim("x");
    expect(run.read().value).toBe("deadLettered");
    expect(run.reports.at(-1)).toMatchObject({ type: "claim.refused", reason: "notDispatchable" });
    run.send({ type: "attempt.redriven", at: run.now() });
    // Its count begins anew, and its first recovery has begun.
    expect(run.read().context).toMatchObject({ recoveries: 1, cause: null });
    run.clock.advance(0);
    run.succeed();
    run.succeed();
    run.claim("x");
    expect(run.read()).toMatchObject({ value: "held", context: { lease: { workerId: "x" } } });
  });

  it("is a dead letter when a fourth owner loses it", () => {
    const run = start();
    for (const workerId of ["x", "y", "z"]) {
      recover(run);
      run.claim(workerId);
    }
    run.lose();
    expect(run.reports.at(-1)).toMatchObject({
      type: "attempt.deadLettered",
      cause: { step: "leaseExpired", kind: "exhausted", message: "lease lost after 3 recoveries" },
    });
  });

  it("is recovered for ever where the policy sets no bound", () => {
    const run = start({ recoveries: null });
    for (let round = 0; round < 20; round += 1) recover(run).claim("x");
    expect(run.read()).toMatchObject({ value: "held", context: { epoch: 21, recoveries: 20 } });
  });

  it("ends at once when it is cancelled in a recovery, and stops the step", () => {
    const run = start();
    run.lose();
    run.clock.advance(0);
    run.send({ type: "attempt.cancelled", at: 3 });
    expect(run.read()).toMatchObject({ status: "done", value: "cancelled", children: {} });
    expect(typesOf(run)).toEqual(["recovery.started", "recovery.cancelled", "attempt.ended"]);
  });

  it.each([
    ["held", () => {}, "active lease already exists for attempt: a"],
    ["recovering", (run: Run) => run.lose(), "attempt is not dispatchable for lease: l9"],
  ] as const)("refuses a claim while %s", (_, prepare, message) => {
    const run = start();
    prepare(run);
    const before = run.read();
    run.claim("x", "l9");
    expect(run.reports.at(-1)).toMatchObject({ type: "claim.refused", message });
    expect(run.read().value).toEqual(before.value);
    expect(run.read().context).toEqual(before.context);
  });
});

// ── Invariants ───────────────────────────────────────────────────────────────

/** What can happen to an attempt: `stale` events name an epoch, a worker or a version that is not the current one. */
const moves = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom("lose", "succeed", "fail", "claim") },
    { weight: 2, arbitrary: fc.constantFrom("beat", "stale beat", "stale loss", "stale completion") },
    { weight: 1, arbitrary: fc.constantFrom("redrive", "fail execution", "complete", "cancel") },
    { weight: 4, arbitrary: fc.constantFrom(0, 1, 1_000, 29_999, 30_000, 35_001, 60_000) },
  ),
  { maxLength: 60 },
);

interface Taken {
  readonly move: string | number;
  readonly before: Snapshot;
  readonly after: Snapshot;
  /** What was reported in this move. */
  readonly told: readonly LeaseRecoveryReport[];
}

function take(run: Run, move: string | number): void {
  // An actor that has ended takes nothing any more.
  if (run.read().status !== "active") return;
  if (typeof move === "number") return run.clock.advance(move);
  const at = run.now();
  const { epoch, lease } = run.read().context;
  const { workerId = "w", version = 1 } = lease ?? {};
  const acknowledged = { type: "attempt.acknowledged", at, message: "" } as const;
  switch (move) {
    case "lose":
      return run.lose();
    case "succeed":
      return run.succeed();
    case "fail":
      return run.fail();
    case "claim":
      return run.claim("x");
    case "beat":
      return run.send({ type: "heartbeat.received", at, workerId, epoch, version });
    case "stale beat":
      return run.send({ type: "heartbeat.received", at, workerId, epoch, version: version + 1 });
    case "stale loss":
      return run.send({ type: "lease.expired", at, epoch: epoch + 1 });
    case "stale completion":
      return run.send({ ...acknowledged, workerId, epoch: epoch + 1, outcome: "completed" });
    case "redrive":
      return run.send({ type: "attempt.redriven", at });
    case "fail execution":
      return run.send({ ...acknowledged, workerId, epoch, outcome: "failed" });
    case "complete":
      return run.send({ ...acknowledged, workerId, epoch, outcome: "completed" });
    default:
      return run.send({ type: "attempt.cancelled", at });
  }
}

/** Moves that break `invariant`, with the seed that finds them again; `null`: none were found. */
function counterexample(invariant: (recoveries: number) => (taken: Taken) => boolean): string | null {
  const holds = fc.property(fc.nat(3), moves, (recoveries, taken) => {
    const run = start({ recoveries });
    const check = invariant(recoveries);
    for (const [index, move] of taken.entries()) {
      const before = run.read();
      const reported = run.reports.length;
      take(run, move);
      const facts = { move, before, after: run.read(), told: run.reports.slice(reported) };
      if (!check(facts)) throw new Error(JSON.stringify([index, move, facts.after.value, facts.told]));
    }
    run.stop();
  });
  return fc.defaultReportMessage(fc.check(holds, { numRuns: 400 })) ?? null;
}

const closings = ["recovery.succeeded", "recovery.failed", "recovery.cancelled"];

describe("invariants", () => {
  it("E1: nobody holds the attempt but in held, and no epoch is held by two", () => {
    const broken = counterexample(() => {
      const holders = new Map<number, string>();
      return ({ after: { value, context } }) => {
        const { lease, epoch } = context;
        if (lease === null) return value !== "held";
        const known = holders.get(lease.epoch) ?? lease.leaseId + lease.workerId;
        holders.set(lease.epoch, known);
        const isFenced = lease.epoch === epoch && known === lease.leaseId + lease.workerId;
        return isFenced && (value === "held" || value === "completed");
      };
    });
    expect(broken).toBeNull();
  });

  it("E2: is dispatchable in readyForDispatch alone, which only a finished replay enters", () => {
    const broken = counterexample(() => ({ move, before, after }) => {
      const isReady = after.value === "readyForDispatch";
      const wasReplay = isDeepStrictEqual(before.value, { recovering: "replay" });
      const rightlyEntered = before.value === after.value || (wasReplay && move === "succeed");
      const isTagged = after.hasTag("dispatchable") && !after.hasTag("recovering");
      return isReady ? isTagged && rightlyEntered : !after.hasTag("dispatchable");
    });
    expect(broken).toBeNull();
  });

  it("E3: takes the steps of a recovery one after the other", () => {
    const order = ["leaseExpired", "checkpointReload", "replay", "readyForDispatch"];
    const stepOf = ({ value }: Snapshot): number =>
      order.indexOf(typeof value === "string" ? value : value.recovering);
    const broken = counterexample(() => ({ move, before, after }) => {
      const [from, to] = [stepOf(before), stepOf(after)];
      // One wait may end several steps, and begin others; everything else takes one step at most.
      return typeof move === "number" || to <= 0 || from === to || to === from + 1;
    });
    expect(broken).toBeNull();
  });

  it("E4: every recovery raises the epoch and closes exactly once", () => {
    const broken = counterexample(() => {
      let open: number | null = null;
      let epoch = 1;
      return ({ after, told }) => {
        const rightly = told.every((report) => {
          if (report.type === "recovery.started") {
            const isNew = open === null && report.epoch === epoch + 1;
            [open, epoch] = [report.recovery, report.epoch];
            return isNew;
          }
          if (!closings.includes(report.type)) return true;
          const isOpen = "recovery" in report && report.recovery === open && report.epoch === epoch;
          open = null;
          return isOpen;
        });
        return rightly && (open !== null) === after.hasTag("recovering") && after.context.epoch === epoch;
      };
    });
    expect(broken).toBeNull();
  });

  it("E5: starts no more recoveries than the policy has before it is a dead letter", () => {
    const broken = counterexample((recoveries) => {
      let started = 0;
      let allowed = recoveries;
      return ({ move, before, told }) => {
        if (move === "redrive" && before.value === "deadLettered") {
          started = 0;
          allowed = Math.max(1, recoveries);
        }
        started += told.filter(({ type }) => type === "recovery.started").length;
        return started <= allowed;
      };
    });
    expect(broken).toBeNull();
  });

  it("E6: every dead letter has a cause, told and kept", () => {
    const broken = counterexample(() => ({ before, after, told }) => {
      const isNew = after.value === "deadLettered" && before.value !== "deadLettered";
      const letters = told.filter(({ type }) => type === "attempt.deadLettered");
      return letters.length === (isNew ? 1 : 0) && (!isNew || after.context.cause !== null);
    });
    expect(broken).toBeNull();
  });

  it("E7: what names another epoch or version is refused and changes nothing", () => {
    const broken = counterexample(() => ({ move, before, after, told }) => {
      if (typeof move === "number" || !move.startsWith("stale")) return true;
      if (before.status === "done") return true;
      const isRefused = told.length === 1 && told[0]?.type === "claim.refused";
      return (
        isRefused &&
        isDeepStrictEqual(after.value, before.value) &&
        isDeepStrictEqual(after.context, before.context)
      );
    });
    expect(broken).toBeNull();
  });

  it("E7: an owner that lost its lease may do nothing any more, whoever holds it now", () => {
    const broken = counterexample(() => {
      const past: { workerId: string; epoch: number }[] = [];
      return ({ before, after }) => {
        const { lease } = before.context;
        if (lease !== null && after.context.lease?.epoch !== lease.epoch) past.push(lease);
        return past.every((claim) => refuseExecution(after.context.lease, claim, after.context.at) !== null);
      };
    });
    expect(broken).toBeNull();
  });

  it("E8: takes its time from events, outputs and deadlines alone", () => {
    const skews = fc.integer({ min: -100_000, max: 100_000 });
    fc.assert(
      fc.property(moves, skews, (taken, skewMs) => {
        const [exact, skewed] = [0, skewMs].map((skew) => {
          const run = start({}, skew);
          for (const move of taken) take(run, move);
          run.stop();
          return run.reports;
        });
        expect(skewed).toEqual(exact);
      }),
    );
  });

  it("keep a JSON context that fits its schema", () => {
    const broken = counterexample(() => ({ after: { context } }) => {
      const copy: unknown = JSON.parse(JSON.stringify(context));
      return isDeepStrictEqual(copy, context) && LeaseRecoveryContext.safeParse(copy).success;
    });
    expect(broken).toBeNull();
  });
});
