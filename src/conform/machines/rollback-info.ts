/** `rollback_info` answered by running migration charts that capture, and what they keep. */
import { HomeostatError } from "../../core/errors.ts";
import { isSnapshotValid, reference, type Snapshot, snapshotAgeMs } from "../../core/migration.ts";
import { parseOperation, RollbackInfoOperation, sinceEpoch, toWireSnapshot } from "../wire/migration.ts";
import type { Subject } from "../subject.ts";
import { captureHost } from "./migration-host.ts";
import { lastOf, startMigration, type Told } from "./migration-actor.ts";

export function rollbackInfoMachines(): Subject {
  /** The chart of the last capture that went well. */
  let current: Told | null = null;
  const capture = (agent: string, state: string, policyData: string, nowSecs: number): Told => {
    const told = startMigration({ agent, policy: reference }, captureHost({ state, policyData, nowSecs }));
    told.actor.send({ type: "migration.start", at: sinceEpoch(nowSecs), target: "elsewhere" });
    return told;
  };
  const snapshotOf = (told: Told | null): Snapshot => {
    const snapshot = told?.actor.getSnapshot().context.snapshot ?? null;
    if (snapshot === null) throw new HomeostatError("invalid_event", "nothing was captured before");
    return snapshot;
  };

  return {
    answer(operation) {
      const op = parseOperation(RollbackInfoOperation, operation);
      switch (op.op) {
        case "capture": {
          const told = capture(op.agent_id, op.state, op.policy_data, op.now);
          const failure = lastOf(told.reports, "migration.failed");
          if (failure !== undefined) {
            told.actor.stop();
            return { err: failure.message };
          }
          current?.actor.stop();
          current = told;
          return { rollback_info: toWireSnapshot(snapshotOf(told)) };
        }
        case "age":
          return { age_secs: snapshotAgeMs(snapshotOf(current), sinceEpoch(op.now)) / 1000 };
        case "is_valid":
          return { valid: isSnapshotValid(snapshotOf(current), sinceEpoch(op.now), op.max_age_secs * 1000) };
        case "checksum": {
          const told = capture("", op.data, "", 0);
          told.actor.stop();
          return { checksum: snapshotOf(told).digest.checksum };
        }
      }
    },
    dispose: () => current?.actor.stop(),
  };
}
