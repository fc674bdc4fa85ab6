/** Actors, guards, actions and delays of the supervisor chart. */
import { assign, enqueueActions, setup } from "xstate";
import type { EscalationCause } from "../../src/core/records.ts";
import { tell } from "../actors.ts";
import { crashBudgetMachine } from "../crash-budget.ts";
import type { CrashBudgetReport } from "../crash-budget/schemas.ts";
import { leaseRecoveryMachine } from "../lease-recovery.ts";
import { migrationMachine } from "../migration.ts";
import { pluginLifecycleMachine } from "../plugin-lifecycle.ts";
import type { PluginLifecycleReport } from "../plugin-lifecycle/schemas.ts";
import { recoveryMachine } from "../recovery.ts";
import * as decide from "./decisions.ts";
import { spawnRefusal, withSpawn, withSpawnEnded, withTrip } from "./spawning.ts";
import { handshakeFor } from "./recovering.ts";
import {
  attemptActorId,
  budgetId,
  migrationId,
  pluginId,
  recoveryId,
  type SupervisorCommand,
  SupervisorContext,
  type SupervisorEvent,
  supervisorEvents,
  SupervisorInput,
  type SupervisorReport,
  serverOf,
} from "./schemas.ts";

type Command<T extends SupervisorCommand["type"]> = Extract<SupervisorCommand, { type: T }>;
type Report<T extends PluginLifecycleReport["type"]> = Extract<PluginLifecycleReport, { type: T }>;
type LifecycleRecord = "supervisor.stopping" | "supervisor.stopped";
export interface Opening {
  readonly subject: string;
  readonly cause: EscalationCause;
  readonly message: string;
  readonly at: number;
  readonly actor?: string;
}
export interface Closing {
  readonly subject: string;
  readonly causes: readonly EscalationCause[];
  readonly because: string;
  readonly at: number;
  /** Only those that this child asked for. */
  readonly actor?: string;
}
export interface Keyed {
  readonly key: string;
  readonly at: number;
}

