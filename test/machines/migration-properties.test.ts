import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MigrationContext, migrationReports } from "../../machines/migration.ts";
import {
  MigrationErrorType,
  type PortName,
  retryDelayMs,
  shouldChangeTarget,
} from "../../src/core/migration.ts";
import { MigrationWorld } from "../fakes/migration-world.ts";
import { Driver } from "./migration/driver.ts";

const target = fc.constantFrom("t1", "t2", "t3");
/** Drawn more often, since they lead to another target. */
const targetsFault = MigrationErrorType.options.filter(shouldChangeTarget).flatMap((it) => [it, it, it]);
const step = fc.oneof(
  { weight: 16, arbitrary: fc.record({ do: fc.constant("answer" as const) }) },
  // Until the back-off has passed, if there is one.
  { weight: 6, arbitrary: fc.record({ do: fc.constant("wait" as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("fail" as const),
      errorType: fc.constantFrom(...MigrationErrorType.options, ...targetsFault),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("lose" as const), happened: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("corruptSnapshot" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("advance" as const),
      ms: fc.oneof(fc.constantFrom(5_000, 10_000, 30_000, 60_000), fc.nat(700_000)),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("cancel", "execute", "settle", "sweep") }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("mark" as const), attempt: fc.integer({ min: 1, max: 3 }) }),
  },
  {
    weight: 4,
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
  /** How many copies arrive with a bit flipped. */
  corrupts: fc.constantFrom(0, 0, 0, 1, 2),
  /** Phases that go well before anything else happens. */
  head: fc.nat(7),
  steps: fc.array(step, { minLength: 1, maxLength: 30 }),
});

/** Runs `steps` against a chart and a world of real bytes; `check` sees both after each. */
function play(
  {
    bytes,
    target: first,
    policy,
    corrupts,
    head,
    steps,
  }: typeof run extends fc.Arbitrary<infer R> ? R : never,
  check: (it: Driver, world: MigrationWorld) => void,
): void {
  const world = new MigrationWorld(bytes, corrupts);
  const it = new Driver({ policy }).start(first);
  const answers = Array.from({ length: head }, () => ({ do: "answer" as const }));
  for (const next of [...answers, ...steps]) {
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
    case "corruptSnapshot":
      MigrationWorld.corrupt(world.snapshot);
      return;
    case "advance":
      it.advance(next.ms);
      return;
    case "wait":
      if (it.state.startsWith("recovering")) it.advance((it.context.deadline ?? it.now) - it.now);
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
  fc.assert(
    fc.property(run, (given) => play(given, check)),
    { numRuns: 300 },
  );
}

const escalated = new Set(["givenUp", "rollbackFailed", "commitInDoubt"]);
const inDoubt = new Set(["committing", "settlingCommit", "commitInDoubt"]);

/** The claims that do not hold. */
function broken(claims: Readonly<Record<string, boolean>>): string[] {
  return Object.keys(claims).filter((claim) => claims[claim] === false);
}

function implies(condition: boolean, claim: boolean): boolean {
  return !condition || claim;
}

const isOriginal = (world: MigrationWorld, bytes: Uint8Array): boolean =>
  bytes.length === world.original.length && bytes.every((byte, index) => byte === world.original[index]);

describe("any run of a migration, with failing, silent and lying hosts", () => {
  it("G1: has one owner, who is the one that serves; never do two hosts serve", () => {
    always(({ state, context }, { active }) => {
      const claims = {
        "the owner is the target once committed, and the source otherwise":
          context.owner === (state === "committed" ? "target" : "source"),
        "no two hosts serve": active.length <= 1,
        "after the commit the target serves": implies(state === "committed", active[0] === context.target),
        "before the commit no target serves": implies(
          state !== "committed" && !inDoubt.has(state),
          active.every((host) => host === "source"),
        ),
        "after a rollback the source serves": implies(
          state === "rolledBack" || state === "cancelled",
          active[0] === "source",
        ),
      };
      expect(broken(claims)).toEqual([]);
    });
  });

  it("G2: closes every attempt exactly once", () => {
    always((it) => {
      const opened = it.told("attempt.opened").map(({ attempt }) => attempt.id);
      const isOver = it.isDone || it.state === "givenUp" || it.state === "rollbackFailed";
      const open = attemptOf(it) === 0 ? 0 : 1;
      expect(it.told("attempt.closed").map(({ attempt }) => attempt.id)).toEqual(
        opened.slice(0, opened.length - open),
      );
      expect(broken({ "ids are unique": new Set(opened).size === opened.length })).toEqual([]);
      expect(broken({ "none is open at the end": implies(isOver, open === 0) })).toEqual([]);
    });
  });

  it("G3: never starts a retry inside a back-off", () => {
    always((it) => {
      const early = it.reports.filter((opened, index) => {
        if (opened.type !== "attempt.opened" || !opened.attempt.strategy.startsWith("Retry")) return false;
        const failed = it.reports.slice(0, index).findLast(({ type }) => type === "migration.failed");
        const waitMs = retryDelayMs(opened.attempt.number - 1, it.context.policy);
        return failed === undefined || opened.at < failed.at + waitMs;
      });
      expect(early).toEqual([]);
    });
  });

  it("G4: restores, at the target and at the source, the original bytes only", () => {
    always((it, world) => {
      const claims = {
        "at the source": implies(it.state === "rolledBack", isOriginal(world, world.source.bytes)),
        "at the target": world.restored.every((bytes) => isOriginal(world, bytes)),
      };
      expect(broken(claims)).toEqual([]);
    });
  });

  it("G5: has an escalation with a cause exactly while a person has to decide", () => {
    always((it) => {
      const opened = it.told("escalation.opened");
      const open = opened.length - it.told("escalation.closed").length;
      expect(open).toBe(escalated.has(it.state) ? 1 : 0);
      expect(it.context.escalation?.cause ?? null).toBe(open === 1 ? opened.at(-1)?.cause : null);
      expect(opened.filter(({ message }) => message === "")).toEqual([]);
    });
  });

  it("G6: starts no retry at or after the recovery's deadline, and ends every phase by a deadline", () => {
    always(({ state, running, now, context: { deadline, recoveryDeadline } }) => {
      const end = recoveryDeadline ?? Infinity;
      const claims = {
        "a phase has a deadline": implies(running !== null, deadline !== null && deadline > now),
        "a phase ends with its recovery": implies(
          state.startsWith("migrating"),
          (deadline ?? Infinity) <= end,
        ),
        "a recovery is not overdue": implies(/^(migrating|recovering)/.test(state), now < end),
      };
      expect(broken(claims)).toEqual([]);
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

  it("G7: has a count of retries from 0 to its maximum, which counts the retries", () => {
    always((it) => {
      const { recovery, policy } = it.context;
      const count = recovery.pending?.retryCount ?? 0;
      expect(count).toBeGreaterThanOrEqual(0);
      expect(count).toBeLessThanOrEqual(policy.maxRetries);
      const isFresh = it.told("escalation.closed").length > 0;
      const miscounted = it.reports.filter((failed, index) => {
        const retries = it.reports
          .slice(0, index)
          .filter(
            (opened) => opened.type === "attempt.opened" && opened.attempt.strategy.startsWith("Retry"),
          );
        return failed.type === "migration.failed" && failed.retryCount !== retries.length;
      });
      expect(isFresh ? [] : miscounted).toEqual([]);
    });
  });

  it("G8: never chooses a target again that failed by its own fault", () => {
    always((it) => {
      const chosenAgain = it.reports.filter(
        (chosen, index) =>
          chosen.type === "target.chosen" &&
          it.reports
            .slice(0, index)
            .some((it) => it.type === "migration.failed" && it.changesTarget && it.target === chosen.target),
      );
      expect(chosenAgain).toEqual([]);
    });
  });

  it("G9: never loses its snapshot", () => {
    always((it) => {
      const captured = it.context.audit.some(({ eventType }) => eventType === "SnapshotCaptured");
      expect(it.context.snapshot !== null).toBe(captured);
    });
  });

  it("G10: stays with the target once a commit took effect, whatever is asked and whoever answers", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => {
        const world = new MigrationWorld(Uint8Array.of(1));
        const it = new Driver().start("t1");
        for (let phase = 0; phase < 5; phase++) take(it, world, { do: "answer" });
        take(it, world, { do: "lose", happened: true });
        for (const next of steps) {
          if (!it.isDone) take(it, world, next);
          expect(["settlingCommit", "commitInDoubt", "committed"]).toContain(it.state);
          expect(world.active).toEqual(["t1"]);
        }
        it.stop();
      }),
    );
  });

  it("has a JSON context that fits its schema, and reports that fit theirs", () => {
    always((it) => {
      expect(MigrationContext.parse(JSON.parse(JSON.stringify(it.context)))).toEqual(it.context);
      const last = it.reports.at(-1);
      expect(last === undefined || migrationReports[last.type].safeParse(last).success).toBe(true);
    });
  });
});
