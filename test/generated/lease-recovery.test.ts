/**
 * Tests of the machine leaseRecovery, from machines/lease-recovery.ts. Written by `homeostat generate`: change the machine, not this file.
 *
 * 6 tests, 72 steps: states 10/10, transitions 26/26, guards 20/20, timers 8/8, outcomes 6/6, unhandled 5/5
 *
 * content: sha256 e3c88abcbbfe5b900db9013d1717f04ffb9d443cb50c63c3cff08529d1ebe99f
 * made with: {"from":"../../src/testgen/index.ts"}
 */
import { describe, it } from "vitest";
import { type Beginning, play } from "../../src/testgen/index.ts";
import { suts } from "./lease-recovery.sut.ts";

const beginning: Beginning = { input: { attemptId: "a", runId: "r", leaseId: "l", workerId: "w", policy: { ttlMs: 3, graceMs: 1, recoveries: 2, retryBackoffMs: 1, reloadMs: 2, replayMs: 2 } }, initial: { value: "held", status: "active", context: { at: 0, attemptId: "a", cause: null, checkpointSeq: null, deadline: 5, epoch: 1, lease: { attemptId: "a", epoch: 1, expiresAt: 3, heartbeatAt: 0, leaseId: "l", version: 1, workerId: "w" }, policy: { graceMs: 1, recoveries: 2, reloadMs: 2, replayMs: 2, retryBackoffMs: 1, ttlMs: 3 }, recoveries: 0, runId: "r" }, actors: [], effects: [] } };

