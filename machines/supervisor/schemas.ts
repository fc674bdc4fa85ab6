/** Input, context, events and reports of the supervisor chart. */
import type { DoneActorEvent, ErrorActorEvent } from "xstate";
import * as z from "zod";
import { CrashBudgetPolicy } from "../../src/core/crash-budget.ts";
import type { EventOf } from "../../src/core/events.ts";
import { LeasePolicy } from "../../src/core/lease.ts";
import { MigrationPolicy } from "../../src/core/migration.ts";
import { EscalationCause, type Occurrence } from "../../src/core/records.ts";
import { FailureFacts, RecoveryRecipe, recoveryRecipes } from "../../src/core/recovery.ts";
import { SpawnBudgetPolicy, SpawnWindow } from "../../src/core/spawn-budget.ts";
import { DurationMs, MonotonicMs } from "../../src/core/time.ts";
import type { CrashBudgetReport } from "../crash-budget/schemas.ts";
import type { LeaseRecoveryEvent, LeaseRecoveryReport } from "../lease-recovery/schemas.ts";
import type { MigrationReport } from "../migration/reports.ts";
import type { MigrationEvent } from "../migration/schemas.ts";
import type { PluginLifecycleReport } from "../plugin-lifecycle/schemas.ts";
import type { RecoveryReport } from "../recovery/reports.ts";

export const SupervisorInput = z.object({
  /** In the order in which they are started; each spec is checked by its plugin's chart. */
  plugins: z.array(z.object({ name: z.string(), spec: z.unknown() })).default([]),
  crashBudget: CrashBudgetPolicy.prefault({}),
  /** Starts of one server in a window, whoever asked for them; `null`: no limit besides the crash budget's. */
  spawnBudget: SpawnBudgetPolicy.nullable().prefault({}),
  /** By scenario; one that is missing is left to the crash budget alone. */
  recipes: z.record(z.string(), RecoveryRecipe).default(recoveryRecipes),
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
  /** The child that acts on a person's verbs; `null`: the supervisor itself does. */
  actor: z.string().nullable(),
  acknowledged: z.boolean(),
});
export type OpenEscalation = z.infer<typeof OpenEscalation>;

export const SupervisorContext = z.object({
  plugins: z.array(z.object({ name: z.string(), spec: z.unknown() })),
  /** By plugin: the state that its chart last reported. */
  states: z.record(z.string(), z.object({ state: z.string(), reason: z.string().nullable() })),
  crashBudget: CrashBudgetPolicy,
  stopDeadlineMs: DurationMs,
  recipes: z.record(z.string(), RecoveryRecipe),
  spawnBudget: SpawnBudgetPolicy.nullable(),
  /** By key: the starts that count. */
  spawns: z.record(z.string(), SpawnWindow),
  /** Keys whose last start failed, with why, until their budget has answered. */
  startFailures: z.record(z.string(), z.string()),
  /** Keys that are down, and may come back. */
  down: z.array(z.string()),
  /** Keys whose budget refuses a start now. */
  refused: z.array(z.string()),
  /** Recoveries that there were so far: one chart for each subject and scenario. */
  recoveries: z.array(z.object({ subject: z.string(), scenario: z.string() })),
  /** By subject: how long its recipe lets a handshake take. */
  handshakeMs: z.record(z.string(), DurationMs),
  /** Attempts under a lease, or on their way to another one, and the agent that each is of. */
  attempts: z.array(z.object({ attemptId: z.string(), agent: z.string() })),
  /** Agents that are on the move. */
  migrations: z.array(z.string()),
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
  /** KILL to the active process of a server; its budget decides what comes next. */
  "server.kill": z.object({ key: z.string(), ...at }),
  /** A server, or a plugin, is given up: nothing starts it but an operator or a new configuration. */
  "subject.stop": z.object({ subject: z.string(), ...at }),
  /** A scenario was seen by the host. */
  "failure.report": z.object({ subject: z.string(), scenario: z.string(), facts: FailureFacts, ...at }),
  /** A person acts on an open escalation. */
  "escalation.act": z.object({
    id: z.string(),
    verb: z.enum(["acknowledge", "resolve", "retry", "abort"]),
    by: z.string().nullable(),
    ...at,
  }),
  /** A worker has a lease on an attempt. */
  "attempt.lease": z.object({
    attemptId: z.string(),
    runId: z.string(),
    agent: z.string(),
    leaseId: z.string(),
    workerId: z.string(),
    epoch: z.int().positive(),
    policy: LeasePolicy,
    ...at,
  }),
  "migration.begin": z.object({
    migration: z.string(),
    agent: z.string(),
    source: z.string(),
    target: z.string().nullable(),
    policy: MigrationPolicy,
    ...at,
  }),
};
/** Commands that are handed on as they are to the chart of an attempt or of a migration. */
interface Relayed {
  "attempt.command": { attemptId: string; event: LeaseRecoveryEvent; at: number };
  "migration.command": { agent: string; event: MigrationEvent; at: number };
}
export type RelayedCommand = { [T in keyof Relayed]: { type: T } & Relayed[T] }[keyof Relayed];
/** What the charts of recoveries, migrations and attempts tell. */
export type ComposedReport =
  | { type: "recovery.reported"; report: RecoveryReport }
  | { type: "migration.reported"; report: MigrationReport }
  | { type: "lease.reported"; report: LeaseRecoveryReport };
export type SupervisorCommand = EventOf<typeof supervisorEvents>;
export type SupervisorEvent =
  | SupervisorCommand
  | PluginLifecycleReport
  | CrashBudgetReport
  | RelayedCommand
  | ComposedReport
  | DoneActorEvent<unknown, string>
  | ErrorActorEvent<unknown, string>;

export const pluginId = (name: string): string => `plugin:${name}`;
export const budgetId = (key: string): string => `budget:${key}`;
export const recoveryId = ({ subject, scenario }: { subject: string; scenario: string }): string =>
  `recovery:${subject}|${scenario}`;
export const attemptActorId = (attemptId: string): string => `attempt:${attemptId}`;
export const migrationId = (agent: string): string => `migration:${agent}`;
/** The backend key of a server: names have no `/`. */
export const keyOf = ({ plugin, server }: { plugin: string; server: string }): string =>
  `${plugin}/${server}`;
export function serverOf(key: string): { plugin: string; server: string } {
  const [plugin = "", server = ""] = key.split("/");
  return { plugin, server };
}

export type SupervisorReport = Occurrence;
