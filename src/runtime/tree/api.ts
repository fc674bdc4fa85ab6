import type { ActorLogic, AnyActorRef, EventObject, Snapshot } from "xstate";
import type {
  Checked,
  ChildSpec,
  ChildSpecInput,
  SpecProblem,
  TreePolicy,
  TreePolicyInput,
  TreePreset,
} from "../../core/child-spec.ts";
import type { Clock } from "../clock.ts";
import type { ChildState } from "./child.ts";
import type { TreeEscalation } from "./escalations.ts";
import type { ChildStatus } from "./status.ts";
import type { PersistedTree } from "./persisted.ts";
import type { TreePhase } from "./result.ts";
import type { Cause, ChildExit } from "./exit.ts";
import type { CallerReport, Messaging } from "./outcomes.ts";
import type { TreeObserver } from "./records.ts";

export interface TreeOptions {
  /** Where the defaults of `policy` come from; default `product`. */
  readonly preset?: TreePreset;
  readonly policy?: TreePolicyInput;
  /** Started in this order; stopped in reverse. */
  readonly children?: readonly ChildSpecInput[];
  /** Makes this a pool: children are instances of it, each with its own `id` and `input`, and there are no others. */
  readonly template?: ChildSpecInput;
  /** Default: the clock of the tree above, else the host's. */
  readonly clock?: Clock;
  /** Gets each decision. Default: where the tree above sends its own. */
  readonly onRecord?: TreeObserver;
  /**
   * Whether an event that the tree gets, and that is not for itself, is the last one: then the next child that ends by
   * itself is not restarted, and the tree ends with reason shutdown.
   */
  readonly finalStop?: (event: EventObject) => boolean;
  /** Numbers from 0 up to but not including 1, for jitter. Default: that of the tree above, else `Math.random`. */
  readonly chance?: () => number;
}

/** Options, or what makes them at each start; `ignore`: there is nothing to supervise. */
export type TreeSource = TreeOptions | (() => TreeOptions | "ignore");

/** `tree`: only at rest, what it goes on from. */
export type TreeSnapshot = Snapshot<ChildExit> & { readonly phase: TreePhase; readonly tree?: PersistedTree };
/** A tree takes `child.shutdown`; whatever else its children send it, it emits. */
export type TreeEvent = EventObject;
type AnySystem = AnyActorRef["system"];
export type TreeLogic = ActorLogic<TreeSnapshot, TreeEvent, unknown, AnySystem, EventObject>;

/** Why a command changed nothing. */
export type Refusal =
  /** no child of this id or reference, here */
  | { readonly ok: false; readonly code: "not_found" }
  /** it runs: stop it first */
  | { readonly ok: false; readonly code: "running" }
  /** its restart is pending: it can be stopped, or comes by itself */
  | { readonly ok: false; readonly code: "restarting" }
  /** it is started as soon as these are ready */
  | { readonly ok: false; readonly code: "waiting"; readonly requires: readonly string[] }
  /** it is down; `retryAfterMs` null: until somebody starts it */
  | {
      readonly ok: false;
      readonly code: "unavailable";
      readonly state: ChildState;
      readonly retryAfterMs: number | null;
    }
  /** nobody has to decide anything about it */
  | { readonly ok: false; readonly code: "not_escalated" }
  /** it is on its way down */
  | { readonly ok: false; readonly code: "stopping" }
  /** the id is taken by a child that runs; it is `ref` */
  | { readonly ok: false; readonly code: "already_started"; readonly ref: AnyActorRef }
  /** the id is taken by a child that does not run */
  | { readonly ok: false; readonly code: "already_present" }
  /** the reference belongs to another supervisor */
  | { readonly ok: false; readonly code: "wrong_supervisor" }
  /** the tree does not run */
  | { readonly ok: false; readonly code: "stopped" }
  | { readonly ok: false; readonly code: "max_children"; readonly maxChildren: number }
  /** the id is that of the template of a pool, not of an instance */
  | { readonly ok: false; readonly code: "is_template" }
  | { readonly ok: false; readonly code: "invalid_spec"; readonly problems: readonly SpecProblem[] }
  /** nothing of it is left; `error` is what was thrown */
  | {
      readonly ok: false;
      readonly code: "start_failed";
      readonly cause: Cause | null;
      readonly error: unknown;
    };

export type Answer<T = unknown> = ({ readonly ok: true } & T) | Refusal;

/** `ref` null: it had nothing to do (`ignore`). */
export interface Started {
  readonly ref: AnyActorRef | null;
  readonly incarnation: number;
  readonly info: unknown;
}

/** One that is left to itself; `stop` ends it, which its actor cannot be told otherwise. */
export interface Detached {
  readonly ref: AnyActorRef;
  stop(): void;
}

/** A child by its id, or by the reference of one of its incarnations. */
export type ChildTarget = string | AnyActorRef;

export interface ChildReport extends CallerReport {
  readonly id: string;
  readonly state: ChildState;
  readonly type: "worker" | "supervisor";
  readonly ref: AnyActorRef | null;
  readonly incarnation: number;
  /** Restarts since it was last stable. */
  readonly attempt: number;
  /** Of its last failure, also after it has come back; without the stack, which is in the record of its end. */
  readonly lastCause: Cause | null;
  /** When its restart is due, or the end of its time to stop, to get ready or to prove itself. */
  readonly dueAt: number | null;
  readonly isReady: boolean;
}

