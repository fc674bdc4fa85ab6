import type { AnyActorRef, AnyStateMachine } from "xstate";

/** The part of XState's actor scope that is used here; pinned by `test/runtime/xstate-contract.test.ts`. */
interface Scope {
  readonly self: AnyActorRef;
  stopChild(child: AnyActorRef): void;
}

/**
 * `machine`, except that it takes its children down with it when a guard, an action or an assign of it throws. XState
 * leaves them running, and `stop()` no longer reaches them.
 *
 * @see https://github.com/statelyai/xstate/issues/5153
 */
export function fenced<M extends AnyStateMachine>(machine: M): M {
  const wrapped = Object.create(machine) as M;
  wrapped.transition = (snapshot, event, scope) => {
    try {
      return machine.transition(snapshot, event, scope);
    } catch (error) {
      for (const child of Object.values<AnyActorRef | undefined>(snapshot.children)) {
        if (child !== undefined) (scope as Scope).stopChild(child);
      }
      throw error;
    }
  };
  return wrapped;
}
