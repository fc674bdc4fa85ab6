import type { AnyActorRef } from "xstate";
import { admit, type Availability, type DownReason } from "../../core/stash.ts";
import { availabilityOf, isOver } from "./availability.ts";
import type { Child, Scope } from "./child.ts";
import type { Engine } from "./engine.ts";
import { type Box, type Message, newBox, storedMessages } from "./messages/box.ts";
import type { CallerReport, Delivery, MessageRefusal } from "./outcomes.ts";
import { request } from "./requests.ts";
import type { StoredMessages } from "./persisted/parts.ts";
import { StandIns } from "./stand-ins.ts";

/** What the callers of the children of one supervisor get: everything in here runs in the supervisor's own turn. */
export class Messages {
  readonly #engine: Engine;
  readonly #boxes = new Map<Child, Box>();
  readonly standIns: StandIns;

  constructor(engine: Engine, scope: Scope) {
    this.standIns = new StandIns(engine, scope);
    this.#engine = engine;
  }

  report(child: Child): CallerReport {
    return { isAvailable: this.#availability(child).kind === "up", stashed: this.#waiting(child) };
  }

  #waiting(child: Child): number {
    return this.#boxes.get(child)?.waiting.length ?? 0;
  }

  /** Hands `message` to `child`, or to what its `whileDown` says. A request hears of everything but a refusal by `settle`. */
  post(child: Child, message: Message): Delivery {
    const { id, whileDown } = child.spec;
    // One that may be tried again is: here is somebody who needs it.
    if (child.state === "refused" || child.state === "quarantined") request(this.#engine, child, () => {});
    this.#drain(child);
    const availability = this.#availability(child);
    if (availability.kind === "up") return this.#deliver(child, message);
    const { at, event } = message;
    const stashed = this.#waiting(child);
    const admission = admit({ availability, stashed, at }, whileDown);
    const facts = { id, message: event.type, reason: availability.because };
    switch (admission.kind) {
      case "stash":
        this.#box(child).waiting.push(message);
        this.#engine.record({ type: "message.stashed", ...facts, stashed: stashed + 1 });
        // There is a time at which it has to be looked at again.
        this.#engine.care.changed(child);
        return { outcome: "stashed", stashed: stashed + 1, retryAfterMs: admission.retryAfterMs };
      case "reply":
        this.#engine.record({ type: "message.replied", ...facts });
        message.settle?.({ outcome: "replied", reply: admission.reply });
        return { outcome: "replied", reply: admission.reply };
      case "standIn":
        // It has to be seen when the child is up again.
        this.#box(child);
        return this.#redirect(child, message, availability.because);
      case "refuse":
        return this.refuse(id, message, admission.reason, admission.retryAfterMs);
    }
  }

  /** Not without a trace: a record is what becomes of it. */
  refuse(id: string, message: Message, reason: MessageRefusal, retryAfterMs: number | null): Delivery {
    this.#drop(id, message, reason, retryAfterMs);
    message.settle?.({ outcome: "refused", reason, retryAfterMs });
    return { outcome: "refused", reason, retryAfterMs };
  }

  /** `message` has had its answer, or waits no longer for one. */
  done(child: Child, message: Message, because: "answered" | "timed_out"): void {
    const box = this.#boxes.get(child);
    if (box === undefined) return;
    const index = box.waiting.indexOf(message);
    if (index >= 0) {
      box.waiting.splice(index, 1);
      this.#drop(child.spec.id, message, "timed_out", null);
    }
    const { holder } = message;
    if (!box.open.delete(message) || holder === null) return;
    if (because === "answered" && holder.incarnation !== null) box.proven = holder.incarnation;
    if (because === "timed_out") this.#unanswered(child, message, because);
    this.#engine.care.changed(child);
  }

  /** What is under way to `child`; null: nothing that has to be remembered. */
  stored(child: Child): StoredMessages | null {
    const box = this.#boxes.get(child);
    return box === undefined ? null : storedMessages(box);
  }

  /** What waited waits on. Of the rest a record tells: whoever asked is gone. */
  resume(child: Child, { waiting, open, proven, wake }: StoredMessages): void {
    const { id } = child.spec;
    const box = this.#box(child);
    box.proven = proven;
    box.woken = wake;
    for (const { type, at, event } of waiting) {
      const message: Message = { event: event ?? { type }, at, settle: null, holder: null };
      if (event === null) this.#drop(id, message, "not_persisted", null);
      else box.waiting.push(message);
    }
    for (const { type, incarnation } of open) {
      const because = "host_ended";
      this.#engine.record({ type: "message.unanswered", id, message: type, incarnation, because });
    }
  }

  cares(child: Child): boolean {
    return this.#boxes.has(child);
  }

  /** The tree is down. */
  close(): void {
    for (const [child, box] of this.#boxes) this.#abandon(child, box, "tree_stopped");
  }

  #availability(child: Child): Availability {
    const availability = availabilityOf(this.#engine, child);
    if (availability.kind !== "up" || child.spec.whileDown.kind !== "stash") return availability;
    const box = this.#boxes.get(child);
    const isOnTrial =
      child.recovery?.isProbing === true || (child.spec.whileDown.trial && child.incarnation > 1);
    if (box === undefined || !isOnTrial) return availability;
    const isTried = [...box.open].some(({ holder }) => holder?.incarnation === child.incarnation);
    if (!isTried || box.proven === child.incarnation) return availability;
    return { kind: "coming", because: "half_open", at: null };
  }

  /** `child` has come up, gone down or changed: so may have what is under way to it. */
  look(child: Child): void {
    const box = this.#boxes.get(child);
    if (box === undefined) return;
    for (const message of box.open) {
      if (message.holder === null || !isOver(message.holder.ref)) continue;
      box.open.delete(message);
      this.#unanswered(child, message, "ended");
      message.settle?.({ outcome: "unknown", incarnation: message.holder.incarnation });
    }
    this.#engine.children.cancel(box.wake);
    box.wake = null;
    const availability = this.#availability(child);
    if (availability.kind === "gone") return this.#abandon(child, box, availability.because);
    if (availability.kind === "up") this.#dismiss(child, box);
    this.#drain(child);
    if (availability.kind === "coming" && availability.because === "in_grace" && availability.at !== null) {
      const { at } = availability;
      const order = box.woken?.at === at ? box.woken.order : undefined;
      box.wake = this.#engine.children.deadline(at, () => this.look(child), order);
    }
  }

  /** In the order in which they came, as long as the child lives: what is left waits for its next incarnation. */
  #drain(child: Child): void {
    const waiting = this.#boxes.get(child)?.waiting ?? [];
    while (waiting.length > 0 && this.#availability(child).kind === "up") {
      const message = waiting.shift();
      if (message === undefined) return;
      const waitedMs = this.#engine.deadlines.clock.now() - message.at;
      const { incarnation } = this.#deliver(child, message);
      const { id } = child.spec;
      const { type } = message.event;
      this.#engine.record({ type: "message.delivered", id, message: type, incarnation, waitedMs });
    }
  }

  #deliver(child: Child, message: Message): Extract<Delivery, { outcome: "delivered" }> {
    const { ref, incarnation } = child;
    if (ref !== null) this.#give(child, message, ref, incarnation);
    return { outcome: "delivered", incarnation };
  }

