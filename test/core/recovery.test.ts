import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { HomeostatError } from "../../src/core/errors.ts";
import {
  type AttemptCounts,
  attemptCount,
  attemptRecovery,
  cancelAttempt,
  classifyWorkerFailure,
  closeAttempt,
  defineRecipe,
  describeStep,
  type EscalationCause,
  extendRecipes,
  FailureFacts,
  FailureScenario,
  needsPerson,
  openEntry,
  planSteps,
  queueAttempt,
  recipeFor,
  recommendedAction,
  recordCommand,
  type RecoveryRecipeInput,
  recoveryRecipes,
  recoveryReference,
  RecoveryRules,
  RecoveryStep,
  recoveryStepKinds,
  reportStatus,
  scenarioFor,
  settle,
  startAttempt,
  WorkerFailureKind,
} from "../../src/core/recovery.ts";

const facts = (given: z.input<typeof FailureFacts> = {}): FailureFacts => FailureFacts.parse(given);
const step = (given: z.input<typeof RecoveryStep>): RecoveryStep => RecoveryStep.parse(given);
const cleanBuild = step({ kind: "clean_build" });

/** The issues with which `define` refuses. */
function issuesOf(define: () => unknown): unknown {
  try {
    define();
  } catch (error) {
    if (error instanceof HomeostatError && error.code === "invalid_event") return error.details["issues"];
    throw error;
  }
  return "not refused";
}

describe("the recipe table", () => {
  it.each([
    ["trust_prompt_unresolved", ["accept_trust_prompt"], "alert_human"],
    ["prompt_misdelivery", ["redirect_prompt_to_agent"], "alert_human"],
    ["stale_branch", ["rebase_branch", "clean_build"], "alert_human"],
    ["compile_red_cross_crate", ["clean_build"], "alert_human"],
    ["mcp_handshake_failure", ["retry_mcp_handshake"], "abort"],
    ["partial_plugin_startup", ["restart_plugin", "retry_mcp_handshake"], "log_and_continue"],
    ["provider_failure", ["restart_worker"], "alert_human"],
  ] as const)("K01: recovers %s by %j, then %s", (scenario, kinds, policy) => {
    const { steps, ...rest } = recoveryRecipes[scenario];
    expect(steps.map(({ kind }) => kind)).toEqual(kinds);
    expect(rest).toEqual({ scenario, maxAttempts: 1, escalationPolicy: policy });
  });

  it("covers the seven scenarios in the original's order", () => {
    expect(Object.keys(recoveryRecipes)).toEqual(FailureScenario.options);
    expect(FailureScenario.options.length).toBe(7);
  });

  it("has eight kinds of step and one for hosts", () => {
    expect(recoveryStepKinds.filter((it) => it !== "custom").length).toBe(8);
  });

  it("waits 5000 ms for a handshake, 3000 ms after a restart", () => {
    const handshakes = Object.values(recoveryRecipes).flatMap(({ steps }) =>
      steps.filter(({ kind }) => kind === "retry_mcp_handshake"),
    );
    expect(handshakes.map(({ timeoutMs }) => timeoutMs)).toEqual([5_000, 3_000]);
  });

  it("names the placeholder only in the reference", () => {
    expect(JSON.stringify(recoveryRecipes)).not.toContain("stalled");
    expect(recoveryReference.recipes.partial_plugin_startup.steps[0]).toMatchObject({ name: "stalled" });
  });

  it("says which scenarios it has when asked for another", () => {
    expect(() => recipeFor(recoveryRecipes, "coffee_spilled")).toThrow(/"coffee_spilled".*stale_branch/);
    expect(() => recipeFor(recoveryRecipes, "constructor")).toThrow(HomeostatError);
  });
});

describe("scenarioFor", () => {
  it.each([
    ["trust_gate", "trust_prompt_unresolved"],
    ["prompt_delivery", "prompt_misdelivery"],
    ["protocol", "mcp_handshake_failure"],
    ["provider", "provider_failure"],
    ["tool_permission_gate", "trust_prompt_unresolved"],
    ["startup_no_evidence", "provider_failure"],
  ] as const)("K09: leads from %s to %s", (kind, scenario) => {
    expect(scenarioFor(kind)).toBe(scenario);
    expect(classifyWorkerFailure(kind)).toEqual({ scenario, known: true });
    expect(WorkerFailureKind.options).toContain(kind);
  });

  it("K09: counts a kind that nobody knows as no evidence", () => {
    expect(classifyWorkerFailure("gremlins")).toEqual({ scenario: "provider_failure", known: false });
  });
});

