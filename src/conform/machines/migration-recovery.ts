/** `migration_recovery` answered by running migration charts, one per agent, and what they tell. */
import type { MigrationErrorType, PolicyDraft } from "../../core/migration.ts";
import {
  parseOperation,
  RecoveryOperation,
  sinceEpoch,
  toConfig,
  toPolicy,
  toWireAttempt,
  toWireFailure,
} from "../wire/migration.ts";
import type { Subject } from "../subject.ts";
import { lastOf, startMigration, type Told } from "./migration-actor.ts";

export function migrationRecoveryMachines(): Subject {
  /** Belongs to no agent: it is asked about policies. */
  const desk = startMigration({ policy: toPolicy(null) });
  const agents = new Map<string, Told>();
  const policy = (): PolicyDraft => desk.actor.getSnapshot().context.policy;

  const of = (agent: string): Told => {
    const known = agents.get(agent) ?? startMigration({ agent, policy: policy() });
    agents.set(agent, known);
    return known;
  };
  const recoveryOf = (agent: string) => of(agent).actor.getSnapshot().context.recovery;
  const pending = () =>
    [...agents.keys()].flatMap((agent) => {
      const failure = recoveryOf(agent).pending;
      return failure === null ? [] : [{ agent, failure }];
    });
  const isReady = (agent: string, nowSecs: number): boolean => {
    const readyAt = recoveryOf(agent).pending?.readyAt;
    return readyAt !== undefined && sinceEpoch(nowSecs) >= readyAt;
  };
  const marked = (agent: string) => ({
    pending_count: pending().length,
    last_attempt: (recoveryOf(agent).attempts ?? []).map(toWireAttempt).at(-1) ?? null,
  });
  /** A chart for one question, to which `errorType` was reported after `retryCount` retries at the epoch. */
  const failed = (errorType: MigrationErrorType, retryCount: number): Told => {
    const asked = startMigration({ policy: policy() });
    const facts = { errorType, retryCount, message: "", target: null, at: 0 };
    asked.actor.send({ type: "failure.reported", ...facts });
    return asked;
  };
  const setPolicy = (asked: PolicyDraft): object => {
    const told = [desk, ...agents.values()];
    for (const { actor } of told) actor.send({ type: "policy.set", at: 0, policy: asked });
    const answer = desk.reports.at(-1);
    const config = toConfig(policy());
    return answer?.type === "policy.refused" ? { err: answer.message, config } : { ok: true, config };
  };

  return {
    answer(operation) {
      const op = parseOperation(RecoveryOperation, operation);
      switch (op.op) {
        case "new": {
          const { config, ...answer } = { config: null, ...setPolicy(toPolicy(op.config)) };
          return "err" in answer ? answer : { ...answer, config };
        }
        case "set_config":
          return setPolicy(toPolicy(op.config));
        case "record_failure": {
          const { error_type: errorType, message, target_node: target, retry_count: retryCount } = op;
          const facts = { errorType, message, target, retryCount, at: sinceEpoch(op.now) };
          of(op.agent_id).actor.send({ type: "failure.reported", ...facts });
          return {
            pending_count: pending().length,
            history_len: recoveryOf(op.agent_id).attempts?.length ?? 0,
          };
        }
        case "execute_recovery": {
          const { actor, reports } = of(op.agent_id);
          actor.send({ type: "recovery.execute", at: sinceEpoch(op.now) });
          const answer = reports.at(-1);
          if (answer?.type !== "attempt.opened") return { err: lastOf(reports, "recovery.refused")?.message };
          const { attempt, retryCount } = answer;
          return { ok: attempt.strategy, attempt: toWireAttempt(attempt), retry_count: retryCount };
        }
        case "mark_success":
          of(op.agent_id).actor.send({ type: "attempt.succeeded", at: 0, attempt: null });
          return marked(op.agent_id);
        case "mark_failure":
          of(op.agent_id).actor.send({ type: "attempt.failed", at: 0, attempt: null, error: op.error });
          return marked(op.agent_id);
        case "next_retry_time": {
          const failure = recoveryOf(op.agent_id).pending;
          return { next_retry_time: failure === null ? null : failure.readyAt / 1000 };
        }
        case "is_ready":
          return { ready: isReady(op.agent_id, op.now) };
        case "ready_list":
          return { agent_ids: [...agents.keys()].filter((it) => isReady(it, op.now)).toSorted() };
        case "pending":
          return {
            pending: pending()
              .toSorted((a, b) => (a.agent < b.agent ? -1 : 1))
              .map(({ agent, failure }) => toWireFailure(agent, failure)),
          };
        case "history":
          return { history: recoveryOf(op.agent_id).attempts?.map(toWireAttempt) ?? null };
        case "clear_history":
          of(op.agent_id).actor.send({ type: "recovery.clear", at: 0 });
          return { pending_count: pending().length, history: recoveryOf(op.agent_id).attempts };
        case "determine_strategy": {
          const { actor, reports } = failed(op.error_type, op.retry_count);
          actor.send({ type: "recovery.execute", at: 0 });
          return { strategy: lastOf(reports, "attempt.opened")?.attempt.strategy };
        }
        case "classify": {
          const report = lastOf(failed(op.error_type, 0).reports, "migration.failed");
          return { is_retryable: report?.retryable, should_change_target: report?.changesTarget };
        }
        case "error_age": {
          const failure = recoveryOf(op.agent_id).pending;
          const age = failure === null ? null : Math.max(0, sinceEpoch(op.now) - failure.at) / 1000;
          return { age_secs: age };
        }
        case "retry_delay": {
          const report = lastOf(failed("NetworkTransient", op.attempt).reports, "recovery.scheduled");
          return { delay_secs: report === undefined ? null : report.readyAt / 1000 };
        }
      }
    },
    dispose() {
      for (const { actor } of [desk, ...agents.values()]) actor.stop();
    },
  };
}
