/**
 * What a supervisor tells an inspector beside its actors: its own records, and the state of each thing that a person looks
 * after, whole, whenever it changes. A later one of the same kind and subject replaces the one before.
 *
 * @module
 */
import type { ServedTools } from "../../core/plugin-health.ts";
import type { EscalationCause, SupervisionRecord } from "../../core/records.ts";

/** One of the supervisor's records, as it is: `type` is a key of `recordTypes`. */
export interface SupervisionDomainRecord {
  readonly kind: "record";
  readonly record: SupervisionRecord;
}

/** A server and its crash budget. */
export interface BudgetDomainRecord {
  readonly kind: "budget";
  readonly plugin: string;
  readonly server: string;
  /** Of the server: starting, healthy, degraded, failed, stopped. */
  readonly status: string;
  /** One of the MCP phases. */
  readonly phase: string;
  readonly incarnation: number;
  readonly pid: number | null;
  readonly restarts: number;
  /** A state of the crash-budget chart. */
  readonly state: string;
  readonly retriesLeft: number;
  /** Retries per window. */
  readonly retries: number;
  /** When it is tried again, on the source's `at` axis; `null`: not waiting. */
  readonly retryAt: number | null;
  readonly standby: "none" | "starting" | "ready";
  readonly lastError: string | null;
}

/** An attempt under a lease. */
export interface LeaseDomainRecord {
  readonly kind: "lease";
  readonly attemptId: string;
  /** A state of the lease-recovery chart; `gone`: it is not supervised any more. */
  readonly state: string;
  /** Fencing token. */
  readonly epoch: number;
}

export interface MigrationDomainRecord {
  readonly kind: "migration";
  readonly agent: string;
  /** A state of the migration chart; `gone`: over and forgotten. */
  readonly state: string;
  /** Who may act for the agent now: `source` or `target`. */
  readonly owner: string;
}

export interface EscalationDomainRecord {
  readonly kind: "escalation";
  readonly id: string;
  /** False: closed. */
  readonly open: boolean;
  /** `PLUGIN`, `PLUGIN/SERVER`, or another subject. */
  readonly subject: string;
  readonly cause: EscalationCause;
  readonly message: string;
  /** Milliseconds since the Unix epoch. */
  readonly openedAt: number;
  readonly acknowledged: boolean;
  /** What can be done about it and what that leads to, in plain words; send command `act` with the verb. */
  readonly verbs: readonly { readonly verb: EscalationVerb; readonly consequence: string }[];
}
export type EscalationVerb = "acknowledge" | "resolve" | "retry" | "abort";

/** A plugin, and what it still serves when it is degraded. */
export interface PluginDomainRecord {
  readonly kind: "plugin";
  readonly plugin: string;
  /** A state of the plugin-lifecycle chart. */
  readonly state: string;
  readonly reason: string | null;
  /** `null` unless degraded. */
  readonly degraded: ServedTools | null;
}

export interface RecoveryDomainRecord {
  readonly kind: "recovery";
  readonly subject: string;
  readonly scenario: string;
  /** A state of the recovery chart; `gone`: over and forgotten. */
  readonly state: string;
}

/** How often a machine's parts were seen, by the ids of its chart model. */
export interface CoverageDomainRecord {
  readonly kind: "coverage";
  /** `hash` of the definition, or the machine's id for counts from elsewhere. */
  readonly def: string;
  /** Where the counts come from: this run, or the generated tests. */
  readonly of: "live" | "tests";
  readonly states: { readonly [id: string]: number };
  readonly transitions: { readonly [id: string]: number };
  /** A shortest way to what was not seen, as event types, by the id of a state or transition. */
  readonly paths: { readonly [id: string]: readonly string[] };
}

export type DomainRecord =
  | SupervisionDomainRecord
  | BudgetDomainRecord
  | LeaseDomainRecord
  | MigrationDomainRecord
  | EscalationDomainRecord
  | PluginDomainRecord
  | RecoveryDomainRecord
  | CoverageDomainRecord;
