import { describe, expect, it } from "vitest";
import * as z from "zod";
import { createActor, type EventObject, setup } from "xstate";
import { fromPort } from "../../machines/actors.ts";
import {
  RecoveryContext,
  recoveryMachine,
  recoveryReports,
  type RecoveryStepInput,
  type StepOutcome,
} from "../../machines/recovery.ts";
import {
  defineRecipe,
  FailureFacts,
  recoveryRecipes,
  recoveryReference,
  type RecoveryRecipeInput,
  reportStatus,
} from "../../src/core/recovery.ts";
import { VirtualClock } from "../../src/runtime/virtual-clock.ts";
import {
  broken,
  everything,
  notProvidedError,
  type RecoveryHost,
  startRecovery,
  taken,
  type UntimedEvent,
} from "../fakes/recovery-host.ts";

const { stale_branch: staleBranch } = recoveryRecipes;
const build = { scenario: "compile_red_cross_crate" };

function twoSteps(given: Partial<RecoveryRecipeInput> = {}) {
  return defineRecipe({ ...staleBranch, ...given });
}

/** A chart that waits in alerting: its only step failed. */
function escalated(): RecoveryHost {
  const host = startRecovery(build);
  host.fail();
  host.stepFails();
  return host;
}
/** The same under another policy. */
function exhaustedUnder(escalationPolicy: "log_and_continue" | "abort"): RecoveryHost {
  const host = startRecovery({
    recipe: defineRecipe({ ...recoveryRecipes.compile_red_cross_crate, escalationPolicy }),
  });
  host.fail();
  host.stepFails();
  return host;
}
function aborted(): RecoveryHost {
  const host = exhaustedUnder("abort");
  host.abort.running.succeed({ at: host.clock.now() });
  return host;
}
function cancelled(): RecoveryHost {
  const host = startRecovery(build);
  host.fail();
  host.send({ type: "recovery.cancel" });
  return host;
}
function recovered(rules = {}): RecoveryHost {
  const host = startRecovery({ ...build, rules });
  host.fail();
  host.stepDone();
  host.confirmed();
  return host;
}

describe("an episode that goes well", () => {
  it("runs the steps in order, checks health and tells success", () => {
    const host = startRecovery();
    host.fail();
    expect(host.step.running.input).toMatchObject({
      subject: "files",
      scenario: "partial_plugin_startup",
      episode: 1,
      attempt: 1,
      index: 0,
      step: { kind: "restart_plugin", name: "files", servers: ["read"] },
    });
    host.stepDone();
    expect(host.step.running.input).toMatchObject({ index: 1, step: { kind: "retry_mcp_handshake" } });
    host.stepDone();
    expect(host.state).toBe("confirming");
    host.confirmed();
    expect(host.state).toBe("succeeded");
    expect(host.types()).toEqual([
      "recovery.queued",
      "recovery.started",
      "step.started",
      "step.finished",
      "step.started",
      "step.finished",
      "attempt.closed",
      "recovery.succeeded",
    ]);
    expect(host.last("attempt.closed")).toMatchObject({ result: { kind: "recovered", stepsTaken: 2 } });
  });

  it("has its attempt again once the recovery has held for 60 s, not before", () => {
    const host = recovered();
    host.clock.advance(59_999);
    expect([host.state, host.context.attempts]).toEqual(["succeeded", 1]);
    host.clock.advance(1);
    expect([host.state, host.context.attempts]).toEqual(["watching", 0]);
    expect(host.last("episode.closed")).toMatchObject({ outcome: "recovered", at: 60_000 });
  });

  it("K10: a failure after that opens a new episode with an attempt of its own", () => {
    const host = recovered();
    host.clock.advance(60_000);
    host.fail();
    expect(host.context).toMatchObject({ episode: 2, attempts: 1 });
    expect(host.state).toBe("running.executing");
  });

  it("has its attempt again at the confirmation when no proof is asked for", () => {
    const host = recovered({ provenMs: 0 });
    expect(host.context.attempts).toBe(0);
    host.fail();
    expect([host.state, host.context.episode]).toEqual(["running.executing", 2]);
    expect(host.types()).toContain("episode.closed");
  });

  it("a failure before the recovery has held is the same episode: refused, and escalated", () => {
    const host = recovered();
    host.clock.advance(59_999);
    host.fail();
    expect(host.state).toBe("alerting.unacknowledged");
    expect(host.last("recovery.refused")).toMatchObject({
      reason: "max recovery attempts (1) exceeded for compile_red_cross_crate",
    });
    expect(host.last("escalation.opened")).toMatchObject({ cause: { kind: "attempts_exhausted" } });
  });

  it("a failure before it has held takes a second attempt where there is one", () => {
    const host = startRecovery({ recipe: twoSteps({ maxAttempts: 2 }) });
    host.fail();
    host.stepDone();
    host.stepDone();
    host.confirmed();
    host.fail();
    expect(host.last("recovery.started")).toMatchObject({ attempt: 2, fromStep: 0, episode: 1 });
  });
});

