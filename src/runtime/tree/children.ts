import type { AnyActorRef } from "xstate";
import type { ChildSpec } from "../../core/child-spec.ts";
import { type Child, create, isOrderly, type Launch, newChild, type Scope } from "./child.ts";
import type { Deadline, Deadlines } from "./deadlines.ts";
import { asked, type Ending, endingOf, lastStateOf, reap } from "./exit.ts";
import { oneByOne } from "./one-by-one.ts";
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

/** The children of one supervisor in the order of their start: starts and ends them, decides nothing. */
export class Children extends Map<string, Child> {
  readonly #scope: Scope;
  readonly #deadlines: Deadlines;
  readonly #records: Records;
  readonly #hooks: ChildrenHooks;
  readonly starts: Starts;

  constructor(scope: Scope, deadlines: Deadlines, records: Records, hooks: ChildrenHooks) {
    super();
    this.#scope = scope;
    this.#deadlines = deadlines;
    this.#records = records;
    this.#hooks = hooks;
    this.starts = new Starts(this, hooks.slots);
  }

  now(): number {
    return this.#deadlines.clock.now();
  }

  onDue(child: Child): void {
    this.#hooks.onDue(child);
  }

  register(spec: ChildSpec): Child {
    const child = newChild(spec);
    this.set(spec.id, child);
    return child;
  }

  remove(child: Child): void {
    if (this.delete(child.spec.id)) this.#records.add({ type: "child.removed", id: child.spec.id });
    this.#hooks.onChange(child);
  }

  /** Runs `run` in the supervisor's own turn at `at`, unless the child's deadline is cancelled before. */
  arm(child: Child, at: number, run: () => void): void {
    this.disarm(child);
    const deadline = this.deadline(at, () => {
      // It may have fired while an earlier event of the supervisor's mailbox cancels it.
      if (child.deadline !== deadline) return;
      child.deadline = null;
      run();
    });
    child.deadline = deadline;
  }

  /** Runs `run` as a later event of the supervisor. */
  later(run: () => void): void {
    this.#scope.self.send({ type: "tree.deadlinePassed", run });
  }

  deadline(at: number, run: () => void): Deadline {
    return this.#deadlines.set(at, () => this.later(run));
  }

  cancel(deadline: Deadline | null): void {
    if (deadline !== null) this.#deadlines.cancel(deadline);
  }

  disarm(child: Child): void {
    this.#hooks.onChange(child);
    this.starts.leave(child);
    this.cancel(child.deadline);
    child.deadline = null;
  }

