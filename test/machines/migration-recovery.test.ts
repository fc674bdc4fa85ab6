import { describe, expect, it } from "vitest";
import type { MigrationInput } from "../../machines/migration.ts";
import { reference } from "../../src/core/migration.ts";
import { digest, Driver } from "./migration/driver.ts";

const limits = new Driver().context.policy.limits;
const told = { policy: { rules: { strategies: "told" } } } satisfies MigrationInput;

describe("recovering", () => {
  const failed = (input: MigrationInput = {}): Driver =>
    new Driver(input).reach("migrating.transferring").fail("transfer", "NetworkTransient");

  it("tries again when the back-off has passed, not before, with the bytes that were captured", () => {
    const it = failed();
    expect(it.told("recovery.scheduled")).toMatchObject([{ strategy: "RetryOnSameTarget", readyAt: 10_000 }]);
    expect(it.advance(9_999).state).toBe("recovering.waitingForReadiness");
    expect(it.advance(1).state).toBe("migrating.discardingTarget");
    it.pass("discard").pass("checkCompatibility");
    expect(it).toMatchObject({ state: "migrating.transferring", context: { target: "t1" } });
    expect(it.told("attempt.opened")).toMatchObject([
      {
        attempt: { id: 1, number: 1, strategy: "RetryOnSameTarget", at: 10_000, target: "t1" },
        retryCount: 1,
      },
    ]);
  });

  it("G3: refuses to execute inside the back-off, and says when it may", () => {
    const it = failed();
    it.advance(9_999).execute();
    expect(it.state).toBe("recovering.waitingForReadiness");
    expect(it.told("recovery.refused")).toMatchObject([
      { reason: "tooEarly", readyAt: 10_000, message: expect.stringContaining("got 9999") },
    ]);
  });

  it("executes when asked where the timer has not fired yet", () => {
    const it = failed();
    it.send({ type: "recovery.execute", at: 10_000 });
    expect(it.state).toBe("migrating.discardingTarget");
  });

  it("refuses to execute while an attempt is under way", () => {
    const it = failed().advance(10_000).execute();
    expect(it.told("recovery.refused")).toMatchObject([{ reason: "attemptOpen" }]);
  });

  it("counts each back-off from the last failure: 10, 10, 20 s, then rolls back", () => {
    const it = failed();
    const waits: number[] = [];
    for (const wait of [10_000, 10_000, 20_000]) {
      it.advance(wait - 1);
      expect(it.state).toBe("recovering.waitingForReadiness");
      it.advance(1).pass("discard").pass("checkCompatibility");
      waits.push(it.now);
      it.advance(7_000).fail("transfer", "NetworkTransient");
    }
    expect(waits).toEqual([10_000, 27_000, 54_000]);
    expect(it).toMatchObject({
      state: "rollingBack.verifyingSnapshot",
      context: { recovery: { pending: { retryCount: 3 } } },
    });
    expect(it.told("attempt.opened").map(({ attempt }) => attempt.strategy)).toEqual([
      "RetryOnSameTarget",
      "RetryOnSameTarget",
      "RetryOnSameTarget",
      "Rollback",
    ]);
  });

  it("G7: keeps the count when the failure is reported again, and waits from the last report", () => {
    const it = failed().advance(10_000).pass("discard").pass("checkCompatibility");
    it.fail("transfer", "NetworkTransient").advance(4_000).report("NetworkTransient");
    expect(it.context.recovery.pending).toMatchObject({ retryCount: 1, readyAt: it.now + 10_000 });
  });

  it("G8: chooses another target than those that failed by their own fault", () => {
    const it = new Driver().reach("migrating.restoring").fail("restore", "TargetUnreachable");
    it.advance(10_000);
    expect(it).toMatchObject({ state: "migrating.discardingTarget", context: { touchedTarget: "t1" } });
    it.pass("discard");
    expect(it).toMatchObject({ state: "migrating.choosingTarget", context: { touchedTarget: null } });
    it.pass("chooseTarget");
    expect(it.told("target.chosen")).toMatchObject([{ target: "t2", excluded: ["t1"] }]);
    expect(it.context.recovery.attempts).toMatchObject([
      { strategy: "RetryOnDifferentTarget", target: "t2" },
    ]);
    it.reach("committing").pass("commit");
    expect(it).toMatchObject({ state: "committed", context: { target: "t2", owner: "target" } });
    expect(it.told("attempt.closed")).toMatchObject([{ attempt: { id: 1, outcome: "succeeded" } }]);
  });

  it("chooses another target, without tidying up where nothing was touched, when the check fails", () => {
    const it = new Driver().reach("migrating.preparing").fail("checkCompatibility", "InsufficientResources");
    expect(it.advance(10_000).state).toBe("migrating.choosingTarget");
  });

  it("tries the same target again, without tidying up, when the capture fails", () => {
    const it = new Driver().reach("migrating.capturing").fail("capture", "Timeout");
    expect(it.advance(10_000).state).toBe("migrating.preparing");
    expect(it.pass("checkCompatibility").state).toBe("migrating.capturing");
  });

  it.each([
    ["fails", (it: Driver) => it.fail("discard", "Timeout")],
    ["is late", (it: Driver) => it.advance(limits.discardingTarget)],
  ])("closes the attempt when tidying up %s", (_, fail) => {
    const it = fail(failed().advance(10_000));
    expect(it.state).toBe("recovering.waitingForReadiness");
    expect(it.told("attempt.closed")).toMatchObject([{ attempt: { id: 1, outcome: "failed" } }]);
  });

  it("closes the attempt when tidying up throws", () => {
    const throws = (): never => {
      throw new Error("thrown");
    };
    const it = new Driver({}, { discard: throws }).reach("migrating.transferring").fail("transfer");
    it.advance(10_000);
    expect(it.told("attempt.closed")).toMatchObject([{ attempt: { id: 1, error: "thrown" } }]);
    expect(it.state).toBe("rollingBack.verifyingSnapshot");
  });

  it("is rolled back when cancelled, and the attempt is closed", () => {
    const it = failed().advance(10_000).cancel();
    expect(it.state).toBe("rollingBack.verifyingSnapshot");
    expect(it.told("attempt.closed")).toMatchObject([{ attempt: { outcome: "failed", error: "cancelled" } }]);
  });

  it("is cancelled in the back-off when nothing was begun", () => {
    const it = new Driver().reach("migrating.preparing").fail("checkCompatibility", "Timeout").cancel();
    expect(it).toMatchObject({ state: "cancelled", isDone: true });
  });

  it("refuses to forget a recovery that it runs", () => {
    const it = failed();
    it.send({ type: "recovery.clear", at: it.now });
    expect(it.state).toBe("recovering.waitingForReadiness");
    expect(it.told("command.refused")).toMatchObject([{ command: "recovery.clear" }]);
  });

  it("waits by the policy in force", () => {
    const it = failed();
    const { policy } = it.context;
    it.send({ type: "policy.set", at: 0, policy: { ...policy, initialRetryDelayMs: 2_000 } });
    expect(it.told("policy.changed")).toHaveLength(1);
    expect(it.advance(1_999).state).toBe("recovering.waitingForReadiness");
    expect(it.advance(1).state).toBe("migrating.discardingTarget");
  });

  it("keeps the policy in force when another is faulty", () => {
    const it = failed();
    const { policy } = it.context;
    it.send({ type: "policy.set", at: 0, policy: { ...policy, recoveryTimeoutMs: 0 } });
    expect(it.context.policy).toEqual(policy);
    expect(it.told("policy.refused")).toMatchObject([
      { fault: "timeoutZero", message: "recovery_timeout_secs must be > 0" },
    ]);
  });

  it("G6: rolls back at once when the next retry would start after the deadline", () => {
    const it = failed({ policy: { recoveryTimeoutMs: 10_000 } });
    expect(it).toMatchObject({ state: "rollingBack.verifyingSnapshot", now: 0 });
  });

  it("G6: cuts a phase short at the deadline of the recovery", () => {
    const it = failed({ policy: { recoveryTimeoutMs: 15_000 } });
    it.advance(10_000);
    expect(it).toMatchObject({ state: "migrating.discardingTarget", context: { deadline: 15_000 } });
    expect(it.advance(5_000).state).toBe("rollingBack.verifyingSnapshot");
  });
});

