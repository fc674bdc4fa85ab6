/**
 * Crash budget of one backend: how often it may crash before it is left down, and how it comes back from there.
 *
 * ```text
 *   any ── backend.exited ─┬─ [inQuarantineEpisode] ▶ quarantined
 *                          ├─ [overOuterLimit] ─────▶ quarantined
 *                          ├─ [withinBudget] ───────▶ backingOff ── at deadline ──▶ retrying
 *                          └────────────────────────▶ refused ───── at deadline ──▶ retrying
 *   any ── backend.started ─▶ probation ── at deadline ──▶ steady (crashes forgotten)
 *   quarantined ── at deadline ──▶ halfOpen.probing ── backend.started ──▶ halfOpen.proving ── at deadline ──▶ steady
 *   retrying ── start.deferred ──▶ refused          halfOpen.probing ── start.deferred ──▶ quarantined
 *   any ── backend.stopped ──▶ steady (nothing forgotten)    any ── budget.reset ──▶ steady or retrying, all forgotten
 * ```
 *
 * - B1. In a window of `budgetWindowMs` at most `retries` crashes are answered with a start after `retryBackoffMs`.
 * - B2. No start is granted before the back-off, the refusal or the probe interval has passed.
 * - B3. Crashes are forgotten only after `provenUptimeMs` of uptime, or by `budget.reset`; never by a start.
 * - B4. `refusedWindows` refused windows, or `crashes` crashes, within the outer period end in quarantine, told once an episode.
 * - B5. In quarantine at most one probe start is under way.
 * - B6. Every refusal says when the next start is possible; that instant is never in the past.
 * - B7. No clock is read: time arrives as `event.at`; a timer that fires makes it `context.deadline`.
 *
 * @module
 */
import { assign, enqueueActions, setup } from "xstate";
import { isOverOuterLimit } from "../src/core/crash-budget.ts";
import type { EventOf } from "../src/core/events.ts";
import { tell } from "./actors.ts";
import { afterCrash } from "./crash-budget/decisions.ts";
import {
  CrashBudgetContext,
  type CrashBudgetEvent,
  crashBudgetEvents,
  CrashBudgetInput,
  type CrashBudgetReport,
  crashBudgetReports,
} from "./crash-budget/schemas.ts";

export { retriesLeft, retryAfterMs } from "./crash-budget/decisions.ts";
export * from "./crash-budget/schemas.ts";

// ── Machine ──────────────────────────────────────────────────────────────────

export interface At {
  at: number;
}
type GrantCause = EventOf<typeof crashBudgetReports, "start.granted">["cause"];

const when = ({ event }: { event: CrashBudgetEvent }): At => ({ at: event.at });
/** A timer is taken to fire exactly at its deadline. */
const onTime = {
  type: "disarm",
  params: ({ context }: { context: CrashBudgetContext }): At => ({ at: context.deadline ?? context.at }),
} as const;
const grant = <C extends GrantCause>(cause: C) => ({ type: "tellGranted", params: { cause } }) as const;
const resetWhileDown = {
  target: "retrying",
  actions: [{ type: "disarm", params: when }, "forget", grant("reset")],
} as const;

