import type { CheckStatus, HealthResult } from "../../core/health-checks.ts";
import type { DownReason } from "../../core/stash.ts";
import type { SpecProblem } from "../../core/child-spec.ts";
import type { ExitReason } from "../../core/supervision.ts";
import type { Clock } from "../clock.ts";
import type { Cause } from "./exit.ts";
import type { MessageRefusal } from "./outcomes.ts";

interface Incarnation {
  readonly id: string;
  readonly incarnation: number;
}

/** What decided about a restart: so many of `intensity` in `periodMs`, this one included. */
interface Inputs {
  readonly id: string;
  readonly attempt: number;
  readonly restarts: number;
  readonly intensity: number;
  readonly periodMs: number;
}

/** A message by the type of its event, and why its child could not take it. */
interface Diverted {
  readonly id: string;
  readonly message: string;
  readonly reason: DownReason;
}

/** What became of messages that could not be handed over at once. */
type MessageOccurrence =
  /** It waits, as one of `stashed`. */
  | ({ readonly type: "message.stashed"; readonly stashed: number } & Diverted)
  | ({ readonly type: "message.replied" } & Diverted)
  | ({ readonly type: "message.redirected" } & Diverted)
  | ({
      readonly type: "message.delivered";
      readonly message: string;
      readonly waitedMs: number;
    } & Incarnation)
  /** Nobody got it. */
  | {
      readonly type: "message.dropped";
      readonly id: string;
      readonly message: string;
      readonly reason: MessageRefusal | "timed_out";
      readonly retryAfterMs: number | null;
      readonly waitedMs: number;
    }
  /** A request was delivered and has no answer; `incarnation` null: a stand-in had it. */
  | {
      readonly type: "message.unanswered";
      readonly id: string;
      readonly message: string;
      readonly incarnation: number | null;
      readonly because: "ended" | "timed_out";
    }
  | { readonly type: "standIn.started"; readonly id: string }
  | { readonly type: "standIn.failed"; readonly id: string; readonly cause: Cause | null }
  | { readonly type: "standIn.stopped"; readonly id: string };

interface Checked extends Incarnation {
  readonly check: string;
}
interface Told {
  readonly status: CheckStatus;
  readonly output: string | null;
}

/** What was found of children that run. */
type HealthOccurrence =
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

/** What a tree decided or saw, by type. */
export type TreeOccurrence =
  | MessageOccurrence
  | HealthOccurrence
  | { readonly type: "tree.started"; readonly children: number }
  | { readonly type: "tree.startFailed"; readonly id: string; readonly cause: Cause | null }
  | { readonly type: "tree.stopping"; readonly because: string }
  | { readonly type: "tree.stopped"; readonly reason: ExitReason; readonly because: string }
  /** It threw: its children were stopped at once, and its parent is told. */
  | { readonly type: "tree.failed"; readonly cause: Cause }
  | ({ readonly type: "child.started"; readonly isRestart: boolean } & Incarnation)
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
  | { readonly type: "child.registered"; readonly id: string }
  | { readonly type: "child.removed"; readonly id: string }
  | ({ readonly type: "restart.scheduled"; readonly delayMs: number; readonly dueAt: number } & Inputs)
  /** `earliestAt`: when the limit would let it pass; null: never. */
  | ({ readonly type: "restart.refused"; readonly earliestAt: number | null } & Inputs)
  /** Its restart takes these along; `merged`: a restart of the group was already pending. */
  | {
      readonly type: "group.restarting";
      readonly trigger: string;
      readonly members: readonly string[];
      readonly dueAt: number;
      readonly merged: boolean;
    }
  | { readonly type: "child.quarantined"; readonly id: string; readonly because: string }
  | {
      readonly type: "escalation.opened";
      readonly id: string;
      readonly because: string;
      readonly toParent: boolean;
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

  add(occurrence: TreeOccurrence): void {
    if (this.observer === null) return;
    const { wallNow, monotonicMs } = { wallNow: this.#clock.wallNow(), monotonicMs: this.#clock.now() };
    const at = Math.max(0, Math.round(wallNow));
    try {
      this.observer({ ...occurrence, seq: ++this.#seq, at, monotonicMs, tree: this.path });
    } catch (error) {
      if (occurrence.type === "observer.failed") return;
      this.add({ type: "observer.failed", message: error instanceof Error ? error.message : String(error) });
    }
  }
}