  #give(child: Child, message: Message, ref: AnyActorRef, incarnation: number | null): void {
    message.holder = { ref, incarnation };
    if (message.settle !== null) this.#box(child).open.add(message);
    ref.send(message.event);
  }

  #redirect(child: Child, message: Message, reason: DownReason): Delivery {
    const { id, whileDown } = child.spec;
    const standIn = whileDown.kind === "standIn" ? this.standIns.of(child, whileDown) : null;
    if (standIn === null) return this.refuse(id, message, reason, null);
    this.#engine.record({ type: "message.redirected", id, message: message.event.type, reason });
    this.#give(child, message, standIn, null);
    return { outcome: "redirected" };
  }

  /** The child is up again; a stand-in goes when it has answered everything. */
  #dismiss(child: Child, box: Box): void {
    const standIn = this.standIns.running(child);
    if (![...box.open].some(({ holder }) => holder?.ref === standIn)) this.standIns.end(child);
  }

  /** Nothing comes of what waits; a stand-in stays as long as the child is registered. */
  #abandon(child: Child, box: Box, reason: MessageRefusal): void {
    for (const message of box.waiting.splice(0)) {
      this.#drop(child.spec.id, message, reason, null);
      message.settle?.({ outcome: "dropped", reason });
    }
    if (reason !== "removed" && reason !== "tree_stopped") return;
    this.#engine.children.cancel(box.wake);
    this.standIns.end(child);
    for (const message of box.open) {
      this.#unanswered(child, message, "ended");
      message.settle?.({ outcome: "unknown", incarnation: message.holder?.incarnation ?? null });
    }
    this.#boxes.delete(child);
  }

  #drop(
    id: string,
    { event, at }: Message,
    reason: MessageRefusal | "timed_out" | "not_persisted",
    retryAfterMs: number | null,
  ): void {
    const waitedMs = this.#engine.deadlines.clock.now() - at;
    this.#engine.record({ type: "message.dropped", id, message: event.type, reason, retryAfterMs, waitedMs });
  }

  #unanswered(child: Child, { event, holder }: Message, because: "ended" | "timed_out"): void {
    const incarnation = holder?.incarnation ?? null;
    const { id } = child.spec;
    this.#engine.record({ type: "message.unanswered", id, message: event.type, incarnation, because });
  }

  #box(child: Child): Box {
    const before = this.#boxes.get(child);
    if (before !== undefined) return before;
    const box = newBox();
    this.#boxes.set(child, box);
    return box;
  }
}
