import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addRecord,
  type AgentRequirements,
  checkCompatibility,
  chooseTarget,
  decideStrategy,
  excludeTarget,
  isRetryable,
  isSnapshotValid,
  isVersionCompatible,
  markFailed,
  markSucceeded,
  MigrationErrorType,
  MigrationPolicy,
  noRecovery,
  openAttempt,
  openAttemptOf,
  PolicyDraft,
  policyFault,
  redirectAttempt,
  reference,
  refuseExecution,
  refuseMark,
  reportFailure,
  reschedule,
  retryDelayMs,
  shouldChangeTarget,
  simpleChecksum,
  snapshotAgeMs,
  type TargetCapabilities,
  toSnapshot,
  verifyDigest,
} from "../../src/core/migration.ts";

const product = MigrationPolicy.parse({});
const original = MigrationPolicy.parse(reference);
const failure = { errorType: "Timeout", message: "m", target: "t", at: 1_000, retryCount: 0 } as const;

describe("error types", () => {
  it.each([
    ["NetworkTransient", true, false, "RetryOnSameTarget"],
    ["NetworkPermanent", false, false, "Rollback"],
    ["InsufficientResources", true, true, "RetryOnDifferentTarget"],
    ["IncompatibleTarget", false, true, "RetryOnDifferentTarget"],
    ["StateCorruption", false, false, "Rollback"],
    ["Timeout", true, false, "RetryOnSameTarget"],
    ["TargetUnreachable", true, true, "RetryOnDifferentTarget"],
    ["Unknown", false, false, "Rollback"],
  ] as const)(
    "%s: retryable %s, changes target %s, leads to %s",
    (errorType, retryable, changes, strategy) => {
      expect(isRetryable(errorType)).toBe(retryable);
      expect(shouldChangeTarget(errorType)).toBe(changes);
      expect(decideStrategy({ errorType, retryCount: 2 }, product)).toBe(strategy);
      expect(decideStrategy({ errorType, retryCount: 3 }, product)).toBe("Rollback");
      const manual = strategy === "Rollback" ? "GiveUp" : strategy;
      expect(decideStrategy({ errorType, retryCount: 2 }, { ...product, autoRollback: false })).toBe(manual);
      expect(decideStrategy({ errorType, retryCount: 3 }, { ...product, autoRollback: false })).toBe(
        "GiveUp",
      );
    },
  );

  it("has no retry at all where none is allowed", () => {
    const none = { maxRetries: 0, autoRollback: true };
    const strategies = MigrationErrorType.options.map((it) =>
      decideStrategy({ errorType: it, retryCount: 0 }, none),
    );
    expect(new Set(strategies)).toEqual(new Set(["Rollback"]));
  });
});

describe("targets", () => {
  it("are excluded once, and only by a fault of their own", () => {
    expect(excludeTarget([], "a", "IncompatibleTarget")).toEqual(["a"]);
    expect(excludeTarget(["a"], "a", "TargetUnreachable")).toEqual(["a"]);
    expect(excludeTarget(["a"], "b", "Timeout")).toEqual(["a"]);
    expect(excludeTarget(["a"], null, "TargetUnreachable")).toEqual(["a"]);
  });

  it("are chosen in order, without those that failed", () => {
    expect(chooseTarget(["a", "b", "c"], ["a"])).toBe("b");
    expect(chooseTarget(["a"], ["a"])).toBeNull();
    expect(chooseTarget([], [])).toBeNull();
  });
});

describe("policyFault", () => {
  const draft = (change: object) => PolicyDraft.parse(change);
  it.each([
    ["initialDelayZero", { initialRetryDelayMs: 0, maxRetryDelayMs: 0, recoveryTimeoutMs: 0 }],
    ["maxDelayBelowInitial", { initialRetryDelayMs: 2, maxRetryDelayMs: 1, recoveryTimeoutMs: 0 }],
    ["timeoutZero", { recoveryTimeoutMs: 0 }],
    [null, { initialRetryDelayMs: 1, maxRetryDelayMs: 1, recoveryTimeoutMs: 1, maxRetries: 0 }],
  ])("is %s, the first broken rule", (fault, change) => {
    expect(policyFault(draft(change))).toBe(fault);
    expect(MigrationPolicy.safeParse(change).success).toBe(fault === null);
  });

  it("has the original's defaults", () => {
    expect(product).toMatchObject({
      maxRetries: 3,
      initialRetryDelayMs: 10_000,
      maxRetryDelayMs: 300_000,
      exponentialBackoff: true,
      recoveryTimeoutMs: 600_000,
      autoRollback: true,
      rollbackMaxAgeMs: 3_600_000,
      recordLimit: 10_000,
    });
  });
});

