import type { AnyActorRef } from "xstate";
import { type Checked, checkInstance, type ChildSpec, type TreePolicy } from "../../core/child-spec.ts";
import { HomeostatError } from "../../core/errors.ts";
import { decideRestart } from "../../core/restart.ts";
import { type ExitReason, wantsRestart } from "../../core/supervision.ts";
import type { Child, Scope } from "./child.ts";
import { Children } from "./children.ts";
import type { Deadlines } from "./deadlines.ts";
import { causeOf, type Ending, endingOf, isUnrecoverable } from "./exit.ts";
import { Group } from "./group.ts";
import type { Records, TreeOccurrence } from "./records.ts";
import { done, earliestOf, type TreeDefinition, type TreePhase, type TreeResult } from "./result.ts";

interface Memory {
  readonly times: readonly number[];
  readonly instances: number;
  readonly group: Group;
  readonly relaunch: (child: Child) => void;
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
  /** Children whose quarantine nobody has dealt with. */
  readonly escalations = new Set<string>();
  readonly #chance: () => number;
  readonly #static: readonly ChildSpec[];
  readonly #group: Group;
  /** Instances of the template so far. */
  #instances = 0;
  /** Restarts that count, where all children share the limit. */
  #times: readonly number[] = [];

  constructor(
    definition: TreeDefinition,
    scope: Scope,
    world: { readonly deadlines: Deadlines; readonly records: Records; readonly chance: () => number },
  ) {
    this.policy = definition.policy;
    this.template = definition.template;
    this.#static = definition.children;
    this.self = scope.self;
    this.deadlines = world.deadlines;
    this.records = world.records;
    this.#chance = world.chance;
    this.children = new Children(scope, world.deadlines, world.records);
    this.#group = new Group(this.children, world.deadlines, world.records, (child, ending) =>
      this.startFailed(child, ending),
    );
  }

  record(occurrence: TreeOccurrence): void {
    this.records.add(occurrence);
  }

  /** Starts the static children in order; the first that fails takes those before it down again, in reverse. */
  boot(): void {
    this.phase = "starting";
    for (const spec of this.#static) {
      const child = this.children.register(spec);
      const launch = this.children.launch(child);
      if (launch.kind !== "failed") continue;
      this.record({ type: "tree.startFailed", id: spec.id, cause: launch.ending.cause });
      const message = `failed_to_start_child "${spec.id}": ${launch.ending.cause?.message ?? "it ended at once"}`;
      const details = { id: spec.id, cause: launch.ending.cause };
      const error = new HomeostatError("failed_to_start_child", message, details, launch.ending.error);
      return this.shutdown(`failed to start "${spec.id}"`, { status: "error", output: undefined, error });
    }
    this.phase = "running";
    this.record({ type: "tree.started", children: this.children.size });
  }

  /** What `persist.ts` keeps of it, besides its children, and puts back. */
  memory(given?: { readonly times: readonly number[]; readonly instances: number }): Memory {
    if (given !== undefined) [this.#times, this.#instances] = [given.times, given.instances];
    const relaunch = (child: Child): void => this.#relaunch(child);
    return { times: this.#times, instances: this.#instances, group: this.#group, relaunch };
  }

  /** The specification of another instance of the template. */
  instance(template: ChildSpec, given: unknown): Checked<ChildSpec> {
    return checkInstance(given, template, () => `${template.id}:${++this.#instances}`);
  }

  /** A child has ended, says XState; which incarnation, only its snapshot tells. */
  exited(id: string): void {
    const child = this.children.get(id);
    if (child === undefined || child.ref === null) return;
    const ending = endingOf(child.ref);
    // The event of an incarnation that has been replaced meanwhile.
    if (ending === null) return;
    if (child.state === "stopping") return this.children.ended(child);
    const uptimeMs = this.children.exited(child, child.ref, ending);
    this.fell(child, ending, uptimeMs);
  }

  /** `child` is down and nobody asked for it. */
  fell(child: Child, ending: Ending, uptimeMs: number): void {
    child.lastCause = ending.cause ?? child.lastCause;
    if (this.phase !== "running") return;
    if (ending.directive === "terminateTree") {
      const reason = this.policy.propagate ? "terminateTree" : "shutdown";
      return this.shutdown(`"${child.spec.id}" asked for it`, done(reason, { child: child.spec.id }));
    }
    // It goes down with its group anyway, and comes back with it.
    if (this.#group.isStopping(child)) return;
    if (wantsRestart(child.spec.restart, ending.reason)) return this.restart(child, uptimeMs);
    if (child.spec.restart === "temporary") this.children.remove(child);
    if (child.spec.significant) this.#autoShutdown(child);
  }

  #autoShutdown({ spec: { id } }: Child): void {
    const rule = this.policy.autoShutdown;
    if (rule === "never") return;
    const isLast = (it: Child): boolean =>
      !it.spec.significant || (it.ref === null && it.state !== "restarting" && !this.#group.has(it));
    if (rule === "allSignificant" && ![...this.children.values()].every(isLast)) return;
    this.record({ type: "autoShutdown.triggered", id, rule });
    this.shutdown(`significant "${id}" ended`, done("shutdown", { autoShutdown: id }));
  }

  /** Asks the limit; `uptimeMs` null: it did not even start. */
  restart(child: Child, uptimeMs: number | null): void {
    const { limit, jitter, strategy } = this.policy;
    const isShared = limit.scope === "supervisor";
    const at = this.deadlines.clock.now();
    const times = isShared ? this.#times : child.times;
    const chance = jitter === "none" ? 0 : this.#chance();
    const decision = decideRestart({ times, attempt: child.attempt, uptimeMs, at, chance }, this.policy);
    if (isShared) this.#times = decision.times;
    else child.times = decision.times;
    child.attempt = decision.attempt;
    const { intensity, periodMs } = limit;
    const { attempt } = decision;
    const inputs = { id: child.spec.id, attempt, restarts: decision.times.length, intensity, periodMs };
    if (decision.kind === "exhausted") {
      const earliestAt = earliestOf(decision, intensity, periodMs);
      this.record({ type: "restart.refused", ...inputs, earliestAt });
      return this.#exhausted(child);
    }
    // What fails to start is tried again in a later turn: a loop of failures must not hold the host.
    const delayMs = Math.max(decision.delayMs, uptimeMs === null ? 1 : 0);
    const dueAt = at + delayMs;
    this.record({ type: "restart.scheduled", ...inputs, delayMs, dueAt });
    child.state = "restarting";
    const isNow = delayMs === 0;
    if (strategy !== "oneForOne") this.#group.join(child, strategy, dueAt, isNow);
    else if (isNow) this.#relaunch(child);
    else this.children.arm(child, dueAt, () => this.#relaunch(child));
  }

  #relaunch(child: Child): void {
    const launch = this.children.launch(child);
    if (launch.kind === "failed") this.startFailed(child, launch.ending);
  }

  startFailed(child: Child, ending: Ending): void {
    child.lastCause = ending.cause ?? child.lastCause;
    if (isUnrecoverable(ending.error)) this.quarantine(child, "unrecoverable");
    else this.restart(child, null);
  }

  #exhausted(child: Child): void {
    if (this.policy.onExhausted === "quarantine") return this.quarantine(child, "exhausted");
    const { id } = child.spec;
    this.shutdown(`the restarts of "${id}" are exhausted`, done("shutdown", { exhausted: id }));
  }

  quarantine(child: Child, because: "exhausted" | "unrecoverable"): void {
    const { id, significant } = child.spec;
    this.children.disarm(child);
    this.#group.dissolve();
    child.state = "quarantined";
    this.record({ type: "child.quarantined", id, because });
    if (!this.escalations.has(id)) {
      this.escalations.add(id);
      this.record({ type: "escalation.opened", id, because, toParent: significant });
    }
    if (!significant) return;
    const message = `the significant child "${id}" is quarantined: ${because}`;
    const error = new HomeostatError("child_quarantined", message, { id, because });
    this.shutdown(message, { status: "error", output: undefined, error });
  }

  /** Forgets the restarts of `child`; it stays down. */
  reset(child: Child): void {
    child.times = [];
    child.attempt = 0;
    if (this.policy.limit.scope === "supervisor") this.#times = [];
    if (child.state === "quarantined") child.state = "stopped";
    this.closeEscalation(child.spec.id, "reset");
  }

  closeEscalation(id: string, because: string): void {
    if (this.escalations.delete(id)) this.record({ type: "escalation.closed", id, because });
  }

  /** No longer a part of the restart that is pending for its group. */
  leaveGroup(child: Child): void {
    this.#group.leave(child);
  }

  /** Stops everything in reverse order, then ends with `result`; the first reason is the one that stays. */
  shutdown(because: string, result: TreeResult): void {
    if (this.phase === "stopping" || this.phase === "stopped") return;
    this.phase = "stopping";
    this.record({ type: "tree.stopping", because });
    this.#group.dissolve();
    this.children.terminateAll([...this.children.values()].toReversed(), () => this.#finish(because, result));
  }

  #finish(because: string, result: TreeResult): void {
    this.result = result;
    this.#close(because, result.status === "error" ? "abnormal" : "shutdown");
  }

  #close(because: string, reason: ExitReason): void {
    this.phase = "stopped";
    this.children.clear();
    this.record({ type: "tree.stopped", reason, because });
    const ended = [...this.ended];
    this.ended.clear();
    for (const tell of ended) tell();
  }

  /** Its actor is being stopped: nothing can be waited for. */
  kill(): void {
    if (this.phase === "stopped") return;
    this.#group.dissolve();
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
