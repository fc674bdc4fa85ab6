/** Input, context and events of the migration chart. */
import * as z from "zod";
import type { EventOf } from "../../src/core/events.ts";
import {
  AgentRecovery,
  AuditRecord,
  MigrationErrorType,
  MigrationPolicy,
  noRecovery,
  PolicyDraft,
  Snapshot,
} from "../../src/core/migration.ts";
import { MonotonicMs } from "../../src/core/time.ts";

/** Who runs the agent. */
export const Owner = z.enum(["source", "target"]);
export type Owner = z.infer<typeof Owner>;

export const MigrationInput = z.object({
  /** Names this migration; with the attempt's id, the fencing token of every port. */
  migration: z.string().default(""),
  agent: z.string().default(""),
  /** The host that runs the agent now. */
  source: z.string().default(""),
  policy: MigrationPolicy.prefault({}),
  /** Earlier recoveries of the same agent. */
  recovery: AgentRecovery.default(noRecovery),
});
export type MigrationInput = z.input<typeof MigrationInput>;

/** Why retrying is over before `maxRetries` is reached. */
export const Exhaustion = z.enum(["noTargetLeft", "recoveryDeadline"]);
export type Exhaustion = z.infer<typeof Exhaustion>;

export const EscalationCause = z.enum([
  ...Exhaustion.options,
  "retriesExhausted",
  "notRetryable",
  "snapshotExpired",
  "snapshotCorrupt",
  "rollbackFailed",
  "commitInDoubt",
]);
export type EscalationCause = z.infer<typeof EscalationCause>;

/** What a person has to decide. */
export const Escalation = z.object({ cause: EscalationCause, message: z.string(), openedAt: MonotonicMs });
export type Escalation = z.infer<typeof Escalation>;

export const MigrationContext = z.object({
  migration: z.string(),
  agent: z.string(),
  source: z.string(),
  /** Where it goes; `null`: to be chosen. */
  target: z.string().nullable(),
  policy: PolicyDraft,
  owner: Owner,
  /** The instant of the last event. */
  at: MonotonicMs,
  /** When the current state ends by itself. */
  deadline: MonotonicMs.nullable(),
  /** When the recovery stops retrying; `null`: there is none, or it never does. */
  recoveryDeadline: MonotonicMs.nullable(),
  snapshot: Snapshot.nullable(),
  /** A capture was begun: the source may stand still, and a rollback has to let it go on. */
  sourceFrozen: z.boolean(),
  /** Where an attempt may have left something. */
  touchedTarget: z.string().nullable(),
  /** Targets that are not chosen again. */
  failedTargets: z.array(z.string()),
  /** A person wants the rollback although the snapshot has expired. */
  acceptsExpired: z.boolean(),
  recovery: AgentRecovery,
  exhaustion: Exhaustion.nullable(),
  warnings: z.array(z.string()),
  escalation: Escalation.nullable(),
  /** Oldest first, at most `policy.recordLimit`. */
  audit: z.array(AuditRecord),
});
export type MigrationContext = z.output<typeof MigrationContext>;

const at = { at: MonotonicMs };
export const migrationEvents = {
  /** `target: null`: one is chosen. */
  "migration.start": z.object({ ...at, target: z.string().nullable() }),
  /** Stops it, and rolls back what was begun; refused from the commit on. */
  "migration.cancel": z.object(at),
  /** A person tries again what was given up, with a new budget. */
  "migration.retry": z.object({ ...at, target: z.string().nullable() }),
  /** A person has seen to it; says who runs the agent now. */
  "migration.resolve": z.object({ ...at, owner: Owner, details: z.string() }),
  /** Somebody else noticed that it failed; `retryCount` are the retries that were made elsewhere. */
  "failure.reported": z.object({
    ...at,
    errorType: MigrationErrorType,
    message: z.string(),
    target: z.string().nullable(),
    retryCount: z.int().nonnegative(),
  }),
  "recovery.execute": z.object(at),
  /** Forgets the recoveries of the agent; only where the host runs the strategies. */
  "recovery.clear": z.object(at),
  /** The host's mark; `attempt: null`: the last one. */
  "attempt.succeeded": z.object({ ...at, attempt: z.int().nullable() }),
  "attempt.failed": z.object({ ...at, attempt: z.int().nullable(), error: z.string() }),
  "rollback.request": z.object({ ...at, acceptExpired: z.boolean() }),
  /** Asks again whether a commit took effect. */
  "commit.settle": z.object(at),
  /** Drops a snapshot that is too old, where the rules drop it. */
  "snapshot.sweep": z.object(at),
  "policy.set": z.object({ ...at, policy: PolicyDraft }),
};
export type MigrationEvent = EventOf<typeof migrationEvents>;