describe("planSteps", () => {
  it("restarts the plugin that failed, with its failed servers", () => {
    const failed = facts({ plugin: "files", failedServers: ["read", "write"] });
    const [restart] = planSteps(recoveryRecipes.partial_plugin_startup, failed);
    expect(restart).toMatchObject({ kind: "restart_plugin", name: "files", servers: ["read", "write"] });
    expect(restart === undefined ? "" : describeStep(restart)).toBe('restart_plugin "files"');
  });

  it("keeps a target that the recipe names", () => {
    const [restart] = planSteps(recoveryReference.recipes.partial_plugin_startup, facts({ plugin: "files" }));
    expect(restart).toMatchObject({ name: "stalled", servers: [] });
  });

  it("asks a person when the failure names no plugin", () => {
    const [first, second] = planSteps(recoveryRecipes.partial_plugin_startup, facts());
    expect(first).toMatchObject({ kind: "escalate_to_human", reason: expect.stringContaining("names none") });
    expect(second?.kind).toBe("retry_mcp_handshake");
  });

  it.each([
    [true, "accept_trust_prompt"],
    [false, "escalate_to_human"],
  ])("K13: with trusted %s plans %s", (trusted, kind) => {
    const [only] = planSteps(recoveryRecipes.trust_prompt_unresolved, facts({ trusted }));
    expect(only?.kind).toBe(kind);
  });
});

describe("defineRecipe", () => {
  const valid = {
    scenario: "queue_stuck",
    steps: [{ kind: "clean_build" }],
    escalationPolicy: "abort",
  } satisfies RecoveryRecipeInput;

  it("fills in one attempt, deadlines and idempotence", () => {
    expect(defineRecipe(valid)).toEqual({
      ...valid,
      steps: [{ kind: "clean_build", timeoutMs: 600_000, idempotent: true }],
      maxAttempts: 1,
    });
  });

  it.each([
    [{ ...valid, maxAttempts: 0 }, "maxAttempts"],
    [{ ...valid, maxAttempts: 1.5 }, "maxAttempts"],
    [{ ...valid, steps: [] }, "steps"],
    [{ ...valid, scenario: "" }, "scenario"],
    [{ ...valid, escalationPolicy: "shrug" }, "escalationPolicy"],
    [{ ...valid, steps: [{ kind: "clean_build", timeoutMs: 0 }] }, "steps.0.timeoutMs"],
    [{ ...valid, steps: [{ kind: "clean_build", timeoutMs: -5 }] }, "steps.0.timeoutMs"],
    [{ ...valid, steps: [{ kind: "clean_build" }, { kind: "pray" }] }, "steps.1.kind"],
  ])("refuses %j at %s", (recipe, path) => {
    const issues = issuesOf(() => defineRecipe(recipe as RecoveryRecipeInput));
    expect(issues).toEqual([{ path, reason: expect.stringMatching(/./) }]);
  });

  it("names an unknown kind of step and those there are", () => {
    const recipe = { ...valid, steps: [{ kind: "pray" }] } as unknown as RecoveryRecipeInput;
    expect(() => defineRecipe(recipe)).toThrow(/steps\.0\.kind: unknown step kind "pray".*restart_plugin/);
  });

  it("refuses an unknown key of a step", () => {
    const recipe = {
      ...valid,
      steps: [{ kind: "clean_build", timeout: 5 }],
    } as unknown as RecoveryRecipeInput;
    expect(issuesOf(() => defineRecipe(recipe))).toEqual([
      { path: "steps.0", reason: expect.stringContaining("timeout") },
    ]);
  });

  it("refuses an unknown key", () => {
    const issues = issuesOf(() => defineRecipe({ ...valid, maxAttempt: 2 } as RecoveryRecipeInput));
    expect(issues).toEqual([{ path: "", reason: expect.stringContaining("maxAttempt") }]);
  });
});

