/**
 * Tests of the machine crashBudget, from machines/crash-budget.ts. Written by `homeostat generate`: change the machine, not this file.
 *
 * 1 tests, 60 steps: states 10/10, transitions 19/19, guards 9/9, timers 10/10, unhandled 6/6
 *
 * content: sha256 7d397aeb74bcb6dd5c8ef1bba4df11cf570f44d54a2ab19d50ddbeaff05d1977
 * made with: {"from":"../../src/testgen/index.ts"}
 */
import { describe, it } from "vitest";
import { type Beginning, play } from "../../src/testgen/index.ts";
import { suts } from "./crash-budget.sut.ts";

const beginning: Beginning = { input: { key: "k", policy: { retryBackoffMs: 1, budgetWindowMs: 3, retries: 1, provenUptimeMs: 2, outerLimit: { refusedWindows: 2, crashes: 1000, periodMs: 6 }, probeEveryMs: 2 } }, initial: { value: "steady", status: "active", context: { at: 0, crashedAt: [], deadline: null, decision: null, key: "k", policy: { budgetWindowMs: 3, outerLimit: { crashes: 1000, periodMs: 6, refusedWindows: 2 }, probeEveryMs: 2, provenUptimeMs: 2, retries: 1, retryBackoffMs: 1, window: "tumbling" }, quarantined: false, refusedAt: [], window: null }, actors: [], effects: [] } };

