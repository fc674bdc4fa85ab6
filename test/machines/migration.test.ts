import { describe, expect, it } from "vitest";
import { createActor, initialTransition } from "xstate";
import { migrationMachine } from "../../machines/migration.ts";
import type { Phase } from "../../src/core/migration.ts";
import { VirtualClock } from "../../src/runtime/virtual-clock.ts";
import { digest, Driver, way } from "./migration/driver.ts";

const beforeCommit = way.slice(0, -1);
const limits = new Driver().context.policy.limits;
const phaseOf = (state: string): Phase => state.replace("migrating.", "") as Phase;

describe("migrationMachine", () => {
  it("starts idle from no input, owned by the source", () => {
    const [snapshot] = initialTransition(migrationMachine, {});
    expect(snapshot).toMatchObject({ status: "active", value: "idle", context: { owner: "source" } });
    expect(JSON.parse(JSON.stringify(snapshot.context))).toEqual(snapshot.context);
  });

  it("refuses a policy that the original refuses", () => {
    expect(initialTransition(migrationMachine, { policy: { initialRetryDelayMs: 0 } })[0].status).toBe(
      "error",
    );
  });

  it("fails with the port's name where the host gives none", async () => {
    const actor = createActor(migrationMachine, { input: {}, clock: new VirtualClock() });
    const failed = new Promise((resolve) => void actor.on("migration.failed", resolve));
    actor.start().send({ type: "migration.start", at: 0, target: "t1" });
    await expect(failed).resolves.toMatchObject({
      errorType: "Unknown",
      message: expect.stringContaining('"checkCompatibility"'),
    });
  });
});

describe("the good way", () => {
  it("goes through every phase to the commit, after which the target owns the agent", () => {
    const it = new Driver().reach("committing", null).pass("commit");
    expect(it).toMatchObject({
      state: "committed",
      isDone: true,
      context: { owner: "target", target: "t1" },
    });
    expect(it.told("migration.phaseEntered").map(({ phase }) => phase)).toEqual(
      way.map(([at]) => phaseOf(at)),
    );
    expect(it.told("owner.changed")).toMatchObject([{ from: "source", to: "target", cause: "committed" }]);
    expect(it.told("migration.committed")).toMatchObject([{ target: "t1", details: "switched" }]);
    expect(it.context.audit.map(({ eventType }) => eventType)).toEqual([
      "MigrationStarted",
      "ValidationCompleted",
      "SnapshotCaptured",
      "TransferStarted",
      "TransferCompleted",
      "VerificationCompleted",
      "MigrationCompleted",
    ]);
  });

  it("honours a named target without asking for one", () => {
    const it = new Driver().start("t9");
    expect(it).toMatchObject({ state: "migrating.preparing", context: { target: "t9" } });
  });

  it("tells of a target that is nearly full, and goes on", () => {
    const capabilities = {
      architectures: ["x86_64"],
      memoryBytes: 1,
      storageBytes: 1,
      features: ["simd"],
      maxStateBytes: 1,
      minVersion: "1.0.0",
    };
    const it = new Driver({ policy: {} }).reach("migrating.preparing").pass("checkCompatibility", {
      requirements: {
        architecture: null,
        memoryBytes: 90,
        storageBytes: 0,
        features: [],
        stateBytes: 0,
        version: "1.0.0",
      },
      capabilities: { ...capabilities, memoryBytes: 100 },
    });
    expect(it.state).toBe("migrating.capturing");
    expect(it.told("migration.warned")).toMatchObject([
      { warnings: ["Low memory headroom: only 10 bytes available after migration"] },
    ]);
  });

  it("is started once", () => {
    const it = new Driver().reach("migrating.capturing").start("t2");
    expect(it).toMatchObject({ state: "migrating.capturing", context: { target: "t1" } });
    expect(it.told("command.refused")).toMatchObject([{ command: "migration.start" }]);
  });
});

