/** `retry_delay_overflow` answered by a running migration chart: the wait that it schedules after a failure. */
import { parseOperation, RetryDelayOperation, toPolicy } from "../wire/migration.ts";
import type { Subject } from "../subject.ts";
import { lastOf, startMigration } from "./migration-actor.ts";

export function retryDelayMachines(): Subject {
  return {
    answer(operation) {
      const { config, attempt } = parseOperation(RetryDelayOperation, operation);
      const { actor, reports } = startMigration({ policy: toPolicy(config) });
      const facts = { errorType: "Timeout", retryCount: attempt, message: "", target: null, at: 0 } as const;
      actor.send({ type: "failure.reported", ...facts });
      const readyAt = lastOf(reports, "recovery.scheduled")?.readyAt ?? null;
      actor.stop();
      return { delay_secs: readyAt === null ? null : readyAt / 1000 };
    },
  };
}