for (const sut of [suts].flat()) {
  describe(`crashBudget, ${sut.name ?? "the system"}`, () => {
    // enters crashBudget
    // enters crashBudget.backingOff
    // takes crashBudget backend.exited[2]
    // inQuarantineEpisode is false for crashBudget backend.exited[0]
    // overOuterLimit is false for crashBudget backend.exited[1]
    // withinBudget is true for crashBudget backend.exited[2]
    // enters crashBudget.refused
    // takes crashBudget backend.exited[3]
    // withinBudget is false for crashBudget backend.exited[2]
    // enters crashBudget.probation
    // takes crashBudget backend.started[1]
    // needsNoProof is false for crashBudget backend.started[0]
    // the timer after untilDeadline.crashBudget.probation does not fire before its time
    // enters crashBudget.steady
    // takes crashBudget.probation after untilDeadline
    // takes crashBudget.steady backend.started
    // remembersNothing is true for crashBudget.steady backend.started
    // takes crashBudget backend.stopped
    // crashBudget.steady ignores start.deferred
    // takes crashBudget budget.reset
    // the timer after untilDeadline.crashBudget.backingOff is cancelled and does not fire
    // enters crashBudget.retrying
    // takes crashBudget.backingOff budget.reset
    // takes crashBudget.retrying start.deferred
    // the timer after untilDeadline.crashBudget.refused is cancelled and does not fire
    // takes crashBudget.refused budget.reset
    // the timer after untilDeadline.crashBudget.backingOff does not fire before its time
    // takes crashBudget.backingOff after untilDeadline
    // the timer after untilDeadline.crashBudget.refused does not fire before its time
    // takes crashBudget.refused after untilDeadline
    // enters crashBudget.quarantined
    // takes crashBudget backend.exited[1]
    // overOuterLimit is true for crashBudget backend.exited[1]
    // the timer after untilDeadline.crashBudget.quarantined does not fire before its time
    // enters crashBudget.halfOpen
    // enters crashBudget.halfOpen.probing
    // takes crashBudget.quarantined after untilDeadline
    // takes crashBudget backend.exited[0]
    // inQuarantineEpisode is true for crashBudget backend.exited[0]
    // the timer after untilDeadline.crashBudget.quarantined is cancelled and does not fire
    // takes crashBudget.quarantined budget.reset
    // the timer after untilDeadline.crashBudget.probation is cancelled and does not fire
    // crashBudget.backingOff ignores start.deferred
    // remembersNothing is false for crashBudget.steady backend.started
    // crashBudget.probation ignores start.deferred
    // crashBudget.refused ignores start.deferred
    // crashBudget.quarantined ignores start.deferred
    // enters crashBudget.halfOpen.proving
    // takes crashBudget.halfOpen.probing backend.started
    // the timer after untilDeadline.crashBudget.halfOpen.proving does not fire before its time
    // takes crashBudget.halfOpen.proving after untilDeadline
    // takes crashBudget.halfOpen.probing start.deferred
    // crashBudget.halfOpen.proving ignores start.deferred
    // the timer after untilDeadline.crashBudget.halfOpen.proving is cancelled and does not fire
    it("1. takes crashBudget backend.exited[2], and 53 more: backend.exited, backend.exited, backend.started, … (60 steps)", () =>
      play(sut, beginning, [
        { send: { at: 3, type: "backend.exited" }, value: "backingOff", context: { at: 3, crashedAt: [3], deadline: 4, decision: { attempt: 1, kind: "retry", retryAfterMs: 1 }, window: { crashes: 1, grantedAt: [], startedAt: 3 } }, effects: [{ emits: { at: 3, attempt: 1, key: "k", retryAfterMs: 1, type: "start.scheduled" } }] },
        { send: { at: 3, type: "backend.exited" }, value: "refused", context: { crashedAt: [3, 3], deadline: 6, decision: { kind: "refuse", reason: "backend_unavailable", retryAfterMs: 3 }, refusedAt: [3], window: { crashes: 2, grantedAt: [], startedAt: 3 } }, effects: [{ emits: { at: 3, key: "k", reason: "backend_unavailable", retryAfterMs: 3, type: "start.refused" } }] },
        { afterMs: 1, send: { at: 4, type: "backend.started" }, value: "probation", context: { at: 4 } },
        { advance: 1, fires: [] },
        { advance: 1, fires: ["after untilDeadline"], value: "steady", context: { at: 6, crashedAt: [], deadline: null, decision: null, refusedAt: [], window: null }, effects: [{ emits: { at: 6, key: "k", type: "backend.steadied", wasQuarantined: false } }] },
        { send: { at: 6, type: "backend.started" } },
        { send: { at: 7, type: "backend.stopped" }, context: { at: 7 } },
        { send: { at: 0, retryAfterMs: 1, type: "start.deferred" } },
        { send: { at: 7, type: "budget.reset" } },
        { send: { at: 7, type: "backend.exited" }, value: "backingOff", context: { crashedAt: [7], deadline: 8, decision: { attempt: 1, kind: "retry", retryAfterMs: 1 }, window: { crashes: 1, grantedAt: [], startedAt: 7 } }, effects: [{ emits: { at: 7, attempt: 1, key: "k", retryAfterMs: 1, type: "start.scheduled" } }] },
        { send: { at: 7, type: "budget.reset" }, value: "retrying", context: { crashedAt: [], deadline: null, decision: null, window: null }, effects: [{ emits: { at: 7, cause: "reset", key: "k", type: "start.granted" } }] },
        { advance: 1, fires: [] },
        { send: { at: 8, retryAfterMs: 1, type: "start.deferred" }, value: "refused", context: { at: 8, deadline: 9, decision: { kind: "refuse", reason: "backend_unavailable", retryAfterMs: 1 } }, effects: [{ emits: { at: 8, key: "k", reason: "backend_unavailable", retryAfterMs: 1, type: "start.refused" } }] },
        { send: { at: 9, type: "budget.reset" }, value: "retrying", context: { at: 9, deadline: null, decision: null }, effects: [{ emits: { at: 9, cause: "reset", key: "k", type: "start.granted" } }] },
        { advance: 1, fires: [] },
        { send: { at: 9, type: "backend.exited" }, value: "backingOff", context: { crashedAt: [9], deadline: 10, decision: { attempt: 1, kind: "retry", retryAfterMs: 1 }, window: { crashes: 1, grantedAt: [], startedAt: 9 } }, effects: [{ emits: { at: 9, attempt: 1, key: "k", retryAfterMs: 1, type: "start.scheduled" } }] },
        { advance: 0.5, fires: [] },
        { advance: 0.5, fires: ["after untilDeadline"], value: "retrying", context: { at: 10, deadline: null }, effects: [{ emits: { at: 10, cause: "retry", key: "k", type: "start.granted" } }] },
        { send: { at: 10, type: "backend.exited" }, value: "refused", context: { crashedAt: [9, 10], deadline: 12, decision: { kind: "refuse", reason: "backend_unavailable", retryAfterMs: 2 }, refusedAt: [10], window: { crashes: 2, grantedAt: [], startedAt: 9 } }, effects: [{ emits: { at: 10, key: "k", reason: "backend_unavailable", retryAfterMs: 2, type: "start.refused" } }] },
        { advance: 1, fires: [] },
        { advance: 1, fires: ["after untilDeadline"], value: "retrying", context: { at: 12, deadline: null }, effects: [{ emits: { at: 12, cause: "windowOpened", key: "k", type: "start.granted" } }] },
        { send: { at: 12, type: "backend.exited" }, value: "backingOff", context: { crashedAt: [9, 10, 12], deadline: 13, decision: { attempt: 1, kind: "retry", retryAfterMs: 1 }, window: { crashes: 1, grantedAt: [], startedAt: 12 } }, effects: [{ emits: { at: 12, attempt: 1, key: "k", retryAfterMs: 1, type: "start.scheduled" } }] },
        { send: { at: 12, type: "backend.exited" }, value: "quarantined", context: { crashedAt: [9, 10, 12, 12], deadline: 14, decision: { kind: "refuse", reason: "backend_unavailable", retryAfterMs: 3 }, quarantined: true, refusedAt: [10, 12], window: { crashes: 2, grantedAt: [], startedAt: 12 } }, effects: [{ emits: { at: 12, crashes: 4, first: true, key: "k", probeAfterMs: 2, refusedWindows: 2, type: "backend.quarantined" } }] },
        { advance: 1, fires: [] },
        { advance: 1, fires: ["after untilDeadline"], value: { halfOpen: "probing" }, context: { at: 14, deadline: null }, effects: [{ emits: { at: 14, cause: "probe", key: "k", type: "start.granted" } }] },
        { send: { at: 15, type: "backend.exited" }, value: "quarantined", context: { at: 15, crashedAt: [10, 12, 12, 15], deadline: 17, decision: { attempt: 1, kind: "retry", retryAfterMs: 1 }, window: { crashes: 1, grantedAt: [], startedAt: 15 } }, effects: [{ emits: { at: 15, crashes: 4, first: false, key: "k", probeAfterMs: 2, refusedWindows: 2, type: "backend.quarantined" } }] },
        { afterMs: 1, send: { at: 15, type: "budget.reset" }, value: "retrying", context: { crashedAt: [], deadline: null, decision: null, quarantined: false, refusedAt: [], window: null }, effects: [{ emits: { at: 15, cause: "reset", key: "k", type: "start.granted" } }] },
        { advance: 2, fires: [] },
        { send: { at: 15, type: "backend.started" }, value: "probation", context: { deadline: 17 } },
        { afterMs: 1, send: { at: 15, type: "budget.reset" }, value: "steady", context: { deadline: null } },
        { advance: 2, fires: [] },
        { send: { at: 15, type: "backend.exited" }, value: "backingOff", context: { crashedAt: [15], deadline: 16, decision: { attempt: 1, kind: "retry", retryAfterMs: 1 }, window: { crashes: 1, grantedAt: [], startedAt: 15 } }, effects: [{ emits: { at: 15, attempt: 1, key: "k", retryAfterMs: 1, type: "start.scheduled" } }] },
        { send: { at: 0, retryAfterMs: 1, type: "start.deferred" } },
        { send: { at: 16, type: "backend.stopped" }, value: "steady", context: { at: 16, deadline: null } },
        { send: { at: 16, type: "backend.started" }, value: "probation", context: { deadline: 18 } },
        { afterMs: 1, send: { at: 0, retryAfterMs: 1, type: "start.deferred" } },
        { send: { at: 16, type: "backend.exited" }, value: "refused", context: { crashedAt: [15, 16], decision: { kind: "refuse", reason: "backend_unavailable", retryAfterMs: 2 }, refusedAt: [16], window: { crashes: 2, grantedAt: [], startedAt: 15 } }, effects: [{ emits: { at: 16, key: "k", reason: "backend_unavailable", retryAfterMs: 2, type: "start.refused" } }] },
        { afterMs: 1, send: { at: 0, retryAfterMs: 1, type: "start.deferred" } },
        { send: { at: 17, type: "backend.exited" }, context: { at: 17, crashedAt: [15, 16, 17], decision: { kind: "refuse", reason: "backend_unavailable", retryAfterMs: 1 }, window: { crashes: 3, grantedAt: [], startedAt: 15 } }, effects: [{ emits: { at: 17, key: "k", reason: "backend_unavailable", retryAfterMs: 1, type: "start.refused" } }] },
        { send: { at: 18, type: "backend.exited" }, value: "backingOff", context: { at: 18, crashedAt: [15, 16, 17, 18], deadline: 19, decision: { attempt: 1, kind: "retry", retryAfterMs: 1 }, window: { crashes: 1, grantedAt: [], startedAt: 18 } }, effects: [{ emits: { at: 18, attempt: 1, key: "k", retryAfterMs: 1, type: "start.scheduled" } }] },
        { send: { at: 18, type: "backend.exited" }, value: "quarantined", context: { crashedAt: [15, 16, 17, 18, 18], deadline: 20, decision: { kind: "refuse", reason: "backend_unavailable", retryAfterMs: 3 }, quarantined: true, refusedAt: [16, 18], window: { crashes: 2, grantedAt: [], startedAt: 18 } }, effects: [{ emits: { at: 18, crashes: 5, first: true, key: "k", probeAfterMs: 2, refusedWindows: 2, type: "backend.quarantined" } }] },
        { afterMs: 1, send: { at: 0, retryAfterMs: 1, type: "start.deferred" } },
        { advance: 1, fires: ["after untilDeadline"], value: { halfOpen: "probing" }, context: { at: 20, deadline: null }, effects: [{ emits: { at: 20, cause: "probe", key: "k", type: "start.granted" } }] },
        { send: { at: 20, type: "backend.started" }, value: { halfOpen: "proving" }, context: { deadline: 22 } },
        { advance: 1, fires: [] },
        { advance: 1, fires: ["after untilDeadline"], value: "steady", context: { at: 22, crashedAt: [], deadline: null, decision: null, quarantined: false, refusedAt: [], window: null }, effects: [{ emits: { at: 22, key: "k", type: "backend.steadied", wasQuarantined: true } }] },
        { send: { at: 22, type: "backend.exited" }, value: "backingOff", context: { crashedAt: [22], deadline: 23, decision: { attempt: 1, kind: "retry", retryAfterMs: 1 }, window: { crashes: 1, grantedAt: [], startedAt: 22 } }, effects: [{ emits: { at: 22, attempt: 1, key: "k", retryAfterMs: 1, type: "start.scheduled" } }] },
        { send: { at: 22, type: "backend.exited" }, value: "refused", context: { crashedAt: [22, 22], deadline: 25, decision: { kind: "refuse", reason: "backend_unavailable", retryAfterMs: 3 }, refusedAt: [22], window: { crashes: 2, grantedAt: [], startedAt: 22 } }, effects: [{ emits: { at: 22, key: "k", reason: "backend_unavailable", retryAfterMs: 3, type: "start.refused" } }] },
        { afterMs: 1, send: { at: 25, type: "backend.exited" }, value: "backingOff", context: { at: 25, crashedAt: [22, 22, 25], deadline: 26, decision: { attempt: 1, kind: "retry", retryAfterMs: 1 }, window: { crashes: 1, grantedAt: [], startedAt: 25 } }, effects: [{ emits: { at: 25, attempt: 1, key: "k", retryAfterMs: 1, type: "start.scheduled" } }] },
        { send: { at: 26, type: "backend.exited" }, value: "quarantined", context: { at: 26, crashedAt: [22, 22, 25, 26], deadline: 28, decision: { kind: "refuse", reason: "backend_unavailable", retryAfterMs: 2 }, quarantined: true, refusedAt: [22, 26], window: { crashes: 2, grantedAt: [], startedAt: 25 } }, effects: [{ emits: { at: 26, crashes: 4, first: true, key: "k", probeAfterMs: 2, refusedWindows: 2, type: "backend.quarantined" } }] },
        { advance: 2, fires: ["after untilDeadline"], value: { halfOpen: "probing" }, context: { at: 28, deadline: null }, effects: [{ emits: { at: 28, cause: "probe", key: "k", type: "start.granted" } }] },
        { send: { at: 28, retryAfterMs: 1, type: "start.deferred" }, value: "quarantined", context: { deadline: 30 }, effects: [{ emits: { at: 28, crashes: 4, first: false, key: "k", probeAfterMs: 2, refusedWindows: 2, type: "backend.quarantined" } }] },
        { advance: 2, fires: ["after untilDeadline"], value: { halfOpen: "probing" }, context: { at: 30, deadline: null }, effects: [{ emits: { at: 30, cause: "probe", key: "k", type: "start.granted" } }] },
        { send: { at: 30, type: "backend.started" }, value: { halfOpen: "proving" }, context: { deadline: 32 } },
        { afterMs: 1, send: { at: 0, retryAfterMs: 1, type: "start.deferred" } },
        { send: { at: 31, type: "budget.reset" }, value: "steady", context: { at: 31, crashedAt: [], deadline: null, decision: null, quarantined: false, refusedAt: [], window: null } },
        { advance: 2, fires: [] },
        { send: { at: 31, type: "backend.exited" }, value: "backingOff", context: { crashedAt: [31], deadline: 32, decision: { attempt: 1, kind: "retry", retryAfterMs: 1 }, window: { crashes: 1, grantedAt: [], startedAt: 31 } }, effects: [{ emits: { at: 31, attempt: 1, key: "k", retryAfterMs: 1, type: "start.scheduled" } }] },
        { send: { at: 31, type: "backend.started" }, value: "probation", context: { deadline: 33 } },
        { afterMs: 1, send: { at: 31, type: "backend.exited" }, value: "refused", context: { crashedAt: [31, 31], deadline: 34, decision: { kind: "refuse", reason: "backend_unavailable", retryAfterMs: 3 }, refusedAt: [31], window: { crashes: 2, grantedAt: [], startedAt: 31 } }, effects: [{ emits: { at: 31, key: "k", reason: "backend_unavailable", retryAfterMs: 3, type: "start.refused" } }] },
      ]));
  });
}