describe.each(beforeCommit)("%s", (state, port) => {
  it("waits for the back-off after a failure that can be retried", () => {
    const it = new Driver().reach(state, null).fail(port, "NetworkTransient");
    expect(it.state).toBe("recovering.waitingForReadiness");
    expect(it.told("migration.failed")).toMatchObject([
      { phase: phaseOf(state), errorType: "NetworkTransient", message: "boom", retryable: true },
    ]);
  });

  it("fails by its own deadline, not before", () => {
    const it = new Driver().reach(state, null);
    it.advance(limits[phaseOf(state)] - 1);
    expect(it.state).toBe(state);
    it.advance(1);
    expect(it.state).toBe("recovering.waitingForReadiness");
    expect(it.told("migration.failed")).toMatchObject([{ errorType: "Timeout", at: it.now }]);
  });

  it("fails when its port throws", () => {
    const it = new Driver({}, { [port]: fails }).start(null);
    for (const [at, other] of way) if (it.state === at) it.pass(other);
    expect(it.told("migration.failed")).toMatchObject([
      { phase: phaseOf(state), errorType: "Unknown", message: "thrown" },
    ]);
  });

  it("fails when somebody else says so", () => {
    const it = new Driver().reach(state, null).report("TargetUnreachable");
    expect(it.state).toBe("recovering.waitingForReadiness");
    expect(it.told("migration.failed")).toMatchObject([{ phase: null, message: "reported" }]);
  });

  it("is cancelled with nothing left to undo, or rolled back", () => {
    const it = new Driver().reach(state, null).cancel();
    const isBegun = it.context.sourceFrozen;
    const copied = it.context.snapshot !== null;
    const undoing = copied ? "rollingBack.verifyingSnapshot" : "rollingBack.restoringSource";
    expect(it.state).toBe(isBegun ? undoing : "cancelled");
    expect(isBegun).toBe(way.findIndex(([at]) => at === state) >= 2);
  });

  it("is left to a person who has seen to it", () => {
    const it = new Driver().reach(state, null).resolve("source");
    expect(it).toMatchObject({ state: "resolved", isDone: true, context: { owner: "source" } });
  });
});

describe("what a phase brings back", () => {
  it("changes nothing when nothing is offered but failed targets: it is rolled back at once", () => {
    const it = new Driver().reach("migrating.preparing").fail("checkCompatibility", "IncompatibleTarget");
    it.advance(10_000).pass("chooseTarget", { candidates: ["t1"] });
    expect(it).toMatchObject({
      state: "rolledBack",
      context: { exhaustion: "noTargetLeft", owner: "source" },
    });
  });

  it.each([
    ["IncompatibleTarget", "no architecture", { architectures: ["arm64"] }],
    ["InsufficientResources", "no memory", { memoryBytes: 0 }],
  ])("is %s when the target has %s", (errorType, _, lack) => {
    const has = {
      architectures: ["x86_64"],
      memoryBytes: 9,
      storageBytes: 9,
      features: ["simd"],
      maxStateBytes: 9,
      minVersion: "1.0.0",
    };
    const it = new Driver()
      .reach("migrating.preparing")
      .pass("checkCompatibility", { capabilities: { ...has, ...lack } });
    expect(it.told("migration.failed")).toMatchObject([{ errorType, changesTarget: true, target: "t1" }]);
    expect(it.context.failedTargets).toEqual(["t1"]);
  });

  it("is refused when the wall clock stands before the epoch", () => {
    const it = new Driver().reach("migrating.capturing").pass("capture", { takenAt: -1 });
    expect(it.told("migration.failed")).toMatchObject([{ message: "Time error", errorType: "Unknown" }]);
    expect(it.context.snapshot).toBeNull();
  });

  it.each([
    ["size", { ...digest, sizeBytes: 5 }],
    ["checksum", { ...digest, checksum: 11 }],
    ["SHA-256", { ...digest, sha256: "b".repeat(64) }],
    ["SHA-256, which is missing", { ...digest, sha256: null }],
  ])("G4: is not restored when the copy differs in %s", (_, other) => {
    const it = new Driver().reach("migrating.validating").pass("validate", { digest: other });
    expect(it.told("migration.failed")).toMatchObject([{ errorType: "StateCorruption" }]);
    expect(it.told("migration.phaseEntered").map(({ phase }) => phase)).not.toContain("restoring");
    expect(it.told("migration.verified")).toMatchObject([{ result: { passed: false } }]);
    expect(it.state).toBe("rollingBack.verifyingSnapshot");
  });

  it.each([
    ["migrating.validating", "validate"],
    ["migrating.restoring", "restore"],
  ] as const)("is another target's turn when, in %s, the target does not answer", (state, port) => {
    const it = new Driver().reach(state).pass(port, { responsive: false });
    expect(it.told("migration.failed")).toMatchObject([{ errorType: "TargetUnreachable" }]);
    expect(it.context.failedTargets).toEqual(["t1"]);
  });
});

