import type { AnyActorRef, EventObject } from "xstate";
import { type Checked, checkInstance, type ChildSpec, type TreePolicy } from "../../core/child-spec.ts";
import { type ExitReason, wantsRestart } from "../../core/supervision.ts";
import { Care } from "./care.ts";
import { type Child, endsTree, type Scope } from "./child.ts";
import { Children } from "./children.ts";
import type { Deadlines } from "./deadlines.ts";
import { Escalations } from "./escalations.ts";
import { causeOf, type ChildReported, type Ending, endingOf, failed, withoutStack } from "./exit.ts";
import { Group } from "./group.ts";
import { Quarantine } from "./quarantine.ts";
import type { Records, TreeOccurrence } from "./records.ts";
import { Restarts } from "./restarts.ts";
import { done, type TreeDefinition, type TreePhase, type TreeResult } from "./result.ts";

/** What surrounds a supervisor. */
interface World {
  readonly above: Engine | undefined;
  readonly deadlines: Deadlines;
  readonly records: Records;
  readonly chance: () => number;
  readonly finalStop: ((event: EventObject) => boolean) | null;
}

/** One incarnation of a supervisor: routes what its actor receives and decides what it means. */
export class Engine {
  phase: TreePhase = "created";
  result: TreeResult | null = null;
  policy: TreePolicy;
  template: ChildSpec | null;
  readonly children: Children;
  readonly self: AnyActorRef;
  readonly deadlines: Deadlines;
  readonly records: Records;
  /** To be called when the tree is down. */
  readonly ended = new Set<() => void>();
  readonly escalations: Escalations;
  readonly restarts: Restarts;
  readonly quarantine: Quarantine;
  readonly chance: () => number;
  readonly care: Care;
  readonly definition: TreeDefinition;
  readonly group: Group;
  /** Instances of the template so far. */
  instances = 0;
  #finalStop: ((event: EventObject) => boolean) | null;
  /** The final message was seen: the next end of a child is that of the tree. */
  isFinal = false;

  constructor(definition: TreeDefinition, scope: Scope, world: World) {
    this.policy = definition.policy;
    this.template = definition.template;
    this.definition = definition;
    this.self = scope.self;
    this.deadlines = world.deadlines;
    this.records = world.records;
    this.chance = world.chance;
    this.#finalStop = world.finalStop;
    this.escalations = new Escalations(world.records);
    this.restarts = new Restarts(this, world.above?.restarts.budgets ?? null);
    this.quarantine = new Quarantine(this);
    this.care = new Care(this, scope);
    this.children = new Children(scope, world.deadlines, world.records, {
      slots: () => this.policy.startSlots,
      onUnready: (child) => this.#unready(child),
      onReady: (child) => this.quarantine.ready(child),
      onDue: (child) => this.restarts.begin(child),
      onChange: (child) => this.care.changed(child),
    });
    this.group = new Group(this.children, world.deadlines, world.records, (child, ending) =>
      this.restarts.failed(child, ending, null),
    );
  }

  now(): number {
    return this.deadlines.clock.now();
  }

  wallNow(): number {
    return this.records.wallNow();
  }

  record(occurrence: TreeOccurrence): void {
    this.records.add(occurrence);
  }