describe("a failed attempt whose steps can be undone", () => {
  const undo = (name: string, timeoutMs = 1_000) => ({ kind: "custom", name, timeoutMs }) as const;
  const saga = (given: Partial<RecoveryRecipeInput> = {}) =>
    defineRecipe(
      {
        scenario: "saga",
        steps: [{ kind: "rebase_branch" }, { kind: "clean_build", idempotent: false }],
        compensations: [undo("put_branch_back"), undo("never_needed")],
        escalationPolicy: "alert_human",
        ...given,
      },
      {
        put_branch_back: { args: z.object({}) },
        never_needed: { args: z.object({}) },
        third: { args: z.object({}) },
      },
    );
  /** Its second step has failed. */
  function undoing(given: Partial<RecoveryRecipeInput> = {}): RecoveryHost {
    const host = startRecovery({ recipe: saga(given) });
    host.fail();
    host.stepDone();
    host.stepFails();
    return host;
  }

  it("K14: undoes the first of two steps once, before the escalation, when the second fails; the ledger shows it", () => {
    const host = undoing();
    expect(host.state).toBe("compensating.undoing");
    expect(host.step.running.input).toMatchObject({
      index: 0,
      compensates: true,
      step: { name: "put_branch_back" },
      episode: 1,
      attempt: 1,
    });
    expect(host.types()).not.toContain("escalation.opened");
    host.stepDone();
    expect(host.state).toBe("alerting.unacknowledged");
    expect(host.types().slice(-6)).toEqual([
      "attempt.closed",
      "recovery.failed",
      "compensation.started",
      "compensation.finished",
      "recovery.exhausted",
      "escalation.opened",
    ]);
    const history = [
      { command: { kind: "rebase_branch" }, status: "succeeded", result: "step 0 succeeded for saga" },
      { command: { kind: "clean_build" }, status: "failed", result: "step 1 failed for saga" },
      {
        command: { name: "put_branch_back" },
        status: "succeeded",
        result: "compensation of step 0 succeeded for saga",
        compensates: 0,
      },
    ];
    expect(host.last("escalation.opened")).toMatchObject({
      cause: { kind: "partial_recovery" },
      history,
      ledger: { state: "exhausted", commandResults: history },
    });
    host.clock.advance(1_000_000);
    expect(host.step.runs).toHaveLength(3);
  });

  it("R11: undoes them in reverse, passes over what has no compensation, and leaves what was not done", () => {
    const steps = (["rebase_branch", "restart_worker", "accept_trust_prompt", "clean_build"] as const).map(
      (kind) => ({ kind, idempotent: false }),
    );
    const compensations = [undo("put_branch_back"), null, undo("third"), undo("never_needed")];
    const host = startRecovery({ recipe: saga({ steps, compensations }) });
    host.fail();
    for (let step = 0; step < 3; step++) host.stepDone();
    host.stepFails();
    host.stepDone();
    host.stepDone();
    const undone = host.reports.flatMap((it) => (it.type === "compensation.finished" ? [it.index] : []));
    expect([undone, host.state]).toEqual([[2, 0], "alerting.unacknowledged"]);
  });

  it("R11: undoes nothing when the first step fails, and nothing while the attempt may go on", () => {
    const first = startRecovery({ recipe: saga() });
    first.fail();
    first.stepFails();
    expect(first.state).toBe("alerting.unacknowledged");
    const resumed = undoing({ steps: [{ kind: "rebase_branch" }, { kind: "clean_build" }], maxAttempts: 2 });
    expect(resumed.last("recovery.started")).toMatchObject({ attempt: 2, fromStep: 1 });
    resumed.stepFails();
    expect(resumed.state).toBe("compensating.undoing");
  });

  it.each([
    {
      how: "it fails",
      end: (host: RecoveryHost) => host.stepFails(),
      status: "failed",
      why: /it broke$/,
    },
    {
      how: "it throws",
      end: (host: RecoveryHost) => host.step.running.fail(new Error("thrown")),
      status: "failed",
      why: /thrown$/,
    },
    {
      how: "it is late",
      end: (host: RecoveryHost) => host.clock.advance(1_000),
      status: "timed_out",
      why: /put_branch_back gave no answer within 1000 ms/,
    },
  ])(
    "R11: asks a person, whatever the policy says, when a compensation does not help: $how",
    ({ end, status, why }) => {
      const host = undoing({ escalationPolicy: "log_and_continue" });
      end(host);
      expect(host.state).toBe("alerting.unacknowledged");
      expect(host.last("compensation.finished")).toMatchObject({ index: 0, status });
      expect(host.last("escalation.opened")).toMatchObject({
        recommendedAction: "resolve_manually",
        cause: {
          kind: "compensation_failed",
          step: { name: "put_branch_back" },
          reason: expect.stringMatching(why),
        },
        ledger: { commandResults: [{}, {}, { status, compensates: 0 }] },
      });
    },
  );

  it("R11: goes on with the others when one compensation does not help, and names the first", () => {
    const steps = [
      { kind: "rebase_branch" },
      { kind: "restart_worker" },
      { kind: "restart_worker" },
    ] as const;
    const host = startRecovery({
      recipe: saga({ steps: [...steps], compensations: [undo("put_branch_back"), undo("third")] }),
    });
    host.fail();
    host.stepDone();
    host.stepDone();
    host.stepFails();
    host.stepFails({ code: "internal", message: "the first" });
    host.stepFails({ code: "internal", message: "the second" });
    expect(host.last("escalation.opened")?.cause.failure).toMatchObject({ message: "the first" });
    expect(host.last("compensation.finished")).toMatchObject({
      index: 0,
      failure: { message: "the second" },
    });
  });

  it("R11: begins again with the first step when a person grants an attempt afterwards", () => {
    const host = undoing();
    host.stepDone();
    host.send({ type: "escalation.retry", attempts: 1 });
    expect(host.last("recovery.started")).toMatchObject({ fromStep: 0, attemptType: "manual" });
    expect(host.step.running.input).toMatchObject({ index: 0, step: { kind: "rebase_branch" } });
  });

  it("R11: undoes nothing while a person is asked about the next step", () => {
    const host = startRecovery({
      recipe: saga({ steps: [{ kind: "rebase_branch" }, { kind: "escalate_to_human", reason: "go on?" }] }),
    });
    host.fail();
    host.stepDone();
    expect([host.state, host.last("escalation.opened")?.cause.kind]).toEqual([
      "alerting.unacknowledged",
      "human_requested",
    ]);
    expect(host.types()).not.toContain("compensation.started");
  });

  it("R11: undoes what was done when the host has nothing for the next step", () => {
    const host = startRecovery({ recipe: saga() });
    host.fail();
    host.stepDone();
    host.step.running.fail(notProvidedError);
    host.stepDone();
    expect(host.last("compensation.finished")).toMatchObject({ index: 0, status: "succeeded" });
    expect(host.last("escalation.opened")).toMatchObject({
      cause: { kind: "not_provided" },
      recommendedAction: "provide_port",
    });
  });

  it("R11: is given up when the recovery is cancelled meanwhile", () => {
    const host = undoing();
    host.send({ type: "recovery.cancel" });
    expect(host.state).toBe("cancelled");
    expect(host.last("compensation.finished")).toMatchObject({ status: "cancelled", failure: null });
    expect([host.context.undoing, host.context.stepIndex]).toEqual([null, 0]);
  });

  it("can be undone only by what runs, and only where there is a step", () => {
    const more = [undo("put_branch_back"), undo("third"), undo("never_needed")];
    expect(() => saga({ compensations: more })).toThrow("compensations: there are 1 more than steps");
    expect(() => saga({ compensations: [{ kind: "escalate_to_human", reason: "?" }] })).toThrow(
      "compensations.0: a person cannot be asked",
    );
    expect(() => saga({ compensations: [undo("unknown")] })).toThrow(
      "compensations.0.name: unknown step kind",
    );
  });
});