describe("retryDelayMs", () => {
  it.each([
    [0, 10_000],
    [1, 10_000],
    [2, 20_000],
    [3, 40_000],
    [5, 160_000],
    [6, 300_000],
    [32, 300_000],
    [4_294_967_295, 300_000],
  ])("after %i retries is %i ms", (retries, expected) => {
    expect(retryDelayMs(retries, product)).toBe(expected);
  });

  it("is the initial delay, uncapped, without exponential back-off", () => {
    expect(retryDelayMs(9, { exponentialBackoff: false, initialRetryDelayMs: 7, maxRetryDelayMs: 3 })).toBe(
      7,
    );
  });

  it("never falls, and never leaves its bounds", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (a, b) => {
        const [low, high] = [retryDelayMs(Math.min(a, b), product), retryDelayMs(Math.max(a, b), product)];
        expect(low).toBeLessThanOrEqual(high);
        expect(low).toBeGreaterThanOrEqual(10_000);
        expect(high).toBeLessThanOrEqual(300_000);
      }),
    );
  });
});

describe("a recovery", () => {
  const failed = reportFailure(noRecovery, failure, product);

  it("begins with an empty history, and a back-off from the failure", () => {
    expect(failed).toEqual({
      pending: { ...failure, firstAt: 1_000, readyAt: 11_000 },
      attempts: [],
    });
  });

  it("keeps its count and waits from the last report; or starts anew, as the original does", () => {
    const again = { ...failure, at: 5_000 };
    const product2 = reportFailure(openAttempt(failed, "RetryOnSameTarget", 11_000, product), again, product);
    expect(product2.pending).toMatchObject({ retryCount: 1, firstAt: 1_000, at: 5_000, readyAt: 15_000 });
    const original2 = reportFailure(
      openAttempt(failed, "RetryOnSameTarget", 11_000, original),
      again,
      original,
    );
    expect(original2.pending).toMatchObject({ retryCount: 0, firstAt: 5_000, readyAt: 15_000 });
  });

  it("keeps a count reported from elsewhere within its bounds; the original takes any", () => {
    const much = { ...failure, retryCount: 99 };
    expect(reportFailure(noRecovery, much, product).pending?.retryCount).toBe(3);
    expect(reportFailure(noRecovery, much, original).pending?.retryCount).toBe(99);
  });

  it("does not wait before a rollback; the original does", () => {
    const corrupt = { ...failure, errorType: "StateCorruption" } as const;
    expect(reportFailure(noRecovery, corrupt, product).pending?.readyAt).toBe(1_000);
    expect(reportFailure(noRecovery, corrupt, original).pending?.readyAt).toBe(11_000);
  });

  it("is rescheduled by another policy", () => {
    const other = { ...product, initialRetryDelayMs: 2_000 };
    expect(reschedule(failed, other).pending?.readyAt).toBe(3_000);
    expect(reschedule(noRecovery, other)).toBe(noRecovery);
  });

  it("refuses execution with a reason, which the original gives only without a failure", () => {
    const open = openAttempt(failed, "RetryOnSameTarget", 11_000, product);
    expect(refuseExecution(noRecovery, 0, product)).toBe("nothingPending");
    expect(refuseExecution(noRecovery, 0, original)).toBe("nothingPending");
    expect(refuseExecution(failed, 10_999, product)).toBe("tooEarly");
    expect(refuseExecution(failed, 11_000, product)).toBeNull();
    expect(refuseExecution(failed, 0, original)).toBeNull();
    expect(refuseExecution(open, 99_000, product)).toBe("attemptOpen");
    expect(refuseExecution(open, 0, original)).toBeNull();
  });

  it("spends a retry when it is opened, and none for a rollback; the original counts both", () => {
    const retried = openAttempt(failed, "RetryOnSameTarget", 11_000, product);
    expect(retried.pending?.retryCount).toBe(1);
    expect(retried.attempts).toEqual([
      {
        id: 1,
        number: 1,
        strategy: "RetryOnSameTarget",
        at: 11_000,
        target: "t",
        outcome: "open",
        error: null,
      },
    ]);
    expect(openAttempt(failed, "Rollback", 11_000, product).pending?.retryCount).toBe(0);
    expect(openAttempt(failed, "Rollback", 11_000, original).pending?.retryCount).toBe(1);
    expect(openAttempt(noRecovery, "Rollback", 0, product)).toBe(noRecovery);
  });

  it("keeps the last attempts, with ids that go on", () => {
    const few = { ...original, recordLimit: 2 };
    const many = [1, 2, 3].reduce((it) => openAttempt(it, "Rollback", 0, few), failed);
    expect(many.attempts?.map(({ id }) => id)).toEqual([2, 3]);
  });

  it("is closed by the mark on its open attempt only; the original's marks need none", () => {
    const open = openAttempt(failed, "RetryOnSameTarget", 11_000, product);
    expect(openAttemptOf(open)?.id).toBe(1);
    expect(refuseMark(open, 1, product)).toBeNull();
    expect(refuseMark(open, 2, product)).toBe("unknownAttempt");
    expect(refuseMark(open, null, product)).toBe("unknownAttempt");
    const closed = markFailed(open, "late", 12_000, product);
    expect(refuseMark(closed, 1, product)).toBe("alreadyClosed");
    expect(openAttemptOf(closed)).toBeNull();
    expect(closed.pending).toMatchObject({ at: 12_000, readyAt: 22_000 });
    expect(refuseMark(noRecovery, null, original)).toBeNull();
  });

  it("does not move for a failed mark under the original's rules", () => {
    const open = openAttempt(failed, "RetryOnSameTarget", 11_000, original);
    expect(markFailed(open, "late", 12_000, original).pending).toEqual(open.pending);
  });

  it("ends with a success, which keeps an older error", () => {
    const open = openAttempt(failed, "RetryOnSameTarget", 11_000, original);
    const late = markSucceeded(markFailed(open, "late", 12_000, original));
    expect(late.pending).toBeNull();
    expect(late.attempts).toMatchObject([{ outcome: "succeeded", error: "late" }]);
    expect(markSucceeded(noRecovery)).toEqual(noRecovery);
    expect(markSucceeded(failed).attempts).toEqual([]);
  });

  it("says where its attempt went", () => {
    const open = openAttempt(failed, "RetryOnDifferentTarget", 11_000, product);
    expect(redirectAttempt(open, "u").attempts).toMatchObject([{ target: "u" }]);
  });
});

