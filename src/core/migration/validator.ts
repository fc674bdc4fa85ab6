/**
 * The book of snapshots that rollbacks draw on, by migration: what was captured, what it is still good for, and the
 * audit of it. Pure; every function returns the book afterwards.
 *
 * @see mielin-cells, `MigrationValidator`
 */
import * as z from "zod";
import { addRecord, AuditRecord, auditTexts } from "./audit.ts";
import type { MigrationPolicy } from "./policy.ts";
import { isSnapshotValid, Snapshot, snapshotAgeMs, type StateDigest, verifyDigest } from "./snapshot.ts";
import type { VerificationResult } from "./snapshot.ts";

export const RollbackBook = z.object({
  snapshots: z.record(z.string(), Snapshot),
  audit: z.array(AuditRecord),
});
export type RollbackBook = z.infer<typeof RollbackBook>;

export const emptyBook: RollbackBook = { snapshots: {}, audit: [] };

/** The book with `snapshot` in place of an older one of the same migration. */
export function recordSnapshot(
  book: RollbackBook,
  migration: string,
  snapshot: Snapshot,
  { recordLimit }: MigrationPolicy,
): RollbackBook {
  const details = auditTexts.captured(snapshot.digest.sizeBytes);
  const record = {
    eventType: "SnapshotCaptured",
    migration,
    agent: snapshot.agent,
    at: snapshot.capturedAt,
    details,
    success: true,
  } as const;
  return {
    snapshots: { ...book.snapshots, [migration]: snapshot },
    audit: addRecord(book.audit, record, recordLimit),
  };
}

export type RollbackAnswer =
  | { readonly ok: true; readonly snapshot: Snapshot }
  | { readonly ok: false; readonly message: string };

/**
 * Takes the snapshot of `migration` for a rollback at `at`: once. One too old is refused, and kept unless the rules
 * drop it.
 */
export function takeSnapshot(
  book: RollbackBook,
  migration: string,
  at: number,
  { rollbackMaxAgeMs, recordLimit, rules }: MigrationPolicy,
): { readonly book: RollbackBook; readonly answer: RollbackAnswer } {
  const snapshot = snapshotOf(book, migration);
  if (snapshot === null) return { book, answer: { ok: false, message: auditTexts.nothingToRollBack } };
  const isValid = isSnapshotValid(snapshot, at, rollbackMaxAgeMs);
  const { agent, digest } = snapshot;
  const completed = isValid
    ? auditTexts.rollbackCompleted(digest.sizeBytes)
    : auditTexts.rollbackExpired(snapshotAgeMs(snapshot, at));
  const started = {
    eventType: "RollbackStarted",
    migration,
    agent,
    at,
    details: auditTexts.rollbackStarted,
    success: true,
  } as const;
  const ended = {
    eventType: "RollbackCompleted",
    migration,
    agent,
    at,
    details: completed,
    success: isValid,
  } as const;
  const audit = addRecord(addRecord(book.audit, started, recordLimit), ended, recordLimit);
  const keeps = !isValid && rules.expiredSnapshot === "kept";
  return {
    book: { snapshots: keeps ? book.snapshots : without(book.snapshots, migration), audit },
    answer: isValid ? { ok: true, snapshot } : { ok: false, message: auditTexts.expired },
  };
}

/** Compares what arrived with what was captured, and records it. */
export function recordVerification(
  book: RollbackBook,
  subject: Pick<AuditRecord, "migration" | "agent" | "at">,
  digests: { readonly original: StateDigest; readonly migrated: StateDigest },
  { recordLimit, rules }: MigrationPolicy,
): { readonly book: RollbackBook; readonly result: VerificationResult } {
  const result = verifyDigest(digests.original, digests.migrated, { ...rules, responsive: true });
  const details = result.details.join("; ");
  const record = { eventType: "VerificationCompleted", ...subject, details, success: result.passed } as const;
  return { book: { ...book, audit: addRecord(book.audit, record, recordLimit) }, result };
}

/** The book after `migration` ended: its snapshot is no longer needed. Without one, nothing is recorded. */
export function recordCompletion(
  book: RollbackBook,
  migration: string,
  { at, success, details }: Pick<AuditRecord, "at" | "success" | "details">,
  { recordLimit }: MigrationPolicy,
): RollbackBook {
  const snapshot = snapshotOf(book, migration);
  if (snapshot === null) return book;
  const eventType = success ? "MigrationCompleted" : "MigrationFailed";
  const record = { eventType, migration, agent: snapshot.agent, at, details, success } as const;
  return {
    snapshots: without(book.snapshots, migration),
    audit: addRecord(book.audit, record, recordLimit),
  };
}

/** The book without the snapshots too old to be rolled back to; where the rules keep them, the book itself. */
export function dropExpired(
  book: RollbackBook,
  at: number,
  { rollbackMaxAgeMs, rules }: MigrationPolicy,
): RollbackBook {
  if (rules.expiredSnapshot === "kept") return book;
  const valid = Object.entries(book.snapshots).filter(([, it]) => isSnapshotValid(it, at, rollbackMaxAgeMs));
  return { ...book, snapshots: Object.fromEntries(valid) };
}

function snapshotOf({ snapshots }: RollbackBook, migration: string): Snapshot | null {
  return (Object.hasOwn(snapshots, migration) ? snapshots[migration] : undefined) ?? null;
}

function without(snapshots: RollbackBook["snapshots"], migration: string): RollbackBook["snapshots"] {
  return Object.fromEntries(Object.entries(snapshots).filter(([it]) => it !== migration));
}