describe("a recovery that may not begin", () => {
  it("is queued, without an attempt spent, until it is released", () => {
    const host = startRecovery({ ...build, held: true });
    host.fail();
    expect([host.state, host.context.attempts]).toEqual(["queued", 0]);
    host.send({ type: "recovery.release" });
    expect([host.state, host.context.attempts]).toEqual(["running.executing", 1]);
  });

  it("can be held beforehand, and needs no attempt when the subject recovers meanwhile", () => {
    const host = startRecovery(build);
    host.send({ type: "recovery.hold" });
    host.fail();
    host.send({ type: "health.verified" });
    expect([host.state, host.context.ledger]).toEqual(["watching", null]);
    expect(host.types()).toEqual(["recovery.queued", "episode.closed"]);
  });
});

describe("an attempt that fails", () => {
  it("K05: escalates at once when the first step fails, saying why and what to do", () => {
    const host = escalated();
    expect(host.state).toBe("alerting.unacknowledged");
    expect(host.last("escalation.opened")).toMatchObject({
      escalation: 1,
      recommendedAction: "retry_remaining",
      cause: {
        kind: "first_step_failed",
        reason: "recovery failed at first step for compile_red_cross_crate",
        failure: broken,
      },
      history: [{ status: "failed", detail: "it broke", attempt: 1 }],
      ledger: { state: "exhausted", attemptsRemaining: 0 },
    });
  });

  it("K04: with no attempt left escalates a partial recovery at once, with what was done", () => {
    const host = startRecovery({ recipe: staleBranch });
    host.fail();
    host.stepDone();
    host.stepFails();
    expect(host.last("recovery.failed")).toMatchObject({
      recovered: [{ kind: "rebase_branch" }],
      remaining: [{ kind: "clean_build" }],
    });
    expect(host.last("escalation.opened")).toMatchObject({
      cause: { kind: "partial_recovery", reason: "1 step(s) remaining after partial recovery" },
      history: [{ status: "succeeded" }, { status: "failed" }],
      ledger: { state: "exhausted", escalationReason: "1 step(s) remaining after partial recovery" },
    });
  });

  it("R6: goes on from an idempotent step while an attempt is left", () => {
    const host = startRecovery({ recipe: twoSteps({ maxAttempts: 2 }) });
    host.fail();
    host.stepDone();
    host.stepFails();
    expect(host.last("recovery.started")).toMatchObject({
      attempt: 2,
      fromStep: 1,
      attemptType: "automatic",
    });
    expect(host.step.running.input.index).toBe(1);
    expect(host.types()).not.toContain("escalation.opened");
    host.stepDone();
    expect(host.state).toBe("confirming");
  });

  it("R6: goes on from an idempotent first step too", () => {
    const host = startRecovery({ recipe: twoSteps({ maxAttempts: 2 }) });
    host.fail();
    host.stepFails();
    expect(host.last("recovery.started")).toMatchObject({ attempt: 2, fromStep: 0 });
  });

  it("R6: never goes on from a step that is not idempotent", () => {
    const steps = [{ kind: "rebase_branch" }, { kind: "clean_build", idempotent: false }] as const;
    const host = startRecovery({ recipe: twoSteps({ maxAttempts: 5, steps: [...steps] }) });
    host.fail();
    host.stepDone();
    host.stepFails();
    expect([host.state, host.context.attempts]).toEqual(["alerting.unacknowledged", 1]);
    expect(host.last("escalation.opened")).toMatchObject({ recommendedAction: "resolve_manually" });
  });

  it("R5: aborts a step at its deadline, not before, and that step has failed", () => {
    const host = startRecovery({ recipe: recoveryRecipes.mcp_handshake_failure });
    host.fail();
    const { running } = host.step;
    host.clock.advance(4_999);
    expect(running.stoppedAt).toBeNull();
    host.clock.advance(1);
    expect(running.stoppedAt).toBe(5_000);
    expect(host.last("step.finished")).toMatchObject({ status: "timed_out", at: 5_000 });
    expect(host.state).toBe("aborting");
  });

  it("counts a step that throws as failed", () => {
    const host = startRecovery(build);
    host.fail();
    host.step.running.fail(new Error("segmentation fault"));
    expect(host.last("escalation.opened")?.cause.failure).toEqual({
      code: "internal",
      message: "segmentation fault",
    });
  });

  it("does not take an output that says nothing for success", () => {
    const host = startRecovery(build);
    host.fail();
    host.step.running.succeed(undefined as unknown as StepOutcome);
    expect(host.last("step.finished")).toMatchObject({
      status: "failed",
      failure: { code: "invalid_event" },
    });
  });

  it("escalates to a person, whatever the policy, when the host provides no such step", () => {
    const host = startRecovery();
    host.fail();
    host.step.running.fail(notProvidedError);
    expect(host.state).toBe("alerting.unacknowledged");
    expect(host.last("escalation.opened")).toMatchObject({
      cause: { kind: "not_provided", reason: 'this chart needs "step"', step: { kind: "restart_plugin" } },
      recommendedAction: "provide_port",
    });
  });

  it("K13: asks a person instead of accepting an untrusted prompt, and starts no step", () => {
    const host = startRecovery({ scenario: "trust_prompt_unresolved" });
    host.fail({ trusted: false });
    expect(host.last("escalation.opened")).toMatchObject({
      cause: { kind: "human_requested" },
      recommendedAction: "decide",
    });
    expect(host.step.runs).toEqual([]);
  });

  it("takes the time of its last event when an outcome has none", () => {
    const host = startRecovery(build);
    host.clock.advance(7);
    host.fail();
    host.clock.advance(5);
    host.step.running.succeed({ outcome: "succeeded" });
    expect(host.last("step.finished")?.at).toBe(7);
  });
});