export const supervisorBase = setup({
  types: {} as {
    input: SupervisorInput;
    context: SupervisorContext;
    events: SupervisorEvent;
    emitted: SupervisorReport;
  },
  schemas: { input: SupervisorInput, context: SupervisorContext, events: supervisorEvents },
  actors: {
    pluginLifecycle: pluginLifecycleMachine,
    crashBudget: crashBudgetMachine,
    recovery: recoveryMachine,
    migration: migrationMachine,
    leaseRecovery: leaseRecoveryMachine,
  },
  guards: {
    isUnexpected: (_, { unexpected }: Report<"server.exited">) => unexpected,
    isAborted: (_, { failure }: Report<"server.startFailed">) => failure.code === "aborted",
    isPermanent: (_, { failure }: Report<"server.startFailed">) => failure.permanent,
    hasBudget: ({ context }, { key }: { key: string }) => context.budgets.includes(key),
    hasPlugin: ({ context }, { plugin }: { plugin: string }) => decide.hasPlugin(context, plugin),
    isSpawnBudgetSpent: ({ context }, { key, at }: Keyed) => spawnRefusal(context, key, at) !== null,
    allStopped: ({ context }) => decide.allStopped(context),
  },
  actions: {
    setTime: assign((_, { at }: { at: number }) => ({ at })),
    armDeadline: assign(({ context: { at, stopDeadlineMs } }) => ({ deadline: at + stopDeadlineMs })),
    record: enqueueActions(({ enqueue, self }, occurrence: SupervisorReport) => {
      enqueue.assign({ at: occurrence.monotonicMs });
      tell({ enqueue, self }, occurrence);
    }),
    recordBudget: enqueueActions(({ enqueue, self }, report: CrashBudgetReport) => {
      enqueue.assign({ at: report.at });
      tell({ enqueue, self }, decide.budgetRecord(report));
    }),
    startPlugins: enqueueActions(({ enqueue, self, context }, { at }: { at: number }) => {
      tell({ enqueue, self }, { type: "supervisor.started", ...decide.setUp(context), monotonicMs: at });
      for (const { name, spec } of context.plugins) {
        const { stopDeadlineMs } = context;
        enqueue.spawnChild("pluginLifecycle", { id: pluginId(name), input: { name, stopDeadlineMs } });
        enqueue.sendTo(pluginId(name), { type: "plugin.configure", spec, at });
        enqueue.sendTo(pluginId(name), { type: "plugin.start", at });
      }
    }),
    noteState: assign(({ context: { states } }, { plugin, to: state, reason }: Report<"plugin.changed">) => ({
      states: { ...states, [plugin]: { state, reason } },
    })),
    /** The budget of a key is made at its first crash. */
    countCrash: enqueueActions(({ enqueue, context }, { key, at }: Keyed) => {
      if (!context.budgets.includes(key)) {
        enqueue.assign({ budgets: [...context.budgets, key] });
        enqueue.spawnChild("crashBudget", { id: budgetId(key), input: { key, policy: context.crashBudget } });
      }
      enqueue.sendTo(budgetId(key), { type: "backend.exited", at });
    }),
    countStart: enqueueActions(({ enqueue }, { key, at }: Keyed) => {
      enqueue.sendTo(budgetId(key), { type: "backend.started", at });
    }),
    countStop: enqueueActions(({ enqueue }, { key, at }: Keyed) => {
      enqueue.sendTo(budgetId(key), { type: "backend.stopped", at });
    }),
    resetBudget: enqueueActions(({ enqueue, self }, { key, at }: Keyed) => {
      enqueue.sendTo(budgetId(key), { type: "budget.reset", at });
      tell({ enqueue, self }, { type: "budget.reset", ...serverOf(key), monotonicMs: at });
    }),
    startServer: enqueueActions(({ enqueue, context }, { key, at }: Keyed) => {
      const { plugin, server } = serverOf(key);
      if (!decide.hasPlugin(context, plugin)) return;
      const handshakeMs = handshakeFor(context, key);
      enqueue.sendTo(pluginId(plugin), { type: "server.start", server, at, handshakeMs });
    }),
    countSpawn: assign(({ context }, { key, at }: Keyed) => ({ spawns: withSpawn(context, key, at) })),
    endSpawn: assign(({ context }, { key, at, outcome }: Keyed & { outcome: "success" | "failed" }) => ({
      spawns: withSpawnEnded(context, key, at, outcome),
    })),
    deferStart: enqueueActions(({ enqueue, self, context }, { key, at }: Keyed) => {
      const refusal = spawnRefusal(context, key, at);
      if (refusal === null) return;
      const { retryAfterMs, isStormTrip } = refusal;
      enqueue.assign({ spawns: withTrip(context, key, at) });
      enqueue.sendTo(budgetId(key), { type: "start.deferred", at, retryAfterMs });
      const facts = { ...serverOf(key), retryAfterMs, isStormTrip, monotonicMs: at };
      tell({ enqueue, self }, { type: "spawn.refused", ...facts });
    }),
    startOnRequest: enqueueActions(({ enqueue, self }, { plugin, server, at }: Command<"start.request">) => {
      const facts = { plugin, server, by: "operator" as const, monotonicMs: at };
      tell({ enqueue, self }, { type: "start.requested", ...facts });
      if (server === null) enqueue.sendTo(pluginId(plugin), { type: "plugin.restart", at });
      else enqueue.sendTo(pluginId(plugin), { type: "server.start", server, at });
    }),
    configurePlugin: enqueueActions(
      ({ enqueue, self }, { plugin, spec, at }: Command<"plugin.configure">) => {
        tell({ enqueue, self }, { type: "plugin.configured", plugin, monotonicMs: at });
        enqueue.sendTo(pluginId(plugin), { type: "plugin.configure", spec, at });
      },
    ),
    openEscalation: enqueueActions(({ enqueue, self, context }, opening: Opening | null) => {
      if (opening === null) return;
      const opened = decide.openEscalation(context, opening);
      if (opened === null) return;
      const { id, subject, cause, message, openedMs: monotonicMs } = opened;
      enqueue.assign({ escalations: [...context.escalations, opened], escalated: context.escalated + 1 });
      tell({ enqueue, self }, { type: "escalation.opened", id, subject, cause, message, monotonicMs });
    }),
    closeEscalations: enqueueActions(({ enqueue, self, context: { escalations } }, which: Closing | null) => {
      if (which === null) return;
      const { at } = which;
      const closing = decide.matching(escalations, which);
      enqueue.assign({ escalations: escalations.filter((it) => !closing.includes(it)) });
      for (const { id, subject, cause } of closing) {
        const facts = { id, subject, cause, because: which.because, monotonicMs: at };
        tell({ enqueue, self }, { type: "escalation.closed", ...facts });
      }
    }),
    buryChild: enqueueActions(
      ({ enqueue, context }, { actorId, error }: { actorId: string; error: unknown }) => {
        enqueue.stopChild(actorId);
        enqueue.assign(
          decide.withoutChild(context, actorId, error instanceof Error ? error.message : String(error)),
        );
      },
    ),
    forgetBudgets: enqueueActions(({ enqueue, context }, { plugin }: { plugin: string }) => {
      const forgotten = context.budgets.filter((key) => serverOf(key).plugin === plugin);
      for (const key of forgotten) enqueue.stopChild(budgetId(key));
      const isKept = (key: string): boolean => !forgotten.includes(key);
      enqueue.assign({ budgets: context.budgets.filter(isKept), refused: context.refused.filter(isKept) });
    }),
    stopBudgets: enqueueActions(({ enqueue, context }) => {
      for (const key of context.budgets) enqueue.stopChild(budgetId(key));
      enqueue.assign({ budgets: [] });
    }),
    /** Nothing that is composed starts anything any more: steps abort, timers end. */
    stopComposed: enqueueActions(({ enqueue, context }) => {
      for (const it of context.recoveries) enqueue.stopChild(recoveryId(it));
      for (const { attemptId } of context.attempts) enqueue.stopChild(attemptActorId(attemptId));
      for (const agent of context.migrations) enqueue.stopChild(migrationId(agent));
      enqueue.assign({ recoveries: [], attempts: [], migrations: [] });
    }),
    stopLast: enqueueActions(({ enqueue, context }) => {
      const last = decide.lastRunning(context);
      if (last !== null) enqueue.sendTo(pluginId(last), { type: "plugin.stop", at: context.at });
    }),
    killAll: enqueueActions(({ enqueue, context }) => {
      for (const name of decide.running(context))
        enqueue.sendTo(pluginId(name), { type: "plugin.kill", at: context.at });
    }),
    tellLifecycle: enqueueActions(({ enqueue, self, context }, { type }: { type: LifecycleRecord }) =>
      tell({ enqueue, self }, { type, monotonicMs: context.at }),
    ),
  },
  delays: { untilDeadline: ({ context: { at, deadline } }) => Math.max(0, (deadline ?? at) - at) },
});