describe("simpleChecksum", () => {
  it.each([
    [[], 0],
    [[1, 2, 3], 14],
    [[2, 0], 2],
    [[0, 1], 2],
  ])("of %j is %i", (bytes, expected) => {
    expect(simpleChecksum(Uint8Array.from(bytes))).toBe(expected);
  });

  it.each([0, 1, 4_999, 10_000])("is the same when it is computed in two parts, cut at %i", (cut) => {
    const bytes = Uint8Array.from({ length: 10_000 }, (_, index) => (index * 31) % 256);
    const first = { sizeBytes: cut, checksum: simpleChecksum(bytes.subarray(0, cut)) };
    expect(simpleChecksum(bytes.subarray(cut), first)).toBe(simpleChecksum(bytes));
  });

  it("wraps at 32 bits", () => {
    expect(simpleChecksum(new Uint8Array(10_000).fill(255))).toBe((255 * 50_005_000) % 2 ** 32);
  });
});

describe("a snapshot", () => {
  const digest = { sizeBytes: 3, checksum: 14, sha256: "a".repeat(64) };
  const captured = {
    agent: "a",
    source: null,
    state: { kind: "path", path: "/p" } as const,
    digest,
    policyData: "",
    capturedAt: 1_000,
    takenAt: 0,
  };

  it("is refused before the epoch, and not at it", () => {
    expect(toSnapshot(captured)).toEqual({ ok: true, snapshot: captured });
    expect(toSnapshot({ ...captured, takenAt: -1 })).toEqual({ ok: false, message: "Time error" });
  });

  it("is valid while younger than the limit; a clock gone back makes it new", () => {
    expect(snapshotAgeMs(captured, 1_500)).toBe(500);
    expect(snapshotAgeMs(captured, 0)).toBe(0);
    expect(isSnapshotValid(captured, 1_499, 500)).toBe(true);
    expect(isSnapshotValid(captured, 1_500, 500)).toBe(false);
    expect(isSnapshotValid(captured, 0, 0)).toBe(false);
  });

  it("is compared by size, checksum and SHA-256, in the original's words", () => {
    const rules = { digest: "sha256", responsive: true } as const;
    expect(verifyDigest(digest, digest, rules)).toEqual({
      passed: true,
      sizeValid: true,
      checksumValid: true,
      sha256Valid: true,
      responsive: true,
      details: ["Size verified: 3 bytes", "Checksum verified", "SHA-256 verified"],
    });
    const other = { sizeBytes: 2, checksum: 1, sha256: null };
    expect(verifyDigest(digest, other, rules)).toMatchObject({
      passed: false,
      details: [
        "Size mismatch: original 3 bytes, migrated 2 bytes",
        "Checksum mismatch: expected 14, got 1",
        `SHA-256 mismatch: expected ${"a".repeat(64)}, got none`,
      ],
    });
    const none = { ...digest, sha256: null };
    expect(verifyDigest(none, none, rules).passed).toBe(false);
    expect(verifyDigest(none, none, { ...rules, digest: "checksum" })).toMatchObject({
      passed: true,
      sha256Valid: null,
    });
    expect(verifyDigest(digest, digest, { ...rules, responsive: false })).toMatchObject({
      passed: false,
      details: expect.arrayContaining(["Agent not responsive"]),
    });
  });

  it("catches by SHA-256 what collides in the checksum", () => {
    const a = { sizeBytes: 2, checksum: simpleChecksum(Uint8Array.of(2, 0)), sha256: "a".repeat(64) };
    const b = { sizeBytes: 2, checksum: simpleChecksum(Uint8Array.of(0, 1)), sha256: "b".repeat(64) };
    expect(a.checksum).toBe(b.checksum);
    expect(verifyDigest(a, b, { digest: "sha256", responsive: true }).passed).toBe(false);
    expect(verifyDigest(a, b, { digest: "checksum", responsive: true }).passed).toBe(true);
  });
});

