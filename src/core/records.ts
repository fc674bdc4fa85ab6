/**
 * Records: what happened, one JSON object each, in order. Observers get them, `--json` prints them.
 *
 * @module
 */
import * as z from "zod";
import { CrashBudgetPolicy } from "./crash-budget.ts";
import { EventProblem } from "./events.ts";
import { ServerExit, StartFailure } from "./server.ts";
import { SpawnBudgetPolicy } from "./spawn-budget.ts";
import type { EpochMs } from "./time.ts";

const plugin = { plugin: z.string() };
const server = { ...plugin, server: z.string() };
/** `active` answers calls; `standby` is a warm spare. */
export const ServerRole = z.enum(["active", "standby"]);
export type ServerRole = z.infer<typeof ServerRole>;
const incarnation = { ...server, incarnation: z.int().positive(), role: ServerRole };

export const EscalationCause = z.enum([
  /** refused too often: only rare probes are made now */
  "quarantined",
  /** a retry cannot help until the configuration or a file changes */
  "permanentFailure",
  /** its recipe did not help, and the policy asks for a person or stopped it */
  "recoveryExhausted",
  /** a migration cannot go on, or back, by itself */
  "migrationStuck",
  /** an attempt was lost more often than it may be recovered */
  "deadLetter",
  /** a chart or a port threw: a bug */
  "internalError",
]);
export type EscalationCause = z.infer<typeof EscalationCause>;

const escalation = { id: z.string(), subject: z.string() };

/** A report of another chart, under its own type and with its own fields. */
const ChartReport = z.looseObject({ type: z.string() });

/** Payloads by type. */
export const recordTypes = {
  /** With the policy in force, so that every later decision can be derived again from the records alone. */
  "supervisor.started": z.object({
    plugins: z.int(),
    /** Of the plugins, in the order of their start. */
    names: z.array(z.string()),
    crashBudget: CrashBudgetPolicy,
    spawnBudget: SpawnBudgetPolicy.nullable(),
    /** Scenarios that have a recipe. */
    recipes: z.array(z.string()),
  }),
  "supervisor.stopping": z.object({}),
  "supervisor.stopped": z.object({}),
  "plugin.changed": z.object({ ...plugin, from: z.string(), to: z.string(), reason: z.string().nullable() }),
  /** A new configuration was handed to it: what its servers' budgets counted is forgotten. */
  "plugin.configured": z.object(plugin),
  "plugin.rejected": z.object({ ...plugin, problem: z.string() }),
  "server.starting": z.object(incarnation),
  "server.phaseEntered": z.object({ ...incarnation, phase: z.string() }),
  "server.started": z.object({
    ...incarnation,
    pid: z.int().nullable(),
    tools: z.int(),
    startMs: z.number(),
  }),
  "server.startFailed": z.object({ ...incarnation, failure: StartFailure }),
  /** `unexpected`: it was not asked to. */
  "server.exited": z.object({
    ...incarnation,
    exit: ServerExit,
    uptimeMs: z.number(),
    unexpected: z.boolean(),
  }),
  "server.promoted": z.object({ ...server, incarnation: z.int().positive() }),
  "server.probeMissed": z.object({ ...incarnation, misses: z.int(), limit: z.int() }),
  "tools.changed": z.object({ ...server, tools: z.int() }),
  "start.scheduled": z.object({ ...server, retryAfterMs: z.number(), attempt: z.int() }),
  "start.granted": z.object({ ...server, cause: z.string() }),
  "start.refused": z.object({ ...server, reason: z.string(), retryAfterMs: z.number() }),
  /** `isStormTrip`: the first of its window, the one to raise an alarm for. */
  "spawn.refused": z.object({ ...server, retryAfterMs: z.number(), isStormTrip: z.boolean() }),
  "start.requested": z.object({ ...plugin, server: z.string().nullable(), by: z.literal("operator") }),
  /** A plugin or a server is given up. */
  "stop.requested": z.object({ subject: z.string(), by: z.literal("recovery") }),
  "backend.quarantined": z.object({
    ...server,
    refusedWindows: z.int(),
    crashes: z.int(),
    probeAfterMs: z.number(),
  }),
  "backend.steadied": z.object({ ...server, wasQuarantined: z.boolean() }),
  "budget.reset": z.object(server),
  "escalation.opened": z.object({ ...escalation, cause: EscalationCause, message: z.string() }),
  "escalation.closed": z.object({ ...escalation, cause: EscalationCause, because: z.string() }),
  /** A person's word on an open one; `resolve` closes one that the supervisor itself acts on. */
  "escalation.acted": z.object({
    ...escalation,
    verb: z.enum(["acknowledge", "resolve", "retry", "abort"]),
    by: z.string().nullable(),
  }),
  /** What a composed chart told: a report of `machines/recovery.ts`, `machines/migration.ts` or `machines/lease-recovery.ts`. */
  "recovery.reported": z.object({ report: ChartReport }),
  "migration.reported": z.object({ report: ChartReport }),
  "lease.reported": z.object({ report: ChartReport }),
  /** A worker asked for an attempt that must not be dispatched now. */
  "dispatch.refused": z.object({ attemptId: z.string(), agent: z.string(), reason: z.literal("migrating") }),
  "command.refused": z.object({ command: z.string(), message: z.string() }),
  "call.lost": z.object({ ...server, incarnation: z.int(), tool: z.string(), replayed: z.boolean() }),
  /** An event that does not fit its schema: `subject` did not take it: `supervisor`, or the id of one of its actors. */
  "event.refused": z.object({ subject: z.string(), event: z.string(), problems: z.array(EventProblem) }),
  "observer.failed": z.object({ message: z.string() }),
} as const;
export type RecordType = keyof typeof recordTypes;

type Payload<T extends RecordType> = z.output<(typeof recordTypes)[T]>;

/** What happened, before it has a place in the sequence; `monotonicMs` is the instant the charts decided with. */
export type Occurrence<T extends RecordType = RecordType> = {
  [K in T]: { type: K; monotonicMs: number } & (Payload<K> extends Record<string, never>
    ? unknown
    : Payload<K>);
}[T];

/** One record: `seq` counts from 1 without gaps, `at` is wall-clock time. */
export type SupervisionRecord<T extends RecordType = RecordType> = Occurrence<T> & {
  seq: number;
  at: EpochMs;
};