describe("giving up", () => {
  const manual = { policy: { autoRollback: false, maxRetries: 1 } };
  const givenUp = (): Driver =>
    new Driver(manual).reach("migrating.transferring").fail("transfer", "Unknown");

  it.each([
    ["notRetryable", () => givenUp()],
    [
      "retriesExhausted",
      () =>
        new Driver({ policy: { autoRollback: false, maxRetries: 0 } })
          .reach("migrating.transferring")
          .fail("transfer", "Timeout"),
    ],
    [
      "recoveryDeadline",
      () =>
        new Driver({ policy: { autoRollback: false, recoveryTimeoutMs: 10_000 } })
          .reach("migrating.transferring")
          .fail("transfer", "Timeout"),
    ],
    ["noTargetLeft", () => new Driver(manual).start(null).pass("chooseTarget", { candidates: [] })],
  ] as const)("G5: is escalated with its cause: %s", (cause, give) => {
    const it = give();
    expect(it).toMatchObject({ state: "givenUp", context: { owner: "source", escalation: { cause } } });
    expect(it.told("escalation.opened")).toMatchObject([{ cause }]);
    expect(it.told("attempt.closed")).toMatchObject([{ attempt: { strategy: "GiveUp", outcome: "failed" } }]);
    expect(it.context.audit.at(-1)).toMatchObject({ eventType: "MigrationFailed", success: false });
  });

  it("is tried again by a person, with a new budget, at the target they name", () => {
    const it = givenUp();
    it.send({ type: "migration.retry", at: it.now, target: "t7" });
    expect(it).toMatchObject({
      state: "migrating.discardingTarget",
      context: { target: "t7", escalation: null, recovery: { pending: null } },
    });
    expect(it.told("escalation.closed")).toMatchObject([{ cause: "notRetryable" }]);
    expect(it.pass("discard").state).toBe("migrating.preparing");
  });

  it("is rolled back when a person asks", () => {
    const it = givenUp().requestRollback();
    expect(it).toMatchObject({ state: "rollingBack.verifyingSnapshot", context: { escalation: null } });
  });

  it("is rolled back when cancelled, or simply over when nothing was begun", () => {
    expect(givenUp().cancel().state).toBe("rollingBack.verifyingSnapshot");
    const unbegun = new Driver(manual).start(null).pass("chooseTarget", { candidates: [] }).cancel();
    expect(unbegun).toMatchObject({ state: "cancelled", context: { escalation: null } });
  });

  it("is resolved by a person as the target's", () => {
    const it = givenUp().resolve("target");
    expect(it).toMatchObject({ state: "resolved", context: { owner: "target", escalation: null } });
    expect(it.told("owner.changed")).toMatchObject([{ cause: "resolved", to: "target" }]);
    expect(it.told("migration.resolved")).toMatchObject([{ owner: "target", details: "seen to" }]);
  });
});