export interface ChildCounts {
  readonly specs: number;
  readonly active: number;
  readonly supervisors: number;
  readonly workers: number;
}

/** An instance of a pool: the rest is in the template. Without `id` it gets a number. */
export interface InstanceInput {
  readonly id?: string;
  readonly input?: unknown;
  readonly systemId?: string;
}

/**
 * Administration of one supervisor. Every command answers, also when the tree is down; none throws for what a caller may
 * get wrong. A command is one event of the supervisor's mailbox: given from inside one of its children it waits its turn.
 */
export interface TreeChildren extends Messaging {
  /** Registers and starts a child; one that fails to start is not registered. */
  add(spec: ChildSpecInput | InstanceInput): Promise<Answer<Started>>;
  /** Starts one that is down. Free: it does not count, and resets nothing. */
  start(target: ChildTarget): Promise<Answer<Started>>;
  /** Stops it, as its specification says; idempotent. Its specification stays, unless it is temporary or of a pool. */
  stop(target: ChildTarget): Promise<Answer>;
  /** Stops it if need be, and starts it. Free, as `start`. */
  restart(target: ChildTarget): Promise<Answer<Started>>;
  /** Forgets one that is down. */
  delete(target: ChildTarget): Promise<Answer>;
  /** Ends one that a check found broken, as if it had crashed: its restart counts and waits. */
  fail(target: ChildTarget, cause: unknown): Promise<Answer>;
  /** Forgets its restarts, ends its quarantine and closes its escalation; starts nothing. */
  reset(target: ChildTarget): Promise<Answer>;
  /** As its own report of health (`childHealthy`): for a host whose checks are outside. */
  healthy(target: ChildTarget): Promise<Answer>;
  /**
   * Somebody needs it: the one that runs, or why there is none and when there may be. What was refused, or may be probed,
   * is started; during a probe the answer is its verdict.
   */
  request(target: ChildTarget): Promise<Answer<Started>>;
  /** Forgets one that runs, and lets it run. */
  detach(target: ChildTarget): Promise<Answer<Detached>>;
  list(): Answer<{ readonly children: readonly ChildReport[] }>;
  status(target: ChildTarget): Answer<{ readonly status: ChildStatus }>;
  count(): Answer<{ readonly counts: ChildCounts }>;
  spec(target: ChildTarget): Answer<{ readonly spec: ChildSpec }>;
}

/** What persons decide about quarantined children; `by` is who. */
export interface TreeEscalations {
  list(): Answer<{ readonly escalations: readonly TreeEscalation[] }>;
  /** Somebody looks into it; it stays open. */
  acknowledge(target: ChildTarget, by: string): Promise<Answer>;
  /** One start, of another version if `spec` is given: it has to hold like a probe, else the child is quarantined again. */
  retry(target: ChildTarget, by: string, spec?: ChildSpecInput): Promise<Answer<Started>>;
  /** Forgets its restarts and starts it under its policy. */
  resume(target: ChildTarget, by: string): Promise<Answer<Started>>;
  /** It stays down. */
  stop(target: ChildTarget, by: string): Promise<Answer>;
  /** The whole tree ends, and fails for it. */
  abort(target: ChildTarget, by: string): Promise<Answer>;
}

export interface TreeChange {
  readonly policy?: TreePolicyInput;
  /** Changed ones are used at the next start, new ones are registered and not started, missing ones stay. */
  readonly children?: readonly ChildSpecInput[];
  readonly template?: ChildSpecInput | null;
}

export interface Tree {
  readonly actor: AnyActorRef;
  readonly children: TreeChildren;
  readonly escalations: TreeEscalations;
  readonly phase: TreePhase;
  readonly policy: TreePolicy;
  /** Another definition, all of it or, where it is faulty, nothing. */
  change(change: TreeChange): Promise<Answer>;
  /**
   * What outlives this host, as JSON: counts, deadlines, quarantines, open escalations, and the children that are charts
   * with a version, or trees. Throws `invalid_snapshot` where JSON cannot hold one of them.
   */
  persist(): Answer<{ readonly snapshot: PersistedTree }>;
  /** Stops all children in reverse order, each as its specification says, then the tree; resolves when it is down. */
  shutdown(): Promise<TreeEnd>;
  /** Resolves when the tree is down, whatever the reason. */
  closed(): Promise<TreeEnd>;
}

/** `error` is set where it failed. */
export interface TreeEnd {
  readonly ok: true;
  readonly output: ChildExit | null;
  readonly error: unknown;
}

export type TreeStart =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: "ignored" }
  | { readonly ok: false; readonly code: "start_failed"; readonly error: unknown };

/** A tree of its own, not in another system. */
export interface RootTree extends Tree {
  /** Resolves when all static children run, or when nothing of them is left. */
  start(): Promise<TreeStart>;
}

export type CheckedTree = Checked<{
  readonly policy: TreePolicy;
  readonly children: readonly ChildSpec[];
  readonly template: ChildSpec | null;
}>;