describe("committing", () => {
  it("goes back to recovery when the commit has failed for certain", () => {
    const it = new Driver().reach("committing").fail("commit", "NetworkTransient");
    expect(it).toMatchObject({ state: "recovering.waitingForReadiness", context: { owner: "source" } });
  });

  it.each([
    ["says that it does not know", (it: Driver) => it.lose("commit")],
    ["is late", (it: Driver) => it.advance(limits.committing)],
  ])("is settled when the port %s", (_, doubt) => {
    const it = doubt(new Driver().reach("committing"));
    expect(it).toMatchObject({ state: "settlingCommit", context: { owner: "source" } });
  });

  it("is settled when the port throws", () => {
    expect(new Driver({}, { commit: fails }).reach("settlingCommit").context.owner).toBe("source");
  });

  const settling = (): Driver => new Driver().reach("committing").lose("commit");

  it("is committed when it turns out to have taken effect", () => {
    const it = settling().pass("settleCommit");
    expect(it).toMatchObject({ state: "committed", context: { owner: "target" } });
  });

  it("is recovered when it turns out not to have", () => {
    const it = settling().pass("settleCommit", { committed: false });
    expect(it).toMatchObject({ state: "recovering.waitingForReadiness", context: { owner: "source" } });
  });

  it.each([
    ["fails", () => settling().fail("settleCommit")],
    ["does not know", () => settling().lose("settleCommit")],
    ["is late", () => settling().advance(limits.settlingCommit)],
    ["throws", () => new Driver({}, { settleCommit: fails }).reach("committing").lose("commit")],
  ])("G5: is left to a person when settling %s", (_, doubt) => {
    const it = doubt();
    expect(it).toMatchObject({
      state: "commitInDoubt",
      context: { owner: "source", escalation: { cause: "commitInDoubt" }, deadline: null },
    });
    expect(it.told("escalation.opened")).toMatchObject([{ cause: "commitInDoubt" }]);
  });

  it("is settled again when a person asks, and closes its escalation", () => {
    const it = settling().fail("settleCommit");
    it.send({ type: "commit.settle", at: it.now });
    expect(it).toMatchObject({ state: "settlingCommit", context: { escalation: null } });
    expect(it.pass("settleCommit").state).toBe("committed");
  });

  it.each(["source", "target"] as const)("is resolved by a person as the %s's", (owner) => {
    const it = settling().fail("settleCommit").resolve(owner);
    expect(it).toMatchObject({ state: "resolved", context: { owner, escalation: null } });
  });

  it.each([
    ["committing", () => new Driver().reach("committing")],
    ["settlingCommit", settling],
    ["commitInDoubt", () => settling().fail("settleCommit")],
  ])("G10: refuses in %s to cancel or to roll back", (state, at) => {
    const it = at().cancel().requestRollback();
    expect(it.state).toBe(state);
    expect(it.told("command.refused").map(({ command }) => command)).toEqual([
      "migration.cancel",
      "rollback.request",
    ]);
  });

  it.each([
    ["committing", () => new Driver().reach("committing")],
    ["settlingCommit", settling],
  ])("refuses in %s to be resolved or to fail", (state, at) => {
    const it = at().resolve("target").report("Timeout");
    expect(it.state).toBe(state);
    expect(it.told("command.refused").map(({ command }) => command)).toEqual([
      "migration.resolve",
      "failure.reported",
    ]);
  });
});

describe("idle", () => {
  it("is cancelled", () => {
    expect(new Driver().cancel()).toMatchObject({ state: "cancelled", isDone: true });
  });

  it("refuses what needs a migration", () => {
    const it = new Driver().requestRollback().resolve("target").execute();
    it.send({ type: "migration.retry", at: 0, target: null });
    it.send({ type: "commit.settle", at: 0 });
    it.send({ type: "attempt.succeeded", at: 0, attempt: 1 });
    it.send({ type: "attempt.failed", at: 0, attempt: 1, error: "" });
    expect(it.state).toBe("idle");
    expect(it.reports.map(({ type }) => type)).toEqual([
      "command.refused",
      "command.refused",
      "recovery.refused",
      "command.refused",
      "command.refused",
      "mark.refused",
      "mark.refused",
    ]);
    expect(it.told("recovery.refused")).toMatchObject([
      { reason: "nothingPending", message: "No pending recovery for agent" },
    ]);
  });

  it("looks after a migration that failed elsewhere, with the retries made there", () => {
    const it = new Driver().report("TargetUnreachable", { target: "t1", retryCount: 2 });
    expect(it).toMatchObject({
      state: "recovering.waitingForReadiness",
      context: { target: "t1", failedTargets: ["t1"], recovery: { pending: { retryCount: 2 } } },
    });
  });

  it("forgets earlier recoveries", () => {
    const it = new Driver({ recovery: { pending: null, attempts: [] } });
    it.send({ type: "recovery.clear", at: 0 });
    expect(it.context.recovery.attempts).toBeNull();
  });
});

function fails(): never {
  throw new Error("thrown");
}
