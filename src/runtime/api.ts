/**
 * The public shapes of a supervisor.
 *
 * @module
 */
import type { AnyActorLogic, AnyActorRef } from "xstate";
import type * as z from "zod";
import type { PluginSpec } from "../core/config.ts";
import type { CrashBudgetPolicy } from "../core/crash-budget.ts";
import type { LeaseRecoveryEvent } from "../../machines/lease-recovery.ts";
import type { LeasePolicy } from "../core/lease.ts";
import type { MigrationPolicy, MigrationPorts } from "../core/migration.ts";
import type { Explanation } from "../core/explanation.ts";
import type { McpPhase } from "../core/mcp-phases.ts";
import type { ServedTools } from "../core/plugin-health.ts";
import type { OpenServer, ToolResult } from "../core/ports.ts";
import type { EscalationCause, SupervisionRecord } from "../core/records.ts";
import type { FailureFacts, RecipeTable } from "../core/recovery.ts";
import type { ServerExit } from "../core/server.ts";
import type { SpawnBudgetPolicy } from "../core/spawn-budget.ts";
import type { Tool } from "../core/tools.ts";
import type { Clock } from "./clock.ts";
import type { InspectOptions } from "./inspecting.ts";
import type { LeasePorts } from "./lease-actors.ts";
import type { RecoveryPorts } from "./recovery-actors.ts";

export interface SupervisorOptions {
  /** By name, in the order in which they are started; stopped in reverse. */
  readonly plugins: Readonly<Record<string, z.input<typeof PluginSpec>>>;
  /** What the host provides; `homeostat/node` has an `OpenServer` for MCP servers over stdio. */
  readonly ports: SupervisorPorts;
  /** Restart policy, for each server by itself. */
  readonly crashBudget?: z.input<typeof CrashBudgetPolicy>;
  /** Starts of one server in a window, whoever asked for them (default 3 in 30 s); `null`: no such limit. */
  readonly spawnBudget?: z.input<typeof SpawnBudgetPolicy> | null;
  /** Recovery recipes by scenario; default: the built-in seven. `{}`: none, the crash budget alone decides. */
  readonly recipes?: RecipeTable;
  /** Servers that may be on their way up at the same time (default 4). */
  readonly startSlots?: number;
  /** From `stop()` until what is left is killed, in milliseconds (default 10,000). */
  readonly stopDeadlineMs?: number;
  /** Default: the host's clock. */
  readonly clock?: Clock;
  /** Called with every record, in order. One that throws is reported to the others and goes on being called. */
  readonly observers?: readonly Observer[];
  /** Shows every actor of the system: `{ inspector }`, `{ stately: true }`, or both. */
  readonly inspect?: InspectOptions;
}

export interface SupervisorPorts {
  readonly openServer: OpenServer;
  /** Steps, health check and abort of recoveries beyond plugins and servers. */
  readonly recovery?: RecoveryPorts;
  /** What moves an agent from host to host. */
  readonly migration?: MigrationPorts;
  /** What brings an attempt back from its checkpoint. */
  readonly lease?: LeasePorts;
}

export type Observer = (record: SupervisionRecord) => void;

export interface Supervisor {
  /**
   * The XState actor of the supervisor chart: the root of its own system after `start()`, or the child that a host's
   * machine made of `logic`. Throws `invalid_state` before either.
   */
  readonly actor: AnyActorRef;
  /** Actor logic to invoke or spawn in a machine of the host, instead of `start()`. Takes no input. */
  readonly logic: SupervisorLogic;
  /** Starts every plugin; returns at once. Throws `invalid_state` when it was started before. */
  start(): void;
  /** Resolves when no plugin is on its way up any more (healthy, degraded or failed). */
  settled(): Promise<Health>;
  /** Ends every plugin in reverse order and resolves when nothing is left of them. Can be called again. */
  stop(): Promise<void>;
  /** Ends what is left at once (KILL), also during a `stop()`; resolves when nothing is left. */
  kill(): Promise<void>;
  /** The tools of all plugins, by stable handles: one got before a crash works after it. */
  tools(): readonly ToolHandle[];
  /** Calls the tool named `PLUGIN__TOOL` (or `PLUGIN__SERVER__TOOL` in a plugin of several servers). Never rejects. */
  callTool(
    name: string,
    args?: Readonly<Record<string, unknown>>,
    options?: CallOptions,
  ): Promise<CallOutcome>;
  health(): Health;
  /**
   * Why the servers of `subject`, `PLUGIN` or `PLUGIN/SERVER`, are or are not started: the rule that decided, its guard and
   * inputs, and the earliest start. Throws `not_found`.
   */
  explain(subject: string): readonly Explanation[];
  /** Calls `observer` with every record from now on; returns the way to end that. */
  on(observer: Observer): () => void;
  /** A start that the budget does not count, on an operator's word. Throws `not_found`. */
  restart(plugin: string, server?: string): void;
  /** Forgets the crashes of one server. Throws `not_found`. */
  resetBudget(plugin: string, server: string): void;
  /** Raises a scenario that the host saw; its recipe is run for `subject`. */
  reportFailure(subject: string, scenario: string, facts?: z.input<typeof FailureFacts>): void;
  /** Supervises an attempt that a worker holds under a lease. */
  lease(attempt: LeasedAttempt): void;
  /** Hands an event to the chart of an attempt: a heartbeat, a claim, an acknowledgement, the loss of its worker. */
  attempt(attemptId: string, event: AttemptEvent): void;
  /** Moves an agent; one migration of an agent at a time. What comes of it is told by records. */
  migrate(agent: string, options: MigrationOptions): void;
  /** A person's word on an open escalation. */
  act(escalationId: string, verb: "acknowledge" | "resolve" | "retry" | "abort", by?: string): void;
  /** Gives a plugin new servers; it is stopped and started with them. Throws `not_found`, or `config_invalid`. */
  configure(plugin: string, spec: z.input<typeof PluginSpec>): void;
}

