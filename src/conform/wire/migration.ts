/**
 * The originals' shapes of a migration, in and out: snake_case, seconds, ids and bytes in hexadecimal.
 *
 * `now` is a wall clock in seconds that may stand before the epoch, where records get 0.
 *
 * @module
 */
import * as z from "zod";
import { HomeostatError } from "../../core/errors.ts";
import {
  type AuditRecord,
  MigrationErrorType,
  type PendingFailure,
  PolicyDraft,
  type RecoveryAttempt,
  reference,
  simpleChecksum,
  type Snapshot,
  type StateDigest,
  type VerificationResult,
} from "../../core/migration.ts";
import type { Operation, RecordedCase } from "../subject.ts";

export const WireConfig = z.object({
  max_retries: z.int().nonnegative(),
  initial_retry_delay_secs: z.int().nonnegative(),
  max_retry_delay_secs: z.int().nonnegative(),
  use_exponential_backoff: z.boolean(),
  recovery_timeout_secs: z.int().nonnegative(),
  auto_rollback: z.boolean(),
});
export type WireConfig = z.infer<typeof WireConfig>;

const Hex = z.string().regex(/^([0-9a-f]{2})*$/);
const agent = { agent_id: Hex };
const now = { now: z.int() };
const failure = { error_type: MigrationErrorType, retry_count: z.int().nonnegative() };

export const RecoveryOperation = z.discriminatedUnion("op", [
  z.object({ op: z.literal("new"), config: WireConfig.nullable() }),
  z.object({ op: z.literal("set_config"), config: WireConfig }),
  z.object({
    op: z.literal("record_failure"),
    ...agent,
    ...failure,
    message: z.string(),
    target_node: Hex.nullable(),
    ...now,
  }),
  z.object({ op: z.literal("execute_recovery"), ...agent, ...now }),
  z.object({ op: z.literal("mark_success"), ...agent }),
  z.object({ op: z.literal("mark_failure"), ...agent, error: z.string() }),
  z.object({ op: z.literal("next_retry_time"), ...agent }),
  z.object({ op: z.literal("is_ready"), ...agent, ...now }),
  z.object({ op: z.literal("ready_list"), ...now }),
  z.object({ op: z.literal("pending") }),
  z.object({ op: z.literal("history"), ...agent }),
  z.object({ op: z.literal("clear_history"), ...agent }),
  z.object({ op: z.literal("determine_strategy"), ...failure }),
  z.object({ op: z.literal("classify"), error_type: MigrationErrorType }),
  z.object({ op: z.literal("error_age"), ...agent, ...now }),
  z.object({ op: z.literal("retry_delay"), attempt: z.int().nonnegative() }),
]);

export const RollbackInfoOperation = z.discriminatedUnion("op", [
  z.object({ op: z.literal("capture"), ...agent, state: Hex, policy_data: Hex, ...now }),
  z.object({ op: z.literal("age"), ...now }),
  z.object({ op: z.literal("is_valid"), ...now, max_age_secs: z.int().nonnegative() }),
  z.object({ op: z.literal("checksum"), data: Hex }),
]);

const migration = { migration_id: Hex };
export const ValidatorOperation = z.discriminatedUnion("op", [
  z.object({ op: z.literal("new"), rollback_max_age_secs: z.int().nonnegative().nullable() }),
  z.object({ op: z.literal("capture"), ...migration, ...agent, state: Hex, ...now }),
  z.object({ op: z.literal("execute_rollback"), ...migration, ...now }),
  z.object({ op: z.literal("complete"), ...migration, success: z.boolean(), details: z.string(), ...now }),
  z.object({ op: z.literal("verify"), ...migration, ...agent, original: Hex, migrated: Hex, ...now }),
  z.object({ op: z.literal("cleanup_expired"), ...now }),
]);

const DelayConfig = WireConfig.pick({
  initial_retry_delay_secs: true,
  max_retry_delay_secs: true,
  use_exponential_backoff: true,
});
export const RetryDelayOperation = z.object({
  op: z.literal("retry_delay"),
  config: DelayConfig,
  attempt: z.int().nonnegative(),
});

const OverflowLine = z.object({
  kind: z.literal("retry_delay_overflow"),
  config: DelayConfig,
  attempt: z.int().nonnegative(),
  saturating: z.int(),
});

