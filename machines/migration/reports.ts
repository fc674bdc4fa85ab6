/** What the migration chart tells its parent and emits. */
import * as z from "zod";
import type { EventOf } from "../../src/core/events.ts";
import {
  ExecutionRefusal,
  MarkRefusal,
  MigrationErrorType,
  Phase,
  PolicyDraft,
  PolicyFault,
  RecoveryAttempt,
  RecoveryStrategy,
  VerificationResult,
} from "../../src/core/migration.ts";
import { MonotonicMs } from "../../src/core/time.ts";
import { EscalationCause, migrationEvents, Owner } from "./schemas.ts";

const told = { migration: z.string(), agent: z.string(), at: MonotonicMs };

export const migrationReports = {
  "migration.phaseEntered": z.object({
    ...told,
    phase: Phase,
    target: z.string().nullable(),
    deadline: MonotonicMs,
  }),
  "migration.warned": z.object({ ...told, warnings: z.array(z.string()) }),
  "migration.verified": z.object({ ...told, result: VerificationResult }),
  "migration.failed": z.object({
    ...told,
    /** `null`: reported from outside. */
    phase: Phase.nullable(),
    errorType: MigrationErrorType,
    message: z.string(),
    target: z.string().nullable(),
    retryable: z.boolean(),
    changesTarget: z.boolean(),
    retryCount: z.int().nonnegative(),
  }),
  "migration.committed": z.object({ ...told, target: z.string().nullable(), details: z.string() }),
  "migration.cancelled": z.object(told),
  "migration.resolved": z.object({ ...told, owner: Owner, details: z.string() }),
  "target.chosen": z.object({ ...told, target: z.string(), excluded: z.array(z.string()) }),
  "owner.changed": z.object({
    ...told,
    from: Owner,
    to: Owner,
    cause: z.enum(["committed", "resolved", "marked", "newMigration"]),
  }),
  "recovery.scheduled": z.object({ ...told, strategy: RecoveryStrategy, readyAt: MonotonicMs }),
  /** The host may execute the strategy; only where the host runs them. */
  "recovery.ready": z.object({ ...told, strategy: RecoveryStrategy }),
  "recovery.refused": z.object({
    ...told,
    reason: ExecutionRefusal,
    message: z.string(),
    readyAt: MonotonicMs.nullable(),
  }),
  "attempt.opened": z.object({ ...told, attempt: RecoveryAttempt, retryCount: z.int().nonnegative() }),
  "attempt.closed": z.object({ ...told, attempt: RecoveryAttempt }),
  "mark.refused": z.object({ ...told, attempt: z.int().nullable(), reason: MarkRefusal }),
  "rollback.started": z.object({ ...told, sizeBytes: z.int().nullable() }),
  "rollback.completed": z.object({ ...told, sizeBytes: z.int().nullable() }),
  "rollback.failed": z.object({ ...told, cause: EscalationCause, message: z.string() }),
  "escalation.opened": z.object({ ...told, cause: EscalationCause, message: z.string() }),
  "escalation.closed": z.object({ ...told, cause: EscalationCause }),
  "command.refused": z.object({
    ...told,
    command: z.enum(Object.keys(migrationEvents)),
    message: z.string(),
  }),
  "policy.changed": z.object({ ...told, policy: PolicyDraft }),
  "policy.refused": z.object({ ...told, fault: PolicyFault, message: z.string() }),
};
export type MigrationReport = EventOf<typeof migrationReports>;
