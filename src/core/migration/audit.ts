/** What a migration leaves for people to read. */
import * as z from "zod";
import { MonotonicMs } from "../time.ts";

/** @see mielin-cells, `AuditEventType` */
export const AuditEventType = z.enum([
  "MigrationStarted",
  "ValidationCompleted",
  "SnapshotCaptured",
  "TransferStarted",
  "TransferCompleted",
  "VerificationCompleted",
  "MigrationCompleted",
  "MigrationFailed",
  "RollbackStarted",
  "RollbackCompleted",
]);
export type AuditEventType = z.infer<typeof AuditEventType>;

export const AuditRecord = z.object({
  eventType: AuditEventType,
  migration: z.string(),
  agent: z.string(),
  at: MonotonicMs,
  details: z.string(),
  success: z.boolean(),
});
export type AuditRecord = z.infer<typeof AuditRecord>;

/** `audit` plus `record`; the oldest go when there are more than `limit`. */
export function addRecord(audit: readonly AuditRecord[], record: AuditRecord, limit: number): AuditRecord[] {
  return [...audit, record].slice(-limit);
}

/** The originals' texts. */
export const auditTexts = {
  captured: (sizeBytes: number): string => `Rollback info captured: ${sizeBytes} bytes`,
  rollbackStarted: "Rollback initiated",
  rollbackCompleted: (sizeBytes: number): string => `Rollback completed: restored ${sizeBytes} bytes`,
  rollbackExpired: (ageMs: number): string =>
    `Rollback info expired: ${Math.floor(ageMs / 1000)} seconds old`,
  nothingToRollBack: "No rollback info available for migration",
  expired: "Rollback info has expired",
  nothingPending: "No pending recovery for agent",
  clockBeforeEpoch: "Time error",
} as const;
