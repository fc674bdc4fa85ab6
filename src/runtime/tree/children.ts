import type { AnyActorRef } from "xstate";
import { type Child, create, isOrderly, type Launch, type Reopened } from "./child.ts";
import { asked, type Ending, endingOf, lastStateOf, reap } from "./exit.ts";
import { oneByOne } from "./one-by-one.ts";
import { Roster } from "./roster.ts";

/** Starts and ends the children of one supervisor, decides nothing. */
export class Children extends Roster {
  /**
   * A new incarnation, or the one before where it goes on from a snapshot. A throw in its first step is a failed start:
   * nothing of it is left.
   */
  launch(child: Child, reopened?: Reopened): Launch {
    this.disarm(child);
    const { spec } = child;
    // One that ran already has had what it requires.
    const isFree = spec.requires.length === 0 || reopened !== undefined;
    const requires = isFree ? [] : this.starts.missing(child);
    if (requires.length > 0) {
      child.state = "waiting";
      this.starts.wait(child);
      this.records.add({ type: "child.waiting", id: spec.id, requires });
      return { kind: "waiting", requires };
    }
    const isRestart = child.incarnation > 0;
    const incarnation = (child.incarnation += reopened === undefined ? 1 : 0);
    const facts = { id: spec.id, incarnation };
    const { ref, ending, info } = create(spec, this.scope, reopened);
    child.state = "stopped";
    if (ref === null || ending?.reason === "abnormal") {
      if (ref !== null) reap(ref);
      this.records.add({ type: "child.startFailed", ...facts, cause: ending?.cause ?? null });
      return { kind: "failed", ending: ending ?? asked };
    }
    if (ending?.directive === "ignore") {
      this.records.add({ type: "child.ignored", ...facts });
      if (spec.restart === "temporary") this.remove(child);
      return { kind: "ignored" };
    }
    child.ref = ref;
    child.state = "running";
    if (reopened === undefined) child.startedAt = this.now();
    // It is never started again: what it was started with need not be kept.
    if (spec.restart === "temporary" && spec.input !== undefined) child.spec = { ...spec, input: undefined };
    if (reopened !== undefined) this.records.add({ type: "child.resumed", ...facts });
    else {
      this.records.add({ type: "child.started", ...facts, isRestart });
      if (spec.ready === "started") this.ready(child);
      else if (spec.ready === "reported") this.awaitReady(child, child.startedAt + spec.readyWithinMs);
    }
    return { kind: "started", ref, info };
  }

  ready(child: Child): void {
    if (child.isReady) return;
    this.disarm(child);
    this.starts.ready(child);
    this.hooks.onReady(child);
  }

  /** It runs on, and is nobody's business here any more. */
  detach(child: Child, ref: AnyActorRef): () => void {
    const { waiting, spec, incarnation } = child;
    this.disarm(child);
    this.#release(child);
    this.records.add({ type: "child.detached", id: spec.id, incarnation });
    this.remove(child);
    for (const then of waiting ?? []) then();
    return () => this.scope.stopChild(ref);
  }

  #release(child: Child): void {
    child.ref = null;
    child.state = "stopped";
    child.waiting = null;
    child.stopFor = null;
    this.starts.down(child);
  }

  /** Takes note that the child ended by itself. */
  exited(child: Child, ref: AnyActorRef, { reason, cause }: Ending): number {
    const uptimeMs = this.now() - child.startedAt;
    this.disarm(child);
    this.#release(child);
    reap(ref);
    this.records.add({
      type: "child.exited",
      id: child.spec.id,
      incarnation: child.incarnation,
      reason,
      cause,
      lastState: this.records.observer === null ? null : lastStateOf(ref),
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
    const now = this.now();
    const facts = { id: child.spec.id, incarnation: child.incarnation };
    const deadlineAt = shutdown === "infinity" ? null : now + shutdown;
    this.records.add({ type: "child.stopping", ...facts, deadlineAt });
    if (deadlineAt !== null) {
      this.arm(child, deadlineAt, () => {
        const waitedMs = this.now() - now;
        this.records.add({ type: "child.stopTimedOut", ...facts, waitedMs });
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
    this.scope.stopChild(ref);
    // A clean-up that threw has ended it all the same.
    this.#down(child, how, endingOf(ref) ?? asked);
  }

  #down(child: Child, how: "ended" | "stopped" | "killed", { reason, cause }: Ending): void {
    this.disarm(child);
    const { ref, waiting, spec, incarnation } = child;
    if (ref !== null) reap(ref);
    this.#release(child);
    this.records.add({ type: "child.stopped", id: spec.id, incarnation, how, reason, cause });
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
      if (ref !== null) this.scope.stopChild(ref);
    }
  }
}
