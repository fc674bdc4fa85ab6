/** `rollback_info` answered by the decisions of `src/core/migration.ts`. */
import { HomeostatError } from "../../core/errors.ts";
import { isSnapshotValid, type Snapshot, snapshotAgeMs, toSnapshot } from "../../core/migration.ts";
import {
  digestOfHex,
  parseOperation,
  RollbackInfoOperation,
  sinceEpoch,
  toWireSnapshot,
} from "../wire/migration.ts";
import type { Subject } from "../subject.ts";

export function rollbackInfoDecisions(): Subject {
  let current: Snapshot | null = null;
  const captured = (): Snapshot => {
    if (current === null) throw new HomeostatError("invalid_event", "nothing was captured before");
    return current;
  };
  return {
    answer(operation) {
      const op = parseOperation(RollbackInfoOperation, operation);
      switch (op.op) {
        case "capture": {
          const made = toSnapshot({
            agent: op.agent_id,
            source: null,
            state: { kind: "inline", encoding: "hex", data: op.state },
            digest: digestOfHex(op.state),
            policyData: op.policy_data,
            capturedAt: sinceEpoch(op.now),
            takenAt: op.now * 1000,
          });
          if (!made.ok) return { err: made.message };
          current = made.snapshot;
          return { rollback_info: toWireSnapshot(made.snapshot) };
        }
        case "age":
          return { age_secs: snapshotAgeMs(captured(), sinceEpoch(op.now)) / 1000 };
        case "is_valid":
          return { valid: isSnapshotValid(captured(), sinceEpoch(op.now), op.max_age_secs * 1000) };
        case "checksum":
          return { checksum: digestOfHex(op.data).checksum };
      }
    },
  };
}
