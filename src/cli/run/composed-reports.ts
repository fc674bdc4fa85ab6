/** What recoveries, migrations and attempts tell, as sentences. */
import type { ComposedReport } from "../../../machines/supervisor.ts";
import type { Phase } from "../../core/migration.ts";
import type { SupervisionRecord } from "../../core/records.ts";
import { describeStep, type FailureScenario } from "../../core/recovery.ts";
import { bad, good, notable, plain, type Sentence } from "./sentence.ts";

type Recorded = SupervisionRecord<ComposedReport["type"]>;

/** The schema of records keeps only what all reports share; their shape is that of the chart that told them. */
export const asTold = (record: Recorded): ComposedReport => record as unknown as ComposedReport;

/** Who a report speaks of: a plugin or server, an agent, an attempt. */
export function subjectOfReport(record: Recorded): string {
  const told = asTold(record);
  if (told.type === "recovery.reported") return told.report.subject;
  return told.type === "migration.reported" ? told.report.agent : told.report.attemptId;
}

/** `null` when it is of no interest to a person. */
export function phraseReport(record: Recorded): Sentence | null {
  const told = asTold(record);
  switch (told.type) {
    case "recovery.reported":
      return phraseRecovery(told.report);
    case "migration.reported":
      return phraseMigration(told.report);
    case "lease.reported":
      return phraseLease(told.report);
  }
}

type Report<T extends ComposedReport["type"]> = Extract<ComposedReport, { type: T }>["report"];

/** The scenarios of the built-in recipes in words; a host's own are called by their names. */
const scenarios: Readonly<Record<string, string>> = {
  trust_prompt_unresolved: "an unanswered trust prompt",
  prompt_misdelivery: "a prompt that went astray",
  stale_branch: "a stale branch",
  compile_red_cross_crate: "a build that is broken across crates",
  mcp_handshake_failure: "a failed MCP handshake",
  partial_plugin_startup: "a plugin that started in part",
  provider_failure: "a failed provider",
} satisfies Record<FailureScenario, string>;

function phraseRecovery(report: Report<"recovery.reported">): Sentence | null {
  const scenario = scenarios[report.scenario] ?? report.scenario;
  if (report.type === "recovery.queued" && report.held)
    return notable(`the recipe for ${scenario} waits: the crash budget refuses a start`);
  if (report.type === "recovery.started")
    return plain(`runs the recipe for ${scenario} (attempt ${report.attempt} of ${report.budget})`);
  if (report.type === "step.finished" && report.status !== "succeeded") {
    return bad(
      `${describeStep(report.step)} ${report.status === "failed" ? "failed" : "was not done"}: ${report.failure?.message ?? ""}`,
    );
  }
  if (report.type === "compensation.finished" && report.status === "succeeded")
    return notable(`what its recipe had done is undone: ${describeStep(report.step)}`);
  if (report.type === "compensation.finished" && report.failure !== null)
    return bad(`${describeStep(report.step)} did not undo what was done: ${report.failure.message}`);
  if (report.type === "recovery.succeeded") return good(`has recovered from ${scenario}, by its recipe`);
  if (report.type === "recovery.refused") return notable(`is not recovered once more: ${report.reason}`);
  if (report.type === "subject.degraded") return notable(`goes on degraded: ${report.cause.reason}`);
  if (report.type === "subject.aborted") return bad(`was given up: ${report.cause.reason}`);
  return null;
}

function phraseMigration(report: Report<"migration.reported">): Sentence | null {
  const target = "target" in report && report.target !== null ? report.target : "its target";
  if (report.type === "migration.phaseEntered") return plain(describePhase(report.phase, target));
  if (report.type === "migration.failed")
    return bad(`cannot move to ${target}: ${report.message} (${report.errorType})`);
  if (report.type === "migration.committed") return good(`has moved to ${target}, which serves it now`);
  if (report.type === "rollback.completed")
    return good("was rolled back: its source serves it again, from its own bytes");
  if (report.type === "rollback.failed") return bad(`could not be rolled back: ${report.message}`);
  return null;
}

function describePhase(phase: Phase, target: string): string {
  switch (phase) {
    case "choosingTarget":
      return "is to move: looks for a host";
    case "preparing":
      return `is to move to ${target}: is there what it needs?`;
    case "capturing":
      return "stands still, and its state is copied";
    case "transferring":
      return `its state goes to ${target}`;
    case "validating":
      return `size and checksums are compared on ${target}`;
    case "restoring":
      return `starts on ${target}, and must answer what it answered before`;
    case "committing":
      return `is handed over to ${target}`;
    case "settlingCommit":
      return "was it handed over? the owner file tells";
    case "discardingTarget":
      return `what is left on ${target} is removed`;
    case "verifyingSnapshot":
      return "rolls back: checks the copy of its state";
    case "restoringSource":
      return "rolls back: starts on its source again";
  }
}

function phraseLease(report: Report<"lease.reported">): Sentence | null {
  if (report.type === "lease.issued")
    return good(`${report.workerId} takes the lease (epoch ${report.epoch}) and goes on`);
  if (report.type === "recovery.started")
    return notable(`has lost its worker: its checkpoint is read again (recovery ${report.recovery})`);
  if (report.type === "recovery.succeeded")
    return good("its events were replayed; another worker may take it over");
  if (report.type === "recovery.failed") return bad(`was not recovered: ${report.cause.message}`);
  if (report.type === "attempt.deadLettered")
    return bad(`is given up until a person acts: ${report.cause.message}`);
  if (report.type === "attempt.ended")
    return good(report.outcome === "completed" ? "is done" : "was cancelled");
  return null;
}
