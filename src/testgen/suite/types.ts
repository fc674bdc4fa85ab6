/** What a suite is. */
import type { Criterion } from "../items.ts";
import type { SuiteTest } from "./script.ts";

export interface Suite {
  /** Its id. */
  readonly machine: string;
  readonly tests: readonly SuiteTest[];
  readonly coverage: readonly CriterionCoverage[];
  /** What is wrong with the machine or with its exploration, and does not keep it from being tested. */
  readonly warnings: readonly string[];
}

export interface CriterionCoverage {
  readonly criterion: Criterion;
  readonly covered: number;
  readonly of: number;
  /** Those that no test covers: no clock or no order of events shows them. */
  readonly missing: readonly string[];
}