describe("a recovery that is not confirmed", () => {
  const confirming = (): RecoveryHost => {
    const host = startRecovery(build);
    host.fail();
    host.stepDone();
    return host;
  };

  it("R8: is no success when the health check says that it is not healthy", () => {
    const host = confirming();
    host.confirm.running.succeed({ healthy: false, detail: "tools/list is empty", at: 3 });
    expect(host.types()).not.toContain("recovery.succeeded");
    expect(host.last("escalation.opened")).toMatchObject({
      cause: {
        kind: "not_confirmed",
        reason: "recovery of compile_red_cross_crate is not confirmed: tools/list is empty",
      },
      recommendedAction: "inspect_subject",
    });
  });

  it("R8: says so too when the check gives no reason or no readable answer", () => {
    const [silent, unreadable] = [confirming(), confirming()];
    silent.confirmed(false);
    unreadable.confirm.running.succeed({} as { healthy: boolean });
    expect(silent.last("escalation.opened")?.cause.reason).toContain("is not healthy");
    expect(unreadable.last("escalation.opened")?.cause.reason).toContain("does not fit its schema");
  });

  it.each([
    [new Error("connection refused"), "not_confirmed"],
    [notProvidedError, "not_provided"],
  ])("R8: is no success when the health check throws %s: %s", (error, kind) => {
    const host = confirming();
    host.confirm.running.fail(error);
    expect(host.last("escalation.opened")?.cause.kind).toBe(kind);
  });

  it("R8: is no success when the health check gives no answer by its deadline", () => {
    const host = confirming();
    const { running } = host.confirm;
    host.clock.advance(4_999);
    expect(host.state).toBe("confirming");
    host.clock.advance(1);
    expect(running.stoppedAt).toBe(5_000);
    expect(host.last("attempt.closed")).toMatchObject({ outcome: "failed", at: 5_000 });
  });
});

