/** How the supervisor starts recoveries, migrations and attempts, and acts on what they tell. */
import { assign, enqueueActions, type EventObject } from "xstate";
import type { RecoveryRecipe } from "../../src/core/recovery.ts";
import { tell } from "../actors.ts";
import { supervisorBase } from "./implementations.ts";
import {
  isRefused,
  type Raised,
  raisedByStart,
  raisedByStartup,
  recipeHandshakeMs,
  recoveriesOf,
  without,
} from "./recovering.ts";
import {
  attemptActorId,
  type ComposedReport,
  migrationId,
  pluginId,
  recoveryId,
  type RelayedCommand,
  type SupervisorCommand,
  type SupervisorContext,
  type SupervisorEvent,
  serverOf,
} from "./schemas.ts";

type Command<T extends SupervisorCommand["type"]> = Extract<SupervisorCommand, { type: T }>;
type Relay<T extends RelayedCommand["type"]> = Extract<RelayedCommand, { type: T }>;
type Report<T extends SupervisorEvent["type"]> = Extract<SupervisorEvent, { type: T }>;
export interface KeyedAt {
  readonly key: string;
  readonly at: number;
}

interface Enqueueing {
  assign(change: Partial<SupervisorContext>): void;
  sendTo(target: string, event: EventObject): void;
  spawnChild(
    src: "recovery",
    options: {
      id: string;
      input: { subject: string; scenario: string; recipe: RecoveryRecipe; held: boolean };
    },
  ): void;
}

/** Reports the failure to the recovery of its subject and scenario, which is made when there is none yet. */
function raise(enqueue: Enqueueing, context: SupervisorContext, raised: Raised | null, at: number): void {
  const recipe = raised === null ? undefined : context.recipes[raised.scenario];
  if (raised === null || recipe === undefined) return;
  const { subject, scenario, facts, held } = raised;
  const id = recoveryId(raised);
  if (!context.recoveries.some((it) => recoveryId(it) === id)) {
    enqueue.assign({ recoveries: [...context.recoveries, { subject, scenario }] });
    enqueue.spawnChild("recovery", { id, input: { subject, scenario, recipe, held } });
  }
  const handshakeMs = recipeHandshakeMs(context, raised);
  if (handshakeMs !== null)
    enqueue.assign({ handshakeMs: { ...context.handshakeMs, [subject]: handshakeMs } });
  enqueue.sendTo(id, { type: held ? "recovery.hold" : "recovery.release", at } as EventObject);
  enqueue.sendTo(id, { type: "failure.reported", facts, at } as EventObject);
}

