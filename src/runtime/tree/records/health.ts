import type { CheckStatus, HealthResult } from "../../../core/health-checks.ts";
import type { Incarnation } from "../records.ts";

interface Checked extends Incarnation {
  readonly check: string;
}
interface Told {
  readonly status: CheckStatus;
  readonly output: string | null;
}

/** What was found of children that run. */
export type HealthOccurrence =
  | ({ readonly type: "check.failed"; readonly failures: number; readonly limit: number } & Told & Checked)
  /** It did not pass, and that does not count. */
  | ({ readonly type: "check.skipped"; readonly because: "in_grace" | "host_late" } & Told & Checked)
  /** It passed, after `failures` in a row. */
  | ({ readonly type: "check.recovered"; readonly failures: number } & Checked)
  | ({ readonly type: "child.ready" } & Incarnation)
  | ({ readonly type: "child.unready"; readonly check: string } & Incarnation)
  /** A time-out was not one: the host was late by so much. */
  | ({
      readonly type: "health.hostLate";
      readonly of: "watchdog" | "start";
      readonly lateMs: number;
    } & Incarnation)
  /** It is ended for it, as if it had crashed. */
  | ({
      readonly type: "health.failed";
      readonly result: HealthResult;
      readonly check: string | null;
      readonly message: string;
    } & Incarnation);
