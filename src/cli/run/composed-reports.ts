/** What recoveries, migrations and attempts tell, as sentences. */
import type { ComposedReport } from "../../../machines/supervisor.ts";
import type { SupervisionRecord } from "../../core/records.ts";
import { describeStep } from "../../core/recovery.ts";
import { bad, good, notable, plain, type Sentence } from "./sentence.ts";

type Recorded = SupervisionRecord<ComposedReport["type"]>;

/** The schema of records keeps only what all reports share; their shape is that of the chart that told them. */
const asTold = (record: Recorded): ComposedReport => record as unknown as ComposedReport;

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

function phraseRecovery(report: Report<"recovery.reported">): Sentence | null {
  const { scenario } = report;
  if (report.type === "recovery.queued" && report.held)
    return notable(`waits to recover from ${scenario}: its backend is refused`);
  if (report.type === "recovery.started")
    return plain(`recovers from ${scenario} (attempt ${report.attempt} of ${report.budget})`);
  if (report.type === "step.finished" && report.status !== "succeeded") {
    return bad(
      `${describeStep(report.step)} ${report.status === "failed" ? "failed" : "was not done"}: ${report.failure?.message ?? ""}`,
    );
  }
  if (report.type === "recovery.succeeded") return good(`recovered from ${scenario} by its recipe`);
  if (report.type === "recovery.refused") return notable(`is not recovered again: ${report.reason}`);
  if (report.type === "subject.degraded") return notable(`goes on degraded: ${report.cause.reason}`);
  if (report.type === "subject.aborted") return bad(`was given up: ${report.cause.reason}`);
  return null;
}

function phraseMigration(report: Report<"migration.reported">): Sentence | null {
  if (report.type === "migration.phaseEntered") {
    return plain(`migration: ${report.phase}${report.target === null ? "" : ` (to ${report.target})`}`);
  }
  if (report.type === "migration.failed")
    return bad(`migration failed: ${report.message} (${report.errorType})`);
  if (report.type === "migration.committed")
    return good(`has moved${report.target === null ? "" : ` to ${report.target}`}`);
  if (report.type === "rollback.completed") return good("is back on its source, with its own bytes");
  if (report.type === "rollback.failed") return bad(`could not be rolled back: ${report.message}`);
  return null;
}

function phraseLease(report: Report<"lease.reported">): Sentence | null {
  if (report.type === "lease.issued") return plain(`is leased to ${report.workerId} (epoch ${report.epoch})`);
  if (report.type === "recovery.started")
    return notable("lost its worker; its checkpoint is reloaded and replayed");
  if (report.type === "recovery.succeeded") return good("was replayed and may be dispatched");
  if (report.type === "recovery.failed") return bad(`was not recovered: ${report.cause.message}`);
  if (report.type === "attempt.deadLettered") return bad(`is a dead letter: ${report.cause.message}`);
  if (report.type === "attempt.ended")
    return good(report.outcome === "completed" ? "is done" : "was cancelled");
  return null;
}
