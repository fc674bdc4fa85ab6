/** How this chart is explored: a small policy, what may happen, what the state keeps of the context, and the invariants of its header. */
import type { AnyMachineSnapshot } from "xstate";
import type { RecoveryContext } from "../recovery.ts";
import type { CheckOptions, Outcome, StateView } from "../../src/explore/index.ts";
import { recipeFor, recoveryRecipes, RecoveryStep } from "../../src/core/recovery.ts";
import { contextOf, instants, since, timed } from "../explore/times.ts";

const partialStartup = recipeFor(recoveryRecipes, "partial_plugin_startup");
const undo = RecoveryStep.parse({ kind: "custom", name: "undo" });
const known = (snapshot: AnyMachineSnapshot): RecoveryContext => contextOf(snapshot);
const of = ({ context }: StateView): RecoveryContext => context as RecoveryContext;
const now = timed([0]);
const withFacts = (snapshot: AnyMachineSnapshot): object[] =>
  now(snapshot).map((it) => ({
    ...it,
    facts: { plugin: "p", failedServers: ["s"], trusted: true, summary: "" },
  }));
const failure = { code: "internal", message: "no" } as const;
const outcomes =
  (well: object, badly: object | null) =>
  (snapshot: AnyMachineSnapshot): Outcome[] => [
    ...instants(snapshot, [0]).flatMap((at): Outcome[] => [
      { kind: "done", output: { ...well, at, detail: "" } },
      ...(badly === null ? [] : [{ kind: "done", output: { ...badly, at, detail: "" } } as const]),
    ]),
    { kind: "error", error: new Error("no") },
  ];

export const explore: CheckOptions = {
  input: {
    subject: "p",
    // What cannot be stopped is left to a person: so every way of giving up is there.
    recipe: { ...partialStartup, escalationPolicy: "abort", compensations: [undo] },
    rules: { provenMs: 1, logLimit: 2 },
  },
  events: {
    "failure.reported": withFacts,
    "health.verified": now,
    "recovery.hold": now,
    "recovery.release": now,
    "recovery.cancel": now,
    "escalation.acknowledge": now,
    "escalation.resolve": now,
    "escalation.retry": (snapshot) => now(snapshot).map((it) => ({ ...it, attempts: 1 })),
    "escalation.abort": now,
  },
  outcomes: {
    step: outcomes({ outcome: "succeeded" }, { outcome: "failed", failure }),
    confirm: outcomes({ healthy: true }, { healthy: false }),
    abort: outcomes({}, null),
  },
  // Counters and the log only grow, and an attempt is granted after those spent, whatever their number.
  abstract: (_, snapshot) => {
    const {
      held,
      stepIndex,
      undoing,
      attempts,
      budget,
      attemptOpen,
      cause,
      ledger,
      deadline,
      at,
      steps,
      log,
      episode,
      escalations,
    } = known(snapshot);
    return {
      held,
      stepIndex,
      undoing,
      steps: steps.length,
      left: budget - attempts,
      attemptOpen,
      cause: cause?.kind ?? null,
      ledger: ledger && [
        ledger.state,
        ledger.attemptType,
        ledger.attemptCount > 0,
        ledger.result?.kind ?? null,
      ],
      wasEscalated: escalations > 0,
      isOpen: episode > 0,
      deadline: since(deadline, at),
      logged: log.length,
    };
  },
  properties: [
    {
      kind: "alwaysStep",
      name: "R1: an attempt that begins is spent",
      when: ({ told }) => told("recovery.started").length > 0,
      holds: ({ before, after, told }) =>
        of(after).attempts >= told("recovery.started").length && of(after).budget >= of(before).budget - 1,
    },
    {
      kind: "alwaysStep",
      name: "R2: an attempt that is open is closed when the chart is done with it, and once",
      when: ({ before, after }) => of(before).attemptOpen && !of(after).attemptOpen,
      holds: ({ told }) => told("attempt.closed").length === 1,
    },
    {
      kind: "always",
      name: "R3: an escalation has a cause",
      when: (it) => it.in("alerting"),
      holds: (it) => of(it).cause !== null,
    },
    {
      kind: "always",
      name: "R4: a step runs within an attempt, and an attempt within an episode",
      when: (it) => it.in("running.executing"),
      holds: (it) => of(it).attemptOpen && of(it).episode > 0,
    },
    {
      kind: "alwaysStep",
      name: "R5: a step without an answer has failed at its deadline",
      when: ({ before, action }) => before.in("running.executing") && action === "after untilDeadline",
      holds: ({ told }) =>
        told("step.finished").every((it) => it["status"] === "timed_out") &&
        told("step.finished").length === 1,
    },
    {
      kind: "always",
      name: "R7: attempts are within the budget",
      holds: (it) => of(it).attempts >= 0 && of(it).attempts <= of(it).budget,
    },
    {
      kind: "alwaysStep",
      name: "R8: success is told only after a confirmation",
      when: ({ told }) => told("recovery.succeeded").length > 0,
      holds: ({ before, action }) => before.in("confirming") && action === "done confirm",
    },
    { kind: "always", name: "R9: the log stays within its limit", holds: (it) => of(it).log.length <= 2 },
    {
      kind: "alwaysStep",
      name: "R11: what a failed attempt did is undone before it is given up",
      when: ({ after, told }) =>
        told("recovery.exhausted").length > 0 &&
        ["partial_recovery", "compensation_failed"].includes(of(after).cause?.kind ?? ""),
      holds: ({ told }) => told("compensation.finished").length === 1,
    },
    {
      kind: "leadsTo",
      name: "R5: what is running does not run for ever",
      from: (it) => it.in("running"),
      to: (it) => !it.in("running"),
    },
  ],
};
