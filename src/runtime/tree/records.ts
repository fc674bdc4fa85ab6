import type { SpecProblem } from "../../core/child-spec.ts";
import type { RestartBudget } from "../../core/restart-budget.ts";
import type { ExitReason } from "../../core/supervision.ts";
import type { Clock } from "../clock.ts";
import type { Cause } from "./exit.ts";
import type { QuarantineCause } from "./quarantine.ts";
import type { HealthOccurrence } from "./records/health.ts";
import type { MessageOccurrence } from "./records/messages.ts";

export interface Incarnation {
  readonly id: string;
  readonly incarnation: number;
}

/**
 * What decided about a restart: so many (`restarts`) of `intensity` in `periodMs`, this one included; where `limit` is
 * `decay`, the count, its threshold and its half-life.
 */
export interface Judgement {
  readonly id: string;
  readonly attempt: number;
  readonly restarts: number;
  readonly limit: RestartBudget["kind"];
  readonly intensity: number;
  readonly periodMs: number;
  /** The name of the budget; null: it has none. */
  readonly budget: string | null;
  readonly restarting: boolean;
  /** `error` from the failure in a row on that the policy's `errorAfter` names. */
  readonly level: "warning" | "error";
  /** How it ended. */
  readonly reason: ExitReason;
  readonly cause: Cause | null;
}

/** A budget that refuses, or no longer does; `id` is the child that met it first. */
interface Pause {
  readonly id: string;
  readonly budget: string | null;
  readonly restarts: number;
  readonly intensity: number;
}

/** What a tree decided or saw, by type. */
export type TreeOccurrence =
  | MessageOccurrence
  | HealthOccurrence
  | { readonly type: "tree.started"; readonly children: number }
  /** It goes on from a snapshot: `downMs` after that was taken, with so many children. */
  | { readonly type: "tree.resumed"; readonly children: number; readonly downMs: number }
  | { readonly type: "tree.startFailed"; readonly id: string; readonly cause: Cause | null }
  | { readonly type: "tree.stopping"; readonly because: string }
  | { readonly type: "tree.stopped"; readonly reason: ExitReason; readonly because: string }
  /** It threw: its children were stopped at once, and its parent is told. */
  | { readonly type: "tree.failed"; readonly cause: Cause }
  | ({ readonly type: "child.started"; readonly isRestart: boolean } & Incarnation)
  /** The same incarnation goes on from its snapshot. */
  | ({ readonly type: "child.resumed" } & Incarnation)
  | ({ readonly type: "child.startFailed"; readonly cause: Cause | null } & Incarnation)
  | ({ readonly type: "child.ignored" } & Incarnation)
  /** It ended by itself. */
  | ({
      readonly type: "child.exited";
      readonly reason: ExitReason;
      readonly cause: Cause | null;
      readonly lastState: unknown;
      readonly uptimeMs: number;
    } & Incarnation)
  /** It was told to stop; `deadlineAt` null: it has all the time it takes. */
  | ({ readonly type: "child.stopping"; readonly deadlineAt: number | null } & Incarnation)
  | ({ readonly type: "child.stopTimedOut"; readonly waitedMs: number } & Incarnation)
  /** It was asked to stop and is down. `how`: it ended itself, its actor was stopped, or it was not given any time. */
  | ({
      readonly type: "child.stopped";
      readonly how: "ended" | "stopped" | "killed";
      readonly reason: ExitReason;
      readonly cause: Cause | null;
    } & Incarnation)
  /** It left the tree, and runs on by itself. */
  | ({ readonly type: "child.detached" } & Incarnation)
  | { readonly type: "child.waiting"; readonly id: string; readonly requires: readonly string[] }
  | { readonly type: "child.registered"; readonly id: string }
  | { readonly type: "child.removed"; readonly id: string }
  | ({ readonly type: "restart.scheduled"; readonly delayMs: number; readonly dueAt: number } & Judgement)
  /** `earliestAt`: when the limit would let it pass; null: never. */
  | ({ readonly type: "restart.refused"; readonly earliestAt: number | null } & Judgement)
  /** Its restart takes these along; `merged`: a restart of the group was already pending. */
  | {
      readonly type: "group.restarting";
      readonly trigger: string;
      readonly members: readonly string[];
      readonly dueAt: number;
      readonly merged: boolean;
    }
  /** Nothing of this budget is restarted until then; what runs, runs on. */
  | ({ readonly type: "restarts.paused"; readonly until: number; readonly restarting: false } & Pause)
  | ({ readonly type: "restarts.resumed"; readonly restarting: true } & Pause)
  /** `probeAt`: when it may be probed; null: when a person says so. */
  | {
      readonly type: "child.quarantined";
      readonly id: string;
      readonly because: QuarantineCause;
      readonly probeAt: number | null;
    }
  | { readonly type: "probe.started"; readonly id: string; readonly by: "timer" | "request" }
  /** A probe, or a start by a person, has held. */
  | { readonly type: "child.cured"; readonly id: string }
  | {
      readonly type: "escalation.opened";
      readonly id: string;
      readonly because: QuarantineCause;
      readonly cause: Cause | null;
      readonly toParent: boolean;
    }
  | { readonly type: "escalation.acknowledged"; readonly id: string; readonly by: string }
  /** Once more, as it is or as another version. */
  | {
      readonly type: "escalation.retried";
      readonly id: string;
      readonly by: string;
      readonly isNewVersion: boolean;
    }
  | { readonly type: "escalation.closed"; readonly id: string; readonly because: string }
  | { readonly type: "autoShutdown.triggered"; readonly id: string; readonly rule: string }
  /** Free: it neither counts nor resets anything. */
  | { readonly type: "start.requested"; readonly id: string; readonly by: "operator" }
  | { readonly type: "restart.requested"; readonly id: string; readonly by: "operator" }
  | { readonly type: "failure.reported"; readonly id: string; readonly cause: Cause }
  | { readonly type: "budget.reset"; readonly id: string; readonly by: "operator" }
  | { readonly type: "policy.changed"; readonly changed: readonly string[] }
  | { readonly type: "policy.refused"; readonly problems: readonly SpecProblem[] }
  | { readonly type: "observer.failed"; readonly message: string };

/** `seq` counts from 1 in each supervisor; `at` is wall-clock time, `monotonicMs` the clock that decides. */
export type TreeRecord = TreeOccurrence & {
  readonly seq: number;
  readonly at: number;
  readonly monotonicMs: number;
  /** From the root to the supervisor that decided. */
  readonly tree: readonly string[];
};
export type TreeObserver = (record: TreeRecord) => void;

/** Numbers the records of one supervisor; an observer that throws is reported to itself once and hurts nobody. */
export class Records {
  readonly observer: TreeObserver | null;
  readonly path: readonly string[];
  readonly #clock: Clock;
  #seq = 0;

  constructor(observer: TreeObserver | null, path: readonly string[], clock: Clock) {
    this.observer = observer;
    this.path = path;
    this.#clock = clock;
  }

  /** Wall-clock time, whole. */
  wallNow(): number {
    return Math.max(0, Math.round(this.#clock.wallNow()));
  }

  add(occurrence: TreeOccurrence): void {
    if (this.observer === null) return;
    const { at, monotonicMs } = { at: this.wallNow(), monotonicMs: this.#clock.now() };
    try {
      this.observer({ ...occurrence, seq: ++this.#seq, at, monotonicMs, tree: this.path });
    } catch (error) {
      if (occurrence.type === "observer.failed") return;
      this.add({ type: "observer.failed", message: error instanceof Error ? error.message : String(error) });
    }
  }
}