describe("rolling back", () => {
  const rolling = (input: MigrationInput = {}): Driver =>
    new Driver(input).reach("migrating.transferring").cancel();

  it("verifies the snapshot, brings it back, and leaves the agent with its source", () => {
    const it = rolling().pass("inspectSnapshot");
    expect(it.state).toBe("rollingBack.restoringSource");
    it.pass("rollback");
    expect(it).toMatchObject({ state: "rolledBack", isDone: true, context: { owner: "source" } });
    expect(it.told("rollback.started")).toMatchObject([{ sizeBytes: 4 }]);
    expect(it.told("rollback.completed")).toMatchObject([{ sizeBytes: 4 }]);
    expect(it.context.audit.slice(-2)).toMatchObject([
      { eventType: "RollbackStarted", details: "Rollback initiated", success: true },
      { eventType: "RollbackCompleted", details: "Rollback completed: restored 4 bytes", success: true },
    ]);
  });

  it("lets the source go on as it stands when the capture did not end", () => {
    const it = new Driver().reach("migrating.capturing").cancel();
    expect(it.state).toBe("rollingBack.restoringSource");
    expect(it.pass("rollback", { digest: null }).state).toBe("rolledBack");
  });

  it.each([
    [
      "snapshotCorrupt",
      "the snapshot is not what was captured",
      (it: Driver) => it.pass("inspectSnapshot", { digest: { ...digest, checksum: 0 } }),
    ],
    ["snapshotCorrupt", "the snapshot cannot be read", (it: Driver) => it.fail("inspectSnapshot")],
    ["snapshotCorrupt", "reading it takes too long", (it: Driver) => it.advance(limits.verifyingSnapshot)],
    [
      "rollbackFailed",
      "the source fails to start",
      (it: Driver) => it.pass("inspectSnapshot").fail("rollback"),
    ],
    [
      "rollbackFailed",
      "the source is late",
      (it: Driver) => it.pass("inspectSnapshot").advance(limits.restoringSource),
    ],
    [
      "rollbackFailed",
      "the source has other bytes",
      (it: Driver) =>
        it.pass("inspectSnapshot").pass("rollback", { digest: { ...digest, sha256: "c".repeat(64) } }),
    ],
    [
      "rollbackFailed",
      "the source does not say what it has",
      (it: Driver) => it.pass("inspectSnapshot").pass("rollback", { digest: null }),
    ],
  ] as const)("G5: fails with %s when %s, and keeps both copies for a person", (cause, _, fail) => {
    const it = fail(rolling());
    expect(it).toMatchObject({
      state: "rollbackFailed",
      isDone: false,
      context: { owner: "source", escalation: { cause }, snapshot: { digest }, touchedTarget: "t1" },
    });
    expect(it.told("rollback.failed")).toMatchObject([{ cause }]);
    expect(it.told("escalation.opened")).toMatchObject([{ cause }]);
  });

  it.each(["inspectSnapshot", "rollback"] as const)("fails when %s throws", (port) => {
    const throws = (): never => {
      throw new Error("thrown");
    };
    const it = new Driver({}, { [port]: throws }).reach("migrating.transferring").cancel();
    expect(it.pass("inspectSnapshot")).toMatchObject({
      state: "rollbackFailed",
      context: { escalation: { message: "thrown" } },
    });
  });

  it("is tried again when a person asks", () => {
    const it = rolling().fail("inspectSnapshot").requestRollback();
    expect(it).toMatchObject({ state: "rollingBack.verifyingSnapshot", context: { escalation: null } });
    expect(it.pass("inspectSnapshot").pass("rollback").state).toBe("rolledBack");
  });

  it("refuses to be cancelled while under way and after it failed", () => {
    const it = rolling().cancel().requestRollback().resolve("source");
    expect(it.state).toBe("rollingBack.verifyingSnapshot");
    it.fail("inspectSnapshot").cancel();
    expect(it.state).toBe("rollbackFailed");
    expect(it.told("command.refused").map(({ command }) => command)).toEqual([
      "migration.cancel",
      "rollback.request",
      "migration.resolve",
      "migration.cancel",
    ]);
    expect(it.resolve("source").state).toBe("resolved");
  });

  it("G9: refuses a snapshot of its greatest age, keeps it, and uses it when a person accepts that", () => {
    const it = new Driver({ policy: { rollbackMaxAgeMs: 1_000 } }).reach("migrating.transferring");
    it.advance(1_000).cancel();
    expect(it).toMatchObject({
      state: "rollbackFailed",
      context: {
        snapshot: { digest },
        escalation: { cause: "snapshotExpired", message: "Rollback info has expired" },
      },
    });
    expect(it.context.audit.at(-1)).toMatchObject({ details: "Rollback info expired: 1 seconds old" });
    it.send({ type: "snapshot.sweep", at: it.now });
    expect(it.context.snapshot).not.toBeNull();
    expect(it.requestRollback().state).toBe("rollbackFailed");
    expect(it.requestRollback(true).state).toBe("rollingBack.verifyingSnapshot");
  });

  it("accepts a snapshot a moment younger than its greatest age", () => {
    const it = new Driver({ policy: { rollbackMaxAgeMs: 1_000 } }).reach("migrating.transferring");
    expect(it.advance(999).cancel().state).toBe("rollingBack.verifyingSnapshot");
  });

  it("drops an expired snapshot where the rules say so, and then has nothing to roll back to", () => {
    const policy = { rollbackMaxAgeMs: 1_000, rules: { expiredSnapshot: "dropped" } } as const;
    const it = new Driver({ policy })
      .reach("migrating.transferring")
      .advance(1_000)
      .cancel()
      .requestRollback();
    expect(it).toMatchObject({ state: "rollbackFailed", context: { snapshot: null } });
    expect(it.told("command.refused")).toMatchObject([
      { command: "rollback.request", message: "No rollback info available for migration" },
    ]);
  });

  it("bounds its audit", () => {
    const it = rolling({ policy: { recordLimit: 2 } })
      .pass("inspectSnapshot")
      .pass("rollback");
    expect(it.context.audit.map(({ eventType }) => eventType)).toEqual([
      "RollbackStarted",
      "RollbackCompleted",
    ]);
  });
});