export interface LeasedAttempt {
  readonly attemptId: string;
  readonly runId: string;
  /** Whose attempt it is: while this agent is on the move, nobody gets it. Default: `runId`. */
  readonly agent?: string;
  readonly leaseId: string;
  readonly workerId: string;
  readonly epoch: number;
  readonly policy?: z.input<typeof LeasePolicy>;
}

/** An event of `machines/lease-recovery.ts`, dated by the supervisor. */
export type AttemptEvent = LeaseRecoveryEvent extends infer E
  ? E extends { at: number }
    ? Omit<E, "at">
    : never
  : never;

export interface MigrationOptions {
  /** The host that runs the agent now. */
  readonly source: string;
  /** Default: the ports choose. */
  readonly target?: string;
  readonly policy?: z.input<typeof MigrationPolicy>;
}

/** Opaque on purpose: what XState needs to create the actor. */
export type SupervisorLogic = AnyActorLogic;

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Total, in milliseconds (default 60,000). */
  readonly timeoutMs?: number;
  /** While the server is down: answer at once (default), or wait for it, at most 100 calls a server, within `timeoutMs`. */
  readonly whenDown?: "fail" | "wait";
}

export interface ToolHandle extends Tool {
  /** Qualified: what `callTool` takes. Letters, digits, `_`, `-` and `.` as far as the tool's own name has no others. */
  readonly qualifiedName: string;
  readonly plugin: string;
  readonly server: string;
  /** Whether the server that offers it serves now. */
  readonly available: boolean;
  call(args?: Readonly<Record<string, unknown>>, options?: CallOptions): Promise<CallOutcome>;
}

export type CallOutcome =
  /** the tool answered; `result.isError` is the tool's own word. `replayed`: the first try was lost, this is the second */
  | { readonly outcome: "completed"; readonly result: ToolResult; readonly replayed: boolean }
  /** the server refused the call: unknown tool, invalid arguments */
  | { readonly outcome: "rejected"; readonly code: number; readonly message: string }
  /** nothing was sent */
  | {
      readonly outcome: "unavailable";
      readonly reason: UnavailableReason;
      readonly message: string;
      /** When to ask again; `null`: not before something else changes. */
      readonly retryAfterMs: number | null;
    }
  /** the server died with the call under way: it may or may not have had its effect */
  | { readonly outcome: "unknown"; readonly exit: ServerExit; readonly retryAfterMs: number | null }
  | { readonly outcome: "timedOut"; readonly timeoutMs: number }
  | { readonly outcome: "cancelled" };

export type UnavailableReason =
  | "starting"
  | "backingOff"
  | "refused"
  | "quarantined"
  | "permanentFailure"
  | "toolGone"
  | "unknownTool"
  | "queueFull"
  | "stopped";

export interface Health {
  readonly status: "notStarted" | "running" | "stopping" | "stopped";
  readonly plugins: readonly PluginStatus[];
  readonly escalations: readonly Escalation[];
  readonly recoveries: readonly {
    readonly subject: string;
    readonly scenario: string;
    readonly state: string;
  }[];
  readonly attempts: readonly {
    readonly attemptId: string;
    readonly state: string;
    readonly epoch: number;
  }[];
  readonly migrations: readonly { readonly agent: string; readonly state: string; readonly owner: string }[];
}

export interface PluginStatus {
  readonly name: string;
  /** A state of the plugin-lifecycle chart. */
  readonly state: string;
  /** Why it is degraded or failed. */
  readonly reason: string | null;
  /** What it still serves and what it misses, by tool; `null` unless it is degraded. */
  readonly degraded: ServedTools | null;
  /** What its servers told of themselves; `partial`: it is not all. */
  readonly discovery: { readonly tools: number; readonly resources: number; readonly partial: boolean };
  readonly servers: readonly ServerStatusReport[];
}

export interface ServerStatusReport {
  readonly name: string;
  readonly status: "starting" | "healthy" | "degraded" | "failed" | "stopped";
  /** One of the eleven MCP phases. */
  readonly phase: McpPhase;
  readonly incarnation: number;
  readonly pid: number | null;
  readonly tools: number;
  /** Milliseconds since it serves; `null` while it does not. */
  readonly uptimeMs: number | null;
  /** Starts that a crash or an operator made necessary. */
  readonly restarts: number;
  /** A state of the crash-budget chart. */
  readonly budget: string;
  /** Retries left in the window. */
  readonly retriesLeft: number;
  readonly retryAfterMs: number | null;
  readonly standby: "none" | "starting" | "ready";
  readonly lastError: string | null;
}

export interface Escalation {
  readonly id: string;
  /** `PLUGIN` or `PLUGIN/SERVER`. */
  readonly subject: string;
  readonly cause: EscalationCause;
  readonly message: string;
  /** Milliseconds since the Unix epoch. */
  readonly openedAt: number;
  readonly acknowledged: boolean;
}
