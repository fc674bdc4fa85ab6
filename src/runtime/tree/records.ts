import type { SpecProblem } from "../../core/child-spec.ts";
import type { ExitReason } from "../../core/supervision.ts";
import type { Clock } from "../clock.ts";
import type { Cause } from "./exit.ts";

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

/** What a tree decided or saw, by type. */
export type TreeOccurrence =
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