describe("strategies that the host runs", () => {
  const failed = (): Driver => new Driver(told).report("Timeout", { target: "t1" });
  const opened = (): Driver => failed().advance(10_000).execute();
  const mark = (it: Driver, type: "attempt.succeeded" | "attempt.failed", attempt: number | null): Driver =>
    it.send(
      type === "attempt.failed" ? { type, at: it.now, attempt, error: "no" } : { type, at: it.now, attempt },
    );

  it("are told when they are due", () => {
    const it = failed().advance(10_000);
    expect(it.state).toBe("recovering.ready");
    expect(it.told("recovery.ready")).toMatchObject([{ strategy: "RetryOnSameTarget", at: 10_000 }]);
  });

  it("are due at once when nothing can be retried", () => {
    const it = new Driver(told).report("Unknown");
    expect(it.state).toBe("recovering.ready");
    expect(it.told("recovery.ready")).toMatchObject([{ strategy: "Rollback" }]);
  });

  it("are executed once, and marked", () => {
    const it = opened().execute();
    expect(it.told("recovery.refused")).toMatchObject([{ reason: "attemptOpen" }]);
    expect(it.state).toBe("recovering.executingStrategy");
    mark(it, "attempt.succeeded", 1);
    expect(it).toMatchObject({ state: "idle", context: { owner: "target", recovery: { pending: null } } });
    expect(it.told("owner.changed")).toMatchObject([{ cause: "marked", to: "target" }]);
  });

  it("leave the source the owner when a rollback succeeded", () => {
    const it = mark(new Driver(told).report("Unknown").execute(), "attempt.succeeded", 1);
    expect(it).toMatchObject({ state: "idle", context: { owner: "source" } });
    expect(it.told("owner.changed")).toEqual([]);
  });

  it("begin a new migration, of the new owner, when another failure is reported", () => {
    const it = mark(opened(), "attempt.succeeded", 1).report("Timeout");
    expect(it).toMatchObject({ state: "recovering.waitingForReadiness", context: { owner: "source" } });
    expect(it.told("owner.changed").at(-1)).toMatchObject({ cause: "newMigration" });
  });

  it("wait again after a mark of failure, from then on", () => {
    const it = mark(opened().advance(500), "attempt.failed", 1);
    expect(it).toMatchObject({
      state: "recovering.waitingForReadiness",
      context: { recovery: { pending: { readyAt: 20_500 } } },
    });
  });

  it("G2: refuse a late mark, an unknown one, and one without a name", () => {
    const it = mark(opened(), "attempt.failed", 1);
    const closed = it.context.recovery.attempts;
    for (const attempt of [1, 2, null]) {
      mark(it, "attempt.succeeded", attempt);
      mark(it, "attempt.failed", attempt);
    }
    expect(it.context.recovery.attempts).toEqual(closed);
    expect(it.told("mark.refused").map(({ reason }) => reason)).toEqual([
      "alreadyClosed",
      "alreadyClosed",
      "unknownAttempt",
      "unknownAttempt",
      "unknownAttempt",
      "unknownAttempt",
    ]);
  });

  it("refuse to be marked under another attempt's name while one is open", () => {
    const it = mark(mark(opened(), "attempt.succeeded", 9), "attempt.failed", 9);
    expect(it.state).toBe("recovering.executingStrategy");
    expect(it.told("mark.refused")).toHaveLength(2);
  });

  it("close the open attempt when its failure is reported", () => {
    const it = opened().report("NetworkTransient");
    expect(it.state).toBe("recovering.waitingForReadiness");
    expect(it.told("attempt.closed")).toMatchObject([
      { attempt: { id: 1, outcome: "failed", error: "reported" } },
    ]);
  });

  it.each([
    ["ready", () => failed().advance(10_000)],
    ["executingStrategy", opened],
  ])("G6: are given up at the recovery's deadline while %s", (state, at) => {
    const it = at();
    it.advance(589_999);
    expect(it.state).toBe(`recovering.${state}`);
    it.advance(1);
    expect(it).toMatchObject({ state: "givenUp", context: { escalation: { cause: "recoveryDeadline" } } });
    expect(it.context.recovery.attempts?.filter(({ outcome }) => outcome === "open")).toEqual([]);
  });

  it("refuse to be executed before they are due", () => {
    const it = new Driver(told).report("Unknown");
    it.send({ type: "recovery.execute", at: -1 });
    expect(it).toMatchObject({ state: "recovering.ready" });
    expect(it.told("recovery.refused")).toMatchObject([{ reason: "tooEarly" }]);
  });

  it("are forgotten when the host says so", () => {
    const it = opened();
    it.send({ type: "recovery.clear", at: it.now });
    expect(it).toMatchObject({ state: "idle", context: { recovery: { pending: null, attempts: null } } });
  });

  it("have no deadline where the rules ignore it", () => {
    const policy = { rules: { strategies: "told", deadline: "ignored" } } as const;
    const it = new Driver({ policy }).report("Unknown").advance(1e9);
    expect(it.state).toBe("recovering.ready");
    expect(it.execute().advance(1e9).state).toBe("recovering.executingStrategy");
  });
});

