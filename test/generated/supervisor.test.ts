/**
 * Tests of the machine supervisor, from machines/supervisor.ts. Written by `homeostat generate`: change the machine, not this file.
 *
 * 4 tests, 86 steps: states 6/6, transitions 30/30, guards 21/21, outcomes 3/3, timers 4/4, unhandled 32/32
 *
 * content: sha256 29cc391692710afa2d2177f0f886fe7331c8682f4cd662dbc7e21badfea09e61
 * made with: {"from":"../../src/testgen/index.ts"}
 */
import { describe, it } from "vitest";
import { type Beginning, play } from "../../src/testgen/index.ts";
import { suts } from "./supervisor.sut.ts";

const beginning: Beginning = { input: { plugins: [{ name: "p", spec: {} }, { name: "q", spec: {} }], stopDeadlineMs: 1, recipes: {}, spawnBudget: null }, initial: { value: "idle", status: "active", context: { at: 0, attempts: [], budgets: [], crashBudget: { budgetWindowMs: 30000, outerLimit: { crashes: 10, periodMs: 900000, refusedWindows: 3 }, probeEveryMs: 300000, provenUptimeMs: 60000, retries: 1, retryBackoffMs: 250, window: "tumbling" }, deadline: null, down: [], escalated: 0, escalations: [], handshakeMs: {}, migrations: [], plugins: [{ name: "p", spec: {} }, { name: "q", spec: {} }], recipes: {}, recoveries: [], refused: [], spawnBudget: null, spawns: {}, startFailures: {}, states: {}, stopDeadlineMs: 1 }, actors: [], effects: [] } };