export const crashBudgetMachine = setup({
  types: {} as {
    input: CrashBudgetInput;
    context: CrashBudgetContext;
    events: CrashBudgetEvent;
    emitted: CrashBudgetReport;
  },
  schemas: {
    input: CrashBudgetInput,
    context: CrashBudgetContext,
    events: crashBudgetEvents,
    emitted: crashBudgetReports,
  },
  guards: {
    inQuarantineEpisode: ({ context }) => context.quarantined,
    withinBudget: ({ context }, { at }: At) => afterCrash(context, at).decision?.kind === "retry",
    overOuterLimit: ({ context }, { at }: At) =>
      isOverOuterLimit(afterCrash(context, at), context.policy.outerLimit),
    needsNoProof: ({ context }) => context.policy.provenUptimeMs === 0,
    remembersNothing: ({ context }) => context.window === null,
  },
  actions: {
    recordCrash: assign(({ context }, { at }: At) => afterCrash(context, at)),
    armProbe: assign(({ context: { at, policy } }) => ({ deadline: at + policy.probeEveryMs })),
    armProof: assign(({ context: { policy } }, { at }: At) => ({ at, deadline: at + policy.provenUptimeMs })),
    disarm: assign((_, { at }: At) => ({ at, deadline: null })),
    defer: assign((_, { at, retryAfterMs }: At & { retryAfterMs: number }) => ({
      at,
      deadline: at + retryAfterMs,
      decision: { kind: "refuse" as const, reason: "backend_unavailable" as const, retryAfterMs },
    })),
    forget: assign({ window: null, refusedAt: [], crashedAt: [], decision: null, quarantined: false }),
    rememberQuarantine: assign({ quarantined: true }),
    tellScheduled: enqueueActions(({ enqueue, self, context: { key, at, decision } }) => {
      if (decision?.kind !== "retry") return;
      const { retryAfterMs, attempt } = decision;
      tell({ enqueue, self }, { type: "start.scheduled", key, at, retryAfterMs, attempt });
    }),
    tellGranted: enqueueActions(({ enqueue, self, context: { key, at } }, { cause }: { cause: GrantCause }) =>
      tell({ enqueue, self }, { type: "start.granted", key, at, cause }),
    ),
    tellRefused: enqueueActions(({ enqueue, self, context: { key, at, decision } }) => {
      if (decision?.kind !== "refuse") return;
      const { reason, retryAfterMs } = decision;
      tell({ enqueue, self }, { type: "start.refused", key, at, reason, retryAfterMs });
    }),
    tellQuarantined: enqueueActions(({ enqueue, self, context }) => {
      const { key, at, refusedAt, crashedAt, policy, quarantined } = context;
      const facts = {
        refusedWindows: refusedAt.length,
        crashes: crashedAt.length,
        probeAfterMs: policy.probeEveryMs,
        first: !quarantined,
      };
      tell({ enqueue, self }, { type: "backend.quarantined", key, at, ...facts });
    }),
    tellSteadied: enqueueActions(({ enqueue, self, context: { key, at, quarantined } }) =>
      tell({ enqueue, self }, { type: "backend.steadied", key, at, wasQuarantined: quarantined }),
    ),
  },
  delays: {
    untilDeadline: ({ context: { at, deadline } }) => Math.max(0, (deadline ?? at) - at),
  },
}).createMachine({
  id: "crashBudget",
  version: "1",
  context: ({ input }) => ({
    ...CrashBudgetInput.parse(input),
    window: null,
    refusedAt: [],
    crashedAt: [],
    at: 0,
    deadline: null,
    decision: null,
    quarantined: false,
  }),
  initial: "steady",
  on: {
    "backend.exited": [
      {
        guard: "inQuarantineEpisode",
        target: ".quarantined",
        actions: { type: "recordCrash", params: when },
      },
      {
        guard: { type: "overOuterLimit", params: when },
        target: ".quarantined",
        actions: { type: "recordCrash", params: when },
      },
      {
        guard: { type: "withinBudget", params: when },
        target: ".backingOff",
        actions: { type: "recordCrash", params: when },
      },
      { target: ".refused", actions: { type: "recordCrash", params: when } },
    ],
    "backend.started": [
      {
        guard: "needsNoProof",
        target: ".steady",
        actions: [{ type: "disarm", params: when }, "tellSteadied", "forget"],
      },
      { target: ".probation", actions: { type: "armProof", params: when } },
    ],
    "backend.stopped": { target: ".steady", actions: { type: "disarm", params: when } },
    "budget.reset": { target: ".steady", actions: [{ type: "disarm", params: when }, "forget"] },
  },
  states: {
    steady: {
      // A backend that never crashed has nothing to prove.
      on: { "backend.started": { guard: "remembersNothing", actions: { type: "disarm", params: when } } },
    },
    backingOff: {
      tags: "waiting",
      entry: "tellScheduled",
      on: { "budget.reset": resetWhileDown },
      after: { untilDeadline: { target: "retrying", actions: [onTime, grant("retry")] } },
    },
    refused: {
      tags: "waiting",
      entry: "tellRefused",
      on: { "budget.reset": resetWhileDown },
      after: { untilDeadline: { target: "retrying", actions: [onTime, grant("windowOpened")] } },
    },
    retrying: {
      on: {
        "start.deferred": {
          target: "refused",
          actions: { type: "defer", params: ({ event: { at, retryAfterMs } }) => ({ at, retryAfterMs }) },
        },
      },
    },
    probation: {
      after: { untilDeadline: { target: "steady", actions: [onTime, "tellSteadied", "forget"] } },
    },
    quarantined: {
      tags: "waiting",
      entry: ["armProbe", "tellQuarantined", "rememberQuarantine"],
      on: { "budget.reset": resetWhileDown },
      after: { untilDeadline: { target: "halfOpen", actions: [onTime, grant("probe")] } },
    },
    halfOpen: {
      initial: "probing",
      states: {
        probing: {
          on: {
            "start.deferred": {
              target: "#crashBudget.quarantined",
              actions: { type: "disarm", params: when },
            },
            "backend.started": { target: "proving", actions: { type: "armProof", params: when } },
          },
        },
        proving: {
          after: {
            untilDeadline: { target: "#crashBudget.steady", actions: [onTime, "tellSteadied", "forget"] },
          },
        },
      },
    },
  },
});
