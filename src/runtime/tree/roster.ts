import type { ChildSpec } from "../../core/child-spec.ts";
import { type Child, newChild, type Scope } from "./child.ts";
import type { Deadline, Deadlines } from "./deadlines.ts";
import type { Records } from "./records.ts";
import { Starts } from "./starts.ts";

/** What the supervisor does about its children. */
export interface ChildrenHooks {
  /** How many may be started at once. */
  readonly slots: () => number | null;
  /** It was told to stay ready, and is not in time. */
  readonly onUnready: (child: Child) => void;
  readonly onReady: (child: Child) => void;
  /** What it requires is ready: it can be started. */
  readonly onDue: (child: Child) => void;
  /** It comes up or goes down in this turn. */
  readonly onChange: (child: Child) => void;
}

/** The children of one supervisor in the order of their start, and what is due for them. */
export class Roster extends Map<string, Child> {
  readonly starts: Starts;
  protected readonly scope: Scope;
  protected readonly records: Records;
  protected readonly hooks: ChildrenHooks;
  readonly #deadlines: Deadlines;

  constructor(scope: Scope, deadlines: Deadlines, records: Records, hooks: ChildrenHooks) {
    super();
    this.scope = scope;
    this.#deadlines = deadlines;
    this.records = records;
    this.hooks = hooks;
    this.starts = new Starts(this, hooks.slots);
  }

  now(): number {
    return this.#deadlines.clock.now();
  }

  onDue(child: Child): void {
    this.hooks.onDue(child);
  }

  register(spec: ChildSpec): Child {
    const child = newChild(spec);
    this.set(spec.id, child);
    return child;
  }

  remove(child: Child): void {
    if (this.delete(child.spec.id)) this.records.add({ type: "child.removed", id: child.spec.id });
    this.hooks.onChange(child);
  }

  /** Runs `run` in the supervisor's own turn at `at`, unless the child's deadline is cancelled before. */
  arm(child: Child, at: number, run: () => void, order?: number): void {
    this.disarm(child);
    const fire = (): void => {
      // It may have fired while an earlier event of the supervisor's mailbox cancels it.
      if (child.deadline !== deadline) return;
      child.deadline = null;
      run();
    };
    const deadline = this.deadline(at, fire, order);
    child.deadline = deadline;
  }

  /** It has until `at` to say that it is ready. */
  awaitReady(child: Child, at: number, order?: number): void {
    this.arm(child, at, () => this.hooks.onUnready(child), order);
  }

  /** Runs `run` as a later event of the supervisor. */
  later(run: () => void): void {
    this.scope.self.send({ type: "tree.deadlinePassed", run });
  }

  deadline(at: number, run: () => void, order?: number): Deadline {
    return this.#deadlines.set(at, () => this.later(run), order);
  }

  cancel(deadline: Deadline | null): void {
    if (deadline !== null) this.#deadlines.cancel(deadline);
  }

  disarm(child: Child): void {
    this.hooks.onChange(child);
    this.starts.leave(child);
    this.cancel(child.deadline);
    child.deadline = null;
  }
}
