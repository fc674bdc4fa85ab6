/**
 * Tests of the machine leaseRecovery, from machines/lease-recovery.ts. Written by `homeostat generate`: change the machine, not this file.
 *
 * 4 tests, 73 steps: states 10/10, transitions 26/26, guards 20/20, timers 8/8, outcomes 6/6, unhandled 5/5
 *
 * content: sha256 fab91d07261b4528600ee48213a128cc6b9825ab1276bcdfe039a260de9b64fa
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
        { afterMs: 1, send: { workerId: "w", epoch: 1, outcome: "failed", message: "", at: 0, type: "attempt.acknowledged" }, value: "deadLettered", context: { cause: { code: null, kind: "failed", message: "", step: "execution" }, deadline: null, lease: null }, effects: [{ emits: { at: 0, attemptId: "a", cause: { code: null, kind: "failed", message: "", step: "execution" }, recoveries: 0, runId: "r", type: "attempt.deadLettered" } }] },
        { advance: 5, fires: [] },
        { send: { at: 1, type: "attempt.redriven" }, value: { recovering: "leaseExpired" }, context: { at: 1, cause: null, deadline: 1, epoch: 2, recoveries: 1 }, effects: [{ emits: { at: 1, attemptId: "a", epoch: 2, recovery: 1, runId: "r", type: "recovery.started" } }] },
        { send: { at: 1, type: "attempt.cancelled" }, value: "cancelled", status: "done", context: { deadline: null }, effects: [{ emits: { at: 1, attemptId: "a", epoch: 2, recovery: 1, runId: "r", type: "recovery.cancelled" } }, { emits: { at: 1, attemptId: "a", outcome: "cancelled", type: "attempt.ended" } }] },
      ]));

    // enters leaseRecovery.held
    // takes leaseRecovery.held heartbeat.received
    // isAccepted is true for leaseRecovery.held heartbeat.received
    // enters leaseRecovery.completed
    // takes leaseRecovery.held attempt.acknowledged[0]
    // isAcceptedSuccess is true for leaseRecovery.held attempt.acknowledged[0]
    it("2. takes leaseRecovery.held heartbeat.received, and 5 more: heartbeat.received, attempt.acknowledged (2 steps)", () =>
      play(sut, beginning, [
        { afterMs: 1, send: { workerId: "w", epoch: 1, version: 1, at: 1, type: "heartbeat.received" }, context: { at: 1, deadline: 6, lease: { attemptId: "a", epoch: 1, expiresAt: 4, heartbeatAt: 1, leaseId: "l", version: 2, workerId: "w" } }, effects: [{ emits: { at: 1, attemptId: "a", epoch: 1, expiresAt: 4, type: "lease.renewed", version: 2 } }] },
        { afterMs: 1, send: { workerId: "w", epoch: 1, outcome: "completed", message: "", at: 1, type: "attempt.acknowledged" }, value: "completed", status: "done", context: { deadline: null, lease: null }, effects: [{ emits: { at: 1, attemptId: "a", outcome: "completed", type: "attempt.ended" } }] },
      ]));

    // the timer after untilDeadline.leaseRecovery.held does not fire before its time
    // takes leaseRecovery.held after untilDeadline[0]
    // hasRecoveryLeft is true for leaseRecovery.held after untilDeadline[0]
    // enters leaseRecovery.recovering.checkpointReload
    // takes leaseRecovery.recovering.leaseExpired after untilDeadline
    // the timer after untilDeadline.leaseRecovery.recovering.checkpointReload does not fire before its time
    // 0.leaseRecovery.recovering.checkpointReload ends late and is not heard
    // takes leaseRecovery.recovering.checkpointReload after untilDeadline[0]
    // hasRecoveryLeft is true for leaseRecovery.recovering.checkpointReload after untilDeadline[0]
    // takes leaseRecovery lease.expired
    // takes leaseRecovery heartbeat.received
    // takes leaseRecovery attempt.acknowledged
    // takes leaseRecovery attempt.claimed
    // the timer after untilDeadline.leaseRecovery.recovering.leaseExpired does not fire before its time
    // the timer after untilDeadline.leaseRecovery.recovering.checkpointReload is cancelled and does not fire
    // 0.leaseRecovery.recovering.checkpointReload ends: error
    // takes leaseRecovery.recovering.checkpointReload error 0.leaseRecovery.recovering.checkpointReload[1]
    // hasRecoveryLeft is false for leaseRecovery.recovering.checkpointReload error 0.leaseRecovery.recovering.checkpointReload[0]
    // takes leaseRecovery attempt.cancelled
    it("3. takes leaseRecovery.held after untilDeadline[0], and 18 more: wait 4 ms, after untilDeadline, after untilDeadline, wait 1 ms, … (14 steps)", () =>
      play(sut, beginning, [
        { advance: 4, fires: [] },
        { advance: 1, fires: ["after untilDeadline", "after untilDeadline"], value: { recovering: "checkpointReload" }, actors: ["0.leaseRecovery.recovering.checkpointReload"], context: { at: 5, deadline: 7, epoch: 2, lease: null, recoveries: 1 }, effects: [{ emits: { at: 5, attemptId: "a", epoch: 2, recovery: 1, runId: "r", type: "recovery.started" } }] },
        { advance: 1, fires: [] },
        { advance: 1, fires: ["after untilDeadline"], value: { recovering: "leaseExpired" }, actors: [], context: { at: 7, cause: { code: null, kind: "timedOut", message: "checkpointReload gave no result in 2 ms", step: "checkpointReload" }, deadline: 8, epoch: 3, recoveries: 2 }, effects: [{ emits: { at: 7, attemptId: "a", cause: { code: null, kind: "timedOut", message: "checkpointReload gave no result in 2 ms", step: "checkpointReload" }, epoch: 2, recovery: 1, runId: "r", type: "recovery.failed" } }, { emits: { at: 7, attemptId: "a", epoch: 3, recovery: 2, runId: "r", type: "recovery.started" } }] },
        { settle: "0.leaseRecovery.recovering.checkpointReload", done: undefined, late: true },
        { send: { at: 7, epoch: 4, type: "lease.expired" }, effects: [{ emits: { at: 7, attemptId: "a", message: "no worker holds a lease on this attempt", reason: "notHeld", type: "claim.refused" } }] },
        { send: { workerId: "w", epoch: 3, version: 2, at: 7, type: "heartbeat.received" }, effects: [{ emits: { at: 7, attemptId: "a", message: "no worker holds a lease on this attempt", reason: "notHeld", type: "claim.refused" } }] },
        { send: { workerId: "w", epoch: 4, outcome: "failed", message: "", at: 7, type: "attempt.acknowledged" }, effects: [{ emits: { at: 7, attemptId: "a", message: "no worker holds a lease on this attempt", reason: "notHeld", type: "claim.refused" } }] },
        { send: { at: 7, leaseId: "l2", workerId: "w", type: "attempt.claimed" }, effects: [{ emits: { at: 7, attemptId: "a", message: "attempt is not dispatchable for lease: l2", reason: "notDispatchable", type: "claim.refused" } }] },
        { advance: 0.5, fires: [] },
        { advance: 0.5, fires: ["after untilDeadline"], value: { recovering: "checkpointReload" }, actors: ["0.leaseRecovery.recovering.checkpointReload"], context: { at: 8, deadline: 10 } },
        { afterMs: 1, settle: "0.leaseRecovery.recovering.checkpointReload", fails: new Error("no"), value: "deadLettered", actors: [], context: { cause: { code: "internal", kind: "failed", message: "no", step: "checkpointReload" }, deadline: null }, effects: [{ emits: { at: 8, attemptId: "a", cause: { code: "internal", kind: "failed", message: "no", step: "checkpointReload" }, epoch: 3, recovery: 2, runId: "r", type: "recovery.failed" } }, { emits: { at: 8, attemptId: "a", cause: { code: "internal", kind: "failed", message: "no", step: "checkpointReload" }, recoveries: 2, runId: "r", type: "attempt.deadLettered" } }] },
        { advance: 2, fires: [] },
        { send: { at: 8, type: "attempt.cancelled" }, value: "cancelled", status: "done", effects: [{ emits: { at: 8, attemptId: "a", outcome: "cancelled", type: "attempt.ended" } }] },
      ]));

    // takes leaseRecovery.held lease.expired[0]
    // isAcceptedLoss is true for leaseRecovery.held lease.expired[0]
    // leaseRecovery.recovering.leaseExpired ignores attempt.redriven
    // enters leaseRecovery.recovering.replay
    // takes leaseRecovery.recovering.checkpointReload done 0.leaseRecovery.recovering.checkpointReload
    // 0.leaseRecovery.recovering.checkpointReload ends: done
    // the timer after untilDeadline.leaseRecovery.recovering.replay is cancelled and does not fire
    // enters leaseRecovery.readyForDispatch
    // takes leaseRecovery.recovering.replay done 0.leaseRecovery.recovering.replay
    // 0.leaseRecovery.recovering.replay ends: done
    // takes leaseRecovery.readyForDispatch attempt.claimed
    // isAcceptedLoss is false for leaseRecovery.held lease.expired[0]
    // isAccepted is false for leaseRecovery.held lease.expired[1]
    // isAccepted is false for leaseRecovery.held heartbeat.received
    // isAccepted is false for leaseRecovery.held attempt.acknowledged[1]
    // leaseRecovery.held ignores attempt.redriven
    // takes leaseRecovery.recovering.checkpointReload after untilDeadline[1]
    // hasRecoveryLeft is false for leaseRecovery.recovering.checkpointReload after untilDeadline[0]
    // takes leaseRecovery.recovering.checkpointReload error 0.leaseRecovery.recovering.checkpointReload[0]
    // hasRecoveryLeft is true for leaseRecovery.recovering.checkpointReload error 0.leaseRecovery.recovering.checkpointReload[0]
    // leaseRecovery.recovering.checkpointReload ignores attempt.redriven
    // the timer after untilDeadline.leaseRecovery.recovering.replay does not fire before its time
    // 0.leaseRecovery.recovering.replay ends late and is not heard
    // takes leaseRecovery.recovering.replay after untilDeadline[1]
    // hasRecoveryLeft is false for leaseRecovery.recovering.replay after untilDeadline[0]
    // takes leaseRecovery.recovering.replay error 0.leaseRecovery.recovering.replay[0]
    // hasRecoveryLeft is true for leaseRecovery.recovering.replay error 0.leaseRecovery.recovering.replay[0]
    // 0.leaseRecovery.recovering.replay ends: error
    // takes leaseRecovery.recovering.replay error 0.leaseRecovery.recovering.replay[1]
    // hasRecoveryLeft is false for leaseRecovery.recovering.replay error 0.leaseRecovery.recovering.replay[0]
    // takes leaseRecovery.recovering.replay after untilDeadline[0]
    // hasRecoveryLeft is true for leaseRecovery.recovering.replay after untilDeadline[0]
    // leaseRecovery.recovering.replay ignores attempt.redriven
    // leaseRecovery.readyForDispatch ignores attempt.redriven
    // takes leaseRecovery.held lease.expired[1]
    // isAccepted is true for leaseRecovery.held lease.expired[1]
    // takes leaseRecovery.held after untilDeadline[1]
    // hasRecoveryLeft is false for leaseRecovery.held after untilDeadline[0]
    it("4. takes leaseRecovery.held lease.expired[0], and 37 more: lease.expired, attempt.redriven, after untilDeadline, … (53 steps)", () =>
      play(sut, beginning, [
        { afterMs: 1, send: { at: 0, epoch: 1, type: "lease.expired" }, value: { recovering: "leaseExpired" }, context: { deadline: 0, epoch: 2, lease: null, recoveries: 1 }, effects: [{ emits: { at: 0, attemptId: "a", epoch: 2, recovery: 1, runId: "r", type: "recovery.started" } }] },
        { send: { at: 0, type: "attempt.redriven" } },
        { advance: 0, fires: ["after untilDeadline"], value: { recovering: "checkpointReload" }, actors: ["0.leaseRecovery.recovering.checkpointReload"], context: { deadline: 2 } },
        { afterMs: 1, settle: "0.leaseRecovery.recovering.checkpointReload", done: { seq: null, at: 0 }, value: { recovering: "replay" }, actors: ["0.leaseRecovery.recovering.replay"] },
        { afterMs: 1, settle: "0.leaseRecovery.recovering.replay", done: { at: 0 }, value: "readyForDispatch", actors: [], context: { deadline: null }, effects: [{ emits: { at: 0, attemptId: "a", epoch: 2, recovery: 1, runId: "r", type: "recovery.succeeded" } }] },
        { advance: 2, fires: [] },
        { send: { at: 0, leaseId: "l2", workerId: "w", type: "attempt.claimed" }, value: "held", context: { deadline: 5, lease: { attemptId: "a", epoch: 2, expiresAt: 3, heartbeatAt: 0, leaseId: "l2", version: 1, workerId: "w" } }, effects: [{ emits: { at: 0, attemptId: "a", epoch: 2, expiresAt: 3, leaseId: "l2", type: "lease.issued", workerId: "w" } }] },
        { afterMs: 1, send: { at: 0, epoch: 3, type: "lease.expired" }, effects: [{ emits: { at: 0, attemptId: "a", message: "stale epoch 3 for lease: l2 (current epoch 2)", reason: "staleEpoch", type: "claim.refused" } }] },
        { afterMs: 1, send: { workerId: "w", epoch: 3, version: 1, at: 1, type: "heartbeat.received" }, effects: [{ emits: { at: 1, attemptId: "a", message: "stale epoch 3 for lease: l2 (current epoch 2)", reason: "staleEpoch", type: "claim.refused" } }] },
        { afterMs: 1, send: { workerId: "stranger", epoch: 2, outcome: "completed", message: "", at: 0, type: "attempt.acknowledged" }, effects: [{ emits: { at: 0, attemptId: "a", message: "lease l2 is owned by another worker, not stranger", reason: "notOwner", type: "claim.refused" } }] },
        { afterMs: 1, send: { at: 0, type: "attempt.redriven" } },
        { send: { at: 0, epoch: 2, type: "lease.expired" }, value: { recovering: "leaseExpired" }, context: { deadline: 0, epoch: 3, lease: null, recoveries: 2 }, effects: [{ emits: { at: 0, attemptId: "a", epoch: 3, recovery: 2, runId: "r", type: "recovery.started" } }] },
        { advance: 0, fires: ["after untilDeadline"], value: { recovering: "checkpointReload" }, actors: ["0.leaseRecovery.recovering.checkpointReload"], context: { deadline: 2 } },
        { advance: 2, fires: ["after untilDeadline"], value: "deadLettered", actors: [], context: { at: 2, cause: { code: null, kind: "timedOut", message: "checkpointReload gave no result in 2 ms", step: "checkpointReload" }, deadline: null }, effects: [{ emits: { at: 2, attemptId: "a", cause: { code: null, kind: "timedOut", message: "checkpointReload gave no result in 2 ms", step: "checkpointReload" }, epoch: 3, recovery: 2, runId: "r", type: "recovery.failed" } }, { emits: { at: 2, attemptId: "a", cause: { code: null, kind: "timedOut", message: "checkpointReload gave no result in 2 ms", step: "checkpointReload" }, recoveries: 2, runId: "r", type: "attempt.deadLettered" } }] },
        { send: { at: 2, type: "attempt.redriven" }, value: { recovering: "leaseExpired" }, context: { cause: null, deadline: 2, epoch: 4, recoveries: 1 }, effects: [{ emits: { at: 2, attemptId: "a", epoch: 4, recovery: 1, runId: "r", type: "recovery.started" } }] },
        { advance: 0, fires: ["after untilDeadline"], value: { recovering: "checkpointReload" }, actors: ["0.leaseRecovery.recovering.checkpointReload"], context: { deadline: 4 } },
        { afterMs: 1, settle: "0.leaseRecovery.recovering.checkpointReload", fails: new Error("no"), value: { recovering: "leaseExpired" }, actors: [], context: { cause: { code: "internal", kind: "failed", message: "no", step: "checkpointReload" }, deadline: 3, epoch: 5, recoveries: 2 }, effects: [{ emits: { at: 2, attemptId: "a", cause: { code: "internal", kind: "failed", message: "no", step: "checkpointReload" }, epoch: 4, recovery: 1, runId: "r", type: "recovery.failed" } }, { emits: { at: 2, attemptId: "a", epoch: 5, recovery: 2, runId: "r", type: "recovery.started" } }] },
        { advance: 1, fires: ["after untilDeadline"], value: { recovering: "checkpointReload" }, actors: ["0.leaseRecovery.recovering.checkpointReload"], context: { at: 3, deadline: 5 } },
        { afterMs: 1, send: { at: 0, type: "attempt.redriven" } },
        { settle: "0.leaseRecovery.recovering.checkpointReload", done: { seq: null, at: 3 }, value: { recovering: "replay" }, actors: ["0.leaseRecovery.recovering.replay"] },
        { advance: 1, fires: [] },
        { advance: 1, fires: ["after untilDeadline"], value: "deadLettered", actors: [], context: { at: 5, cause: { code: null, kind: "timedOut", message: "replay gave no result in 2 ms", step: "replay" }, deadline: null }, effects: [{ emits: { at: 5, attemptId: "a", cause: { code: null, kind: "timedOut", message: "replay gave no result in 2 ms", step: "replay" }, epoch: 5, recovery: 2, runId: "r", type: "recovery.failed" } }, { emits: { at: 5, attemptId: "a", cause: { code: null, kind: "timedOut", message: "replay gave no result in 2 ms", step: "replay" }, recoveries: 2, runId: "r", type: "attempt.deadLettered" } }] },
        { settle: "0.leaseRecovery.recovering.replay", done: undefined, late: true },
        { send: { at: 5, type: "attempt.redriven" }, value: { recovering: "leaseExpired" }, context: { cause: null, deadline: 5, epoch: 6, recoveries: 1 }, effects: [{ emits: { at: 5, attemptId: "a", epoch: 6, recovery: 1, runId: "r", type: "recovery.started" } }] },
        { advance: 0, fires: ["after untilDeadline"], value: { recovering: "checkpointReload" }, actors: ["0.leaseRecovery.recovering.checkpointReload"], context: { deadline: 7 } },
        { afterMs: 1, settle: "0.leaseRecovery.recovering.checkpointReload", done: { seq: null, at: 5 }, value: { recovering: "replay" }, actors: ["0.leaseRecovery.recovering.replay"] },
        { afterMs: 1, settle: "0.leaseRecovery.recovering.replay", fails: new Error("no"), value: { recovering: "leaseExpired" }, actors: [], context: { cause: { code: "internal", kind: "failed", message: "no", step: "replay" }, deadline: 6, epoch: 7, recoveries: 2 }, effects: [{ emits: { at: 5, attemptId: "a", cause: { code: "internal", kind: "failed", message: "no", step: "replay" }, epoch: 6, recovery: 1, runId: "r", type: "recovery.failed" } }, { emits: { at: 5, attemptId: "a", epoch: 7, recovery: 2, runId: "r", type: "recovery.started" } }] },
        { advance: 1, fires: ["after untilDeadline"], value: { recovering: "checkpointReload" }, actors: ["0.leaseRecovery.recovering.checkpointReload"], context: { at: 6, deadline: 8 } },
        { afterMs: 1, settle: "0.leaseRecovery.recovering.checkpointReload", done: { seq: null, at: 6 }, value: { recovering: "replay" }, actors: ["0.leaseRecovery.recovering.replay"] },
        { afterMs: 1, settle: "0.leaseRecovery.recovering.replay", fails: new Error("no"), value: "deadLettered", actors: [], context: { deadline: null }, effects: [{ emits: { at: 6, attemptId: "a", cause: { code: "internal", kind: "failed", message: "no", step: "replay" }, epoch: 7, recovery: 2, runId: "r", type: "recovery.failed" } }, { emits: { at: 6, attemptId: "a", cause: { code: "internal", kind: "failed", message: "no", step: "replay" }, recoveries: 2, runId: "r", type: "attempt.deadLettered" } }] },
        { send: { at: 6, type: "attempt.redriven" }, value: { recovering: "leaseExpired" }, context: { cause: null, deadline: 6, epoch: 8, recoveries: 1 }, effects: [{ emits: { at: 6, attemptId: "a", epoch: 8, recovery: 1, runId: "r", type: "recovery.started" } }] },
        { advance: 0, fires: ["after untilDeadline"], value: { recovering: "checkpointReload" }, actors: ["0.leaseRecovery.recovering.checkpointReload"], context: { deadline: 8 } },
        { afterMs: 1, settle: "0.leaseRecovery.recovering.checkpointReload", done: { seq: null, at: 6 }, value: { recovering: "replay" }, actors: ["0.leaseRecovery.recovering.replay"] },
        { advance: 2, fires: ["after untilDeadline"], value: { recovering: "leaseExpired" }, actors: [], context: { at: 8, cause: { code: null, kind: "timedOut", message: "replay gave no result in 2 ms", step: "replay" }, deadline: 9, epoch: 9, recoveries: 2 }, effects: [{ emits: { at: 8, attemptId: "a", cause: { code: null, kind: "timedOut", message: "replay gave no result in 2 ms", step: "replay" }, epoch: 8, recovery: 1, runId: "r", type: "recovery.failed" } }, { emits: { at: 8, attemptId: "a", epoch: 9, recovery: 2, runId: "r", type: "recovery.started" } }] },
        { advance: 1, fires: ["after untilDeadline"], value: { recovering: "checkpointReload" }, actors: ["0.leaseRecovery.recovering.checkpointReload"], context: { at: 9, deadline: 11 } },
        { afterMs: 1, settle: "0.leaseRecovery.recovering.checkpointReload", done: { seq: null, at: 9 }, value: { recovering: "replay" }, actors: ["0.leaseRecovery.recovering.replay"] },
        { afterMs: 1, send: { at: 0, type: "attempt.redriven" } },
        { settle: "0.leaseRecovery.recovering.replay", done: { at: 9 }, value: "readyForDispatch", actors: [], context: { deadline: null }, effects: [{ emits: { at: 9, attemptId: "a", epoch: 9, recovery: 2, runId: "r", type: "recovery.succeeded" } }] },
        { send: { at: 0, type: "attempt.redriven" } },
        { send: { at: 9, leaseId: "l2", workerId: "w", type: "attempt.claimed" }, value: "held", context: { deadline: 14, lease: { attemptId: "a", epoch: 9, expiresAt: 12, heartbeatAt: 9, leaseId: "l2", version: 1, workerId: "w" } }, effects: [{ emits: { at: 9, attemptId: "a", epoch: 9, expiresAt: 12, leaseId: "l2", type: "lease.issued", workerId: "w" } }] },
        { afterMs: 1, send: { at: 10, epoch: 9, type: "lease.expired" }, value: "deadLettered", context: { at: 10, cause: { code: null, kind: "exhausted", message: "lease lost after 2 recoveries", step: "leaseExpired" }, deadline: null, lease: null }, effects: [{ emits: { at: 10, attemptId: "a", cause: { code: null, kind: "exhausted", message: "lease lost after 2 recoveries", step: "leaseExpired" }, recoveries: 2, runId: "r", type: "attempt.deadLettered" } }] },
        { send: { at: 10, type: "attempt.redriven" }, value: { recovering: "leaseExpired" }, context: { cause: null, deadline: 10, epoch: 10, recoveries: 1 }, effects: [{ emits: { at: 10, attemptId: "a", epoch: 10, recovery: 1, runId: "r", type: "recovery.started" } }] },
        { advance: 0, fires: ["after untilDeadline"], value: { recovering: "checkpointReload" }, actors: ["0.leaseRecovery.recovering.checkpointReload"], context: { deadline: 12 } },
        { advance: 2, fires: ["after untilDeadline"], value: { recovering: "leaseExpired" }, actors: [], context: { at: 12, cause: { code: null, kind: "timedOut", message: "checkpointReload gave no result in 2 ms", step: "checkpointReload" }, deadline: 13, epoch: 11, recoveries: 2 }, effects: [{ emits: { at: 12, attemptId: "a", cause: { code: null, kind: "timedOut", message: "checkpointReload gave no result in 2 ms", step: "checkpointReload" }, epoch: 10, recovery: 1, runId: "r", type: "recovery.failed" } }, { emits: { at: 12, attemptId: "a", epoch: 11, recovery: 2, runId: "r", type: "recovery.started" } }] },
        { advance: 1, fires: ["after untilDeadline"], value: { recovering: "checkpointReload" }, actors: ["0.leaseRecovery.recovering.checkpointReload"], context: { at: 13, deadline: 15 } },
        { afterMs: 1, settle: "0.leaseRecovery.recovering.checkpointReload", done: { seq: null, at: 13 }, value: { recovering: "replay" }, actors: ["0.leaseRecovery.recovering.replay"] },
        { afterMs: 1, settle: "0.leaseRecovery.recovering.replay", done: { at: 13 }, value: "readyForDispatch", actors: [], context: { deadline: null }, effects: [{ emits: { at: 13, attemptId: "a", epoch: 11, recovery: 2, runId: "r", type: "recovery.succeeded" } }] },
        { send: { at: 13, leaseId: "l2", workerId: "w", type: "attempt.claimed" }, value: "held", context: { deadline: 18, lease: { attemptId: "a", epoch: 11, expiresAt: 16, heartbeatAt: 13, leaseId: "l2", version: 1, workerId: "w" } }, effects: [{ emits: { at: 13, attemptId: "a", epoch: 11, expiresAt: 16, leaseId: "l2", type: "lease.issued", workerId: "w" } }] },
        { advance: 5, fires: ["after untilDeadline"], value: "deadLettered", context: { at: 18, cause: { code: null, kind: "exhausted", message: "lease lost after 2 recoveries", step: "leaseExpired" }, deadline: null, lease: null }, effects: [{ emits: { at: 18, attemptId: "a", cause: { code: null, kind: "exhausted", message: "lease lost after 2 recoveries", step: "leaseExpired" }, recoveries: 2, runId: "r", type: "attempt.deadLettered" } }] },
        { send: { workerId: "w", epoch: 11, version: 1, at: 18, type: "heartbeat.received" }, effects: [{ emits: { at: 18, attemptId: "a", message: "no worker holds a lease on this attempt", reason: "notHeld", type: "claim.refused" } }] },
        { send: { workerId: "w", epoch: 11, version: 1, at: 18, type: "heartbeat.received" }, effects: [{ emits: { at: 18, attemptId: "a", message: "no worker holds a lease on this attempt", reason: "notHeld", type: "claim.refused" } }] },
        { send: { at: 18, epoch: 11, type: "lease.expired" }, effects: [{ emits: { at: 18, attemptId: "a", message: "no worker holds a lease on this attempt", reason: "notHeld", type: "claim.refused" } }] },
        { send: { workerId: "w", epoch: 11, outcome: "completed", message: "", at: 18, type: "attempt.acknowledged" }, effects: [{ emits: { at: 18, attemptId: "a", message: "no worker holds a lease on this attempt", reason: "notHeld", type: "claim.refused" } }] },
      ]));
  });
}
