/**
 * The supervisor's chart, with its crash budgets, taking the facts of a log again: what it decides is what it must have
 * decided then. Plugins, recoveries, migrations and attempts are inert here; what they did is in the log.
 *
 * @module
 */
import { type AnyStateMachine, createActor, fromTransition, type SnapshotFrom } from "xstate";
import type { crashBudgetMachine } from "../../machines/crash-budget.ts";
import { budgetId, supervisorMachine } from "../../machines/supervisor.ts";
import { HomeostatError, toFailure } from "../core/errors.ts";
import type { CrashBudgetPolicy } from "../core/crash-budget.ts";
import type { Occurrence, SupervisionRecord } from "../core/records.ts";
import type { SpawnBudgetPolicy } from "../core/spawn-budget.ts";
import { type Decision, eventOf, isDecision, subjectOf } from "./facts.ts";
import { HeldTimers } from "./timers.ts";

/** The part of a configuration that decides about starts. */
export interface ReplayPolicy {
  readonly crashBudget: CrashBudgetPolicy;
  readonly spawnBudget: SpawnBudgetPolicy | null;
}

const inert = fromTransition((state: null) => state, null);
const machine = (supervisorMachine as AnyStateMachine).provide({
  actors: { pluginLifecycle: inert, recovery: inert, migration: inert, leaseRecovery: inert },
}) as typeof supervisorMachine;

export class Rederivation {
  readonly timers = new HeldTimers();
  readonly #actor;
  #told: Decision[] = [];
  #failure: { readonly thrown: unknown } | null = null;

  /** As the supervisor was after `started`, under `policy`. */
  constructor(started: SupervisionRecord<"supervisor.started">, policy: ReplayPolicy = started) {
    const { crashBudget, spawnBudget } = policy;
    const plugins = started.names.map((name) => ({ name, spec: null }));
    const input = { plugins, crashBudget, spawnBudget, recipes: {} };
    this.#actor = createActor(machine, { input, clock: this.timers as never });
    this.#actor.on("*", (told: Occurrence) => {
      if (isDecision(told)) this.#told.push(told);
    });
    this.#actor.subscribe({ error: (thrown) => (this.#failure = { thrown }) });
    this.#actor.start();
    this.#actor.send({ type: "supervisor.start", at: started.monotonicMs });
  }

  /** What is decided on account of the fact `record`, in order. */
  take(record: SupervisionRecord): Decision[] {
    const event = eventOf(record);
    if (event === null || !this.#concernsUs(event)) return [];
    this.timers.owner = "server" in record ? subjectOf(record) : null;
    this.timers.at = record.monotonicMs;
    this.#actor.send(event);
    return this.#collect();
  }

  /** What is decided when the timer of `key` fires; nothing when it has none. */
  fire(key: string): Decision[] {
    this.timers.fire(key);
    return this.#collect();
  }

  supervisor(): SnapshotFrom<typeof supervisorMachine> {
    return this.#actor.getSnapshot();
  }

  /** `undefined` for a backend that has no crash budget yet. */
  budget(key: string): SnapshotFrom<typeof crashBudgetMachine> | undefined {
    const children: Readonly<Record<string, { getSnapshot(): unknown } | undefined>> =
      this.supervisor().children;
    return children[budgetId(key)]?.getSnapshot() as SnapshotFrom<typeof crashBudgetMachine> | undefined;
  }

  /** A word on an escalation goes to the chart that asked: what that did with it is in the log. */
  #concernsUs(event: NonNullable<ReturnType<typeof eventOf>>): boolean {
    if (event.type !== "escalation.act") return true;
    const { escalations } = this.supervisor().context;
    return event.verb === "resolve" && escalations.some((it) => it.id === event.id && it.actor === null);
  }

  #collect(): Decision[] {
    if (this.#failure !== null) {
      const { thrown } = this.#failure;
      throw new HomeostatError("internal", `the chart threw: ${toFailure(thrown).message}`, {}, thrown);
    }
    const told = this.#told;
    this.#told = [];
    return told;
  }
}
