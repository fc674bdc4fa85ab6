/**
 * Tests of the machine crashBudget, from machines/crash-budget.ts. Written by `homeostat generate`: change the machine, not this file.
 *
 * 1 tests, 48 steps: states 10/10, transitions 19/19, guards 9/9, timers 5/5, unhandled 6/6
 *
 * content: sha256 aa64f27b61ad9934baf67131609381a2a3d1b052b1fc53bc25585df1c6b1b2ab
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
    // enters crashBudget.steady
    // takes crashBudget backend.stopped
    // the timer after untilDeadline.crashBudget.probation is cancelled and does not fire
    // enters crashBudget.retrying
    // the timer after untilDeadline.crashBudget.refused is cancelled and does not fire
    // takes crashBudget.refused budget.reset
    // takes crashBudget budget.reset
    // takes crashBudget.steady backend.started
    // remembersNothing is true for crashBudget.steady backend.started
    // crashBudget.steady ignores start.deferred
    // the timer after untilDeadline.crashBudget.backingOff is cancelled and does not fire
    // takes crashBudget.backingOff budget.reset
    // takes crashBudget.retrying start.deferred
    // crashBudget.refused ignores start.deferred
    // takes crashBudget.refused after untilDeadline
    // crashBudget.backingOff ignores start.deferred
    // takes crashBudget.backingOff after untilDeadline
    // enters crashBudget.quarantined
    // takes crashBudget backend.exited[1]
    // overOuterLimit is true for crashBudget backend.exited[1]
    // enters crashBudget.halfOpen
    // enters crashBudget.halfOpen.probing
    // takes crashBudget.quarantined after untilDeadline
    // takes crashBudget backend.exited[0]
    // inQuarantineEpisode is true for crashBudget backend.exited[0]
    // the timer after untilDeadline.crashBudget.quarantined is cancelled and does not fire
    // takes crashBudget.quarantined budget.reset
    // crashBudget.probation ignores start.deferred
    // takes crashBudget.probation after untilDeadline
    // remembersNothing is false for crashBudget.steady backend.started
    // enters crashBudget.halfOpen.proving
    // takes crashBudget.halfOpen.probing backend.started
    // crashBudget.halfOpen.proving ignores start.deferred
    // the timer after untilDeadline.crashBudget.halfOpen.proving is cancelled and does not fire
    // crashBudget.quarantined ignores start.deferred
    // takes crashBudget.halfOpen.probing start.deferred
    // takes crashBudget.halfOpen.proving after untilDeadline
    it("1. takes crashBudget backend.exited[2], and 48 more: backend.exited, backend.exited, backend.started, … (48 steps)", () =>
      play(sut, beginning, [
        { send: { at: 0, type: "backend.exited" }, value: "backingOff", context: { crashedAt: [0], deadline: 1, decision: { attempt: 1, kind: "retry", retryAfterMs: 1 }, window: { crashes: 1, grantedAt: [], startedAt: 0 } }, effects: [{ emits: { at: 0, attempt: 1, key: "k", retryAfterMs: 1, type: "start.scheduled" } }] },
        { send: { at: 0, type: "backend.exited" }, value: "refused", context: { crashedAt: [0, 0], deadline: 3, decision: { kind: "refuse", reason: "backend_unavailable", retryAfterMs: 3 }, refusedAt: [0], window: { crashes: 2, grantedAt: [], startedAt: 0 } }, effects: [{ emits: { at: 0, key: "k", reason: "backend_unavailable", retryAfterMs: 3, type: "start.refused" } }] },
        { send: { at: 0, type: "backend.started" }, value: "probation", context: { deadline: 2 } },
        { send: { at: 0, type: "backend.stopped" }, value: "steady", context: { deadline: null } },
        { advance: 2, fires: [] },
        { send: { at: 0, type: "backend.exited" }, value: "refused", context: { crashedAt: [0, 0, 0], deadline: 3, window: { crashes: 3, grantedAt: [], startedAt: 0 } }, effects: [{ emits: { at: 0, key: "k", reason: "backend_unavailable", retryAfterMs: 3, type: "start.refused" } }] },
        { send: { at: 0, type: "budget.reset" }, value: "retrying", context: { crashedAt: [], deadline: null, decision: null, refusedAt: [], window: null }, effects: [{ emits: { at: 0, cause: "reset", key: "k", type: "start.granted" } }] },
        { advance: 3, fires: [] },
        { send: { at: 0, type: "budget.reset" }, value: "steady" },
        { send: { at: 0, type: "backend.started" } },
        { send: { at: 0, retryAfterMs: 1, type: "start.deferred" } },
        { send: { at: 0, type: "backend.exited" }, value: "backingOff", context: { crashedAt: [0], deadline: 1, decision: { attempt: 1, kind: "retry", retryAfterMs: 1 }, window: { crashes: 1, grantedAt: [], startedAt: 0 } }, effects: [{ emits: { at: 0, attempt: 1, key: "k", retryAfterMs: 1, type: "start.scheduled" } }] },
        { send: { at: 0, type: "budget.reset" }, value: "retrying", context: { crashedAt: [], deadline: null, decision: null, window: null }, effects: [{ emits: { at: 0, cause: "reset", key: "k", type: "start.granted" } }] },
        { advance: 1, fires: [] },
        { send: { at: 0, retryAfterMs: 1, type: "start.deferred" }, value: "refused", context: { deadline: 1, decision: { kind: "refuse", reason: "backend_unavailable", retryAfterMs: 1 } }, effects: [{ emits: { at: 0, key: "k", reason: "backend_unavailable", retryAfterMs: 1, type: "start.refused" } }] },
        { send: { at: 0, retryAfterMs: 1, type: "start.deferred" } },
        { advance: 1, fires: ["after untilDeadline"], value: "retrying", context: { at: 1, deadline: null }, effects: [{ emits: { at: 1, cause: "windowOpened", key: "k", type: "start.granted" } }] },
        { send: { at: 1, type: "backend.exited" }, value: "backingOff", context: { crashedAt: [1], deadline: 2, decision: { attempt: 1, kind: "retry", retryAfterMs: 1 }, window: { crashes: 1, grantedAt: [], startedAt: 1 } }, effects: [{ emits: { at: 1, attempt: 1, key: "k", retryAfterMs: 1, type: "start.scheduled" } }] },
        { send: { at: 0, retryAfterMs: 1, type: "start.deferred" } },
        { advance: 1, fires: ["after untilDeadline"], value: "retrying", context: { at: 2, deadline: null }, effects: [{ emits: { at: 2, cause: "retry", key: "k", type: "start.granted" } }] },
        { send: { at: 3, type: "backend.exited" }, value: "refused", context: { at: 3, crashedAt: [1, 3], deadline: 4, decision: { kind: "refuse", reason: "backend_unavailable", retryAfterMs: 1 }, refusedAt: [3], window: { crashes: 2, grantedAt: [], startedAt: 1 } }, effects: [{ emits: { at: 3, key: "k", reason: "backend_unavailable", retryAfterMs: 1, type: "start.refused" } }] },
        { send: { at: 4, type: "backend.exited" }, value: "backingOff", context: { at: 4, crashedAt: [1, 3, 4], deadline: 5, decision: { attempt: 1, kind: "retry", retryAfterMs: 1 }, window: { crashes: 1, grantedAt: [], startedAt: 4 } }, effects: [{ emits: { at: 4, attempt: 1, key: "k", retryAfterMs: 1, type: "start.scheduled" } }] },
        { send: { at: 4, type: "backend.exited" }, value: "quarantined", context: { crashedAt: [1, 3, 4, 4], deadline: 6, decision: { kind: "refuse", reason: "backend_unavailable", retryAfterMs: 3 }, quarantined: true, refusedAt: [3, 4], window: { crashes: 2, grantedAt: [], startedAt: 4 } }, effects: [{ emits: { at: 4, crashes: 4, first: true, key: "k", probeAfterMs: 2, refusedWindows: 2, type: "backend.quarantined" } }] },
        { advance: 2, fires: ["after untilDeadline"], value: { halfOpen: "probing" }, context: { at: 6, deadline: null }, effects: [{ emits: { at: 6, cause: "probe", key: "k", type: "start.granted" } }] },
        { send: { at: 6, type: "backend.exited" }, value: "quarantined", context: { crashedAt: [1, 3, 4, 4, 6], deadline: 8, decision: { kind: "refuse", reason: "backend_unavailable", retryAfterMs: 1 }, window: { crashes: 3, grantedAt: [], startedAt: 4 } }, effects: [{ emits: { at: 6, crashes: 5, first: false, key: "k", probeAfterMs: 2, refusedWindows: 2, type: "backend.quarantined" } }] },
        { send: { at: 6, type: "budget.reset" }, value: "retrying", context: { crashedAt: [], deadline: null, decision: null, quarantined: false, refusedAt: [], window: null }, effects: [{ emits: { at: 6, cause: "reset", key: "k", type: "start.granted" } }] },
        { advance: 2, fires: [] },
        { send: { at: 6, type: "backend.started" }, value: "probation", context: { deadline: 8 } },
        { send: { at: 0, retryAfterMs: 1, type: "start.deferred" } },
        { advance: 2, fires: ["after untilDeadline"], value: "steady", context: { at: 8, deadline: null }, effects: [{ emits: { at: 8, key: "k", type: "backend.steadied", wasQuarantined: false } }] },
        { send: { at: 8, type: "backend.exited" }, value: "backingOff", context: { crashedAt: [8], deadline: 9, decision: { attempt: 1, kind: "retry", retryAfterMs: 1 }, window: { crashes: 1, grantedAt: [], startedAt: 8 } }, effects: [{ emits: { at: 8, attempt: 1, key: "k", retryAfterMs: 1, type: "start.scheduled" } }] },
        { send: { at: 8, type: "backend.stopped" }, value: "steady", context: { deadline: null } },
        { send: { at: 8, type: "backend.started" }, value: "probation", context: { deadline: 10 } },
        { send: { at: 8, type: "backend.exited" }, value: "refused", context: { crashedAt: [8, 8], deadline: 11, decision: { kind: "refuse", reason: "backend_unavailable", retryAfterMs: 3 }, refusedAt: [8], window: { crashes: 2, grantedAt: [], startedAt: 8 } }, effects: [{ emits: { at: 8, key: "k", reason: "backend_unavailable", retryAfterMs: 3, type: "start.refused" } }] },
        { send: { at: 11, type: "backend.exited" }, value: "backingOff", context: { at: 11, crashedAt: [8, 8, 11], deadline: 12, decision: { attempt: 1, kind: "retry", retryAfterMs: 1 }, window: { crashes: 1, grantedAt: [], startedAt: 11 } }, effects: [{ emits: { at: 11, attempt: 1, key: "k", retryAfterMs: 1, type: "start.scheduled" } }] },
        { send: { at: 11, type: "backend.exited" }, value: "quarantined", context: { crashedAt: [8, 8, 11, 11], deadline: 13, decision: { kind: "refuse", reason: "backend_unavailable", retryAfterMs: 3 }, quarantined: true, refusedAt: [8, 11], window: { crashes: 2, grantedAt: [], startedAt: 11 } }, effects: [{ emits: { at: 11, crashes: 4, first: true, key: "k", probeAfterMs: 2, refusedWindows: 2, type: "backend.quarantined" } }] },
        { advance: 2, fires: ["after untilDeadline"], value: { halfOpen: "probing" }, context: { at: 13, deadline: null }, effects: [{ emits: { at: 13, cause: "probe", key: "k", type: "start.granted" } }] },
        { send: { at: 13, type: "backend.started" }, value: { halfOpen: "proving" }, context: { deadline: 15 } },
        { send: { at: 0, retryAfterMs: 1, type: "start.deferred" } },
        { send: { at: 13, type: "backend.stopped" }, value: "steady", context: { deadline: null } },
        { advance: 2, fires: [] },
        { send: { at: 13, type: "backend.exited" }, value: "quarantined", context: { crashedAt: [8, 8, 11, 11, 13], deadline: 15, decision: { kind: "refuse", reason: "backend_unavailable", retryAfterMs: 1 }, window: { crashes: 3, grantedAt: [], startedAt: 11 } }, effects: [{ emits: { at: 13, crashes: 5, first: false, key: "k", probeAfterMs: 2, refusedWindows: 2, type: "backend.quarantined" } }] },
        { send: { at: 0, retryAfterMs: 1, type: "start.deferred" } },
        { advance: 2, fires: ["after untilDeadline"], value: { halfOpen: "probing" }, context: { at: 15, deadline: null }, effects: [{ emits: { at: 15, cause: "probe", key: "k", type: "start.granted" } }] },
        { send: { at: 15, retryAfterMs: 1, type: "start.deferred" }, value: "quarantined", context: { deadline: 17 }, effects: [{ emits: { at: 15, crashes: 5, first: false, key: "k", probeAfterMs: 2, refusedWindows: 2, type: "backend.quarantined" } }] },
        { advance: 2, fires: ["after untilDeadline"], value: { halfOpen: "probing" }, context: { at: 17, deadline: null }, effects: [{ emits: { at: 17, cause: "probe", key: "k", type: "start.granted" } }] },
        { send: { at: 17, type: "backend.started" }, value: { halfOpen: "proving" }, context: { deadline: 19 } },
        { advance: 2, fires: ["after untilDeadline"], value: "steady", context: { at: 19, crashedAt: [], deadline: null, decision: null, quarantined: false, refusedAt: [], window: null }, effects: [{ emits: { at: 19, key: "k", type: "backend.steadied", wasQuarantined: true } }] },
      ]));
  });
}