describe("an escalation", () => {
  it("K11: stays the only one while the failure is reported a hundred times", () => {
    const host = escalated();
    for (let times = 0; times < 100; times++) host.fail();
    expect(host.types().filter((it) => it === "escalation.opened").length).toBe(1);
    expect(host.last("recovery.refused")).toMatchObject({ refusals: 100 });
    expect(host.context.log.length).toBe(100);
  });

  it("is acknowledged by a person; the next failure is then a new episode", () => {
    const host = escalated();
    host.send({ type: "escalation.acknowledge", by: "ada" });
    expect(host.state).toBe("alerting.acknowledged");
    expect(host.last("escalation.acknowledged")).toMatchObject({ escalation: 1, by: "ada" });
    host.fail();
    expect(host.last("escalation.closed")).toMatchObject({ outcome: "superseded", episode: 1, by: null });
    expect(host.last("recovery.started")).toMatchObject({ episode: 2, attempt: 1, budget: 1 });
  });

  it("is resolved by a person: the episode is over", () => {
    const host = escalated();
    host.send({ type: "escalation.resolve" });
    expect([host.state, host.context.attempts]).toEqual(["watching", 0]);
    expect(host.last("escalation.closed")).toMatchObject({ outcome: "resolved", by: null });
    expect(host.last("episode.closed")).toMatchObject({ outcome: "resolved" });
    expect(reportStatus("x", host.context.ledger, host.context.cause).recommendedAction).toBe("none");
  });

  it("is closed by verified health", () => {
    const host = escalated();
    host.send({ type: "health.verified" });
    expect(host.state).toBe("watching");
    expect(host.last("escalation.closed")).toMatchObject({ outcome: "recovered" });
  });

  it("is retried with a raised budget, from the failed step if that is idempotent", () => {
    const host = startRecovery({ recipe: staleBranch });
    host.fail();
    host.stepDone();
    host.stepFails();
    host.send({ type: "escalation.retry", attempts: 2 });
    expect(host.last("escalation.closed")).toMatchObject({ outcome: "retried" });
    expect(host.last("recovery.started")).toMatchObject({
      attempt: 2,
      budget: 3,
      attemptType: "manual",
      fromStep: 1,
    });
  });

  it("is retried from the start when the failed step may not be done again", () => {
    const steps = [{ kind: "rebase_branch" }, { kind: "restart_worker" }] as const;
    const host = startRecovery({ recipe: twoSteps({ steps: [...steps] }) });
    host.fail();
    host.stepDone();
    host.stepFails();
    host.send({ type: "escalation.retry", attempts: 1 });
    expect(host.last("recovery.started")).toMatchObject({ attempt: 2, fromStep: 0 });
  });

  it.each([0, -1, 1.5, Number.NaN])("is not retried with %s attempts", (attempts) => {
    const host = escalated();
    host.send({ type: "escalation.retry", attempts });
    expect([host.state, host.context.budget]).toEqual(["alerting.unacknowledged", 1]);
  });

  it("opens once more when the retry failed as well", () => {
    const host = escalated();
    host.send({ type: "escalation.retry", attempts: 1 });
    host.stepFails();
    expect(host.last("escalation.opened")).toMatchObject({ escalation: 2, episode: 1 });
  });

  it("is aborted by a person: the subject is stopped", () => {
    const host = escalated();
    host.send({ type: "escalation.abort", by: "ada" });
    expect(host.state).toBe("aborting");
    expect(host.abort.running.input).toMatchObject({ subject: "files", episode: 1 });
    host.abort.running.succeed({});
    expect(host.state).toBe("aborted");
    expect(host.last("subject.aborted")).toMatchObject({ cause: { kind: "first_step_failed" } });
  });
});