describe("checkCompatibility", () => {
  const needs: AgentRequirements = {
    architecture: "x86_64",
    memoryBytes: 80,
    storageBytes: 10,
    features: ["simd"],
    stateBytes: 5,
    version: "1.2.3",
  };
  const has: TargetCapabilities = {
    architectures: ["x86_64"],
    memoryBytes: 100,
    storageBytes: 10,
    features: ["simd"],
    maxStateBytes: 5,
    minVersion: "1.2.3",
  };

  it("accepts a target that has just enough, and a fifth of its memory to spare", () => {
    expect(checkCompatibility(needs, has)).toEqual({ status: "compatible", warnings: [] });
  });

  it("warns under a fifth", () => {
    expect(checkCompatibility({ ...needs, memoryBytes: 81 }, has)).toEqual({
      status: "compatible",
      warnings: ["Low memory headroom: only 19 bytes available after migration"],
    });
  });

  const poor: TargetCapabilities = {
    architectures: [],
    memoryBytes: 79,
    storageBytes: 9,
    features: [],
    maxStateBytes: 4,
    minVersion: "2.0.0",
  };
  it.each([
    ["IncompatibleTarget", "Target does not support architecture: x86_64", poor],
    [
      "InsufficientResources",
      "Insufficient memory: required 80 bytes, available 79 bytes",
      { ...poor, architectures: ["x86_64"] },
    ],
    [
      "InsufficientResources",
      "Insufficient storage: required 10 bytes, available 9 bytes",
      { ...has, storageBytes: 9, maxStateBytes: 4 },
    ],
    [
      "InsufficientResources",
      "Agent state too large: 5 bytes exceeds maximum 4 bytes",
      { ...has, maxStateBytes: 4, features: [] },
    ],
    [
      "IncompatibleTarget",
      "Target does not support WASM feature: simd",
      { ...has, features: [], minVersion: "9.0.0" },
    ],
    [
      "IncompatibleTarget",
      "Version incompatible: agent version 1.2.3 not compatible with target minimum 2.0.0",
      { ...has, minVersion: "2.0.0" },
    ],
  ] as const)("names the first obstacle (%s): %s", (cause, reason, target) => {
    const capabilities = {
      ...target,
      architectures: [...target.architectures],
      features: [...target.features],
    };
    expect(checkCompatibility(needs, capabilities)).toEqual({ status: "incompatible", cause, reason });
  });

  it("needs no architecture where any will do", () => {
    expect(checkCompatibility({ ...needs, architecture: null }, { ...has, architectures: [] }).status).toBe(
      "compatible",
    );
  });

  it.each([
    ["1.2.3", "1.2.3", true],
    ["1.2.2", "1.2.3", false],
    ["1.3.0", "1.2.3", true],
    ["1.1.9", "1.2.3", false],
    ["2.0.0", "1.2.3", false],
    ["1.2", "1.2.0", true],
    ["", "0.0.0", true],
    ["1.x.9", "1.0.1", true],
  ])("version %s against the minimum %s: %s", (version, minimum, expected) => {
    expect(isVersionCompatible(version, minimum)).toBe(expected);
  });
});

describe("addRecord", () => {
  it("drops the oldest", () => {
    const record = (details: string) =>
      ({ eventType: "MigrationStarted", migration: "m", agent: "a", at: 0, details, success: true }) as const;
    const audit = ["1", "2", "3"].reduce<ReturnType<typeof addRecord>>(
      (it, text) => addRecord(it, record(text), 2),
      [],
    );
    expect(audit.map(({ details }) => details)).toEqual(["2", "3"]);
  });
});
