/**
 * What a step asks of the world, as data.
 *
 * @module
 */
import type { AnyActorRef, AnyEventObject, AnyMachineSnapshot } from "xstate";
import type { RawAction } from "../xstate-adapter.ts";

export type Effect =
  /** a delayed `raise` or `sendTo`; `id` is what `cancel` names */
  | {
      readonly kind: "timerSet";
      readonly id: string | null;
      readonly event: AnyEventObject;
      readonly delayMs: number;
      readonly to: Recipient;
    }
  | { readonly kind: "timerCancelled"; readonly id: string }
  /** invoked, or spawned */
  | { readonly kind: "actorStarted"; readonly id: string; readonly src: string; readonly input: unknown }
  | { readonly kind: "actorStopped"; readonly id: string }
  | { readonly kind: "sent"; readonly to: Recipient; readonly event: AnyEventObject }
  | { readonly kind: "emitted"; readonly event: AnyEventObject }
  /** an action of the machine's own */
  | { readonly kind: "performed"; readonly action: string; readonly params: unknown };

/** `self`, or the id of a child or of another actor. */
export type Recipient = string;

/** The effects of `actions`, in order; then the actors that an `assign` spawned between `before` and `after`. */
export function effectsOf(
  actions: readonly RawAction[],
  before: AnyMachineSnapshot | null,
  after: AnyMachineSnapshot,
  self: AnyActorRef,
): readonly Effect[] {
  if (actions.length === 0 && before?.children === after.children) return [];
  const effects: Effect[] = [];
  const known = new Set<AnyActorRef>(Object.values(before?.children ?? {}));
  for (const action of actions) {
    const effect = effectOf(action, known, self);
    if (effect !== null) effects.push(effect);
  }
  for (const child of Object.values<AnyActorRef | undefined>(after.children)) {
    if (child === undefined || known.has(child)) continue;
    effects.push({ kind: "actorStarted", id: child.id, src: sourceOf(child), input: undefined });
  }
  return effects;
}

function effectOf({ type, params }: RawAction, known: Set<AnyActorRef>, self: AnyActorRef): Effect | null {
  const given = (params ?? {}) as Partial<{
    id: string;
    event: AnyEventObject;
    delay: number;
    sendId: string;
    to: AnyActorRef | string;
    targetId: string;
    actorRef: AnyActorRef;
    input: unknown;
  }>;
  const { id = null, event = { type: "" }, delay, actorRef } = given;
  switch (type) {
    case "xstate.raise":
      return typeof delay === "number" ? { kind: "timerSet", id, event, delayMs: delay, to: "self" } : null;
    case "xstate.sendTo": {
      const to = recipient(given.to, given.targetId, self);
      return typeof delay === "number"
        ? { kind: "timerSet", id, event, delayMs: delay, to }
        : { kind: "sent", to, event };
    }
    case "xstate.cancel":
      return { kind: "timerCancelled", id: String(given.sendId) };
    case "xstate.spawnChild":
      if (actorRef === undefined) return null;
      known.add(actorRef);
      return { kind: "actorStarted", id: actorRef.id, src: sourceOf(actorRef), input: given.input };
    case "xstate.stopChild":
      // `params` is the actor itself; undefined when there was none to stop.
      return params === undefined ? null : { kind: "actorStopped", id: (params as AnyActorRef).id };
    case "xstate.emit":
      return { kind: "emitted", event };
    case "xstate.log":
    case "xstate.assign":
    case "xstate.enqueueActions":
      return null;
    default:
      return { kind: "performed", action: type, params };
  }
}

function recipient(
  to: AnyActorRef | string | undefined,
  targetId: string | undefined,
  self: AnyActorRef,
): Recipient {
  if (to === undefined || to === self) return "self";
  return targetId ?? (typeof to === "string" ? to : to.id);
}

/** The name by which an actor was invoked or spawned. */
export function sourceOf(child: AnyActorRef): string {
  const { src } = child as { src?: unknown };
  return typeof src === "string" ? src : "(inline)";
}