describe("G11: under the preset `reference`", () => {
  const failed = (): Driver => new Driver({ policy: reference }).report("Timeout");
  const succeed = (it: Driver): Driver => it.send({ type: "attempt.succeeded", at: it.now, attempt: null });
  const fail = (it: Driver): Driver =>
    it.send({ type: "attempt.failed", at: it.now, attempt: null, error: "late" });

  it("executes inside the back-off, and again while an attempt is open", () => {
    const it = failed().execute().execute();
    expect(it.state).toBe("recovering.executingStrategy");
    expect(it.context.recovery.attempts?.map(({ number, outcome }) => [number, outcome])).toEqual([
      [1, "open"],
      [2, "open"],
    ]);
  });

  it("counts the back-off from the failure as reported, whatever was executed since", () => {
    const it = failed().advance(7_000).execute();
    expect(it.context.recovery.pending).toMatchObject({ at: 0, retryCount: 1, readyAt: 10_000 });
  });

  it("starts the count anew when a failure is reported", () => {
    expect(failed().execute().report("Timeout").context.recovery.pending?.retryCount).toBe(0);
  });

  it("lets a mark end a recovery that has no attempt", () => {
    expect(succeed(failed())).toMatchObject({ state: "idle", context: { recovery: { pending: null } } });
  });

  it("lets a late mark rewrite the last attempt, during a recovery and after it", () => {
    const it = fail(fail(failed().execute()));
    expect(it.state).toBe("recovering.waitingForReadiness");
    expect(it.context.recovery.attempts).toMatchObject([{ outcome: "failed", error: "late" }]);
    fail(succeed(it));
    expect(it).toMatchObject({ state: "idle", context: { recovery: { attempts: [{ outcome: "failed" }] } } });
    succeed(it);
    expect(it.context.recovery.attempts).toMatchObject([{ outcome: "succeeded", error: "late" }]);
  });
});
