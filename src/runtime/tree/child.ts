import { type AnyActorLogic, type AnyActorRef, createActor, type Snapshot, StateMachine } from "xstate";
import type { AnyLogic, ChildSpec } from "../../core/child-spec.ts";
import type { Deadline } from "./deadlines.ts";
import { type Cause, type Ending, endingOf, failed } from "./exit.ts";

/** `restarting`: down, and its restart is decided. `quarantined`: down until it is reset or started by hand. */
export type ChildState = "running" | "restarting" | "stopping" | "stopped" | "quarantined";

/** A child of a tree, over all its incarnations. */
export interface Child {
  spec: ChildSpec;
  state: ChildState;
  /** The present incarnation; null while it is down. */
  ref: AnyActorRef | null;
  incarnation: number;
  startedAt: number;
  /** Restarts that count, and those since it was last stable. */
  times: readonly number[];
  attempt: number;
  /** Of its last failure, also after it has come back. */
  lastCause: Cause | null;
  /** Of its stop or of its restart. */
  deadline: Deadline | null;
  /** To be called when it is down. */
  waiting: (() => void)[] | null;
}

export type Launch =
  | { readonly kind: "started"; readonly ref: AnyActorRef; readonly info: unknown }
  | { readonly kind: "ignored" }
  | { readonly kind: "failed"; readonly ending: Ending };

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