  /** A new incarnation. A throw in its first step is a failed start: nothing of it is left. */
  launch(child: Child): Launch {
    this.disarm(child);
    const { spec } = child;
    const requires = spec.requires.length === 0 ? spec.requires : this.starts.missing(child);
    if (requires.length > 0) {
      child.state = "waiting";
      this.starts.wait(child);
      this.#records.add({ type: "child.waiting", id: spec.id, requires });
      return { kind: "waiting", requires };
    }
    const isRestart = child.incarnation > 0;
    const incarnation = (child.incarnation += 1);
    const facts = { id: spec.id, incarnation };
    const { ref, ending, info } = create(spec, this.#scope);
    child.state = "stopped";
    if (ref === null || ending?.reason === "abnormal") {
      if (ref !== null) reap(ref);
      this.#records.add({ type: "child.startFailed", ...facts, cause: ending?.cause ?? null });
      return { kind: "failed", ending: ending ?? asked };
    }
    if (ending?.directive === "ignore") {
      this.#records.add({ type: "child.ignored", ...facts });
      if (spec.restart === "temporary") this.remove(child);
      return { kind: "ignored" };
    }
    child.ref = ref;
    child.state = "running";
    child.startedAt = this.#deadlines.clock.now();
    // It is never started again: what it was started with need not be kept.
    if (spec.restart === "temporary" && spec.input !== undefined) child.spec = { ...spec, input: undefined };
    this.#records.add({ type: "child.started", ...facts, isRestart });
    if (spec.ready === "started") this.ready(child);
    else if (spec.ready === "reported")
      this.arm(child, child.startedAt + spec.readyWithinMs, () => this.#hooks.onUnready(child));
    return { kind: "started", ref, info };
  }

  ready(child: Child): void {
    if (child.isReady) return;
    this.disarm(child);
    this.starts.ready(child);
    this.#hooks.onReady(child);
  }

  /** It runs on, and is nobody's business here any more. */
  detach(child: Child, ref: AnyActorRef): () => void {
    const { waiting, spec, incarnation } = child;
    this.disarm(child);
    this.#release(child);
    this.#records.add({ type: "child.detached", id: spec.id, incarnation });
    this.remove(child);
    for (const then of waiting ?? []) then();
    return () => this.#scope.stopChild(ref);
  }

  #release(child: Child): void {
    child.ref = null;
    child.state = "stopped";
    child.waiting = null;
    this.starts.down(child);
  }

  /** Takes note that the child ended by itself. */
  exited(child: Child, ref: AnyActorRef, { reason, cause }: Ending): number {
    const uptimeMs = this.#deadlines.clock.now() - child.startedAt;
    this.disarm(child);
    this.#release(child);
    reap(ref);
    this.#records.add({
      type: "child.exited",
      id: child.spec.id,
      incarnation: child.incarnation,
      reason,
      cause,
      lastState: this.#records.observer === null ? null : lastStateOf(ref),
      uptimeMs,
    });
    return uptimeMs;
  }

  /** Ends the child as its specification says, then calls `then`; at once where nothing has to be waited for. */
  terminate(child: Child, then: () => void): void {
    const { ref, spec } = child;
    if (ref === null) {
      this.disarm(child);
      child.state = "stopped";
      if (spec.restart === "temporary") this.remove(child);
      return then();
    }
    if (child.waiting !== null) {
      child.waiting.push(then);
      return;
    }
    this.disarm(child);
    child.waiting = [then];
    child.state = "stopping";
    const ending = endingOf(ref);
    if (ending !== null) this.#down(child, "ended", ending);
    else if (spec.shutdown === "brutalKill") this.#stop(child, ref, "killed");
    else if ((spec.stopBy ?? (isOrderly(spec.logic) ? "event" : "stop")) === "stop")
      this.#stop(child, ref, "stopped");
    else this.#tell(child, ref, spec.shutdown);
  }

  #tell(child: Child, ref: AnyActorRef, shutdown: number | "infinity"): void {
    const now = this.#deadlines.clock.now();
    const facts = { id: child.spec.id, incarnation: child.incarnation };
    const deadlineAt = shutdown === "infinity" ? null : now + shutdown;
    this.#records.add({ type: "child.stopping", ...facts, deadlineAt });
    if (deadlineAt !== null) {
      this.arm(child, deadlineAt, () => {
        const waitedMs = this.#deadlines.clock.now() - now;
        this.#records.add({ type: "child.stopTimedOut", ...facts, waitedMs });
        this.#stop(child, ref, "killed");
      });
    }
    ref.send({ type: "child.shutdown" });
    this.ended(child);
  }

  /** A child that was told to stop may be down. */
  ended(child: Child): void {
    const ending = child.ref === null ? null : endingOf(child.ref);
    if (ending !== null) this.#down(child, "ended", ending);
  }

  #stop(child: Child, ref: AnyActorRef, how: "stopped" | "killed"): void {
    this.#scope.stopChild(ref);
    // A clean-up that threw has ended it all the same.
    this.#down(child, how, endingOf(ref) ?? asked);
  }

  #down(child: Child, how: "ended" | "stopped" | "killed", { reason, cause }: Ending): void {
    this.disarm(child);
    const { ref, waiting, spec, incarnation } = child;
    if (ref !== null) reap(ref);
    this.#release(child);
    this.#records.add({ type: "child.stopped", id: spec.id, incarnation, how, reason, cause });
    if (spec.restart === "temporary") this.remove(child);
    for (const then of waiting ?? []) then();
  }

  /** One after the other, each when the one before is down. */
  terminateAll(children: readonly Child[], then: () => void): void {
    oneByOne(children, (child, next) => this.terminate(child, next), then);
  }

  /** All at once, in reverse order, waiting for nothing; to be used where nothing can be waited for. */
  kill(): void {
    for (const child of [...this.values()].toReversed()) {
      this.disarm(child);
      child.waiting = null;
      const { ref } = child;
      child.ref = null;
      child.state = "stopped";
      if (ref !== null) this.#scope.stopChild(ref);
    }
  }
}
