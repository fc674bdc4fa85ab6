/** `x_rollback_validator` answered by the decisions of `src/core/migration.ts`. */
import {
  dropExpired,
  emptyBook,
  recordCompletion,
  recordSnapshot,
  recordVerification,
  type RollbackBook,
  takeSnapshot,
  toSnapshot,
} from "../../core/migration.ts";
import {
  digestOfHex,
  inlineHex,
  parseOperation,
  sinceEpoch,
  toPolicy,
  toWireAudit,
  toWireVerification,
  ValidatorOperation,
} from "../wire/migration.ts";
import type { Subject } from "../subject.ts";

export function rollbackValidatorDecisions(): Subject {
  let policy = toPolicy(null);
  let book: RollbackBook = emptyBook;
  /** The answer after `next` is the book, with what it has more than before. */
  const after = (next: RollbackBook, answer: object): object => {
    const added = next.audit.slice(book.audit.length);
    book = next;
    return { ...answer, new_audit: added.map(toWireAudit), held: Object.keys(next.snapshots).toSorted() };
  };
  return {
    answer(operation) {
      const op = parseOperation(ValidatorOperation, operation);
      switch (op.op) {
        case "new":
          if (op.rollback_max_age_secs !== null) {
            policy = { ...policy, rollbackMaxAgeMs: op.rollback_max_age_secs * 1000 };
          }
          return { ok: true };
        case "capture": {
          const captured = toSnapshot({
            agent: op.agent_id,
            source: null,
            state: { kind: "inline", encoding: "hex", data: op.state },
            digest: digestOfHex(op.state),
            policyData: "",
            capturedAt: sinceEpoch(op.now),
            takenAt: op.now * 1000,
          });
          if (!captured.ok) return after(book, { err: captured.message });
          return after(recordSnapshot(book, op.migration_id, captured.snapshot, policy), { ok: true });
        }
        case "execute_rollback": {
          const taken = takeSnapshot(book, op.migration_id, sinceEpoch(op.now), policy);
          const { answer } = taken;
          return after(taken.book, answer.ok ? { ok: inlineHex(answer.snapshot) } : { err: answer.message });
        }
        case "complete": {
          const how = { at: sinceEpoch(op.now), success: op.success, details: op.details };
          return after(recordCompletion(book, op.migration_id, how, policy), { ok: true });
        }
        case "verify": {
          const subject = { migration: op.migration_id, agent: op.agent_id, at: sinceEpoch(op.now) };
          const digests = { original: digestOfHex(op.original), migrated: digestOfHex(op.migrated) };
          const verified = recordVerification(book, subject, digests, policy);
          return after(verified.book, { ok: toWireVerification(verified.result) });
        }
        case "cleanup_expired":
          return after(dropExpired(book, sinceEpoch(op.now), policy), { ok: true });
      }
    },
  };
}