export const supervisorSetup = supervisorBase.extend({
  guards: {
    isAttempt: ({ context }, { attemptId }: { attemptId: string }) =>
      context.attempts.some((it) => it.attemptId === attemptId),
    /** A worker asks for an attempt of an agent that is on the move. */
    isClaimOfMigrating: ({ context }, { attemptId, event }: Relay<"attempt.command">) => {
      const agent = context.attempts.find((it) => it.attemptId === attemptId)?.agent;
      return event.type === "attempt.claimed" && agent !== undefined && context.migrations.includes(agent);
    },
    isHealthyAgain: (_, { to }: Report<"plugin.changed">) => to === "healthy",
    isMigrating: ({ context }, { agent }: { agent: string }) => context.migrations.includes(agent),
    hasRecipe: ({ context }, { scenario }: { scenario: string }) => context.recipes[scenario] !== undefined,
    isActorsEscalation: ({ context }, { id }: { id: string }) =>
      context.escalations.some((it) => it.id === id && it.actor !== null),
    isEscalation: ({ context }, { id }: { id: string }) => context.escalations.some((it) => it.id === id),
  },
  actions: {
    noteDown: assign(({ context: { down } }, { key }: KeyedAt) => ({
      down: down.includes(key) ? down : [...down, key],
    })),
    noteStartFailure: assign(({ context }, { key, message }: KeyedAt & { message: string }) => ({
      startFailures: { ...context.startFailures, [key]: message },
    })),
    noteUp: assign(({ context: { down, refused, startFailures } }, { key }: KeyedAt) => ({
      down: down.filter((it) => it !== key),
      refused: refused.filter((it) => it !== key),
      startFailures: without(startFailures, key),
    })),
    /** The budget of `key` has answered: its failed start, if it was one, becomes a scenario. */
    raiseStartFailure: enqueueActions(
      ({ enqueue, context }, { key, at, held }: KeyedAt & { held: boolean }) => {
        raise(enqueue, context, raisedByStart(context, key, held), at);
        enqueue.assign({ startFailures: without(context.startFailures, key) });
      },
    ),
    raiseStartup: enqueueActions(({ enqueue, context }, report: Report<"plugin.changed">) => {
      raise(enqueue, context, raisedByStartup(context, report), report.monotonicMs);
    }),
    raiseReported: enqueueActions(({ enqueue, context }, { at, ...seen }: Command<"failure.report">) => {
      raise(enqueue, context, { ...seen, held: isRefused(context, seen) }, at);
    }),
    holdRecoveries: enqueueActions(({ enqueue, context }, { key, at }: KeyedAt) => {
      enqueue.assign({ refused: [...context.refused.filter((it) => it !== key), key] });
      for (const it of recoveriesOf(context, key))
        enqueue.sendTo(recoveryId(it), { type: "recovery.hold", at });
    }),
    releaseRecoveries: enqueueActions(({ enqueue, context }, { key, at }: KeyedAt) => {
      enqueue.assign({ refused: context.refused.filter((it) => it !== key) });
      for (const it of recoveriesOf(context, key))
        enqueue.sendTo(recoveryId(it), { type: "recovery.release", at });
    }),
    /** Verified health ends the episodes of a subject. */
    verifyHealth: enqueueActions(({ enqueue, context }, { subject, at }: { subject: string; at: number }) => {
      for (const it of context.recoveries) {
        if (it.subject === subject) enqueue.sendTo(recoveryId(it), { type: "health.verified", at });
      }
      enqueue.assign({ handshakeMs: without(context.handshakeMs, subject) });
    }),
    killServer: enqueueActions(({ enqueue, context }, { key, at }: KeyedAt) => {
      const { plugin, server } = serverOf(key);
      const isKnown = context.plugins.some(({ name }) => name === plugin);
      if (isKnown) enqueue.sendTo(pluginId(plugin), { type: "server.kill", server, at });
    }),
    stopSubject: enqueueActions(({ enqueue, self, context }, { subject, at }: Command<"subject.stop">) => {
      tell({ enqueue, self }, { type: "stop.requested", subject, by: "recovery", monotonicMs: at });
      const keys = context.budgets.filter((key) => key === subject || serverOf(key).plugin === subject);
      for (const key of keys) enqueue.sendTo(`budget:${key}`, { type: "backend.stopped", at });
      enqueue.assign({ refused: context.refused.filter((key) => !keys.includes(key)) });
      const isPlugin = context.plugins.some(({ name }) => name === subject);
      if (isPlugin) enqueue.sendTo(pluginId(subject), { type: "plugin.stop", at });
    }),
    lease: enqueueActions(({ enqueue, context }, command: Command<"attempt.lease">) => {
      const { attemptId, agent, runId, leaseId, workerId, epoch, policy, at } = command;
      const input = { attemptId, runId, leaseId, workerId, epoch, policy, at };
      enqueue.assign({ attempts: [...context.attempts, { attemptId, agent }] });
      enqueue.spawnChild("leaseRecovery", { id: attemptActorId(attemptId), input });
    }),
    relayToAttempt: enqueueActions(({ enqueue }, { attemptId, event }: Relay<"attempt.command">) =>
      enqueue.sendTo(attemptActorId(attemptId), event),
    ),
    refuseDispatch: enqueueActions(
      ({ enqueue, self, context }, { attemptId, at }: Relay<"attempt.command">) => {
        const agent = context.attempts.find((it) => it.attemptId === attemptId)?.agent ?? "";
        const facts = { attemptId, agent, reason: "migrating" as const, monotonicMs: at };
        tell({ enqueue, self }, { type: "dispatch.refused", ...facts });
      },
    ),
    migrate: enqueueActions(({ enqueue, context }, command: Command<"migration.begin">) => {
      const { migration, agent, source, target, policy, at } = command;
      const id = migrationId(agent);
      enqueue.assign({ migrations: [...context.migrations, agent] });
      enqueue.spawnChild("migration", { id, input: { migration, agent, source, policy } });
      enqueue.sendTo(id, { type: "migration.start", target, at });
    }),
    relayToMigration: enqueueActions(({ enqueue }, { agent, event }: Relay<"migration.command">) =>
      enqueue.sendTo(migrationId(agent), event),
    ),
    refuseCommand: enqueueActions(
      ({ enqueue, self }, { command, message, at }: { command: string; message: string; at: number }) =>
        tell({ enqueue, self }, { type: "command.refused", command, message, monotonicMs: at }),
    ),
    recordReport: enqueueActions(({ enqueue, self }, told: ComposedReport) => {
      enqueue.assign({ at: told.report.at });
      tell({ enqueue, self }, { ...told, monotonicMs: told.report.at });
    }),
    /** A person's word goes to the chart that asked for it. */
    actOnEscalation: enqueueActions(
      ({ enqueue, context }, { id, verb, by, at }: Command<"escalation.act">) => {
        const escalation = context.escalations.find((it) => it.id === id);
        const actor = escalation?.actor ?? null;
        if (escalation === undefined || actor === null) return;
        if (escalation.cause === "deadLetter")
          enqueue.sendTo(actor, { type: "attempt.redriven", at } as EventObject);
        else if (escalation.cause === "migrationStuck") {
          enqueue.sendTo(actor, { type: "migration.retry", target: null, at } as EventObject);
        } else {
          const word = { type: `escalation.${verb}`, at, ...(by === null ? {} : { by }) };
          enqueue.sendTo(actor, verb === "retry" ? { ...word, attempts: 1 } : word);
        }
      },
    ),
    /** Nobody else acts on it: a retry is an operator's start. */
    actByItself: enqueueActions(({ enqueue, context }, { id, verb, at }: Command<"escalation.act">) => {
      const subject = context.escalations.find((it) => it.id === id)?.subject ?? "";
      const { plugin, server } = serverOf(subject);
      const isKnown = context.plugins.some(({ name }) => name === plugin);
      if (isKnown && verb === "retry") enqueue.sendTo(pluginId(plugin), { type: "server.start", server, at });
      if (isKnown && verb === "abort") enqueue.sendTo(pluginId(plugin), { type: "plugin.stop", at });
      if (verb === "resolve") {
        enqueue.assign({ escalations: context.escalations.filter((it) => it.id !== id) });
      }
    }),
    acknowledge: enqueueActions(
      ({ enqueue, self, context: { escalations } }, { id, verb, by, at }: Command<"escalation.act">) => {
        const subject = escalations.find((it) => it.id === id)?.subject ?? "";
        tell({ enqueue, self }, { type: "escalation.acted", id, subject, verb, by, monotonicMs: at });
        enqueue.assign({
          escalations: escalations.map((it) => (it.id === id ? { ...it, acknowledged: true } : it)),
        });
      },
    ),
    reapChild: enqueueActions(({ enqueue, context }, { actorId }: { actorId: string }) => {
      enqueue.stopChild(actorId);
      enqueue.assign({
        attempts: context.attempts.filter(({ attemptId }) => attemptActorId(attemptId) !== actorId),
        migrations: context.migrations.filter((agent) => migrationId(agent) !== actorId),
      });
    }),
  },
});
