/**
 * Tests of the machine leaseRecovery, from machines/lease-recovery.ts. Written by `homeostat generate`: change the machine, not this file.
 *
 * 4 tests, 65 steps: states 10/10, transitions 26/26, guards 20/20, timers 4/4, outcomes 6/6, unhandled 5/5
 *
 * content: sha256 aa6946122a0fbc8072978968926e1cee4506aa00906d177034cd88a0c80ef554
 * made with: {"from":"../../src/testgen/index.ts"}
 */
import { describe, it } from "vitest";
import { type Beginning, play } from "../../src/testgen/index.ts";
import { suts } from "./lease-recovery.sut.ts";

const beginning: Beginning = { input: { attemptId: "a", runId: "r", leaseId: "l", workerId: "w", policy: { ttlMs: 3, graceMs: 1, recoveries: 2, retryBackoffMs: 1, reloadMs: 2, replayMs: 2 } }, initial: { value: "held", status: "active", context: { at: 0, attemptId: "a", cause: null, checkpointSeq: null, deadline: 5, epoch: 1, lease: { attemptId: "a", epoch: 1, expiresAt: 3, heartbeatAt: 0, leaseId: "l", version: 1, workerId: "w" }, policy: { graceMs: 1, recoveries: 2, reloadMs: 2, replayMs: 2, retryBackoffMs: 1, ttlMs: 3 }, recoveries: 0, runId: "r" }, actors: [], effects: [] } };

