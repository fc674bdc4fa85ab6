import {
  type AnyActorLogic,
  type AnyActorRef,
  type AnyStateMachine,
  createActor,
  type Snapshot,
  StateMachine,
} from "xstate";
import type { AnyLogic } from "../../core/actor-logic.ts";
import type { ChildSpec, TreePolicy } from "../../core/child-spec.ts";
import type { Budget } from "./budgets.ts";
import type { Deadline } from "./deadlines.ts";
import { type Cause, type Ending, endingOf, failed } from "./exit.ts";

/**
 * `restarting`: down, and its restart is decided. `waiting`: down until what it requires is ready. `refused`: down until
 * its budget lets it pass again. `quarantined`: down until it is reset or started by hand, or a probe cures it.
 */
export type ChildState =
  | "running"
  | "restarting"
  | "waiting"
  | "stopping"
  | "stopped"
  | "refused"
  | "quarantined";

/** A failure as an escalation tells it; `at` is wall-clock time. The stack of its cause is in the record of the exit. */
export interface ChildFailure {
  readonly at: number;
  readonly incarnation: number;
  readonly cause: Cause | null;
}

/** What a child has that has failed. */
export interface Recovery {
  budget: Budget | null;
  /** For the outer limit. */
  refusedAt: readonly number[];
  crashedAt: readonly number[];
  /** The last ones since it was stable, oldest first. */
  failures: readonly ChildFailure[];
  /** It is started to see whether it is well again; a failure takes it back to quarantine. */
  isProbing: boolean;
  /** When a quarantined one may be probed; null: when a person says so. */
  probeAt: number | null;
  /** Down with it, to come back with it. */
  companions: readonly Child[];
  /** To be told whether it is cured. */
  verdicts: (() => void)[] | null;
}

/** It is stopped because it failed without an end of its own, or to be started again. */
export type StopFor =
  | { readonly kind: "failure"; readonly error: unknown; readonly uptimeMs: number }
  | { readonly kind: "start" };

/** A child of a tree, over all its incarnations. */
export interface Child {
  spec: ChildSpec;
  state: ChildState;
  /** The present incarnation; null while it is down. */
  ref: AnyActorRef | null;
  incarnation: number;
  startedAt: number;
  isReady: boolean;
  /** Null until its first failure. */
  recovery: Recovery | null;
  /** Restarts since it was last stable. */
  attempt: number;
  /** Of its last failure, also after it has come back. */
  lastCause: Cause | null;
  /** What its stop, which is under way, is for; null: nothing comes after it. */
  stopFor: StopFor | null;
  /** Of its stop, its restart, its readiness or its proof. */
  deadline: Deadline | null;
  /** To be called when it is down. */
  waiting: (() => void)[] | null;
}

export type Launch =
  | { readonly kind: "started"; readonly ref: AnyActorRef; readonly info: unknown }
  | { readonly kind: "ignored" }
  /** It is started as soon as these are ready. */
  | { readonly kind: "waiting"; readonly requires: readonly string[] }
  | { readonly kind: "failed"; readonly ending: Ending };

export const newChild = (spec: ChildSpec): Child => ({
  spec,
  state: "stopped",
  ref: null,
  incarnation: 0,
  startedAt: 0,
  isReady: false,
  recovery: null,
  attempt: 0,
  lastCause: null,
  stopFor: null,
  deadline: null,
  waiting: null,
});

/** One for all that have nothing: ten thousand may fail at once. */
export const none: readonly never[] = [];

export const recoveryOf = (child: Child): Recovery =>
  (child.recovery ??= {
    budget: null,
    refusedAt: none,
    crashedAt: none,
    failures: none,
    isProbing: false,
    probeAt: null,
    companions: none,
    verdicts: null,
  });

interface Created {
  readonly ref: AnyActorRef | null;
  readonly ending: Ending | null;
  readonly info: unknown;
}

/** The part of XState's actor scope that is used here; pinned by `test/runtime/tree/xstate-contract.test.ts`. */
export interface Scope {
  readonly self: AnyActorRef;
  emit(event: { type: string }): void;
  stopChild(child: AnyActorRef): void;
}

/** Logic that is told to stop by an event: trees, and machines that name it. */
export const orderly = new WeakSet<object>();
export const isOrderly = (logic: AnyLogic): boolean => {
  if (orderly.has(logic)) return true;
  if (!(logic instanceof StateMachine) || !logic.events.includes("child.shutdown")) return false;
  orderly.add(logic);
  return true;
};

/** Whether an incarnation of it can go on in another host. */
export const isVersioned = (logic: unknown): logic is AnyStateMachine =>
  logic instanceof StateMachine && (logic as AnyStateMachine).version !== undefined;

/** What an incarnation goes on from, and what is to be done with it before it is started. */
export interface Reopened {
  readonly snapshot: Snapshot<unknown>;
  readonly arm: (ref: AnyActorRef) => void;
}

/** An incarnation of `spec`, started unless it is broken from the first. */
export function create(
  { id, logic, input, systemId, info }: ChildSpec,
  scope: Scope,
  reopened?: Reopened,
): Created {
  const parent = scope.self;
  let ref: AnyActorRef | null = null;
  try {
    ref = createActor(logic as AnyActorLogic, { id, input, systemId, parent, snapshot: reopened?.snapshot });
    reopened?.arm(ref);
    // One that is broken already is not started: it would have to be reported, and is not there.
    if (ref.getSnapshot().status !== "error") ref.start();
    return { ref, ending: endingOf(ref), info: info === undefined ? null : info(ref.getSnapshot()) };
  } catch (error) {
    if (ref !== null) scope.stopChild(ref);
    return { ref: null, ending: failed(error), info: null };
  }
}

const comesBack: ReadonlySet<ChildState> = new Set(["restarting", "waiting", "refused"]);

/** Whether the end of a significant child is that of its supervisor. */
export function endsTree(
  rule: TreePolicy["autoShutdown"],
  children: Iterable<Child>,
  isPending: (child: Child) => boolean,
): boolean {
  if (rule !== "allSignificant") return rule === "anySignificant";
  const isGone = (it: Child): boolean =>
    !it.spec.significant || (it.ref === null && !comesBack.has(it.state) && !isPending(it));
  return [...children].every(isGone);
}