/** One line of `retry_delay_overflow` as a case of one operation. Throws a `HomeostatError` with `invalid_event`. */
export function overflowCase(line: unknown): RecordedCase {
  const parsed = OverflowLine.safeParse(line);
  if (!parsed.success) throw malformed("overflow line", parsed.error);
  const { kind, config, attempt, saturating } = parsed.data;
  return { kind, ops: [{ op: "retry_delay", config, attempt }], expected: [{ delay_secs: saturating }] };
}

/** `operation` as `schema` knows it. Throws a `HomeostatError` with `invalid_event`. */
export function parseOperation<S extends z.ZodType>(schema: S, operation: Operation): z.output<S> {
  const parsed = schema.safeParse(operation);
  if (!parsed.success) throw malformed(`operation "${operation.op}"`, parsed.error);
  return parsed.data;
}

function malformed(what: string, error: z.ZodError): HomeostatError {
  return new HomeostatError("invalid_event", `malformed ${what}: ${z.prettifyError(error)}`, {}, error);
}

/** An instant as the originals record it, in milliseconds. */
export function sinceEpoch(nowSecs: number): number {
  return Math.max(0, nowSecs) * 1000;
}

/** The preset `reference` with the original's configuration; `null`: its default. May be faulty. */
export function toPolicy(config: Partial<WireConfig> | null): PolicyDraft {
  const defaults = PolicyDraft.parse(reference);
  if (config === null) return defaults;
  const ms = (secs: number | undefined, otherwise: number): number =>
    secs === undefined ? otherwise : secs * 1000;
  return {
    ...defaults,
    maxRetries: config.max_retries ?? defaults.maxRetries,
    initialRetryDelayMs: ms(config.initial_retry_delay_secs, defaults.initialRetryDelayMs),
    maxRetryDelayMs: ms(config.max_retry_delay_secs, defaults.maxRetryDelayMs),
    exponentialBackoff: config.use_exponential_backoff ?? defaults.exponentialBackoff,
    recoveryTimeoutMs: ms(config.recovery_timeout_secs, defaults.recoveryTimeoutMs),
    autoRollback: config.auto_rollback ?? defaults.autoRollback,
  };
}

export function toConfig(policy: PolicyDraft): WireConfig {
  return {
    max_retries: policy.maxRetries,
    initial_retry_delay_secs: policy.initialRetryDelayMs / 1000,
    max_retry_delay_secs: policy.maxRetryDelayMs / 1000,
    use_exponential_backoff: policy.exponentialBackoff,
    recovery_timeout_secs: policy.recoveryTimeoutMs / 1000,
    auto_rollback: policy.autoRollback,
  };
}

export function toWireAttempt(attempt: RecoveryAttempt): Record<string, unknown> {
  return {
    attempt_number: attempt.number,
    strategy: attempt.strategy,
    timestamp: attempt.at / 1000,
    target_node: attempt.target,
    success: attempt.outcome === "succeeded",
    error: attempt.error,
  };
}

export function toWireFailure(agentId: string, pending: PendingFailure): Record<string, unknown> {
  return {
    error_type: pending.errorType,
    message: pending.message,
    agent_id: agentId,
    target_node: pending.target,
    timestamp: pending.at / 1000,
    retry_count: pending.retryCount,
  };
}

export function toWireAudit(record: AuditRecord): Record<string, unknown> {
  return {
    event_type: record.eventType,
    migration_id: record.migration,
    agent_id: record.agent,
    timestamp: record.at / 1000,
    details: record.details,
    success: record.success,
  };
}

export function toWireSnapshot(snapshot: Snapshot): Record<string, unknown> {
  return {
    agent_id: snapshot.agent,
    original_state: inlineHex(snapshot),
    original_checksum: snapshot.digest.checksum,
    original_policy_data: snapshot.policyData,
    created_at: snapshot.capturedAt / 1000,
    source_node: snapshot.source,
  };
}

/** The bytes of a snapshot that was captured inline, in hexadecimal. */
export function inlineHex({ state }: Pick<Snapshot, "state">): string {
  return state.kind === "inline" ? state.data : state.path;
}

/** The digest of bytes in hexadecimal; the originals know no SHA-256. */
export function digestOfHex(hex: string): StateDigest {
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], (it) => Number.parseInt(it, 16));
  return { sizeBytes: bytes.length, checksum: simpleChecksum(bytes), sha256: null };
}

export function toWireVerification(result: VerificationResult): Record<string, unknown> {
  return {
    passed: result.passed,
    checksum_valid: result.checksumValid,
    size_valid: result.sizeValid,
    agent_responsive: result.responsive,
    details: result.details,
  };
}