for (const sut of [suts].flat()) {
  describe(`supervisor, ${sut.name ?? "the system"}`, () => {
    // enters supervisor
    // enters supervisor.running
    // takes supervisor.idle supervisor.start
    // enters supervisor.stopping
    // enters supervisor.stopping.ordered
    // takes supervisor.running supervisor.stop
    // allStopped is false for supervisor.stopping always
    // the timer after untilDeadline.supervisor.stopping.ordered does not fire before its time
    // enters supervisor.stopping.killing
    // takes supervisor.stopping.ordered after untilDeadline
    // the timer after untilDeadline.supervisor.stopping.killing does not fire before its time
    // enters supervisor.stopped
    // takes supervisor.stopping.killing after untilDeadline
    it("1. takes supervisor.idle supervisor.start, and 12 more: supervisor.start, supervisor.stop, wait 0.5 ms, … (6 steps)", () =>
      play(sut, beginning, [
        { send: { at: 0, monotonicMs: 0, type: "supervisor.start" }, value: "running", actors: ["plugin:p", "plugin:q"], effects: [{ emits: { crashBudget: { budgetWindowMs: 30000, outerLimit: { crashes: 10, periodMs: 900000, refusedWindows: 3 }, probeEveryMs: 300000, provenUptimeMs: 60000, retries: 1, retryBackoffMs: 250, window: "tumbling" }, monotonicMs: 0, names: ["p", "q"], plugins: 2, recipes: [], spawnBudget: null, type: "supervisor.started" } }, { sends: { at: 0, spec: {}, type: "plugin.configure" }, to: "plugin:p" }, { sends: { at: 0, type: "plugin.start" }, to: "plugin:p" }, { sends: { at: 0, spec: {}, type: "plugin.configure" }, to: "plugin:q" }, { sends: { at: 0, type: "plugin.start" }, to: "plugin:q" }] },
        { send: { at: 0, monotonicMs: 0, type: "supervisor.stop" }, value: { stopping: "ordered" }, context: { deadline: 1 }, effects: [{ emits: { monotonicMs: 0, type: "supervisor.stopping" } }, { sends: { at: 0, type: "plugin.stop" }, to: "plugin:q" }] },
        { advance: 0.5, fires: [] },
        { advance: 0.5, fires: ["after untilDeadline"], value: { stopping: "killing" }, context: { at: 1, deadline: 2 }, effects: [{ sends: { at: 1, type: "plugin.kill" }, to: "plugin:p" }, { sends: { at: 1, type: "plugin.kill" }, to: "plugin:q" }] },
        { advance: 0.5, fires: [] },
        { advance: 0.5, fires: ["after untilDeadline"], value: "stopped", status: "done", context: { at: 2 }, effects: [{ emits: { monotonicMs: 2, type: "supervisor.stopped" } }] },
      ]));

    // supervisor.idle ignores plugin.changed
    // supervisor.idle ignores server.started
    // supervisor.idle ignores server.exited
    // supervisor.idle ignores server.startFailed
    // supervisor.idle ignores start.scheduled
    // supervisor.idle ignores start.granted
    // supervisor.idle ignores backend.quarantined
    // supervisor.idle ignores backend.steadied
    // supervisor.idle ignores budget.reset
    // supervisor.idle ignores start.request
    // supervisor.idle ignores plugin.configure
    // supervisor.idle ignores supervisor.stop
    // supervisor.idle ignores supervisor.kill
    // takes supervisor.running server.exited[2]
    // isUnexpected is false for supervisor.running server.exited[0]
    // hasBudget is false for supervisor.running server.exited[1]
    // takes supervisor.running server.startFailed[2]
    // isAborted is false for supervisor.running server.startFailed[0]
    // isPermanent is false for supervisor.running server.startFailed[1]
    // takes supervisor.running plugin.configure
    // hasPlugin is true for supervisor.running plugin.configure
    // budget:p/s ends late and is not heard
    // takes supervisor.running plugin.changed[0]
    // isHealthyAgain is true for supervisor.running plugin.changed[0]
    // takes supervisor.running plugin.changed[1]
    // isHealthyAgain is false for supervisor.running plugin.changed[0]
    // takes supervisor.running server.started[1]
    // hasBudget is false for supervisor.running server.started[0]
    // takes supervisor.running server.exited[0]
    // isUnexpected is true for supervisor.running server.exited[0]
    // takes supervisor.running server.started[0]
    // hasBudget is true for supervisor.running server.started[0]
    // takes supervisor.running server.exited[1]
    // hasBudget is true for supervisor.running server.exited[1]
    // takes supervisor.running server.startFailed[1]
    // isPermanent is true for supervisor.running server.startFailed[1]
    // takes supervisor.running server.startFailed[0]
    // isAborted is true for supervisor.running server.startFailed[0]
    // takes supervisor.running start.granted[1]
    // isSpawnBudgetSpent is false for supervisor.running start.granted[0]
    // takes supervisor.running budget.reset
    // hasBudget is true for supervisor.running budget.reset
    // takes supervisor.running start.request
    // hasPlugin is true for supervisor.running start.request
    // takes supervisor.running error *
    // plugin:p ends: error
    // supervisor.running ignores supervisor.start
    // hasPlugin is false for supervisor.running start.request
    // hasPlugin is false for supervisor.running plugin.configure
    // takes supervisor.running start.scheduled
    // takes supervisor.running backend.quarantined
    // takes supervisor.running backend.steadied
    // takes supervisor.running supervisor.kill
    // plugin:q ends: error
    // takes supervisor.stopping error *
    // takes supervisor.stopping always
    // allStopped is true for supervisor.stopping always
    // the timer after untilDeadline.supervisor.stopping.killing is cancelled and does not fire
    it("2. takes supervisor.running server.exited[2], and 57 more: plugin.changed, server.started, server.exited, … (39 steps)", () =>
      play(sut, beginning, [
        { send: { at: 0, monotonicMs: 0, plugin: "p", from: "starting", to: "healthy", reason: null, type: "plugin.changed" } },
        { send: { at: 0, monotonicMs: 0, plugin: "p", server: "s", incarnation: 1, role: "active", pid: 1, tools: 0, startMs: 0, type: "server.started" } },
        { send: { at: 0, monotonicMs: 0, plugin: "p", server: "s", incarnation: 1, role: "active", pid: 1, exit: { cause: "exited", code: 1, signal: null, stderrTail: "", garbageLines: 0 }, uptimeMs: 0, unexpected: true, type: "server.exited" } },
        { send: { at: 0, monotonicMs: 0, plugin: "p", server: "s", incarnation: 1, role: "active", pid: 1, failure: { code: "spawn_failed", message: "no", permanent: false, exit: null }, type: "server.startFailed" } },
        { send: { at: 0, monotonicMs: 0, key: "p/s", retryAfterMs: 1, attempt: 1, type: "start.scheduled" } },
        { send: { at: 0, monotonicMs: 0, key: "p/s", cause: "retry", type: "start.granted" } },
        { send: { at: 0, monotonicMs: 0, key: "p/s", refusedWindows: 3, crashes: 6, probeAfterMs: 1, first: true, type: "backend.quarantined" } },
        { send: { at: 0, monotonicMs: 0, key: "p/s", wasQuarantined: true, type: "backend.steadied" } },
        { send: { at: 0, monotonicMs: 0, key: "p/s", type: "budget.reset" } },
        { send: { at: 0, monotonicMs: 0, plugin: "p", server: "s", type: "start.request" } },
        { send: { at: 0, monotonicMs: 0, plugin: "p", spec: {}, type: "plugin.configure" } },
        { send: { at: 0, monotonicMs: 0, type: "supervisor.stop" } },
        { send: { at: 0, monotonicMs: 0, type: "supervisor.kill" } },
        { send: { at: 0, monotonicMs: 0, type: "supervisor.start" }, value: "running", actors: ["plugin:p", "plugin:q"], effects: [{ emits: { crashBudget: { budgetWindowMs: 30000, outerLimit: { crashes: 10, periodMs: 900000, refusedWindows: 3 }, probeEveryMs: 300000, provenUptimeMs: 60000, retries: 1, retryBackoffMs: 250, window: "tumbling" }, monotonicMs: 0, names: ["p", "q"], plugins: 2, recipes: [], spawnBudget: null, type: "supervisor.started" } }, { sends: { at: 0, spec: {}, type: "plugin.configure" }, to: "plugin:p" }, { sends: { at: 0, type: "plugin.start" }, to: "plugin:p" }, { sends: { at: 0, spec: {}, type: "plugin.configure" }, to: "plugin:q" }, { sends: { at: 0, type: "plugin.start" }, to: "plugin:q" }] },
        { send: { at: 0, monotonicMs: 0, plugin: "p", server: "s", incarnation: 1, role: "active", pid: 1, exit: { cause: "exited", code: 1, signal: null, stderrTail: "", garbageLines: 0 }, uptimeMs: 0, unexpected: false, type: "server.exited" }, effects: [{ emits: { at: 0, exit: { cause: "exited", code: 1, garbageLines: 0, signal: null, stderrTail: "" }, incarnation: 1, monotonicMs: 0, pid: 1, plugin: "p", role: "active", server: "s", type: "server.exited", unexpected: false, uptimeMs: 0 } }] },
        { send: { at: 0, monotonicMs: 0, plugin: "p", server: "s", incarnation: 1, role: "active", pid: 1, failure: { code: "spawn_failed", message: "no", permanent: false, exit: null }, type: "server.startFailed" }, actors: ["budget:p/s", "plugin:p", "plugin:q"], context: { budgets: ["p/s"], down: ["p/s"], startFailures: { "p/s": "no" } }, effects: [{ emits: { at: 0, failure: { code: "spawn_failed", exit: null, message: "no", permanent: false }, incarnation: 1, monotonicMs: 0, pid: 1, plugin: "p", role: "active", server: "s", type: "server.startFailed" } }, { sends: { at: 0, type: "backend.exited" }, to: "budget:p/s" }] },
        { send: { at: 0, monotonicMs: 0, plugin: "p", spec: {}, type: "plugin.configure" }, actors: ["plugin:p", "plugin:q"], context: { budgets: [] }, effects: [{ emits: { monotonicMs: 0, plugin: "p", type: "plugin.configured" } }, { sends: { at: 0, spec: {}, type: "plugin.configure" }, to: "plugin:p" }] },
        { settle: "budget:p/s", done: undefined, late: true },
        { send: { at: 0, monotonicMs: 0, plugin: "p", from: "starting", to: "healthy", reason: null, type: "plugin.changed" }, context: { states: { p: { reason: null, state: "healthy" } } }, effects: [{ emits: { at: 0, from: "starting", monotonicMs: 0, plugin: "p", reason: null, to: "healthy", type: "plugin.changed" } }] },
        { send: { at: 0, monotonicMs: 0, plugin: "p", from: "healthy", to: "stopped", reason: null, type: "plugin.changed" }, context: { states: { p: { reason: null, state: "stopped" } } }, effects: [{ emits: { at: 0, from: "healthy", monotonicMs: 0, plugin: "p", reason: null, to: "stopped", type: "plugin.changed" } }] },
        { send: { at: 0, monotonicMs: 0, plugin: "p", server: "s", incarnation: 1, role: "active", pid: 1, tools: 0, startMs: 0, type: "server.started" }, context: { down: [], startFailures: {} }, effects: [{ emits: { at: 0, incarnation: 1, monotonicMs: 0, pid: 1, plugin: "p", role: "active", server: "s", startMs: 0, tools: 0, type: "server.started" } }] },
        { send: { at: 0, monotonicMs: 0, plugin: "p", server: "s", incarnation: 1, role: "active", pid: 1, exit: { cause: "exited", code: 1, signal: null, stderrTail: "", garbageLines: 0 }, uptimeMs: 0, unexpected: true, type: "server.exited" }, actors: ["budget:p/s", "plugin:p", "plugin:q"], context: { budgets: ["p/s"], down: ["p/s"] }, effects: [{ emits: { at: 0, exit: { cause: "exited", code: 1, garbageLines: 0, signal: null, stderrTail: "" }, incarnation: 1, monotonicMs: 0, pid: 1, plugin: "p", role: "active", server: "s", type: "server.exited", unexpected: true, uptimeMs: 0 } }, { sends: { at: 0, type: "backend.exited" }, to: "budget:p/s" }] },
        { send: { at: 0, monotonicMs: 0, plugin: "p", server: "s", incarnation: 1, role: "active", pid: 1, tools: 0, startMs: 0, type: "server.started" }, context: { down: [] }, effects: [{ emits: { at: 0, incarnation: 1, monotonicMs: 0, pid: 1, plugin: "p", role: "active", server: "s", startMs: 0, tools: 0, type: "server.started" } }, { sends: { at: 0, type: "backend.started" }, to: "budget:p/s" }] },
        { send: { at: 0, monotonicMs: 0, plugin: "p", server: "s", incarnation: 1, role: "active", pid: 1, exit: { cause: "exited", code: 1, signal: null, stderrTail: "", garbageLines: 0 }, uptimeMs: 0, unexpected: false, type: "server.exited" }, effects: [{ emits: { at: 0, exit: { cause: "exited", code: 1, garbageLines: 0, signal: null, stderrTail: "" }, incarnation: 1, monotonicMs: 0, pid: 1, plugin: "p", role: "active", server: "s", type: "server.exited", unexpected: false, uptimeMs: 0 } }, { sends: { at: 0, type: "backend.stopped" }, to: "budget:p/s" }] },
        { send: { at: 0, monotonicMs: 0, plugin: "p", server: "s", incarnation: 1, role: "active", pid: 1, failure: { code: "command_missing", message: "no", permanent: true, exit: null }, type: "server.startFailed" }, context: { escalated: 1, escalations: [{ acknowledged: false, actor: null, cause: "permanentFailure", id: "E1", message: "no", openedMs: 0, subject: "p/s" }] }, effects: [{ emits: { at: 0, failure: { code: "command_missing", exit: null, message: "no", permanent: true }, incarnation: 1, monotonicMs: 0, pid: 1, plugin: "p", role: "active", server: "s", type: "server.startFailed" } }, { emits: { cause: "permanentFailure", id: "E1", message: "no", monotonicMs: 0, subject: "p/s", type: "escalation.opened" } }] },
        { send: { at: 0, monotonicMs: 0, plugin: "p", server: "s", incarnation: 1, role: "active", pid: 1, failure: { code: "aborted", message: "no", permanent: false, exit: null }, type: "server.startFailed" }, effects: [{ emits: { at: 0, failure: { code: "aborted", exit: null, message: "no", permanent: false }, incarnation: 1, monotonicMs: 0, pid: 1, plugin: "p", role: "active", server: "s", type: "server.startFailed" } }] },
        { send: { at: 0, monotonicMs: 0, key: "p/s", cause: "retry", type: "start.granted" }, effects: [{ emits: { cause: "retry", monotonicMs: 0, plugin: "p", server: "s", type: "start.granted" } }, { sends: { at: 0, server: "s", type: "server.start" }, to: "plugin:p" }] },
        { send: { at: 0, monotonicMs: 0, key: "p/s", type: "budget.reset" }, effects: [{ sends: { at: 0, type: "budget.reset" }, to: "budget:p/s" }, { emits: { monotonicMs: 0, plugin: "p", server: "s", type: "budget.reset" } }] },
        { send: { at: 0, monotonicMs: 0, plugin: "p", server: "s", type: "start.request" }, effects: [{ emits: { by: "operator", monotonicMs: 0, plugin: "p", server: "s", type: "start.requested" } }, { sends: { at: 0, server: "s", type: "server.start" }, to: "plugin:p" }] },
        { settle: "plugin:p", fails: new Error("bug"), actors: ["budget:p/s", "plugin:q"], context: { escalated: 2, escalations: [{ acknowledged: false, actor: null, cause: "permanentFailure", id: "E1", message: "no", openedMs: 0, subject: "p/s" }, { acknowledged: false, actor: null, cause: "internalError", id: "E2", message: "bug", openedMs: 0, subject: "p" }], plugins: [{ name: "q", spec: {} }], states: { p: { reason: "bug", state: "failed" } } }, effects: [{ emits: { cause: "internalError", id: "E2", message: "bug", monotonicMs: 0, subject: "p", type: "escalation.opened" } }] },
        { send: { at: 0, monotonicMs: 0, type: "supervisor.start" } },
        { send: { at: 0, monotonicMs: 0, plugin: "p", server: "s", type: "start.request" } },
        { send: { at: 0, monotonicMs: 0, plugin: "p", spec: {}, type: "plugin.configure" } },
        { send: { at: 0, monotonicMs: 0, key: "p/s", retryAfterMs: 1, attempt: 1, type: "start.scheduled" }, effects: [{ emits: { attempt: 1, monotonicMs: 0, plugin: "p", retryAfterMs: 1, server: "s", type: "start.scheduled" } }] },
        { send: { at: 0, monotonicMs: 0, key: "p/s", refusedWindows: 3, crashes: 6, probeAfterMs: 1, first: true, type: "backend.quarantined" }, context: { escalated: 3, escalations: [{ acknowledged: false, actor: null, cause: "permanentFailure", id: "E1", message: "no", openedMs: 0, subject: "p/s" }, { acknowledged: false, actor: null, cause: "internalError", id: "E2", message: "bug", openedMs: 0, subject: "p" }, { acknowledged: false, actor: null, cause: "quarantined", id: "E3", message: "crashed 6 times, 3 windows were refused; it is only tried again every 1 ms", openedMs: 0, subject: "p/s" }], refused: ["p/s"] }, effects: [{ emits: { crashes: 6, monotonicMs: 0, plugin: "p", probeAfterMs: 1, refusedWindows: 3, server: "s", type: "backend.quarantined" } }, { emits: { cause: "quarantined", id: "E3", message: "crashed 6 times, 3 windows were refused; it is only tried again every 1 ms", monotonicMs: 0, subject: "p/s", type: "escalation.opened" } }] },
        { send: { at: 0, monotonicMs: 0, key: "p/s", wasQuarantined: true, type: "backend.steadied" }, context: { escalations: [{ acknowledged: false, actor: null, cause: "permanentFailure", id: "E1", message: "no", openedMs: 0, subject: "p/s" }, { acknowledged: false, actor: null, cause: "internalError", id: "E2", message: "bug", openedMs: 0, subject: "p" }] }, effects: [{ emits: { monotonicMs: 0, plugin: "p", server: "s", type: "backend.steadied", wasQuarantined: true } }, { emits: { because: "it proved its uptime", cause: "quarantined", id: "E3", monotonicMs: 0, subject: "p/s", type: "escalation.closed" } }] },
        { send: { at: 0, monotonicMs: 0, type: "supervisor.kill" }, value: { stopping: "killing" }, actors: ["plugin:q"], context: { budgets: [], deadline: 1 }, effects: [{ emits: { monotonicMs: 0, type: "supervisor.stopping" } }, { sends: { at: 0, type: "plugin.stop" }, to: "plugin:q" }, { sends: { at: 0, type: "plugin.kill" }, to: "plugin:q" }] },
        { settle: "plugin:q", fails: new Error("bug"), value: "stopped", status: "done", actors: [], context: { escalated: 4, escalations: [{ acknowledged: false, actor: null, cause: "permanentFailure", id: "E1", message: "no", openedMs: 0, subject: "p/s" }, { acknowledged: false, actor: null, cause: "internalError", id: "E2", message: "bug", openedMs: 0, subject: "p" }, { acknowledged: false, actor: null, cause: "internalError", id: "E4", message: "bug", openedMs: 0, subject: "q" }], plugins: [], states: { p: { reason: "bug", state: "failed" }, q: { reason: "bug", state: "failed" } } }, effects: [{ emits: { cause: "internalError", id: "E4", message: "bug", monotonicMs: 0, subject: "q", type: "escalation.opened" } }, { emits: { monotonicMs: 0, type: "supervisor.stopped" } }] },
        { advance: 1, fires: [] },
      ]));

    // hasBudget is false for supervisor.running budget.reset
    // supervisor.stopping.ordered ignores supervisor.start
    // supervisor.stopping.ordered ignores start.scheduled
    // supervisor.stopping.ordered ignores start.granted
    // supervisor.stopping.ordered ignores backend.quarantined
    // supervisor.stopping.ordered ignores backend.steadied
    // supervisor.stopping.ordered ignores budget.reset
    // supervisor.stopping.ordered ignores start.request
    // supervisor.stopping.ordered ignores plugin.configure
    // supervisor.stopping.ordered ignores supervisor.stop
    // takes supervisor.stopping plugin.changed
    // takes supervisor.stopping server.started
    // takes supervisor.stopping server.exited
    // takes supervisor.stopping server.startFailed
    // takes supervisor.stopping supervisor.kill
    // supervisor.stopping.killing ignores supervisor.start
    // supervisor.stopping.killing ignores start.scheduled
    // supervisor.stopping.killing ignores start.granted
    // supervisor.stopping.killing ignores backend.quarantined
    // supervisor.stopping.killing ignores backend.steadied
    // supervisor.stopping.killing ignores budget.reset
    // supervisor.stopping.killing ignores start.request
    // supervisor.stopping.killing ignores plugin.configure
    // supervisor.stopping.killing ignores supervisor.stop
    it("3. takes supervisor.stopping plugin.changed, and 23 more: supervisor.start, budget.reset, supervisor.stop, … (36 steps)", () =>
      play(sut, beginning, [
        { send: { at: 0, monotonicMs: 0, type: "supervisor.start" }, value: "running", actors: ["plugin:p", "plugin:q"], effects: [{ emits: { crashBudget: { budgetWindowMs: 30000, outerLimit: { crashes: 10, periodMs: 900000, refusedWindows: 3 }, probeEveryMs: 300000, provenUptimeMs: 60000, retries: 1, retryBackoffMs: 250, window: "tumbling" }, monotonicMs: 0, names: ["p", "q"], plugins: 2, recipes: [], spawnBudget: null, type: "supervisor.started" } }, { sends: { at: 0, spec: {}, type: "plugin.configure" }, to: "plugin:p" }, { sends: { at: 0, type: "plugin.start" }, to: "plugin:p" }, { sends: { at: 0, spec: {}, type: "plugin.configure" }, to: "plugin:q" }, { sends: { at: 0, type: "plugin.start" }, to: "plugin:q" }] },
        { send: { at: 0, monotonicMs: 0, key: "p/s", type: "budget.reset" } },
        { send: { at: 0, monotonicMs: 0, type: "supervisor.stop" }, value: { stopping: "ordered" }, context: { deadline: 1 }, effects: [{ emits: { monotonicMs: 0, type: "supervisor.stopping" } }, { sends: { at: 0, type: "plugin.stop" }, to: "plugin:q" }] },
        { send: { at: 0, monotonicMs: 0, type: "supervisor.start" } },
        { send: { at: 0, monotonicMs: 0, key: "p/s", retryAfterMs: 1, attempt: 1, type: "start.scheduled" } },
        { send: { at: 0, monotonicMs: 0, key: "p/s", cause: "retry", type: "start.granted" } },
        { send: { at: 0, monotonicMs: 0, key: "p/s", refusedWindows: 3, crashes: 6, probeAfterMs: 1, first: true, type: "backend.quarantined" } },
        { send: { at: 0, monotonicMs: 0, key: "p/s", wasQuarantined: true, type: "backend.steadied" } },
        { send: { at: 0, monotonicMs: 0, key: "p/s", type: "budget.reset" } },
        { send: { at: 0, monotonicMs: 0, plugin: "p", server: "s", type: "start.request" } },
        { send: { at: 0, monotonicMs: 0, plugin: "p", spec: {}, type: "plugin.configure" } },
        { send: { at: 0, monotonicMs: 0, type: "supervisor.stop" } },
        { send: { at: 0, monotonicMs: 0, plugin: "p", from: "starting", to: "healthy", reason: null, type: "plugin.changed" }, context: { states: { p: { reason: null, state: "healthy" } } }, effects: [{ emits: { at: 0, from: "starting", monotonicMs: 0, plugin: "p", reason: null, to: "healthy", type: "plugin.changed" } }, { sends: { at: 0, type: "plugin.stop" }, to: "plugin:q" }] },
        { send: { at: 0, monotonicMs: 0, plugin: "p", server: "s", incarnation: 1, role: "active", pid: 1, tools: 0, startMs: 0, type: "server.started" }, effects: [{ emits: { at: 0, incarnation: 1, monotonicMs: 0, pid: 1, plugin: "p", role: "active", server: "s", startMs: 0, tools: 0, type: "server.started" } }] },
        { send: { at: 0, monotonicMs: 0, plugin: "p", server: "s", incarnation: 1, role: "active", pid: 1, exit: { cause: "exited", code: 1, signal: null, stderrTail: "", garbageLines: 0 }, uptimeMs: 0, unexpected: true, type: "server.exited" }, effects: [{ emits: { at: 0, exit: { cause: "exited", code: 1, garbageLines: 0, signal: null, stderrTail: "" }, incarnation: 1, monotonicMs: 0, pid: 1, plugin: "p", role: "active", server: "s", type: "server.exited", unexpected: true, uptimeMs: 0 } }] },
        { send: { at: 0, monotonicMs: 0, plugin: "p", server: "s", incarnation: 1, role: "active", pid: 1, failure: { code: "spawn_failed", message: "no", permanent: false, exit: null }, type: "server.startFailed" }, effects: [{ emits: { at: 0, failure: { code: "spawn_failed", exit: null, message: "no", permanent: false }, incarnation: 1, monotonicMs: 0, pid: 1, plugin: "p", role: "active", server: "s", type: "server.startFailed" } }] },
        { send: { at: 0, monotonicMs: 0, type: "supervisor.kill" }, value: { stopping: "killing" }, effects: [{ sends: { at: 0, type: "plugin.kill" }, to: "plugin:p" }, { sends: { at: 0, type: "plugin.kill" }, to: "plugin:q" }] },
        { send: { at: 0, monotonicMs: 0, type: "supervisor.start" } },
        { send: { at: 0, monotonicMs: 0, key: "p/s", retryAfterMs: 1, attempt: 1, type: "start.scheduled" } },
        { send: { at: 0, monotonicMs: 0, key: "p/s", cause: "retry", type: "start.granted" } },
        { send: { at: 0, monotonicMs: 0, key: "p/s", refusedWindows: 3, crashes: 6, probeAfterMs: 1, first: true, type: "backend.quarantined" } },
        { send: { at: 0, monotonicMs: 0, key: "p/s", wasQuarantined: true, type: "backend.steadied" } },
        { send: { at: 0, monotonicMs: 0, key: "p/s", type: "budget.reset" } },
        { send: { at: 0, monotonicMs: 0, plugin: "p", server: "s", type: "start.request" } },
        { send: { at: 0, monotonicMs: 0, plugin: "p", spec: {}, type: "plugin.configure" } },
        { send: { at: 0, monotonicMs: 0, type: "supervisor.stop" } },
        { send: { at: 0, monotonicMs: 0, plugin: "p", from: "starting", to: "healthy", reason: null, type: "plugin.changed" }, effects: [{ emits: { at: 0, from: "starting", monotonicMs: 0, plugin: "p", reason: null, to: "healthy", type: "plugin.changed" } }, { sends: { at: 0, type: "plugin.stop" }, to: "plugin:q" }] },
        { send: { at: 0, monotonicMs: 0, plugin: "p", from: "starting", to: "healthy", reason: null, type: "plugin.changed" }, effects: [{ emits: { at: 0, from: "starting", monotonicMs: 0, plugin: "p", reason: null, to: "healthy", type: "plugin.changed" } }, { sends: { at: 0, type: "plugin.stop" }, to: "plugin:q" }] },
        { send: { at: 0, monotonicMs: 0, plugin: "p", server: "s", incarnation: 1, role: "active", pid: 1, tools: 0, startMs: 0, type: "server.started" }, effects: [{ emits: { at: 0, incarnation: 1, monotonicMs: 0, pid: 1, plugin: "p", role: "active", server: "s", startMs: 0, tools: 0, type: "server.started" } }] },
        { send: { at: 0, monotonicMs: 0, plugin: "p", from: "starting", to: "healthy", reason: null, type: "plugin.changed" }, effects: [{ emits: { at: 0, from: "starting", monotonicMs: 0, plugin: "p", reason: null, to: "healthy", type: "plugin.changed" } }, { sends: { at: 0, type: "plugin.stop" }, to: "plugin:q" }] },
        { send: { at: 0, monotonicMs: 0, plugin: "p", server: "s", incarnation: 1, role: "active", pid: 1, exit: { cause: "exited", code: 1, signal: null, stderrTail: "", garbageLines: 0 }, uptimeMs: 0, unexpected: true, type: "server.exited" }, effects: [{ emits: { at: 0, exit: { cause: "exited", code: 1, garbageLines: 0, signal: null, stderrTail: "" }, incarnation: 1, monotonicMs: 0, pid: 1, plugin: "p", role: "active", server: "s", type: "server.exited", unexpected: true, uptimeMs: 0 } }] },
        { send: { at: 0, monotonicMs: 0, plugin: "p", from: "starting", to: "healthy", reason: null, type: "plugin.changed" }, effects: [{ emits: { at: 0, from: "starting", monotonicMs: 0, plugin: "p", reason: null, to: "healthy", type: "plugin.changed" } }, { sends: { at: 0, type: "plugin.stop" }, to: "plugin:q" }] },
        { send: { at: 0, monotonicMs: 0, plugin: "p", server: "s", incarnation: 1, role: "active", pid: 1, failure: { code: "spawn_failed", message: "no", permanent: false, exit: null }, type: "server.startFailed" }, effects: [{ emits: { at: 0, failure: { code: "spawn_failed", exit: null, message: "no", permanent: false }, incarnation: 1, monotonicMs: 0, pid: 1, plugin: "p", role: "active", server: "s", type: "server.startFailed" } }] },
        { send: { at: 0, monotonicMs: 0, plugin: "p", from: "starting", to: "healthy", reason: null, type: "plugin.changed" }, effects: [{ emits: { at: 0, from: "starting", monotonicMs: 0, plugin: "p", reason: null, to: "healthy", type: "plugin.changed" } }, { sends: { at: 0, type: "plugin.stop" }, to: "plugin:q" }] },
        { send: { at: 0, monotonicMs: 0, type: "supervisor.kill" }, effects: [{ sends: { at: 0, type: "plugin.kill" }, to: "plugin:p" }, { sends: { at: 0, type: "plugin.kill" }, to: "plugin:q" }] },
        { send: { at: 0, monotonicMs: 0, plugin: "p", from: "starting", to: "healthy", reason: null, type: "plugin.changed" }, effects: [{ emits: { at: 0, from: "starting", monotonicMs: 0, plugin: "p", reason: null, to: "healthy", type: "plugin.changed" } }, { sends: { at: 0, type: "plugin.stop" }, to: "plugin:q" }] },
      ]));

    // the timer after untilDeadline.supervisor.stopping.ordered is cancelled and does not fire
    it("4. the timer after untilDeadline.supervisor.stopping.ordered is cancelled and does not fire: supervisor.start, plugin.changed, supervisor.stop, … (5 steps)", () =>
      play(sut, beginning, [
        { send: { at: 0, monotonicMs: 0, type: "supervisor.start" }, value: "running", actors: ["plugin:p", "plugin:q"], effects: [{ emits: { crashBudget: { budgetWindowMs: 30000, outerLimit: { crashes: 10, periodMs: 900000, refusedWindows: 3 }, probeEveryMs: 300000, provenUptimeMs: 60000, retries: 1, retryBackoffMs: 250, window: "tumbling" }, monotonicMs: 0, names: ["p", "q"], plugins: 2, recipes: [], spawnBudget: null, type: "supervisor.started" } }, { sends: { at: 0, spec: {}, type: "plugin.configure" }, to: "plugin:p" }, { sends: { at: 0, type: "plugin.start" }, to: "plugin:p" }, { sends: { at: 0, spec: {}, type: "plugin.configure" }, to: "plugin:q" }, { sends: { at: 0, type: "plugin.start" }, to: "plugin:q" }] },
        { send: { at: 0, monotonicMs: 0, plugin: "p", from: "healthy", to: "stopped", reason: null, type: "plugin.changed" }, context: { states: { p: { reason: null, state: "stopped" } } }, effects: [{ emits: { at: 0, from: "healthy", monotonicMs: 0, plugin: "p", reason: null, to: "stopped", type: "plugin.changed" } }] },
        { send: { at: 0, monotonicMs: 0, type: "supervisor.stop" }, value: { stopping: "ordered" }, context: { deadline: 1 }, effects: [{ emits: { monotonicMs: 0, type: "supervisor.stopping" } }, { sends: { at: 0, type: "plugin.stop" }, to: "plugin:q" }] },
        { send: { at: 0, monotonicMs: 0, plugin: "q", from: "healthy", to: "stopped", reason: null, type: "plugin.changed" }, value: "stopped", status: "done", context: { states: { p: { reason: null, state: "stopped" }, q: { reason: null, state: "stopped" } } }, effects: [{ emits: { at: 0, from: "healthy", monotonicMs: 0, plugin: "q", reason: null, to: "stopped", type: "plugin.changed" } }, { emits: { monotonicMs: 0, type: "supervisor.stopped" } }] },
        { advance: 1, fires: [] },
      ]));
  });
}