for (const sut of [suts].flat()) {
  describe(`leaseRecovery, ${sut.name ?? "the system"}`, () => {
    // enters leaseRecovery
    // the timer after untilDeadline.leaseRecovery.held is cancelled and does not fire
    // isAcceptedSuccess is false for leaseRecovery.held attempt.acknowledged[0]
    // enters leaseRecovery.deadLettered
    // takes leaseRecovery.held attempt.acknowledged[1]
    // isAccepted is true for leaseRecovery.held attempt.acknowledged[1]
    // enters leaseRecovery.recovering
    // enters leaseRecovery.recovering.leaseExpired
    // takes leaseRecovery.deadLettered attempt.redriven
    // enters leaseRecovery.cancelled
    // takes leaseRecovery.recovering attempt.cancelled
    // the timer after untilDeadline.leaseRecovery.recovering.leaseExpired is cancelled and does not fire
    it("1. takes leaseRecovery.held attempt.acknowledged[1], and 11 more: attempt.acknowledged, wait 5 ms, attempt.redriven, … (4 steps)", () =>
      play(sut, beginning, [
        { send: { workerId: "w", epoch: 1, outcome: "failed", message: "", at: 1, type: "attempt.acknowledged" }, value: "deadLettered", context: { at: 1, cause: { code: null, kind: "failed", message: "", step: "execution" }, deadline: null, lease: null }, effects: [{ emits: { at: 1, attemptId: "a", cause: { code: null, kind: "failed", message: "", step: "execution" }, recoveries: 0, runId: "r", type: "attempt.deadLettered" } }] },
        { advance: 5, fires: [] },
        { send: { at: 2, type: "attempt.redriven" }, value: { recovering: "leaseExpired" }, context: { at: 2, cause: null, deadline: 2, epoch: 2, recoveries: 1 }, effects: [{ emits: { at: 2, attemptId: "a", epoch: 2, recovery: 1, runId: "r", type: "recovery.started" } }] },
        { send: { at: 2, type: "attempt.cancelled" }, value: "cancelled", status: "done", context: { deadline: null }, effects: [{ emits: { at: 2, attemptId: "a", epoch: 2, recovery: 1, runId: "r", type: "recovery.cancelled" } }, { emits: { at: 2, attemptId: "a", outcome: "cancelled", type: "attempt.ended" } }] },
      ]));

    // enters leaseRecovery.completed
    // takes leaseRecovery.held attempt.acknowledged[0]
    // isAcceptedSuccess is true for leaseRecovery.held attempt.acknowledged[0]
    it("2. takes leaseRecovery.held attempt.acknowledged[0], and 2 more: attempt.acknowledged (1 step)", () =>
      play(sut, beginning, [
        { send: { workerId: "w", epoch: 1, outcome: "completed", message: "", at: 0, type: "attempt.acknowledged" }, value: "completed", status: "done", context: { deadline: null, lease: null }, effects: [{ emits: { at: 0, attemptId: "a", outcome: "completed", type: "attempt.ended" } }] },
      ]));

    // enters leaseRecovery.held
    // takes leaseRecovery.held heartbeat.received
    // isAccepted is true for leaseRecovery.held heartbeat.received
    // takes leaseRecovery lease.expired
    // isAcceptedLoss is false for leaseRecovery.held lease.expired[0]
    // isAccepted is false for leaseRecovery.held lease.expired[1]
    // takes leaseRecovery attempt.acknowledged
    // isAccepted is false for leaseRecovery.held attempt.acknowledged[1]
    // takes leaseRecovery heartbeat.received
    // isAccepted is false for leaseRecovery.held heartbeat.received
    // takes leaseRecovery.held after untilDeadline[0]
    // hasRecoveryLeft is true for leaseRecovery.held after untilDeadline[0]
    // enters leaseRecovery.recovering.checkpointReload
    // takes leaseRecovery.recovering.leaseExpired after untilDeadline
    // enters leaseRecovery.recovering.replay
    // takes leaseRecovery.recovering.checkpointReload done 0.leaseRecovery.recovering.checkpointReload
    // 0.leaseRecovery.recovering.checkpointReload ends: done
    // the timer after untilDeadline.leaseRecovery.recovering.replay is cancelled and does not fire
    // enters leaseRecovery.readyForDispatch
    // takes leaseRecovery.recovering.replay done 0.leaseRecovery.recovering.replay
    // 0.leaseRecovery.recovering.replay ends: done
    // takes leaseRecovery.readyForDispatch attempt.claimed
    // takes leaseRecovery.held lease.expired[0]
    // isAcceptedLoss is true for leaseRecovery.held lease.expired[0]
    // the timer after untilDeadline.leaseRecovery.recovering.checkpointReload is cancelled and does not fire
    // 0.leaseRecovery.recovering.checkpointReload ends: error
    // takes leaseRecovery.recovering.checkpointReload error 0.leaseRecovery.recovering.checkpointReload[1]
    // hasRecoveryLeft is false for leaseRecovery.recovering.checkpointReload error 0.leaseRecovery.recovering.checkpointReload[0]
    // takes leaseRecovery attempt.cancelled
    it("3. takes leaseRecovery.held heartbeat.received, and 28 more: heartbeat.received, lease.expired, attempt.acknowledged, … (14 steps)", () =>
      play(sut, beginning, [
        { send: { workerId: "w", epoch: 1, version: 1, at: 1, type: "heartbeat.received" }, context: { at: 1, deadline: 6, lease: { attemptId: "a", epoch: 1, expiresAt: 4, heartbeatAt: 1, leaseId: "l", version: 2, workerId: "w" } }, effects: [{ emits: { at: 1, attemptId: "a", epoch: 1, expiresAt: 4, type: "lease.renewed", version: 2 } }] },
        { send: { at: 2, epoch: 2, type: "lease.expired" }, effects: [{ emits: { at: 2, attemptId: "a", message: "stale epoch 2 for lease: l (current epoch 1)", reason: "staleEpoch", type: "claim.refused" } }] },
        { send: { workerId: "stranger", epoch: 1, outcome: "completed", message: "", at: 1, type: "attempt.acknowledged" }, effects: [{ emits: { at: 1, attemptId: "a", message: "lease l is owned by another worker, not stranger", reason: "notOwner", type: "claim.refused" } }] },
        { send: { workerId: "stranger", epoch: 1, version: 2, at: 1, type: "heartbeat.received" }, effects: [{ emits: { at: 1, attemptId: "a", message: "lease l is owned by another worker, not stranger", reason: "notOwner", type: "claim.refused" } }] },
        { advance: 5, fires: ["after untilDeadline", "after untilDeadline"], value: { recovering: "checkpointReload" }, actors: ["0.leaseRecovery.recovering.checkpointReload"], context: { at: 6, deadline: 8, epoch: 2, lease: null, recoveries: 1 }, effects: [{ emits: { at: 6, attemptId: "a", epoch: 2, recovery: 1, runId: "r", type: "recovery.started" } }] },
        { settle: "0.leaseRecovery.recovering.checkpointReload", done: { seq: null, at: 6 }, value: { recovering: "replay" }, actors: ["0.leaseRecovery.recovering.replay"] },
        { settle: "0.leaseRecovery.recovering.replay", done: { at: 7 }, value: "readyForDispatch", actors: [], context: { at: 7, deadline: null }, effects: [{ emits: { at: 7, attemptId: "a", epoch: 2, recovery: 1, runId: "r", type: "recovery.succeeded" } }] },
        { advance: 2, fires: [] },
        { send: { at: 7, leaseId: "l2", workerId: "w", type: "attempt.claimed" }, value: "held", context: { deadline: 12, lease: { attemptId: "a", epoch: 2, expiresAt: 10, heartbeatAt: 7, leaseId: "l2", version: 1, workerId: "w" } }, effects: [{ emits: { at: 7, attemptId: "a", epoch: 2, expiresAt: 10, leaseId: "l2", type: "lease.issued", workerId: "w" } }] },
        { send: { at: 7, epoch: 2, type: "lease.expired" }, value: { recovering: "leaseExpired" }, context: { deadline: 7, epoch: 3, lease: null, recoveries: 2 }, effects: [{ emits: { at: 7, attemptId: "a", epoch: 3, recovery: 2, runId: "r", type: "recovery.started" } }] },
        { advance: 0, fires: ["after untilDeadline"], value: { recovering: "checkpointReload" }, actors: ["0.leaseRecovery.recovering.checkpointReload"], context: { deadline: 9 } },
        { settle: "0.leaseRecovery.recovering.checkpointReload", fails: new Error("no"), value: "deadLettered", actors: [], context: { cause: { code: "internal", kind: "failed", message: "no", step: "checkpointReload" }, deadline: null }, effects: [{ emits: { at: 7, attemptId: "a", cause: { code: "internal", kind: "failed", message: "no", step: "checkpointReload" }, epoch: 3, recovery: 2, runId: "r", type: "recovery.failed" } }, { emits: { at: 7, attemptId: "a", cause: { code: "internal", kind: "failed", message: "no", step: "checkpointReload" }, recoveries: 2, runId: "r", type: "attempt.deadLettered" } }] },
        { advance: 2, fires: [] },
        { send: { at: 8, type: "attempt.cancelled" }, value: "cancelled", status: "done", context: { at: 8 }, effects: [{ emits: { at: 8, attemptId: "a", outcome: "cancelled", type: "attempt.ended" } }] },
      ]));

    // takes leaseRecovery attempt.claimed
    // leaseRecovery.held ignores attempt.redriven
    // 0.leaseRecovery.recovering.checkpointReload ends late and is not heard
    // takes leaseRecovery.recovering.checkpointReload after untilDeadline[0]
    // hasRecoveryLeft is true for leaseRecovery.recovering.checkpointReload after untilDeadline[0]
    // takes leaseRecovery.recovering.checkpointReload after untilDeadline[1]
    // hasRecoveryLeft is false for leaseRecovery.recovering.checkpointReload after untilDeadline[0]
    // takes leaseRecovery.recovering.checkpointReload error 0.leaseRecovery.recovering.checkpointReload[0]
    // hasRecoveryLeft is true for leaseRecovery.recovering.checkpointReload error 0.leaseRecovery.recovering.checkpointReload[0]
    // leaseRecovery.recovering.leaseExpired ignores attempt.redriven
    // 0.leaseRecovery.recovering.replay ends: error
    // takes leaseRecovery.recovering.replay error 0.leaseRecovery.recovering.replay[1]
    // hasRecoveryLeft is false for leaseRecovery.recovering.replay error 0.leaseRecovery.recovering.replay[0]
    // 0.leaseRecovery.recovering.replay ends late and is not heard
    // takes leaseRecovery.recovering.replay after untilDeadline[0]
    // hasRecoveryLeft is true for leaseRecovery.recovering.replay after untilDeadline[0]
    // leaseRecovery.recovering.checkpointReload ignores attempt.redriven
    // takes leaseRecovery.recovering.replay after untilDeadline[1]
    // hasRecoveryLeft is false for leaseRecovery.recovering.replay after untilDeadline[0]
    // takes leaseRecovery.recovering.replay error 0.leaseRecovery.recovering.replay[0]
    // hasRecoveryLeft is true for leaseRecovery.recovering.replay error 0.leaseRecovery.recovering.replay[0]
    // leaseRecovery.recovering.replay ignores attempt.redriven
    // takes leaseRecovery.held lease.expired[1]
    // isAccepted is true for leaseRecovery.held lease.expired[1]
    // leaseRecovery.readyForDispatch ignores attempt.redriven
    // takes leaseRecovery.held after untilDeadline[1]
    // hasRecoveryLeft is false for leaseRecovery.held after untilDeadline[0]
    it("4. takes leaseRecovery attempt.claimed, and 26 more: attempt.claimed, attempt.redriven, lease.expired, … (46 steps)", () =>
      play(sut, beginning, [
        { send: { at: 0, leaseId: "l2", workerId: "w", type: "attempt.claimed" }, effects: [{ emits: { at: 0, attemptId: "a", message: "active lease already exists for attempt: a", reason: "alreadyLeased", type: "claim.refused" } }] },
        { send: { at: 0, type: "attempt.redriven" } },
        { send: { at: 0, epoch: 1, type: "lease.expired" }, value: { recovering: "leaseExpired" }, context: { deadline: 0, epoch: 2, lease: null, recoveries: 1 }, effects: [{ emits: { at: 0, attemptId: "a", epoch: 2, recovery: 1, runId: "r", type: "recovery.started" } }] },
        { advance: 0, fires: ["after untilDeadline"], value: { recovering: "checkpointReload" }, actors: ["0.leaseRecovery.recovering.checkpointReload"], context: { deadline: 2 } },
        { advance: 2, fires: ["after untilDeadline"], value: { recovering: "leaseExpired" }, actors: [], context: { at: 2, cause: { code: null, kind: "timedOut", message: "checkpointReload gave no result in 2 ms", step: "checkpointReload" }, deadline: 3, epoch: 3, recoveries: 2 }, effects: [{ emits: { at: 2, attemptId: "a", cause: { code: null, kind: "timedOut", message: "checkpointReload gave no result in 2 ms", step: "checkpointReload" }, epoch: 2, recovery: 1, runId: "r", type: "recovery.failed" } }, { emits: { at: 2, attemptId: "a", epoch: 3, recovery: 2, runId: "r", type: "recovery.started" } }] },
        { settle: "0.leaseRecovery.recovering.checkpointReload", done: undefined, late: true },
        { advance: 1, fires: ["after untilDeadline"], value: { recovering: "checkpointReload" }, actors: ["0.leaseRecovery.recovering.checkpointReload"], context: { at: 3, deadline: 5 } },
        { advance: 2, fires: ["after untilDeadline"], value: "deadLettered", actors: [], context: { at: 5, deadline: null }, effects: [{ emits: { at: 5, attemptId: "a", cause: { code: null, kind: "timedOut", message: "checkpointReload gave no result in 2 ms", step: "checkpointReload" }, epoch: 3, recovery: 2, runId: "r", type: "recovery.failed" } }, { emits: { at: 5, attemptId: "a", cause: { code: null, kind: "timedOut", message: "checkpointReload gave no result in 2 ms", step: "checkpointReload" }, recoveries: 2, runId: "r", type: "attempt.deadLettered" } }] },
        { send: { at: 5, type: "attempt.redriven" }, value: { recovering: "leaseExpired" }, context: { cause: null, deadline: 5, epoch: 4, recoveries: 1 }, effects: [{ emits: { at: 5, attemptId: "a", epoch: 4, recovery: 1, runId: "r", type: "recovery.started" } }] },
        { advance: 0, fires: ["after untilDeadline"], value: { recovering: "checkpointReload" }, actors: ["0.leaseRecovery.recovering.checkpointReload"], context: { deadline: 7 } },
        { settle: "0.leaseRecovery.recovering.checkpointReload", fails: new Error("no"), value: { recovering: "leaseExpired" }, actors: [], context: { cause: { code: "internal", kind: "failed", message: "no", step: "checkpointReload" }, deadline: 6, epoch: 5, recoveries: 2 }, effects: [{ emits: { at: 5, attemptId: "a", cause: { code: "internal", kind: "failed", message: "no", step: "checkpointReload" }, epoch: 4, recovery: 1, runId: "r", type: "recovery.failed" } }, { emits: { at: 5, attemptId: "a", epoch: 5, recovery: 2, runId: "r", type: "recovery.started" } }] },
        { send: { at: 0, type: "attempt.redriven" } },
        { advance: 1, fires: ["after untilDeadline"], value: { recovering: "checkpointReload" }, actors: ["0.leaseRecovery.recovering.checkpointReload"], context: { at: 6, deadline: 8 } },
        { settle: "0.leaseRecovery.recovering.checkpointReload", done: { seq: null, at: 6 }, value: { recovering: "replay" }, actors: ["0.leaseRecovery.recovering.replay"] },
        { settle: "0.leaseRecovery.recovering.replay", fails: new Error("no"), value: "deadLettered", actors: [], context: { cause: { code: "internal", kind: "failed", message: "no", step: "replay" }, deadline: null }, effects: [{ emits: { at: 6, attemptId: "a", cause: { code: "internal", kind: "failed", message: "no", step: "replay" }, epoch: 5, recovery: 2, runId: "r", type: "recovery.failed" } }, { emits: { at: 6, attemptId: "a", cause: { code: "internal", kind: "failed", message: "no", step: "replay" }, recoveries: 2, runId: "r", type: "attempt.deadLettered" } }] },
        { send: { at: 6, type: "attempt.redriven" }, value: { recovering: "leaseExpired" }, context: { cause: null, deadline: 6, epoch: 6, recoveries: 1 }, effects: [{ emits: { at: 6, attemptId: "a", epoch: 6, recovery: 1, runId: "r", type: "recovery.started" } }] },
        { advance: 0, fires: ["after untilDeadline"], value: { recovering: "checkpointReload" }, actors: ["0.leaseRecovery.recovering.checkpointReload"], context: { deadline: 8 } },
        { settle: "0.leaseRecovery.recovering.checkpointReload", done: { seq: null, at: 6 }, value: { recovering: "replay" }, actors: ["0.leaseRecovery.recovering.replay"] },
        { advance: 2, fires: ["after untilDeadline"], value: { recovering: "leaseExpired" }, actors: [], context: { at: 8, cause: { code: null, kind: "timedOut", message: "replay gave no result in 2 ms", step: "replay" }, deadline: 9, epoch: 7, recoveries: 2 }, effects: [{ emits: { at: 8, attemptId: "a", cause: { code: null, kind: "timedOut", message: "replay gave no result in 2 ms", step: "replay" }, epoch: 6, recovery: 1, runId: "r", type: "recovery.failed" } }, { emits: { at: 8, attemptId: "a", epoch: 7, recovery: 2, runId: "r", type: "recovery.started" } }] },
        { settle: "0.leaseRecovery.recovering.replay", done: undefined, late: true },
        { advance: 1, fires: ["after untilDeadline"], value: { recovering: "checkpointReload" }, actors: ["0.leaseRecovery.recovering.checkpointReload"], context: { at: 9, deadline: 11 } },
        { send: { at: 0, type: "attempt.redriven" } },
        { settle: "0.leaseRecovery.recovering.checkpointReload", done: { seq: null, at: 9 }, value: { recovering: "replay" }, actors: ["0.leaseRecovery.recovering.replay"] },
        { advance: 2, fires: ["after untilDeadline"], value: "deadLettered", actors: [], context: { at: 11, deadline: null }, effects: [{ emits: { at: 11, attemptId: "a", cause: { code: null, kind: "timedOut", message: "replay gave no result in 2 ms", step: "replay" }, epoch: 7, recovery: 2, runId: "r", type: "recovery.failed" } }, { emits: { at: 11, attemptId: "a", cause: { code: null, kind: "timedOut", message: "replay gave no result in 2 ms", step: "replay" }, recoveries: 2, runId: "r", type: "attempt.deadLettered" } }] },
        { send: { at: 11, type: "attempt.redriven" }, value: { recovering: "leaseExpired" }, context: { cause: null, deadline: 11, epoch: 8, recoveries: 1 }, effects: [{ emits: { at: 11, attemptId: "a", epoch: 8, recovery: 1, runId: "r", type: "recovery.started" } }] },
        { advance: 0, fires: ["after untilDeadline"], value: { recovering: "checkpointReload" }, actors: ["0.leaseRecovery.recovering.checkpointReload"], context: { deadline: 13 } },
        { settle: "0.leaseRecovery.recovering.checkpointReload", done: { seq: null, at: 11 }, value: { recovering: "replay" }, actors: ["0.leaseRecovery.recovering.replay"] },
        { settle: "0.leaseRecovery.recovering.replay", fails: new Error("no"), value: { recovering: "leaseExpired" }, actors: [], context: { cause: { code: "internal", kind: "failed", message: "no", step: "replay" }, deadline: 12, epoch: 9, recoveries: 2 }, effects: [{ emits: { at: 11, attemptId: "a", cause: { code: "internal", kind: "failed", message: "no", step: "replay" }, epoch: 8, recovery: 1, runId: "r", type: "recovery.failed" } }, { emits: { at: 11, attemptId: "a", epoch: 9, recovery: 2, runId: "r", type: "recovery.started" } }] },
        { advance: 1, fires: ["after untilDeadline"], value: { recovering: "checkpointReload" }, actors: ["0.leaseRecovery.recovering.checkpointReload"], context: { at: 12, deadline: 14 } },
        { settle: "0.leaseRecovery.recovering.checkpointReload", done: { seq: null, at: 12 }, value: { recovering: "replay" }, actors: ["0.leaseRecovery.recovering.replay"] },
        { send: { at: 0, type: "attempt.redriven" } },
        { settle: "0.leaseRecovery.recovering.replay", done: { at: 12 }, value: "readyForDispatch", actors: [], context: { deadline: null }, effects: [{ emits: { at: 12, attemptId: "a", epoch: 9, recovery: 2, runId: "r", type: "recovery.succeeded" } }] },
        { send: { at: 12, leaseId: "l2", workerId: "w", type: "attempt.claimed" }, value: "held", context: { deadline: 17, lease: { attemptId: "a", epoch: 9, expiresAt: 15, heartbeatAt: 12, leaseId: "l2", version: 1, workerId: "w" } }, effects: [{ emits: { at: 12, attemptId: "a", epoch: 9, expiresAt: 15, leaseId: "l2", type: "lease.issued", workerId: "w" } }] },
        { send: { at: 12, epoch: 9, type: "lease.expired" }, value: "deadLettered", context: { cause: { code: null, kind: "exhausted", message: "lease lost after 2 recoveries", step: "leaseExpired" }, deadline: null, lease: null }, effects: [{ emits: { at: 12, attemptId: "a", cause: { code: null, kind: "exhausted", message: "lease lost after 2 recoveries", step: "leaseExpired" }, recoveries: 2, runId: "r", type: "attempt.deadLettered" } }] },
        { send: { at: 12, type: "attempt.redriven" }, value: { recovering: "leaseExpired" }, context: { cause: null, deadline: 12, epoch: 10, recoveries: 1 }, effects: [{ emits: { at: 12, attemptId: "a", epoch: 10, recovery: 1, runId: "r", type: "recovery.started" } }] },
        { advance: 0, fires: ["after untilDeadline"], value: { recovering: "checkpointReload" }, actors: ["0.leaseRecovery.recovering.checkpointReload"], context: { deadline: 14 } },
        { settle: "0.leaseRecovery.recovering.checkpointReload", done: { seq: null, at: 12 }, value: { recovering: "replay" }, actors: ["0.leaseRecovery.recovering.replay"] },
        { settle: "0.leaseRecovery.recovering.replay", done: { at: 12 }, value: "readyForDispatch", actors: [], context: { deadline: null }, effects: [{ emits: { at: 12, attemptId: "a", epoch: 10, recovery: 1, runId: "r", type: "recovery.succeeded" } }] },
        { send: { at: 0, type: "attempt.redriven" } },
        { send: { at: 12, leaseId: "l2", workerId: "w", type: "attempt.claimed" }, value: "held", context: { deadline: 17, lease: { attemptId: "a", epoch: 10, expiresAt: 15, heartbeatAt: 12, leaseId: "l2", version: 1, workerId: "w" } }, effects: [{ emits: { at: 12, attemptId: "a", epoch: 10, expiresAt: 15, leaseId: "l2", type: "lease.issued", workerId: "w" } }] },
        { send: { at: 12, epoch: 10, type: "lease.expired" }, value: { recovering: "leaseExpired" }, context: { deadline: 12, epoch: 11, lease: null, recoveries: 2 }, effects: [{ emits: { at: 12, attemptId: "a", epoch: 11, recovery: 2, runId: "r", type: "recovery.started" } }] },
        { advance: 0, fires: ["after untilDeadline"], value: { recovering: "checkpointReload" }, actors: ["0.leaseRecovery.recovering.checkpointReload"], context: { deadline: 14 } },
        { settle: "0.leaseRecovery.recovering.checkpointReload", done: { seq: null, at: 12 }, value: { recovering: "replay" }, actors: ["0.leaseRecovery.recovering.replay"] },
        { settle: "0.leaseRecovery.recovering.replay", done: { at: 12 }, value: "readyForDispatch", actors: [], context: { deadline: null }, effects: [{ emits: { at: 12, attemptId: "a", epoch: 11, recovery: 2, runId: "r", type: "recovery.succeeded" } }] },
        { send: { at: 12, leaseId: "l2", workerId: "w", type: "attempt.claimed" }, value: "held", context: { deadline: 17, lease: { attemptId: "a", epoch: 11, expiresAt: 15, heartbeatAt: 12, leaseId: "l2", version: 1, workerId: "w" } }, effects: [{ emits: { at: 12, attemptId: "a", epoch: 11, expiresAt: 15, leaseId: "l2", type: "lease.issued", workerId: "w" } }] },
        { advance: 5, fires: ["after untilDeadline"], value: "deadLettered", context: { at: 17, cause: { code: null, kind: "exhausted", message: "lease lost after 2 recoveries", step: "leaseExpired" }, deadline: null, lease: null }, effects: [{ emits: { at: 17, attemptId: "a", cause: { code: null, kind: "exhausted", message: "lease lost after 2 recoveries", step: "leaseExpired" }, recoveries: 2, runId: "r", type: "attempt.deadLettered" } }] },
      ]));
  });
}
