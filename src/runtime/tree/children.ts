import type { AnyActorRef } from "xstate";
import type { ChildSpec } from "../../core/child-spec.ts";
import { type Child, create, isOrderly, type Launch, type Reopened, type Scope } from "./child.ts";
import type { Deadline, Deadlines } from "./deadlines.ts";
import { asked, type Ending, endingOf, lastStateOf, reap } from "./exit.ts";
import type { Records } from "./records.ts";

const none: readonly number[] = [];

/** The children of one supervisor in the order of their start: starts and ends them, decides nothing. */
export class Children extends Map<string, Child> {
  readonly #scope: Scope;
  readonly #deadlines: Deadlines;
  readonly #records: Records;

  constructor(scope: Scope, deadlines: Deadlines, records: Records) {
    super();
    this.#scope = scope;
    this.#deadlines = deadlines;
    this.#records = records;
  }

  register(spec: ChildSpec): Child {
    const child: Child = {
      spec,
      state: "stopped",
      ref: null,
      incarnation: 0,
      startedAt: 0,
      times: none,
      attempt: 0,
      lastCause: null,
      deadline: null,
      waiting: null,
    };
    this.set(spec.id, child);
    return child;
  }

  remove({ spec: { id } }: Child): void {
    if (this.delete(id)) this.#records.add({ type: "child.removed", id });
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

  deadline(at: number, run: () => void): Deadline {
    return this.#deadlines.set(at, () => this.#scope.self.send({ type: "tree.deadlinePassed", run }));
  }

  cancel(deadline: Deadline | null): void {
    if (deadline !== null) this.#deadlines.cancel(deadline);
  }

  disarm(child: Child): void {
    this.cancel(child.deadline);
    child.deadline = null;
  }

  /**
   * A new incarnation, or the one before where it goes on from a snapshot. A throw in its first step is a failed start:
   * nothing of it is left.
   */
  launch(child: Child, reopened?: Reopened): Launch {
    this.disarm(child);
    const { spec } = child;
    const isRestart = child.incarnation > 0;
    const incarnation = (child.incarnation += reopened === undefined ? 1 : 0);
    const facts = { id: spec.id, incarnation };
    const { ref, ending, info } = create(spec, this.#scope, reopened);
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
    if (reopened === undefined) child.startedAt = this.#deadlines.clock.now();
    // It is never started again: what it was started with need not be kept.
    if (spec.restart === "temporary" && spec.input !== undefined) child.spec = { ...spec, input: undefined };
    if (reopened === undefined) this.#records.add({ type: "child.started", ...facts, isRestart });
    else this.#records.add({ type: "child.resumed", ...facts });
    return { kind: "started", ref, info };
  }

  /** Takes note that the child ended by itself. */
  exited(child: Child, ref: AnyActorRef, { reason, cause }: Ending): number {
    const uptimeMs = this.#deadlines.clock.now() - child.startedAt;
    child.ref = null;
    child.state = "stopped";
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
      then();
      return;
    }
    if (child.waiting !== null) {
      child.waiting.push(then);
      return;
    }
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
    child.ref = null;
    child.state = "stopped";
    child.waiting = null;
    this.#records.add({ type: "child.stopped", id: spec.id, incarnation, how, reason, cause });
    if (spec.restart === "temporary") this.remove(child);
    for (const then of waiting ?? []) then();
  }

  /** One after the other, each when the one before is down. */
  terminateAll(children: readonly Child[], then: () => void): void {
    let index = 0;
    const next = (): void => {
      for (let child = children[index++]; child !== undefined; child = children[index++]) {
        let isDown = false;
        let isInside = true;
        this.terminate(child, () => {
          isDown = true;
          if (!isInside) next();
        });
        isInside = false;
        if (!isDown) return;
      }
      then();
    };
    next();
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
