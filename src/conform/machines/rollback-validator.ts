/** `x_rollback_validator` answered by running migration charts, one per migration: they capture, commit and roll back. */
import { type AuditEventType, reference } from "../../core/migration.ts";
import {
  digestOfHex,
  inlineHex,
  parseOperation,
  sinceEpoch,
  toWireAudit,
  toWireVerification,
  ValidatorOperation,
} from "../wire/migration.ts";
import type { Subject } from "../subject.ts";
import { captureHost } from "./migration-host.ts";
import { type HostAnswers, lastOf, settle, startMigration, type Told } from "./migration-actor.ts";

/** What the original records for each of its calls; a chart also records the phases that lead there. */
const recorded: Readonly<Record<string, readonly AuditEventType[]>> = {
  capture: ["SnapshotCaptured"],
  execute_rollback: ["RollbackStarted", "RollbackCompleted"],
  complete: ["MigrationCompleted", "MigrationFailed"],
  verify: ["VerificationCompleted"],
  cleanup_expired: [],
};

/** A chart whose host remembers which bytes a rollback brought back. */
interface Migration extends Told {
  readonly host: { at: number; details: string; restored: string | null };
}

export function rollbackValidatorMachines(): Subject {
  const policy = { ...reference, rollbackMaxAgeMs: 3_600_000 };
  const migrations = new Map<string, Migration>();
  const contextOf = ({ actor }: Told) => actor.getSnapshot().context;
  const isHeld = (it: Migration): boolean =>
    it.actor.getSnapshot().status === "active" && contextOf(it).snapshot !== null;

  const begin = (migration: string, agent: string, state: string, nowSecs: number): Migration => {
    const host = { at: sinceEpoch(nowSecs), details: "", restored: null as string | null };
    const answers: HostAnswers = {
      ...captureHost({ state, policyData: "", nowSecs }),
      validate: () => ({ outcome: "done", at: host.at, digest: digestOfHex(state), responsive: true }),
      restore: () => ({ outcome: "done", at: host.at, responsive: true }),
      commit: () => ({ outcome: "done", at: host.at, details: host.details }),
      inspectSnapshot: ({ snapshot }) => ({
        outcome: "done",
        at: host.at,
        digest: digestOfHex(inlineHex(snapshot)),
      }),
      rollback: ({ snapshot }) => {
        host.restored = snapshot === null ? null : inlineHex(snapshot);
        return { outcome: "done", at: host.at, digest: digestOfHex(host.restored ?? "") };
      },
    };
    const told = startMigration({ migration, agent, policy }, answers);
    told.actor.send({ type: "migration.start", at: host.at, target: "elsewhere" });
    return { ...told, host };
  };

  /** The chart of `migration`, unless it has ended: then one that was never started. */
  const of = (migration: string): Migration => {
    const known = migrations.get(migration);
    if (known !== undefined && known.actor.getSnapshot().status === "active") return known;
    const host = { at: 0, details: "", restored: null };
    return { ...startMigration({ migration, policy }), host };
  };

  /** The answer of `op`, with what it added to the audit of `told`. */
  const answered = (op: string, told: Told | null, before: number, answer: object): object => {
    const added = told === null ? [] : contextOf(told).audit.slice(before);
    const held = [...migrations].filter(([, it]) => isHeld(it)).map(([id]) => id);
    const news = added.filter(({ eventType }) => recorded[op]?.includes(eventType) ?? false);
    return { ...answer, new_audit: news.map(toWireAudit), held: held.toSorted() };
  };

  return {
    answer(operation) {
      const op = parseOperation(ValidatorOperation, operation);
      switch (op.op) {
        case "new":
          if (op.rollback_max_age_secs !== null) policy.rollbackMaxAgeMs = op.rollback_max_age_secs * 1000;
          return { ok: true };
        case "capture": {
          const told = begin(op.migration_id, op.agent_id, op.state, op.now);
          const failure = lastOf(told.reports, "migration.failed");
          if (failure !== undefined) return answered(op.op, told, 0, { err: failure.message });
          migrations.get(op.migration_id)?.actor.stop();
          migrations.set(op.migration_id, told);
          return answered(op.op, told, 0, { ok: true });
        }
        case "execute_rollback": {
          const told = of(op.migration_id);
          const before = contextOf(told).audit.length;
          const at = sinceEpoch(op.now);
          told.host.at = at;
          told.actor.send({ type: "rollback.request", at, acceptExpired: false });
          return answered(op.op, told, before, answerOfRollback(told));
        }
        case "complete": {
          const told = of(op.migration_id);
          const before = contextOf(told).audit.length;
          const at = sinceEpoch(op.now);
          Object.assign(told.host, { at, details: op.details });
          // The original does nothing without a snapshot.
          if (!isHeld(told)) return answered(op.op, null, 0, { ok: true });
          if (op.success) settle(told, "transfer", { outcome: "done", at });
          else told.actor.send({ type: "migration.resolve", at, owner: "source", details: op.details });
          return answered(op.op, told, before, { ok: true });
        }
        case "verify": {
          const told = startMigration(
            { migration: op.migration_id, agent: op.agent_id, policy },
            {
              ...captureHost({ state: op.original, policyData: "", nowSecs: op.now }),
              validate: () => ({
                outcome: "done",
                at: sinceEpoch(op.now),
                digest: digestOfHex(op.migrated),
                responsive: true,
              }),
            },
          );
          told.actor.send({ type: "migration.start", at: sinceEpoch(op.now), target: "elsewhere" });
          settle(told, "transfer", { outcome: "done", at: sinceEpoch(op.now) });
          told.actor.stop();
          const result = lastOf(told.reports, "migration.verified")?.result;
          return answered(op.op, told, 0, { ok: result === undefined ? null : toWireVerification(result) });
        }
        case "cleanup_expired":
          for (const { actor } of [...migrations.values()].filter(isHeld)) {
            actor.send({ type: "snapshot.sweep", at: sinceEpoch(op.now) });
          }
          return answered(op.op, null, 0, { ok: true });
      }
    },
    dispose() {
      for (const { actor } of migrations.values()) actor.stop();
    },
  };
}

/** What a chart told after it was asked to roll back. */
function answerOfRollback({ reports, host }: Migration): object {
  const last = reports.at(-1);
  if (last?.type === "rollback.completed") return { ok: host.restored };
  if (last?.type === "command.refused") return { err: last.message };
  return { err: lastOf(reports, "rollback.failed")?.message };
}
