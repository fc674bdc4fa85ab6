/** Input, context, events and reports of the supervisor chart. */
import type { ErrorActorEvent } from "xstate";
import * as z from "zod";
import { CrashBudgetPolicy } from "../../src/core/crash-budget.ts";
import type { EventOf } from "../../src/core/events.ts";
import { EscalationCause, type Occurrence } from "../../src/core/records.ts";
import { DurationMs, MonotonicMs } from "../../src/core/time.ts";
import type { CrashBudgetReport } from "../crash-budget/schemas.ts";
import type { PluginLifecycleReport } from "../plugin-lifecycle/schemas.ts";

export const SupervisorInput = z.object({
  /** In the order in which they are started; each spec is checked by its plugin's chart. */
  plugins: z.array(z.object({ name: z.string(), spec: z.unknown() })).default([]),
  crashBudget: CrashBudgetPolicy.prefault({}),
  stopDeadlineMs: DurationMs.default(10_000),
});
export type SupervisorInput = z.input<typeof SupervisorInput>;

export const OpenEscalation = z.object({
  id: z.string(),
  /** `PLUGIN` or `PLUGIN/SERVER`. */
  subject: z.string(),
  cause: EscalationCause,
  message: z.string(),
  openedMs: MonotonicMs,
});
export type OpenEscalation = z.infer<typeof OpenEscalation>;

export const SupervisorContext = z.object({
  plugins: z.array(z.object({ name: z.string(), spec: z.unknown() })),
  /** By plugin: the state that its chart last reported. */
  states: z.record(z.string(), z.object({ state: z.string(), reason: z.string().nullable() })),
  crashBudget: CrashBudgetPolicy,
  stopDeadlineMs: DurationMs,
  /** Keys that have a crash budget: those that crashed or were reset. */
  budgets: z.array(z.string()),
  escalations: z.array(OpenEscalation),
  /** Escalations so far; the next one gets the number after it. */
  escalated: z.int().nonnegative(),
  at: MonotonicMs,
  deadline: MonotonicMs.nullable(),
});
export type SupervisorContext = z.infer<typeof SupervisorContext>;

const at = { at: MonotonicMs };
export const supervisorEvents = {
  "supervisor.start": z.object(at),
  /** Every plugin in reverse order, each awaited. */
  "supervisor.stop": z.object(at),
  /** KILL to everything that is left. */
  "supervisor.kill": z.object(at),
  "plugin.configure": z.object({ plugin: z.string(), spec: z.unknown(), ...at }),
  /** An operator's start: of one server that is down, or of the whole plugin; no budget counts it. */
  "start.request": z.object({ plugin: z.string(), server: z.string().nullable(), ...at }),
  "budget.reset": z.object({ key: z.string(), ...at }),
};
export type SupervisorCommand = EventOf<typeof supervisorEvents>;
export type SupervisorEvent =
  | SupervisorCommand
  | PluginLifecycleReport
  | CrashBudgetReport
  | ErrorActorEvent<unknown, string>;

export const pluginId = (name: string): string => `plugin:${name}`;
export const budgetId = (key: string): string => `budget:${key}`;
/** The backend key of a server: names have no `/`. */
export const keyOf = ({ plugin, server }: { plugin: string; server: string }): string =>
  `${plugin}/${server}`;
export function serverOf(key: string): { plugin: string; server: string } {
  const [plugin = "", server = ""] = key.split("/");
  return { plugin, server };
}

export type SupervisorReport = Occurrence;
