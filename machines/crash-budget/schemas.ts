/** Input, context, events and reports of the crash-budget chart. */
import * as z from "zod";
import { CrashBudgetPolicy, CrashDecision, CrashWindow } from "../../src/core/crash-budget.ts";
import type { EventOf } from "../../src/core/events.ts";
import { MonotonicMs } from "../../src/core/time.ts";

export const CrashBudgetInput = z.object({
  /** Whose budget it is; every report carries it. */
  key: z.string().default(""),
  policy: CrashBudgetPolicy.prefault({}),
});
export type CrashBudgetInput = z.input<typeof CrashBudgetInput>;

export const CrashBudgetContext = z.object({
  key: z.string(),
  policy: CrashBudgetPolicy,
  /** The crashes that count; `null` when there is none. */
  window: CrashWindow.nullable(),
  /** When windows were refused, oldest first, within the outer period. */
  refusedAt: z.array(MonotonicMs),
  /** When it crashed, oldest first, within the outer period. */
  crashedAt: z.array(MonotonicMs),
  /** The instant of the last event. */
  at: MonotonicMs,
  /** When the current state ends by itself. */
  deadline: MonotonicMs.nullable(),
  decision: CrashDecision.nullable(),
  /** A quarantine was reported and has not ended: it is reported once. */
  quarantined: z.boolean(),
});
export type CrashBudgetContext = z.output<typeof CrashBudgetContext>;

const at = { at: MonotonicMs };
export const crashBudgetEvents = {
  /** It ended, or would not start, without having been asked to. */
  "backend.exited": z.object(at),
  /** It serves: one round trip was verified. */
  "backend.started": z.object(at),
  /** It ended because it was asked to. */
  "backend.stopped": z.object(at),
  /** The start that was granted may not be made yet: others were made too often. */
  "start.deferred": z.object({ ...at, retryAfterMs: z.number().positive() }),
  "budget.reset": z.object(at),
};
export type CrashBudgetEvent = EventOf<typeof crashBudgetEvents>;

const keyed = { key: z.string(), at: MonotonicMs };
/** What the chart tells its parent and emits. */
export const crashBudgetReports = {
  "start.scheduled": z.object({ ...keyed, retryAfterMs: z.number(), attempt: z.int() }),
  "start.granted": z.object({ ...keyed, cause: z.enum(["retry", "windowOpened", "probe", "reset"]) }),
  "start.refused": z.object({ ...keyed, reason: z.literal("backend_unavailable"), retryAfterMs: z.number() }),
  "backend.quarantined": z.object({
    ...keyed,
    refusedWindows: z.int(),
    crashes: z.int(),
    probeAfterMs: z.number(),
    first: z.boolean(),
  }),
  "backend.steadied": z.object({ ...keyed, wasQuarantined: z.boolean() }),
};
export type CrashBudgetReport = EventOf<typeof crashBudgetReports>;