describe("extendRecipes", () => {
  const customSteps = { drain_queue: { args: z.object({ queue: z.string(), max: z.int().positive() }) } };
  const own = (args: Record<string, z.core.util.JSONType>, name = "drain_queue"): RecoveryRecipeInput => ({
    scenario: "queue_stuck",
    steps: [{ kind: "custom", name, args }],
    maxAttempts: 2,
    escalationPolicy: "alert_human",
  });

  it("adds a host's scenario with its own step", () => {
    const recipes = extendRecipes(recoveryRecipes, [own({ queue: "in", max: 3 })], customSteps);
    expect(Object.keys(recipes)).toEqual([...FailureScenario.options, "queue_stuck"]);
    const [drain] = recipeFor(recipes, "queue_stuck").steps;
    expect(drain).toMatchObject({ kind: "custom", args: { queue: "in", max: 3 }, idempotent: false });
    expect(drain === undefined ? "" : describeStep(drain)).toBe("drain_queue");
  });

  it("replaces a built-in recipe by a host's", () => {
    const mine = { scenario: "stale_branch", steps: [cleanBuild], escalationPolicy: "abort" } as const;
    const recipes = extendRecipes(recoveryRecipes, [{ ...mine, steps: [...mine.steps] }]);
    expect(recipeFor(recipes, "stale_branch").escalationPolicy).toBe("abort");
    expect(recoveryRecipes.stale_branch.escalationPolicy).toBe("alert_human");
  });

  it.each([
    [own({ queue: "in", max: 0 }), "steps.0.args.max"],
    [own({ max: 1 }), "steps.0.args.queue"],
    [own({ queue: "in", max: 1 }, "flood_queue"), "steps.0.name"],
    [own({ queue: "in", max: 1 }, "toString"), "steps.0.name"],
  ])("refuses %j at %s", (recipe, path) => {
    const issues = issuesOf(() => extendRecipes(recoveryRecipes, [recipe], customSteps));
    expect(issues).toEqual([{ path, reason: expect.stringMatching(/./) }]);
  });

  it("refuses two recipes for one scenario", () => {
    const twice = [own({ queue: "in", max: 1 }), own({ queue: "out", max: 1 })];
    expect(issuesOf(() => extendRecipes({}, twice, customSteps))).toEqual([
      { path: "1.scenario", reason: 'a second recipe for "queue_stuck"' },
    ]);
  });
});

describe("attemptRecovery", () => {
  const { stale_branch: recipe } = recoveryRecipes;
  const kinds = (events: readonly { kind: string }[]): string[] => events.map(({ kind }) => kind);

  it.each([
    [null, { kind: "recovered", stepsTaken: 2 }, "recovery_succeeded"],
    [2, { kind: "recovered", stepsTaken: 2 }, "recovery_succeeded"],
    [100, { kind: "recovered", stepsTaken: 2 }, "recovery_succeeded"],
    [
      1,
      { kind: "partial_recovery", recovered: [recipe.steps[0]], remaining: [recipe.steps[1]] },
      "recovery_failed",
    ],
    [
      0,
      { kind: "escalation_required", reason: "recovery failed at first step for stale_branch" },
      "escalated",
    ],
  ])("K04, K05: stopped before step %s gives %j", (failAtStep, result, event) => {
    const made = attemptRecovery(recipe, { counts: {}, failAtStep });
    expect(made).toMatchObject({ result, counts: { stale_branch: 1 } });
    expect(kinds(made.events)).toEqual(["recovery_attempted", event]);
  });

  it("K03: refuses once the attempts are spent, and does not count the refusal", () => {
    const counts = { stale_branch: 1 };
    const made = attemptRecovery(recipe, { counts, failAtStep: null });
    expect(made.result).toEqual({
      kind: "escalation_required",
      reason: "max recovery attempts (1) exceeded for stale_branch",
    });
    expect(made.counts).toEqual(counts);
    expect(kinds(made.events)).toEqual(["recovery_attempted", "escalated"]);
  });

  it("K06: counts each scenario by itself, whatever its name", () => {
    const odd = defineRecipe({ ...recipe, scenario: "__proto__" });
    const { counts } = attemptRecovery(odd, { counts: { stale_branch: 1 }, failAtStep: null });
    expect([attemptCount(counts, "__proto__"), attemptCount(counts, "stale_branch")]).toEqual([1, 1]);
    expect(attemptCount(counts, "constructor")).toBe(0);
  });

  it("never counts beyond the limit, for any sequence of attempts", () => {
    const attempts = fc.array(fc.record({ limit: fc.integer({ min: 1, max: 4 }), at: fc.nat(3) }));
    fc.assert(
      fc.property(attempts, (sequence) => {
        let counts: AttemptCounts = {};
        for (const { limit, at: failAtStep } of sequence) {
          const before = attemptCount(counts, recipe.scenario);
          const made = attemptRecovery({ ...recipe, maxAttempts: limit }, { counts, failAtStep });
          counts = made.counts;
          expect(attemptCount(counts, recipe.scenario)).toBe(before < limit ? before + 1 : before);
          expect(made.events.length).toBe(2);
        }
      }),
    );
  });
});