describe("the policy", () => {
  it("K08: alert_human opens an escalation", () => {
    expect(escalated().state).toBe("alerting.unacknowledged");
  });

  it("K08: log_and_continue leaves the subject degraded, without an escalation", () => {
    const host = exhaustedUnder("log_and_continue");
    expect(host.state).toBe("continuingDegraded");
    expect(host.last("subject.degraded")).toMatchObject({ cause: { kind: "first_step_failed" } });
    host.fail();
    expect([host.state, host.context.refusals]).toEqual(["continuingDegraded", 1]);
    expect(host.types()).not.toContain("escalation.opened");
  });

  it("K08: abort stops the subject", () => {
    expect(aborted().state).toBe("aborted");
  });

  it("escalates when the subject cannot be stopped", () => {
    const host = exhaustedUnder("abort");
    host.abort.running.fail(new Error("operation not permitted"));
    expect(host.last("escalation.opened")).toMatchObject({
      cause: { kind: "abort_failed", reason: "files could not be stopped: operation not permitted" },
      recommendedAction: "stop_manually",
    });
  });

  it("escalates when the subject has not stopped by the deadline", () => {
    const host = exhaustedUnder("abort");
    const { running } = host.abort;
    host.clock.advance(9_999);
    expect(host.state).toBe("aborting");
    host.clock.advance(1);
    expect([host.state, running.stoppedAt]).toEqual(["alerting.unacknowledged", 10_000]);
  });

  it.each([
    ["continuingDegraded", () => exhaustedUnder("log_and_continue")],
    ["aborted", aborted],
    ["cancelled", cancelled],
  ])("leaves to a person what comes after %s", (state, make) => {
    const [healthy, resolved, retried] = [make(), make(), make()];
    expect(healthy.state).toBe(state);
    healthy.send({ type: "health.verified" });
    resolved.send({ type: "escalation.resolve" });
    retried.send({ type: "escalation.retry", attempts: 1 });
    expect([healthy.state, resolved.state, retried.state]).toEqual([
      "watching",
      "watching",
      "running.executing",
    ]);
    expect(healthy.last("episode.closed")?.outcome).toBe("recovered");
    expect(resolved.last("episode.closed")?.outcome).toBe("resolved");
  });
});

