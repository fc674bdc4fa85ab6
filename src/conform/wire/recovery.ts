/** Recovery as the originals write it: externally tagged, snake_case. */
import type {
  AttemptEvent,
  CommandResult,
  LedgerEntry,
  RecoveryRecipe,
  RecoveryResult,
  RecoveryStep,
  StatusReport,
} from "../../core/recovery.ts";

function stepToWire(step: RecoveryStep): unknown {
  switch (step.kind) {
    case "retry_mcp_handshake":
      return { retry_mcp_handshake: { timeout: step.timeoutMs } };
    case "restart_plugin":
      return { restart_plugin: { name: step.name } };
    case "escalate_to_human":
      return { escalate_to_human: { reason: step.reason } };
    case "custom":
      return { custom: { name: step.name, args: step.args } };
    case "accept_trust_prompt":
    case "clean_build":
    case "rebase_branch":
    case "redirect_prompt_to_agent":
    case "restart_worker":
      return step.kind;
  }
}

export function recipeToWire({ scenario, steps, maxAttempts, escalationPolicy }: RecoveryRecipe): unknown {
  return {
    scenario,
    steps: steps.map(stepToWire),
    max_attempts: maxAttempts,
    escalation_policy: escalationPolicy,
  };
}

export function resultToWire(result: RecoveryResult): unknown {
  switch (result.kind) {
    case "recovered":
      return { recovered: { steps_taken: result.stepsTaken } };
    case "partial_recovery": {
      const { recovered, remaining } = result;
      return {
        partial_recovery: { recovered: recovered.map(stepToWire), remaining: remaining.map(stepToWire) },
      };
    }
    case "escalation_required":
      return { escalation_required: { reason: result.reason } };
  }
}

export function eventToWire(event: AttemptEvent): unknown {
  if (event.kind !== "recovery_attempted") return event.kind;
  const { scenario, recipe, result } = event;
  return {
    recovery_attempted: { scenario, recipe: recipeToWire(recipe), result: resultToWire(result) },
  };
}

export function entryToWire(entry: LedgerEntry): unknown {
  return {
    recipe_id: entry.recipeId,
    attempt_type: entry.attemptType,
    trigger: entry.trigger,
    attempt_count: entry.attemptCount,
    retry_limit: entry.retryLimit,
    attempts_remaining: entry.attemptsRemaining,
    state: entry.state,
    started_at: tick(entry.startedAt),
    finished_at: tick(entry.finishedAt),
    command_results: entry.commandResults.map(commandToWire),
    result: entry.result === null ? null : resultToWire(entry.result),
    last_failure_summary: entry.lastFailureSummary,
    escalation_reason: entry.escalationReason,
  };
}

export function reportToWire(report: StatusReport): unknown {
  return {
    scenario: report.scenario,
    attempted: report.attempted,
    state: report.state,
    attempt_count: report.attemptCount,
    retry_limit: report.retryLimit,
    attempts_remaining: report.attemptsRemaining,
    escalation_reason: report.escalationReason,
  };
}

function commandToWire({ command, status, result }: CommandResult): unknown {
  return {
    command: stepToWire(command),
    status: status === "succeeded" ? "succeeded" : "failed",
    result,
  };
}

/** The original has no clock: it counts, and so do we, one millisecond to a tick. */
function tick(at: number | null): string | null {
  return at === null ? null : `recovery-ledger-tick-${at}`;
}
