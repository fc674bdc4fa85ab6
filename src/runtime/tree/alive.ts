import type { AnyActorRef, EventObject } from "xstate";

/** What a child tells its supervisor. */
export interface ChildAlive extends EventObject {
  readonly type: "child.alive";
  readonly child: AnyActorRef;
}

/**
 * The sign of life that a watchdog waits for, to be sent to the parent: `sendParent(({ self }) => childAlive(self))`. It
 * counts for the incarnation that says it, and for no other.
 */
export const childAlive = (self: AnyActorRef): ChildAlive => ({ type: "child.alive", child: self });