for (const sut of [suts].flat()) {
  describe(`leaseRecovery, ${sut.name ?? "the system"}`, () => {
    // the timer after untilDeadline.leaseRecovery.held does not fire before its time
    // enters leaseRecovery
    // enters leaseRecovery.recovering
    // enters leaseRecovery.recovering.leaseExpired
    // takes leaseRecovery.held after untilDeadline[0]
    // hasRecoveryLeft is true for leaseRecovery.held after untilDeadline[0]
    // enters leaseRecovery.recovering.checkpointReload
    // takes leaseRecovery.recovering.leaseExpired after untilDeadline
    // enters leaseRecovery.cancelled
    // takes leaseRecovery.recovering attempt.cancelled
    // the timer after untilDeadline.leaseRecovery.recovering.checkpointReload is cancelled and does not fire
    // 0.leaseRecovery.recovering.checkpointReload ends late and is not heard
    it("1. takes leaseRecovery.held after untilDeadline[0], and 11 more: wait 4 ms, after untilDeadline, after untilDeadline, attempt.cancelled, … (5 steps)", () =>
      play(sut, beginning, [
        { advance: 4, fires: [] },
        { advance: 1, fires: ["after untilDeadline", "after untilDeadline"], value: { recovering: "checkpointReload" }, actors: ["0.leaseRecovery.recovering.checkpointReload"], context: { at: 5, deadline: 7, epoch: 2, lease: null, recoveries: 1 }, effects: [{ emits: { at: 5, attemptId: "a", epoch: 2, recovery: 1, runId: "r", type: "recovery.started" } }] },
        { send: { at: 5, type: "attempt.cancelled" }, value: "cancelled", status: "done", actors: [], context: { deadline: null }, effects: [{ emits: { at: 5, attemptId: "a", epoch: 2, recovery: 1, runId: "r", type: "recovery.cancelled" } }, { emits: { at: 5, attemptId: "a", outcome: "cancelled", type: "attempt.ended" } }] },
        { advance: 2, fires: [] },
        { settle: "0.leaseRecovery.recovering.checkpointReload", done: undefined, late: true },
      ]));

    // the timer after untilDeadline.leaseRecovery.held is cancelled and does not fire
    // isAcceptedSuccess is false for leaseRecovery.held attempt.acknowledged[0]
    // enters leaseRecovery.deadLettered
    // takes leaseRecovery.held attempt.acknowledged[1]
    // isAccepted is true for leaseRecovery.held attempt.acknowledged[1]
    // takes leaseRecovery.deadLettered attempt.redriven
    // the timer after untilDeadline.leaseRecovery.recovering.checkpointReload does not fire before its time
    // takes leaseRecovery.recovering.checkpointReload after untilDeadline[0]
    // hasRecoveryLeft is true for leaseRecovery.recovering.checkpointReload after untilDeadline[0]
    // takes leaseRecovery heartbeat.received
    // takes leaseRecovery attempt.acknowledged
    // the timer after untilDeadline.leaseRecovery.recovering.leaseExpired does not fire before its time
    // 0.leaseRecovery.recovering.checkpointReload ends: error
    // takes leaseRecovery.recovering.checkpointReload error 0.leaseRecovery.recovering.checkpointReload[1]
    // hasRecoveryLeft is false for leaseRecovery.recovering.checkpointReload error 0.leaseRecovery.recovering.checkpointReload[0]
    // takes leaseRecovery attempt.claimed
    // takes leaseRecovery lease.expired
    // takes leaseRecovery attempt.cancelled
    it("2. takes leaseRecovery.held attempt.acknowledged[1], and 17 more: attempt.acknowledged, wait 5 ms, attempt.redriven, … (14 steps)", () =>
      play(sut, beginning, [
        { afterMs: 1, send: { workerId: "w", epoch: 1, outcome: "failed", message: "", at: 1, type: "attempt.acknowledged" }, value: "deadLettered", context: { at: 1, cause: { code: null, kind: "failed", message: "", step: "execution" }, deadline: null, lease: null }, effects: [{ emits: { at: 1, attemptId: "a", cause: { code: null, kind: "failed", message: "", step: "execution" }, recoveries: 0, runId: "r", type: "attempt.deadLettered" } }] },
        { advance: 5, fires: [] },
        { send: { at: 2, type: "attempt.redriven" }, value: { recovering: "leaseExpired" }, context: { at: 2, cause: null, deadline: 2, epoch: 2, recoveries: 1 }, effects: [{ emits: { at: 2, attemptId: "a", epoch: 2, recovery: 1, runId: "r", type: "recovery.started" } }] },
        { advance: 0, fires: ["after untilDeadline"], value: { recovering: "checkpointReload" }, actors: ["0.leaseRecovery.recovering.checkpointReload"], context: { deadline: 4 } },
        { advance: 1, fires: [] },
        { advance: 1, fires: ["after untilDeadline"], value: { recovering: "leaseExpired" }, actors: [], context: { at: 4, cause: { code: null, kind: "timedOut", message: "checkpointReload gave no result in 2 ms", step: "checkpointReload" }, deadline: 5, epoch: 3, recoveries: 2 }, effects: [{ emits: { at: 4, attemptId: "a", cause: { code: null, kind: "timedOut", message: "checkpointReload gave no result in 2 ms", step: "checkpointReload" }, epoch: 2, recovery: 1, runId: "r", type: "recovery.failed" } }, { emits: { at: 4, attemptId: "a", epoch: 3, recovery: 2, runId: "r", type: "recovery.started" } }] },
        { send: { workerId: "stranger", epoch: 3, version: 1, at: 5, type: "heartbeat.received" }, effects: [{ emits: { at: 5, attemptId: "a", message: "no worker holds a lease on this attempt", reason: "notHeld", type: "claim.refused" } }] },
        { send: { workerId: "w", epoch: 3, outcome: "failed", message: "", at: 5, type: "attempt.acknowledged" }, effects: [{ emits: { at: 5, attemptId: "a", message: "no worker holds a lease on this attempt", reason: "notHeld", type: "claim.refused" } }] },
        { advance: 0.5, fires: [] },
        { advance: 0.5, fires: ["after untilDeadline"], value: { recovering: "checkpointReload" }, actors: ["0.leaseRecovery.recovering.checkpointReload"], context: { at: 5, deadline: 7 } },
        { afterMs: 1, settle: "0.leaseRecovery.recovering.checkpointReload", fails: new Error("no"), value: "deadLettered", actors: [], context: { cause: { code: "internal", kind: "failed", message: "no", step: "checkpointReload" }, deadline: null }, effects: [{ emits: { at: 5, attemptId: "a", cause: { code: "internal", kind: "failed", message: "no", step: "checkpointReload" }, epoch: 3, recovery: 2, runId: "r", type: "recovery.failed" } }, { emits: { at: 5, attemptId: "a", cause: { code: "internal", kind: "failed", message: "no", step: "checkpointReload" }, recoveries: 2, runId: "r", type: "attempt.deadLettered" } }] },
        { send: { at: 5, leaseId: "l2", workerId: "w", type: "attempt.claimed" }, effects: [{ emits: { at: 5, attemptId: "a", message: "attempt is not dispatchable for lease: l2", reason: "notDispatchable", type: "claim.refused" } }] },
        { send: { at: 6, epoch: 3, type: "lease.expired" }, effects: [{ emits: { at: 6, attemptId: "a", message: "no worker holds a lease on this attempt", reason: "notHeld", type: "claim.refused" } }] },
        { send: { at: 5, type: "attempt.cancelled" }, value: "cancelled", status: "done", effects: [{ emits: { at: 5, attemptId: "a", outcome: "cancelled", type: "attempt.ended" } }] },
      ]));

    // enters leaseRecovery.held
    // takes leaseRecovery.held heartbeat.received
    // isAccepted is true for leaseRecovery.held heartbeat.received
    // enters leaseRecovery.completed
    // takes leaseRecovery.held attempt.acknowledged[0]
    // isAcceptedSuccess is true for leaseRecovery.held attempt.acknowledged[0]
    it("3. takes leaseRecovery.held heartbeat.received, and 5 more: heartbeat.received, attempt.acknowledged (2 steps)", () =>
      play(sut, beginning, [
        { afterMs: 1, send: { workerId: "w", epoch: 1, version: 1, at: 1, type: "heartbeat.received" }, context: { at: 1, deadline: 6, lease: { attemptId: "a", epoch: 1, expiresAt: 4, heartbeatAt: 1, leaseId: "l", version: 2, workerId: "w" } }, effects: [{ emits: { at: 1, attemptId: "a", epoch: 1, expiresAt: 4, type: "lease.renewed", version: 2 } }] },
        { afterMs: 1, send: { workerId: "w", epoch: 1, outcome: "completed", message: "", at: 2, type: "attempt.acknowledged" }, value: "completed", status: "done", context: { at: 2, deadline: null, lease: null }, effects: [{ emits: { at: 2, attemptId: "a", outcome: "completed", type: "attempt.ended" } }] },
      ]));

    // takes leaseRecovery.held lease.expired[0]
    // isAcceptedLoss is true for leaseRecovery.held lease.expired[0]
    // leaseRecovery.recovering.leaseExpired ignores attempt.redriven
    // enters leaseRecovery.recovering.replay
    // takes leaseRecovery.recovering.checkpointReload done 0.leaseRecovery.recovering.checkpointReload
    // 0.leaseRecovery.recovering.checkpointReload ends: done
    // the timer after untilDeadline.leaseRecovery.recovering.replay does not fire before its time
    // 0.leaseRecovery.recovering.replay ends late and is not heard
    // takes leaseRecovery.recovering.replay after untilDeadline[0]
    // hasRecoveryLeft is true for leaseRecovery.recovering.replay after untilDeadline[0]
    // takes leaseRecovery.recovering.checkpointReload after untilDeadline[1]
    // hasRecoveryLeft is false for leaseRecovery.recovering.checkpointReload after untilDeadline[0]
    it("4. takes leaseRecovery.held lease.expired[0], and 11 more: lease.expired, attempt.redriven, after untilDeadline, … (9 steps)", () =>
      play(sut, beginning, [
        { afterMs: 1, send: { at: 1, epoch: 1, type: "lease.expired" }, value: { recovering: "leaseExpired" }, context: { at: 1, deadline: 1, epoch: 2, lease: null, recoveries: 1 }, effects: [{ emits: { at: 1, attemptId: "a", epoch: 2, recovery: 1, runId: "r", type: "recovery.started" } }] },
        { send: { at: 0, type: "attempt.redriven" } },
        { advance: 0, fires: ["after untilDeadline"], value: { recovering: "checkpointReload" }, actors: ["0.leaseRecovery.recovering.checkpointReload"], context: { deadline: 3 } },
        { afterMs: 1, settle: "0.leaseRecovery.recovering.checkpointReload", done: { seq: null, at: 2 }, value: { recovering: "replay" }, actors: ["0.leaseRecovery.recovering.replay"], context: { at: 2, deadline: 4 } },
        { advance: 1, fires: [] },
        { advance: 1, fires: ["after untilDeadline"], value: { recovering: "leaseExpired" }, actors: [], context: { at: 4, cause: { code: null, kind: "timedOut", message: "replay gave no result in 2 ms", step: "replay" }, deadline: 5, epoch: 3, recoveries: 2 }, effects: [{ emits: { at: 4, attemptId: "a", cause: { code: null, kind: "timedOut", message: "replay gave no result in 2 ms", step: "replay" }, epoch: 2, recovery: 1, runId: "r", type: "recovery.failed" } }, { emits: { at: 4, attemptId: "a", epoch: 3, recovery: 2, runId: "r", type: "recovery.started" } }] },
        { settle: "0.leaseRecovery.recovering.replay", done: undefined, late: true },
        { advance: 1, fires: ["after untilDeadline"], value: { recovering: "checkpointReload" }, actors: ["0.leaseRecovery.recovering.checkpointReload"], context: { at: 5, deadline: 7 } },
        { advance: 2, fires: ["after untilDeadline"], value: "deadLettered", actors: [], context: { at: 7, cause: { code: null, kind: "timedOut", message: "checkpointReload gave no result in 2 ms", step: "checkpointReload" }, deadline: null }, effects: [{ emits: { at: 7, attemptId: "a", cause: { code: null, kind: "timedOut", message: "checkpointReload gave no result in 2 ms", step: "checkpointReload" }, epoch: 3, recovery: 2, runId: "r", type: "recovery.failed" } }, { emits: { at: 7, attemptId: "a", cause: { code: null, kind: "timedOut", message: "checkpointReload gave no result in 2 ms", step: "checkpointReload" }, recoveries: 2, runId: "r", type: "attempt.deadLettered" } }] },
      ]));

    // isAcceptedLoss is false for leaseRecovery.held lease.expired[0]
    // isAccepted is false for leaseRecovery.held lease.expired[1]
    // isAccepted is false for leaseRecovery.held heartbeat.received
    // leaseRecovery.held ignores attempt.redriven
    // isAccepted is false for leaseRecovery.held attempt.acknowledged[1]
    // takes leaseRecovery.recovering.checkpointReload error 0.leaseRecovery.recovering.checkpointReload[0]
    // hasRecoveryLeft is true for leaseRecovery.recovering.checkpointReload error 0.leaseRecovery.recovering.checkpointReload[0]
    // leaseRecovery.recovering.checkpointReload ignores attempt.redriven
    // the timer after untilDeadline.leaseRecovery.recovering.replay is cancelled and does not fire
    // 0.leaseRecovery.recovering.replay ends: error
    // takes leaseRecovery.recovering.replay error 0.leaseRecovery.recovering.replay[1]
    // hasRecoveryLeft is false for leaseRecovery.recovering.replay error 0.leaseRecovery.recovering.replay[0]
    // enters leaseRecovery.readyForDispatch
    // takes leaseRecovery.recovering.replay done 0.leaseRecovery.recovering.replay
    // 0.leaseRecovery.recovering.replay ends: done
    // leaseRecovery.readyForDispatch ignores attempt.redriven
    // takes leaseRecovery.readyForDispatch attempt.claimed
    // takes leaseRecovery.recovering.replay after untilDeadline[1]
    // hasRecoveryLeft is false for leaseRecovery.recovering.replay after untilDeadline[0]
    // takes leaseRecovery.recovering.replay error 0.leaseRecovery.recovering.replay[0]
    // hasRecoveryLeft is true for leaseRecovery.recovering.replay error 0.leaseRecovery.recovering.replay[0]
    // leaseRecovery.recovering.replay ignores attempt.redriven
    // takes leaseRecovery.held after untilDeadline[1]
    // hasRecoveryLeft is false for leaseRecovery.held after untilDeadline[0]
    // takes leaseRecovery.held lease.expired[1]
    // isAccepted is true for leaseRecovery.held lease.expired[1]
    it("5. takes leaseRecovery.recovering.checkpointReload error 0.leaseRecovery.recovering.checkpointReload[0], and 25 more: lease.expired, heartbeat.received, attempt.redriven, … (40 steps)", () =>
      play(sut, beginning, [
        { afterMs: 1, send: { at: 1, epoch: 2, type: "lease.expired" }, effects: [{ emits: { at: 1, attemptId: "a", message: "stale epoch 2 for lease: l (current epoch 1)", reason: "staleEpoch", type: "claim.refused" } }] },
        { afterMs: 1, send: { workerId: "w", epoch: 2, version: 2, at: 0, type: "heartbeat.received" }, effects: [{ emits: { at: 0, attemptId: "a", message: "stale epoch 2 for lease: l (current epoch 1)", reason: "staleEpoch", type: "claim.refused" } }] },
        { afterMs: 1, send: { at: 0, type: "attempt.redriven" } },
        { afterMs: 1, send: { workerId: "stranger", epoch: 1, outcome: "completed", message: "", at: 0, type: "attempt.acknowledged" }, effects: [{ emits: { at: 0, attemptId: "a", message: "lease l is owned by another worker, not stranger", reason: "notOwner", type: "claim.refused" } }] },
        { send: { at: 0, epoch: 1, type: "lease.expired" }, value: { recovering: "leaseExpired" }, context: { deadline: 0, epoch: 2, lease: null, recoveries: 1 }, effects: [{ emits: { at: 0, attemptId: "a", epoch: 2, recovery: 1, runId: "r", type: "recovery.started" } }] },
        { advance: 0, fires: ["after untilDeadline"], value: { recovering: "checkpointReload" }, actors: ["0.leaseRecovery.recovering.checkpointReload"], context: { deadline: 2 } },
        { afterMs: 1, settle: "0.leaseRecovery.recovering.checkpointReload", fails: new Error("no"), value: { recovering: "leaseExpired" }, actors: [], context: { cause: { code: "internal", kind: "failed", message: "no", step: "checkpointReload" }, deadline: 1, epoch: 3, recoveries: 2 }, effects: [{ emits: { at: 0, attemptId: "a", cause: { code: "internal", kind: "failed", message: "no", step: "checkpointReload" }, epoch: 2, recovery: 1, runId: "r", type: "recovery.failed" } }, { emits: { at: 0, attemptId: "a", epoch: 3, recovery: 2, runId: "r", type: "recovery.started" } }] },
        { advance: 1, fires: ["after untilDeadline"], value: { recovering: "checkpointReload" }, actors: ["0.leaseRecovery.recovering.checkpointReload"], context: { at: 1, deadline: 3 } },
        { afterMs: 1, send: { at: 0, type: "attempt.redriven" } },
        { settle: "0.leaseRecovery.recovering.checkpointReload", done: { seq: null, at: 1 }, value: { recovering: "replay" }, actors: ["0.leaseRecovery.recovering.replay"] },
        { afterMs: 1, settle: "0.leaseRecovery.recovering.replay", fails: new Error("no"), value: "deadLettered", actors: [], context: { cause: { code: "internal", kind: "failed", message: "no", step: "replay" }, deadline: null }, effects: [{ emits: { at: 1, attemptId: "a", cause: { code: "internal", kind: "failed", message: "no", step: "replay" }, epoch: 3, recovery: 2, runId: "r", type: "recovery.failed" } }, { emits: { at: 1, attemptId: "a", cause: { code: "internal", kind: "failed", message: "no", step: "replay" }, recoveries: 2, runId: "r", type: "attempt.deadLettered" } }] },
        { advance: 2, fires: [] },
        { send: { at: 1, type: "attempt.redriven" }, value: { recovering: "leaseExpired" }, context: { cause: null, deadline: 1, epoch: 4, recoveries: 1 }, effects: [{ emits: { at: 1, attemptId: "a", epoch: 4, recovery: 1, runId: "r", type: "recovery.started" } }] },
        { advance: 0, fires: ["after untilDeadline"], value: { recovering: "checkpointReload" }, actors: ["0.leaseRecovery.recovering.checkpointReload"], context: { deadline: 3 } },
        { afterMs: 1, settle: "0.leaseRecovery.recovering.checkpointReload", done: { seq: null, at: 1 }, value: { recovering: "replay" }, actors: ["0.leaseRecovery.recovering.replay"] },
        { afterMs: 1, settle: "0.leaseRecovery.recovering.replay", done: { at: 1 }, value: "readyForDispatch", actors: [], context: { deadline: null }, effects: [{ emits: { at: 1, attemptId: "a", epoch: 4, recovery: 1, runId: "r", type: "recovery.succeeded" } }] },
        { send: { at: 0, type: "attempt.redriven" } },
        { send: { at: 2, leaseId: "l2", workerId: "w", type: "attempt.claimed" }, value: "held", context: { at: 2, deadline: 7, lease: { attemptId: "a", epoch: 4, expiresAt: 5, heartbeatAt: 2, leaseId: "l2", version: 1, workerId: "w" } }, effects: [{ emits: { at: 2, attemptId: "a", epoch: 4, expiresAt: 5, leaseId: "l2", type: "lease.issued", workerId: "w" } }] },
        { afterMs: 1, send: { at: 2, epoch: 4, type: "lease.expired" }, value: { recovering: "leaseExpired" }, context: { deadline: 2, epoch: 5, lease: null, recoveries: 2 }, effects: [{ emits: { at: 2, attemptId: "a", epoch: 5, recovery: 2, runId: "r", type: "recovery.started" } }] },
        { advance: 0, fires: ["after untilDeadline"], value: { recovering: "checkpointReload" }, actors: ["0.leaseRecovery.recovering.checkpointReload"], context: { deadline: 4 } },
        { afterMs: 1, settle: "0.leaseRecovery.recovering.checkpointReload", done: { seq: null, at: 2 }, value: { recovering: "replay" }, actors: ["0.leaseRecovery.recovering.replay"] },
        { advance: 2, fires: ["after untilDeadline"], value: "deadLettered", actors: [], context: { at: 4, cause: { code: null, kind: "timedOut", message: "replay gave no result in 2 ms", step: "replay" }, deadline: null }, effects: [{ emits: { at: 4, attemptId: "a", cause: { code: null, kind: "timedOut", message: "replay gave no result in 2 ms", step: "replay" }, epoch: 5, recovery: 2, runId: "r", type: "recovery.failed" } }, { emits: { at: 4, attemptId: "a", cause: { code: null, kind: "timedOut", message: "replay gave no result in 2 ms", step: "replay" }, recoveries: 2, runId: "r", type: "attempt.deadLettered" } }] },
        { send: { at: 4, type: "attempt.redriven" }, value: { recovering: "leaseExpired" }, context: { cause: null, deadline: 4, epoch: 6, recoveries: 1 }, effects: [{ emits: { at: 4, attemptId: "a", epoch: 6, recovery: 1, runId: "r", type: "recovery.started" } }] },
        { advance: 0, fires: ["after untilDeadline"], value: { recovering: "checkpointReload" }, actors: ["0.leaseRecovery.recovering.checkpointReload"], context: { deadline: 6 } },
        { afterMs: 1, settle: "0.leaseRecovery.recovering.checkpointReload", done: { seq: null, at: 4 }, value: { recovering: "replay" }, actors: ["0.leaseRecovery.recovering.replay"] },
        { afterMs: 1, settle: "0.leaseRecovery.recovering.replay", fails: new Error("no"), value: { recovering: "leaseExpired" }, actors: [], context: { cause: { code: "internal", kind: "failed", message: "no", step: "replay" }, deadline: 5, epoch: 7, recoveries: 2 }, effects: [{ emits: { at: 4, attemptId: "a", cause: { code: "internal", kind: "failed", message: "no", step: "replay" }, epoch: 6, recovery: 1, runId: "r", type: "recovery.failed" } }, { emits: { at: 4, attemptId: "a", epoch: 7, recovery: 2, runId: "r", type: "recovery.started" } }] },
        { advance: 1, fires: ["after untilDeadline"], value: { recovering: "checkpointReload" }, actors: ["0.leaseRecovery.recovering.checkpointReload"], context: { at: 5, deadline: 7 } },
        { afterMs: 1, settle: "0.leaseRecovery.recovering.checkpointReload", done: { seq: null, at: 5 }, value: { recovering: "replay" }, actors: ["0.leaseRecovery.recovering.replay"] },
        { afterMs: 1, send: { at: 0, type: "attempt.redriven" } },
        { settle: "0.leaseRecovery.recovering.replay", done: { at: 5 }, value: "readyForDispatch", actors: [], context: { deadline: null }, effects: [{ emits: { at: 5, attemptId: "a", epoch: 7, recovery: 2, runId: "r", type: "recovery.succeeded" } }] },
        { send: { at: 5, leaseId: "l2", workerId: "w", type: "attempt.claimed" }, value: "held", context: { deadline: 10, lease: { attemptId: "a", epoch: 7, expiresAt: 8, heartbeatAt: 5, leaseId: "l2", version: 1, workerId: "w" } }, effects: [{ emits: { at: 5, attemptId: "a", epoch: 7, expiresAt: 8, leaseId: "l2", type: "lease.issued", workerId: "w" } }] },
        { advance: 5, fires: ["after untilDeadline"], value: "deadLettered", context: { at: 10, cause: { code: null, kind: "exhausted", message: "lease lost after 2 recoveries", step: "leaseExpired" }, deadline: null, lease: null }, effects: [{ emits: { at: 10, attemptId: "a", cause: { code: null, kind: "exhausted", message: "lease lost after 2 recoveries", step: "leaseExpired" }, recoveries: 2, runId: "r", type: "attempt.deadLettered" } }] },
        { send: { at: 10, type: "attempt.redriven" }, value: { recovering: "leaseExpired" }, context: { cause: null, deadline: 10, epoch: 8, recoveries: 1 }, effects: [{ emits: { at: 10, attemptId: "a", epoch: 8, recovery: 1, runId: "r", type: "recovery.started" } }] },
        { advance: 0, fires: ["after untilDeadline"], value: { recovering: "checkpointReload" }, actors: ["0.leaseRecovery.recovering.checkpointReload"], context: { deadline: 12 } },
        { advance: 2, fires: ["after untilDeadline"], value: { recovering: "leaseExpired" }, actors: [], context: { at: 12, cause: { code: null, kind: "timedOut", message: "checkpointReload gave no result in 2 ms", step: "checkpointReload" }, deadline: 13, epoch: 9, recoveries: 2 }, effects: [{ emits: { at: 12, attemptId: "a", cause: { code: null, kind: "timedOut", message: "checkpointReload gave no result in 2 ms", step: "checkpointReload" }, epoch: 8, recovery: 1, runId: "r", type: "recovery.failed" } }, { emits: { at: 12, attemptId: "a", epoch: 9, recovery: 2, runId: "r", type: "recovery.started" } }] },
        { advance: 1, fires: ["after untilDeadline"], value: { recovering: "checkpointReload" }, actors: ["0.leaseRecovery.recovering.checkpointReload"], context: { at: 13, deadline: 15 } },
        { afterMs: 1, settle: "0.leaseRecovery.recovering.checkpointReload", done: { seq: null, at: 13 }, value: { recovering: "replay" }, actors: ["0.leaseRecovery.recovering.replay"] },
        { afterMs: 1, settle: "0.leaseRecovery.recovering.replay", done: { at: 13 }, value: "readyForDispatch", actors: [], context: { deadline: null }, effects: [{ emits: { at: 13, attemptId: "a", epoch: 9, recovery: 2, runId: "r", type: "recovery.succeeded" } }] },
        { send: { at: 13, leaseId: "l2", workerId: "w", type: "attempt.claimed" }, value: "held", context: { deadline: 18, lease: { attemptId: "a", epoch: 9, expiresAt: 16, heartbeatAt: 13, leaseId: "l2", version: 1, workerId: "w" } }, effects: [{ emits: { at: 13, attemptId: "a", epoch: 9, expiresAt: 16, leaseId: "l2", type: "lease.issued", workerId: "w" } }] },
        { afterMs: 1, send: { at: 14, epoch: 9, type: "lease.expired" }, value: "deadLettered", context: { at: 14, cause: { code: null, kind: "exhausted", message: "lease lost after 2 recoveries", step: "leaseExpired" }, deadline: null, lease: null }, effects: [{ emits: { at: 14, attemptId: "a", cause: { code: null, kind: "exhausted", message: "lease lost after 2 recoveries", step: "leaseExpired" }, recoveries: 2, runId: "r", type: "attempt.deadLettered" } }] },
      ]));

    // the timer after untilDeadline.leaseRecovery.recovering.leaseExpired is cancelled and does not fire
    it("6. the timer after untilDeadline.leaseRecovery.recovering.leaseExpired is cancelled and does not fire: lease.expired, attempt.cancelled (2 steps)", () =>
      play(sut, beginning, [
        { afterMs: 1, send: { at: 0, epoch: 1, type: "lease.expired" }, value: { recovering: "leaseExpired" }, context: { deadline: 0, epoch: 2, lease: null, recoveries: 1 }, effects: [{ emits: { at: 0, attemptId: "a", epoch: 2, recovery: 1, runId: "r", type: "recovery.started" } }] },
        { send: { at: 0, type: "attempt.cancelled" }, value: "cancelled", status: "done", context: { deadline: null }, effects: [{ emits: { at: 0, attemptId: "a", epoch: 2, recovery: 1, runId: "r", type: "recovery.cancelled" } }, { emits: { at: 0, attemptId: "a", outcome: "cancelled", type: "attempt.ended" } }] },
      ]));
  });
}