describe("recovery.cancel", () => {
  const make: Record<string, () => RecoveryHost> = {
    watching: () => startRecovery(build),
    queued: () => {
      const host = startRecovery({ ...build, held: true });
      host.fail();
      return host;
    },
    "running.executing": () => {
      const host = startRecovery(build);
      host.fail();
      return host;
    },
    confirming: () => {
      const host = startRecovery(build);
      host.fail();
      host.stepDone();
      return host;
    },
    succeeded: () => recovered(),
    "alerting.unacknowledged": escalated,
    "alerting.acknowledged": () => {
      const host = escalated();
      host.send({ type: "escalation.acknowledge" });
      return host;
    },
    continuingDegraded: () => exhaustedUnder("log_and_continue"),
    aborting: () => exhaustedUnder("abort"),
    aborted,
    cancelled,
  };

  it.each([
    ["watching", "watching"],
    ["queued", "cancelled"],
    ["running.executing", "cancelled"],
    ["confirming", "cancelled"],
    ["succeeded", "succeeded"],
    ["alerting.unacknowledged", "cancelled"],
    ["alerting.acknowledged", "cancelled"],
    ["continuingDegraded", "cancelled"],
    ["aborting", "cancelled"],
    ["aborted", "aborted"],
    ["cancelled", "cancelled"],
  ])("leads from %s to %s and leaves nothing running", (from, to) => {
    const host = make[from]?.() ?? startRecovery();
    expect(host.state).toBe(from);
    host.send({ type: "recovery.cancel" });
    expect(host.state).toBe(to);
    expect([host.step.current, host.confirm.current, host.abort.current]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(host.context.attemptOpen).toBe(false);
  });

  it("R2: closes the attempt and the step that were under way", () => {
    const host = cancelled();
    expect(host.step.runs[0]?.stoppedAt).toBe(0);
    expect(host.types().slice(-3)).toEqual(["step.finished", "attempt.closed", "recovery.cancelled"]);
    expect(host.last("attempt.closed")).toMatchObject({ outcome: "cancelled", result: null });
    expect(host.context.ledger).toMatchObject({ state: "failed", attemptsRemaining: 0 });
  });

  it("gives no attempt back: the next failure is refused and escalated", () => {
    const host = cancelled();
    host.fail();
    expect(host.last("escalation.opened")?.cause.kind).toBe("attempts_exhausted");
  });

  it("spends no attempt in the queue: the next failure has it", () => {
    const host = startRecovery({ ...build, held: true });
    host.fail();
    host.send({ type: "recovery.cancel" });
    host.send({ type: "recovery.release" });
    host.fail();
    expect(host.last("recovery.started")).toMatchObject({ attempt: 1, episode: 1 });
  });
});

describe("a failure while a recovery is under way", () => {
  it("is refused: there is one attempt at a time", () => {
    const host = startRecovery(build);
    host.fail();
    host.fail();
    expect(host.step.runs.length).toBe(1);
    expect(host.last("recovery.refused")?.reason).toBe("recovery of compile_red_cross_crate is under way");
  });

  it("is refused with attempts left once it was handed over", () => {
    const host = startRecovery({ recipe: twoSteps({ maxAttempts: 3 }) });
    host.fail();
    host.step.running.fail(notProvidedError);
    host.fail();
    expect(host.last("recovery.refused")?.reason).toBe("recovery of stale_branch has been handed over");
  });
});

describe("under the reference's rules", () => {
  const reference = (recipe = recoveryReference.recipes.stale_branch): RecoveryHost =>
    startRecovery({ recipe, rules: recoveryReference.rules });

  it("takes the last step for success and never gives the attempt back", () => {
    const host = reference();
    host.fail();
    host.stepDone();
    host.stepDone();
    expect([host.state, host.confirm.runs.length]).toEqual(["succeeded", 0]);
    host.clock.advance(86_400_000);
    host.send({ type: "health.verified" });
    host.fail();
    expect([host.state, host.context.attempts]).toEqual(["exhausted", 1]);
  });

  it("never resumes a partial recovery and never acts on the policy", () => {
    const host = reference({ ...recoveryReference.recipes.stale_branch, maxAttempts: 1 });
    host.fail();
    host.stepDone();
    host.stepFails();
    expect(host.state).toBe("partiallyRecovered");
    host.fail();
    host.fail();
    expect(host.state).toBe("exhausted");
    expect(host.types().filter((it) => it === "recovery.exhausted").length).toBe(2);
    expect(host.types()).not.toContain("escalation.opened");
  });

  it("makes another attempt from the start where the recipe allows two", () => {
    const recipe = { ...recoveryReference.recipes.stale_branch, maxAttempts: 2 };
    const [partial, exhausted] = [reference(recipe), reference(recipe)];
    partial.fail();
    partial.stepDone();
    partial.stepFails();
    exhausted.fail();
    exhausted.stepFails();
    for (const host of [partial, exhausted]) {
      host.fail();
      expect(host.last("recovery.started")).toMatchObject({ attempt: 2, fromStep: 0 });
    }
  });

  it("accepts any trust prompt", () => {
    const host = reference(recoveryReference.recipes.trust_prompt_unresolved);
    host.fail({ trusted: false });
    expect(host.step.running.input.step.kind).toBe("accept_trust_prompt");
  });
});

describe("its host", () => {
  it("has to provide the steps: bare, the chart escalates and says so", async () => {
    const actor = createActor(recoveryMachine, { input: build, clock: new VirtualClock() });
    const opened = new Promise<string>((resolve) => {
      actor.on("escalation.opened", ({ cause }) => resolve(`${cause.kind}: ${cause.reason}`));
    });
    actor.start().send({ type: "failure.reported", at: 0, facts: FailureFacts.parse({}) });
    expect(await opened).toMatch(/^not_provided: this chart needs "step"/);
  });

  it("R5: sees the signal of a late step abort", async () => {
    const clock = new VirtualClock();
    const aborted = Promise.withResolvers<string>();
    const step = fromPort((input: RecoveryStepInput, signal) => {
      signal.addEventListener("abort", () => aborted.resolve(input.step.kind));
      return new Promise<StepOutcome>(() => {});
    });
    const machine = recoveryMachine.provide({ actors: { step } });
    const actor = createActor(machine, { input: build, clock }).start();
    actor.send({ type: "failure.reported", at: 0, facts: FailureFacts.parse({}) });
    clock.advance(600_000);
    expect(await aborted.promise).toBe("clean_build");
  });

  it("is told by events when it is the parent", () => {
    const types: string[] = [];
    const parent = setup({
      types: {} as { events: EventObject },
      actors: { recovery: recoveryMachine },
      actions: { note: ({ event }) => types.push((event as unknown as { report: EventObject }).report.type) },
    }).createMachine({
      invoke: { id: "recovery", src: "recovery", input: { ...build, held: true } },
      on: { "recovery.reported": { actions: "note" } },
    });
    const actor = createActor(parent).start();
    actor.getSnapshot().children.recovery?.send({
      type: "failure.reported",
      at: 0,
      facts: FailureFacts.parse({}),
    });
    expect(types).toEqual(["recovery.queued"]);
  });

  it("learns of a scenario without a recipe when it starts the chart", () => {
    const actor = createActor(recoveryMachine, { input: { scenario: "coffee_spilled" } });
    const errors: unknown[] = [];
    actor.subscribe({ error: (error) => errors.push(error) });
    actor.start();
    expect(errors).toEqual([expect.objectContaining({ code: "invalid_event" })]);
  });

  it("reads reports that fit their schemas, and a context that is JSON and fits its own", () => {
    const host = escalated();
    host.send({ type: "escalation.abort" });
    host.abort.running.fail(new Error("no"));
    for (const { type, ...payload } of host.reports) {
      expect(recoveryReports[type].strict().parse(payload)).toEqual(payload);
    }
    expect(RecoveryContext.parse(JSON.parse(JSON.stringify(host.context)))).toEqual(host.context);
  });
});

describe("events that mean nothing in a state", () => {
  it.each([
    { type: "escalation.acknowledge" },
    { type: "escalation.resolve" },
    { type: "escalation.retry", attempts: 1 },
    { type: "escalation.abort" },
    { type: "health.verified" },
  ] satisfies UntimedEvent[])("$type changes nothing while an attempt runs", (event) => {
    const host = startRecovery(build);
    host.fail();
    const before = host.context;
    host.send(event);
    expect([host.state, host.context]).toEqual(["running.executing", before]);
  });
});

it("these tests take every state and every transition of the chart", () => {
  const { states, transitions } = everything();
  expect([states.length, transitions.length]).toEqual([17, 67]);
  expect(states.filter((it) => !taken.states.has(it))).toEqual([]);
  expect(transitions.filter((it) => !taken.transitions.has(it))).toEqual([]);
});
