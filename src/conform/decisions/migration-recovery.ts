/** `migration_recovery` answered by the decisions of `src/core/migration.ts`. */
import {
  type AgentRecovery,
  decideStrategy,
  isRetryable,
  markFailed,
  markSucceeded,
  noRecovery,
  openAttempt,
  policyFault,
  policyFaultMessages,
  refuseExecution,
  reportFailure,
  reschedule,
  retryDelayMs,
  shouldChangeTarget,
} from "../../core/migration.ts";
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

export function migrationRecoveryDecisions(): Subject {
  let policy = toPolicy(null);
  const agents = new Map<string, AgentRecovery>();
  const of = (agent: string): AgentRecovery => agents.get(agent) ?? noRecovery;
  const pending = () =>
    [...agents].flatMap(([agent, it]) => (it.pending === null ? [] : [{ agent, failure: it.pending }]));
  const isReady = (agent: string, nowSecs: number): boolean => {
    const failure = of(agent).pending;
    return failure !== null && sinceEpoch(nowSecs) >= failure.readyAt;
  };
  const marked = (agent: string) => ({
    pending_count: pending().length,
    last_attempt: (of(agent).attempts ?? []).map(toWireAttempt).at(-1) ?? null,
  });

  return {
    answer(operation) {
      const op = parseOperation(RecoveryOperation, operation);
      switch (op.op) {
        case "new":
        case "set_config": {
          const asked = toPolicy(op.config);
          const fault = policyFault(asked);
          if (fault === null) policy = asked;
          else if (op.op === "new") return { err: policyFaultMessages[fault] };
          for (const [agent, it] of agents) agents.set(agent, reschedule(it, policy));
          const config = toConfig(policy);
          return fault === null ? { ok: true, config } : { err: policyFaultMessages[fault], config };
        }
        case "record_failure": {
          const failure = {
            errorType: op.error_type,
            message: op.message,
            target: op.target_node,
            at: sinceEpoch(op.now),
            retryCount: op.retry_count,
          };
          agents.set(op.agent_id, reportFailure(of(op.agent_id), failure, policy));
          return { pending_count: pending().length, history_len: of(op.agent_id).attempts?.length ?? 0 };
        }
        case "execute_recovery": {
          const before = of(op.agent_id);
          const at = sinceEpoch(op.now);
          if (before.pending === null || refuseExecution(before, at, policy) !== null) {
            return { err: "No pending recovery for agent" };
          }
          const strategy = decideStrategy(before.pending, policy);
          const after = openAttempt(before, strategy, at, policy);
          agents.set(op.agent_id, after);
          const attempt = after.attempts?.map(toWireAttempt).at(-1);
          return { ok: strategy, attempt, retry_count: after.pending?.retryCount };
        }
        case "mark_success":
          agents.set(op.agent_id, markSucceeded(of(op.agent_id)));
          return marked(op.agent_id);
        case "mark_failure":
          agents.set(op.agent_id, markFailed(of(op.agent_id), op.error, 0, policy));
          return marked(op.agent_id);
        case "next_retry_time": {
          const failure = of(op.agent_id).pending;
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
          return { history: of(op.agent_id).attempts?.map(toWireAttempt) ?? null };
        case "clear_history":
          agents.delete(op.agent_id);
          return { pending_count: pending().length, history: of(op.agent_id).attempts };
        case "determine_strategy":
          return {
            strategy: decideStrategy({ errorType: op.error_type, retryCount: op.retry_count }, policy),
          };
        case "classify":
          return {
            is_retryable: isRetryable(op.error_type),
            should_change_target: shouldChangeTarget(op.error_type),
          };
        case "error_age": {
          const failure = of(op.agent_id).pending;
          const age = failure === null ? null : Math.max(0, sinceEpoch(op.now) - failure.at) / 1000;
          return { age_secs: age };
        }
        case "retry_delay":
          return { delay_secs: retryDelayMs(op.attempt, policy) / 1000 };
      }
    },
  };
}
