import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MigrationErrorType, type PortName, retryDelayMs } from "../../src/core/migration.ts";
import { MigrationWorld } from "../fakes/migration-world.ts";
import { Driver } from "./migration/driver.ts";

const target = fc.constantFrom("t1", "t2", "t3");
const step = fc.oneof(
  { weight: 14, arbitrary: fc.record({ do: fc.constant("answer" as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("fail" as const),
      errorType: fc.constantFrom(...MigrationErrorType.options),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("lose" as const), happened: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("corruptCopy", "corruptSnapshot") }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("advance" as const),
      ms: fc.oneof(fc.constantFrom(5_000, 10_000, 30_000, 60_000), fc.nat(700_000)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("cancel", "execute", "settle", "sweep") }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("mark" as const), attempt: fc.integer({ min: 1, max: 3 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("report" as const),
      errorType: fc.constantFrom(...MigrationErrorType.options),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("requestRollback" as const), accept: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("retry" as const), target: fc.option(target) }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

const run = fc.record({
  bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }),
  target: fc.option(target),
  policy: fc.record({
    maxRetries: fc.nat(3),
    autoRollback: fc.boolean(),
    recoveryTimeoutMs: fc.constantFrom(15_000, 600_000),
    rollbackMaxAgeMs: fc.constantFrom(20_000, 3_600_000),
  }),
  steps: fc.array(step, { minLength: 1, maxLength: 30 }),
});

/** Runs `steps` against a chart and a world of real bytes; `check` sees both after each. */
function play(
  { bytes, target: first, policy, steps }: typeof run extends fc.Arbitrary<infer R> ? R : never,
  check: (it: Driver, world: MigrationWorld) => void,
): void {
  const world = new MigrationWorld(bytes);
  const it = new Driver({ policy }).start(first);
  for (const next of steps) {
    if (it.isDone) break;
    take(it, world, next);
    check(it, world);
  }
  it.stop();
}

function take(it: Driver, world: MigrationWorld, next: Step): void {
  const { running } = it;
  switch (next.do) {
    case "answer":
      if (running !== null) answer(it, world, running);
      return;
    case "fail":
      if (running !== null) it.fail(running, next.errorType);
      return;
    case "lose":
      if (running === null) return;
      if (running === "commit" && next.happened) world.commit(it.context.target ?? "", attemptOf(it));
      it.lose(running);
      return;
    case "corruptCopy":
      // What happens to a copy after it was verified is beyond a chart.
      if (running === "validate") MigrationWorld.corrupt(world.targets.get(it.context.target ?? "")?.bytes);
      return;
    case "corruptSnapshot":
      MigrationWorld.corrupt(world.snapshot);
      return;
    case "advance":
      it.advance(next.ms);
      return;
    case "cancel":
      it.cancel();
      return;
    case "execute":
      it.execute();
      return;
    case "settle":
      it.send({ type: "commit.settle", at: it.now });
      return;
    case "sweep":
      it.send({ type: "snapshot.sweep", at: it.now });
      return;
    case "mark":
      it.send({ type: "attempt.succeeded", at: it.now, attempt: next.attempt });
      return;
    case "report":
      it.report(next.errorType);
      return;
    case "requestRollback":
      it.requestRollback(next.accept);
      return;
    case "retry":
      it.send({ type: "migration.retry", at: it.now, target: next.target });
      return;
  }
}

/** Does in the world what the chart asked for, and says so. */
function answer(it: Driver, world: MigrationWorld, port: PortName): void {
  const { target: to, touchedTarget } = it.context;
  const at = to ?? "";
  switch (port) {
    case "capture":
      it.pass("capture", { digest: world.capture() });
      return;
    case "transfer":
      world.transfer(at);
      it.pass("transfer");
      return;
    case "validate":
      it.pass("validate", { digest: world.digestAt(at) });
      return;
    case "commit":
      world.commit(at, attemptOf(it));
      it.pass("commit");
      return;
    case "settleCommit":
      it.pass("settleCommit", { committed: world.settleCommit(at, attemptOf(it)) });
      return;
    case "discard":
      world.discard(touchedTarget ?? "");
      it.pass("discard");
      return;
    case "inspectSnapshot":
      it.pass("inspectSnapshot", { digest: world.digestOfSnapshot() });
      return;
    case "rollback":
      it.pass("rollback", { digest: world.rollback(touchedTarget) });
      return;
    case "restore":
      world.restore(at);
      it.pass("restore");
      return;
    case "chooseTarget":
    case "checkCompatibility":
      it.pass(port);
  }
}

function attemptOf({ context }: Driver): number {
  const last = context.recovery.attempts?.at(-1);
  return last?.outcome === "open" ? last.id : 0;
}

function always(check: (it: Driver, world: MigrationWorld) => void): void {
  fc.assert(fc.property(run, (given) => play(given, check)));
}

const escalated = new Set(["givenUp", "rollbackFailed", "commitInDoubt"]);
const inDoubt = new Set(["committing", "settlingCommit", "commitInDoubt"]);

describe("any run of a migration, with failing, silent and lying hosts", () => {
  it("G1: has one owner, who is the one that serves; never do two hosts serve", () => {
    always((it, world) => {
      const { owner } = it.context;
      expect(owner).toBe(it.state === "committed" ? "target" : "source");
      expect(world.active.length).toBeLessThanOrEqual(1);
      if (it.state === "committed") expect(world.active).toEqual([it.context.target]);
      else if (!inDoubt.has(it.state)) expect(world.active.filter((host) => host !== "source")).toEqual([]);
      if (it.state === "rolledBack" || it.state === "cancelled") expect(world.active).toEqual(["source"]);
    });
  });

  it("G2: closes every attempt exactly once", () => {
    always((it) => {
      const opened = it.told("attempt.opened").map(({ attempt }) => attempt.id);
      const closed = it.told("attempt.closed").map(({ attempt }) => attempt.id);
      expect(new Set(opened).size).toBe(opened.length);
      expect(closed).toEqual(attemptOf(it) === 0 ? opened : opened.slice(0, -1));
      if (it.isDone || it.state === "givenUp" || it.state === "rollbackFailed")
        expect(closed).toEqual(opened);
    });
  });

  it("G3: never starts a retry inside a back-off", () => {
    always((it) => {
      let failedAt = 0;
      let waitMs = 0;
      for (const report of it.reports) {
        if (report.type === "migration.failed") {
          failedAt = report.at;
          waitMs = retryDelayMs(report.retryCount, it.context.policy);
        }
        if (report.type === "attempt.opened" && report.attempt.strategy.startsWith("Retry")) {
          expect(report.at).toBeGreaterThanOrEqual(failedAt + waitMs);
        }
      }
    });
  });

  it("G4: restores, at the target and at the source, the original bytes only", () => {
    always((it, world) => {
      if (it.state === "rolledBack") expect(world.source.bytes).toEqual(world.original);
      for (const bytes of world.restored) expect(bytes).toEqual(world.original);
    });
  });

  it("G5: has an escalation with a cause exactly while a person has to decide", () => {
    always((it) => {
      expect(it.context.escalation !== null).toBe(escalated.has(it.state));
      const opened = it.told("escalation.opened");
      expect(opened.filter(({ cause, message }) => cause.length === 0 || message.length === 0)).toEqual([]);
      expect(opened.length - it.told("escalation.closed").length).toBe(escalated.has(it.state) ? 1 : 0);
    });
  });

  it("G6: starts no retry at or after the recovery's deadline, and ends every phase by a deadline", () => {
    always((it) => {
      const { deadline, recoveryDeadline } = it.context;
      if (it.running !== null) expect(deadline).not.toBeNull();
      if (it.state.startsWith("migrating") && recoveryDeadline !== null) {
        expect(deadline).toBeLessThanOrEqual(recoveryDeadline);
        expect(it.now).toBeLessThan(recoveryDeadline);
      }
      if (it.state.startsWith("recovering")) expect(recoveryDeadline).toBeGreaterThan(it.now);
    });
  });

  it("G6: is over, or with a person, once nobody answers any more", () => {
    fc.assert(
      fc.property(run, (given) => {
        const world = new MigrationWorld(given.bytes);
        const it = new Driver({ policy: given.policy }).start(given.target);
        for (const next of given.steps) if (!it.isDone) take(it, world, next);
        const limits = Object.values(it.context.policy.limits).reduce((sum, ms) => sum + ms, 0);
        it.advance(given.policy.recoveryTimeoutMs + 2 * limits);
        expect(it.isDone || escalated.has(it.state)).toBe(true);
        it.stop();
      }),
    );
  });

  it("G7: has a count of retries from 0 to its maximum", () => {
    always((it) => {
      const { recovery, policy } = it.context;
      expect(recovery.pending?.retryCount ?? 0).toBeGreaterThanOrEqual(0);
      expect(recovery.pending?.retryCount ?? 0).toBeLessThanOrEqual(policy.maxRetries);
    });
  });

  it("G8: never chooses a target again that failed by its own fault", () => {
    always((it) => {
      const failed = new Set<string>();
      for (const report of it.reports) {
        if (report.type === "migration.failed" && report.changesTarget && report.target !== null) {
          failed.add(report.target);
        }
        if (report.type === "target.chosen") expect(failed).not.toContain(report.target);
      }
    });
  });

  it("G9: never loses its snapshot", () => {
    always((it) => {
      const captured = it.context.audit.some(({ eventType }) => eventType === "SnapshotCaptured");
      expect(it.context.snapshot !== null).toBe(captured);
    });
  });

  it("has a JSON context", () => {
    always((it) => {
      expect(JSON.parse(JSON.stringify(it.context))).toEqual(it.context);
    });
  });
});