describe("the attempt ledger", () => {
  const opened = openEntry("stale_branch", 1);
  const started = startAttempt(opened, 10);

  it("K10: tells never attempted from queued and exhausted", () => {
    const never = reportStatus("stale_branch", null);
    expect(never).toMatchObject({ attempted: false, state: null, retryLimit: null, attemptsRemaining: null });
    expect(reportStatus("stale_branch", opened)).toMatchObject({ attempted: false, state: "queued" });
    const refused = closeAttempt(started, { kind: "escalation_required", reason: "spent" }, 20);
    expect(reportStatus("stale_branch", refused)).toMatchObject({
      attempted: true,
      state: "exhausted",
      attemptsRemaining: 0,
      escalationReason: "spent",
    });
  });

  it.each([
    ["queued", opened, "await_attempt"],
    ["running", started, "await_attempt"],
    ["succeeded", closeAttempt(started, { kind: "recovered", stepsTaken: 2 }, 20), "none"],
    ["failed", cancelAttempt(started, "cancelled", 20), "resolve_manually"],
  ])("recommends for %s: %3$s", (state, entry, action) => {
    expect(reportStatus("stale_branch", entry)).toMatchObject({ state, recommendedAction: action });
  });

  it("recommends a first attempt where there was none", () => {
    expect(reportStatus("stale_branch", null).recommendedAction).toBe("attempt_recovery");
  });

  it("keeps the start of the first attempt and the end of the last", () => {
    const failed = closeAttempt(started, { kind: "escalation_required", reason: "no" }, 20);
    const again = startAttempt(queueAttempt(failed, 2), 30);
    expect(again).toMatchObject({ attemptCount: 2, attemptsRemaining: 0, startedAt: 10, finishedAt: null });
  });

  it("words results as the original does, and counts what remains", () => {
    const outcome = { command: cleanBuild, status: "failed", detail: "E0308", at: 15 } as const;
    const recorded = recordCommand(started, 1, outcome, 5);
    expect(recorded.commandResults).toEqual([
      { ...outcome, result: "step 1 failed for stale_branch", attempt: 1 },
    ]);
    const remaining = [cleanBuild];
    const closed = closeAttempt(recorded, { kind: "partial_recovery", recovered: [], remaining }, 20);
    expect(closed).toMatchObject({
      state: "failed",
      lastFailureSummary: "1 step(s) remaining after partial recovery",
      escalationReason: null,
    });
  });

  it("drops the oldest results beyond the limit", () => {
    const details = ["a", "b", "c"];
    const entry = details.reduce(
      (it, detail, index) =>
        recordCommand(it, index, { command: cleanBuild, status: "succeeded", detail, at: index }, 2),
      started,
    );
    expect(entry.commandResults.map(({ detail }) => detail)).toEqual(["b", "c"]);
  });

  it("has its attempts again once it is settled, and no entry when there was no attempt", () => {
    expect(settle(started, 1, 50)).toMatchObject({
      state: "succeeded",
      attemptsRemaining: 1,
      finishedAt: 50,
    });
    expect(settle(opened, 1, 50)).toBeNull();
  });
});

describe("recommendedAction", () => {
  const cause = (kind: EscalationCause["kind"], idempotent: boolean | null): EscalationCause => ({
    kind,
    reason: "why",
    step: idempotent === null ? null : { ...cleanBuild, idempotent },
    failure: null,
  });

  it.each([
    ["first_step_failed", true, "retry_remaining", false],
    ["first_step_failed", false, "resolve_manually", false],
    ["partial_recovery", true, "retry_remaining", false],
    ["partial_recovery", false, "resolve_manually", false],
    ["attempts_exhausted", null, "resolve_manually", false],
    ["not_confirmed", null, "inspect_subject", false],
    ["not_provided", true, "provide_port", true],
    ["human_requested", false, "decide", true],
    ["abort_failed", null, "stop_manually", true],
  ] as const)(
    "for %s (idempotent: %s) is %s; only a person can help: %s",
    (kind, idempotent, action, person) => {
      expect(recommendedAction(cause(kind, idempotent))).toBe(action);
      expect(needsPerson(cause(kind, idempotent))).toBe(person);
    },
  );
});

describe("recoveryReference", () => {
  it("switches every addition off", () => {
    const flags = Object.entries(recoveryReference.rules).filter(([, it]) => typeof it === "boolean");
    expect(flags.map(([, it]) => it)).toEqual(flags.map(() => false));
    const defaults = Object.entries(RecoveryRules.parse({})).filter(([, it]) => typeof it === "boolean");
    expect(defaults.map(([, it]) => it)).toEqual(flags.map(() => true));
  });
});
