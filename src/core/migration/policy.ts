/** How a migration is bounded, how a failed one is recovered, and which additions to the original are on. */
import * as z from "zod";
import { DurationMs } from "../time.ts";

/** The longest that each phase may take. */
export const PhaseLimits = z.object({
  choosingTarget: DurationMs.default(30_000),
  preparing: DurationMs.default(30_000),
  capturing: DurationMs.default(60_000),
  /** @see mielin protocol: a migration takes 60 s at most */
  transferring: DurationMs.default(60_000),
  validating: DurationMs.default(30_000),
  restoring: DurationMs.default(60_000),
  /** @see mielin protocol: a commit takes 5 s at most */
  committing: DurationMs.default(5_000),
  settlingCommit: DurationMs.default(30_000),
  discardingTarget: DurationMs.default(30_000),
  verifyingSnapshot: DurationMs.default(30_000),
  restoringSource: DurationMs.default(60_000),
});
export type PhaseLimits = z.output<typeof PhaseLimits>;

/** A phase with a port and a deadline. */
export const Phase = PhaseLimits.keyof();
export type Phase = z.infer<typeof Phase>;

/** Where the original is silent or surprising: the product's rule first, the original's second. */
export const MigrationRules = z.object({
  /** The failure that the back-off is counted from. */
  backoffFrom: z.enum(["lastFailure", "firstFailure"]).default("lastFailure"),
  /** An `execute` inside the back-off, or while an attempt is open. A roll-back never waits where it is refused. */
  earlyExecution: z.enum(["refused", "allowed"]).default("refused"),
  /** What a failure reported while one is pending does to the count of retries. */
  rereport: z.enum(["keepsCount", "resetsCount"]).default("keepsCount"),
  /** Marks close the open attempt that they name; or they rewrite whichever attempt is last. */
  marks: z.enum(["byAttempt", "last"]).default("byAttempt"),
  /** What counts against `maxRetries`. */
  counted: z.enum(["retries", "executions"]).default("retries"),
  /** The chart runs the strategy; or it tells it and waits for the host's mark. */
  strategies: z.enum(["run", "told"]).default("run"),
  /** Whether `recoveryTimeoutMs` ends a recovery. */
  deadline: z.enum(["kept", "ignored"]).default("kept"),
  /** A snapshot too old to be rolled back to. */
  expiredSnapshot: z.enum(["kept", "dropped"]).default("kept"),
  /** What has to match, besides the size, before bytes replace anything. */
  digest: z.enum(["sha256", "checksum"]).default("sha256"),
});
export type MigrationRules = z.output<typeof MigrationRules>;

/** A policy as it is asked for; {@link policyFault} says what is wrong with it. */
export const PolicyDraft = z.object({
  /** @see mielin-cells 0.1.0-rc.1, `RecoveryConfig::default`: 3 */
  maxRetries: z.int().nonnegative().default(3),
  /** @see mielin-cells: 10 s; without exponential back-off the wait before every retry */
  initialRetryDelayMs: z.int().nonnegative().default(10_000),
  /** @see mielin-cells: 300 s; caps exponential back-off only */
  maxRetryDelayMs: z.int().nonnegative().default(300_000),
  exponentialBackoff: z.boolean().default(true),
  /** From the first failure of a recovery to the end of its last retry. @see mielin-cells: 600 s */
  recoveryTimeoutMs: z.int().nonnegative().default(600_000),
  /** Rolls back what cannot be retried; otherwise it is left to a person. */
  autoRollback: z.boolean().default(true),
  /** A snapshot of this age or more is not rolled back to. @see mielin `MigrationValidator`: 3,600 s */
  rollbackMaxAgeMs: z.int().nonnegative().default(3_600_000),
  /** Audit records and attempts kept, newest last. @see mielin audit log: 10,000 */
  recordLimit: z.int().positive().default(10_000),
  limits: PhaseLimits.prefault({}),
  rules: MigrationRules.prefault({}),
});
export type PolicyDraft = z.output<typeof PolicyDraft>;

export const PolicyFault = z.enum(["initialDelayZero", "maxDelayBelowInitial", "timeoutZero"]);
export type PolicyFault = z.infer<typeof PolicyFault>;

/** The originals' texts; their fields are in seconds, hence the names. */
export const policyFaultMessages: Readonly<Record<PolicyFault, string>> = {
  initialDelayZero: "initial_retry_delay_secs must be > 0",
  maxDelayBelowInitial: "max_retry_delay_secs must be >= initial_retry_delay_secs",
  timeoutZero: "recovery_timeout_secs must be > 0",
};

/** The first broken rule; `null`: it may be used. `maxRetries` may be 0. */
export function policyFault(policy: PolicyDraft): PolicyFault | null {
  if (policy.initialRetryDelayMs === 0) return "initialDelayZero";
  if (policy.maxRetryDelayMs < policy.initialRetryDelayMs) return "maxDelayBelowInitial";
  if (policy.recoveryTimeoutMs === 0) return "timeoutZero";
  return null;
}

export const MigrationPolicy = PolicyDraft.superRefine((policy, check) => {
  const fault = policyFault(policy);
  if (fault !== null) check.addIssue({ code: "custom", message: policyFaultMessages[fault] });
});
export type MigrationPolicy = z.output<typeof MigrationPolicy>;

/** Switches every addition off: the chart then answers as the original does. */
export const reference = {
  rules: {
    backoffFrom: "firstFailure",
    earlyExecution: "allowed",
    rereport: "resetsCount",
    marks: "last",
    counted: "executions",
    strategies: "told",
    deadline: "ignored",
    expiredSnapshot: "dropped",
    digest: "checksum",
  },
} as const satisfies z.input<typeof PolicyDraft>;

/**
 * Milliseconds from the failure to the retry after `retries` of them: doubled from the second on, never beyond
 * `maxRetryDelayMs`. Saturates where the original leaves its 32 bits.
 */
export function retryDelayMs(
  retries: number,
  {
    exponentialBackoff,
    initialRetryDelayMs,
    maxRetryDelayMs,
  }: Pick<MigrationPolicy, "exponentialBackoff" | "initialRetryDelayMs" | "maxRetryDelayMs">,
): number {
  if (!exponentialBackoff) return initialRetryDelayMs;
  return Math.min(initialRetryDelayMs * 2 ** Math.max(0, retries - 1), maxRetryDelayMs);
}
