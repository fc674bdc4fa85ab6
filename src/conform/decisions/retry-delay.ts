/** `retry_delay_overflow` answered by the decisions of `src/core/migration.ts`. */
import { retryDelayMs } from "../../core/migration.ts";
import { parseOperation, RetryDelayOperation, toPolicy } from "../wire/migration.ts";
import type { Subject } from "../subject.ts";

export function retryDelayDecisions(): Subject {
  return {
    answer(operation) {
      const { config, attempt } = parseOperation(RetryDelayOperation, operation);
      return { delay_secs: retryDelayMs(attempt, toPolicy(config)) / 1000 };
    },
  };
}