  /** An event that is not for the tree itself. */
  saw(event: EventObject): void {
    if (this.#finalStop?.(event) === true) this.isFinal = true;
  }

  /** The specification of another instance of the template. */
  instance(template: ChildSpec, given: unknown): Checked<ChildSpec> {
    return checkInstance(given, template, () => `${template.id}:${++this.instances}`);
  }

  /** A child has ended, says XState; which incarnation, only its snapshot tells. */
  exited(id: string): void {
    const child = this.children.get(id);
    if (child === undefined || child.ref === null) return this.care.ended(id);
    const ending = endingOf(child.ref);
    // The event of an incarnation that has been replaced meanwhile.
    if (ending === null) return;
    if (child.state === "stopping") return this.children.ended(child);
    const uptimeMs = this.children.exited(child, child.ref, ending);
    this.fell(child, ending, uptimeMs);
  }

  /** `child` is down and nobody asked for it. */
  fell(child: Child, ending: Ending, uptimeMs: number): void {
    if (ending.cause !== null) child.lastCause = withoutStack(ending.cause);
    if (this.phase !== "running") return;
    const { id } = child.spec;
    if (ending.directive === "terminateTree") {
      const reason = this.policy.propagate ? "terminateTree" : "shutdown";
      return this.shutdown(`"${id}" asked for it`, done(reason, { child: id }));
    }
    if (this.isFinal)
      return this.shutdown(`"${id}" ended after the final message`, done("shutdown", { final: id }));
    // It goes down with its group anyway, and comes back with it.
    if (this.group.isStopping(child)) return;
    if (wantsRestart(child.spec.restart, ending.reason)) return this.restarts.failed(child, ending, uptimeMs);
    if (child.spec.restart === "temporary") this.children.remove(child);
    if (child.spec.significant) this.#autoShutdown(child);
  }

  #autoShutdown(child: Child): void {
    const rule = this.policy.autoShutdown;
    if (!endsTree(rule, this.children.values(), (it) => this.group.has(it))) return;
    const { id } = child.spec;
    this.record({ type: "autoShutdown.triggered", id, rule });
    this.shutdown(`significant "${id}" ended`, done("shutdown", { autoShutdown: id }));
  }

  /** Forgets the restarts of `child`; nothing is started. */
  reset(child: Child): void {
    this.restarts.forget(child);
    this.quarantine.lift(child);
    this.escalations.close(child.spec.id, "reset");
  }

  /** Ends one that runs as if it had crashed. */
  failRunning(child: Child, error: unknown, then: () => void): void {
    this.record({ type: "failure.reported", id: child.spec.id, cause: causeOf(error) });
    const uptimeMs = this.now() - child.startedAt;
    child.stopFor = { kind: "failure", error, uptimeMs };
    this.children.terminate(child, () => {
      // Whoever waited before may have started it again.
      if (child.ref === null) this.fell(child, failed(error), uptimeMs);
      then();
    });
  }

  #unready(child: Child): void {
    const { id, readyWithinMs } = child.spec;
    this.failRunning(child, new Error(`"${id}" was not ready within ${readyWithinMs} ms`), () => {});
  }

  /** What a child says about itself, unless it is of an incarnation that is gone. */
  reported({ type, id, sessionId }: ChildReported): void {
    const child = this.children.get(id);
    if (child?.ref?.sessionId !== sessionId) return;
    if (type === "child.healthy") this.restarts.healthy(child);
    else this.detach(child, child.ref);
  }

  detach(child: Child, ref: AnyActorRef): () => void {
    this.group.leave(child);
    this.escalations.close(child.spec.id, "detached");
    return this.children.detach(child, ref);
  }

  /** No longer a part of the restart that is pending for its group. */
  leaveGroup(child: Child): void {
    this.group.leave(child);
  }

  /** Stops everything in reverse order, then ends with `result`; the first reason is the one that stays. */
  shutdown(because: string, result: TreeResult): void {
    if (this.phase === "stopping" || this.phase === "stopped") return;
    this.phase = "stopping";
    this.record({ type: "tree.stopping", because });
    this.group.dissolve();
    this.children.terminateAll([...this.children.values()].toReversed(), () => this.#finish(because, result));
  }

  #finish(because: string, result: TreeResult): void {
    this.result = result;
    this.#close(because, result.status === "error" ? "abnormal" : "shutdown");
  }

  #close(because: string, reason: ExitReason): void {
    this.phase = "stopped";
    this.care.close();
    this.children.starts.close();
    this.children.clear();
    this.record({ type: "tree.stopped", reason, because });
    const ended = [...this.ended];
    this.ended.clear();
    for (const tell of ended) tell();
  }

  /** Its actor is being stopped: nothing can be waited for. */
  kill(): void {
    if (this.phase === "stopped") return;
    this.group.dissolve();
    this.children.kill();
    this.#close("it was stopped at once", "shutdown");
  }

  /** It threw: nobody would look after its children any more. */
  crash(error: unknown): void {
    this.record({ type: "tree.failed", cause: causeOf(error) });
    this.result = { status: "error", output: undefined, error };
    this.kill();
  }
}
