/**
 * The semi-internal surface of XState that inspecting needs, and nothing else here touches: an actor's parent, logic and
 * options, and the transitions of a microstep. Pinned by `test/inspect/xstate-contract.test.ts`; a version of XState
 * without them costs exactness, not the observer.
 *
 * @module
 */
import {
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type AnyTransitionDefinition,
  fromCallback,
  fromEventObservable,
  fromObservable,
  fromPromise,
  fromTransition,
  type Snapshot,
} from "xstate";
import { takenOf } from "../explore/stepper/conflicts.ts";
import type { ActorInfo } from "./protocol/record.ts";

/** An actor as inspection events have it. */
export interface ActorLike {
  readonly sessionId: string;
  readonly id?: string;
  readonly systemId?: string;
  readonly src?: unknown;
  readonly logic?: object;
  readonly _parent?: ActorLike;
  readonly options?: { readonly systemId?: string };
  getSnapshot(): Snapshot<unknown>;
}

export function parentOf(actor: ActorLike): ActorLike | undefined {
  return actor._parent;
}

/** The machine that `actor` runs. Also one that is wrapped (`Object.create(machine)`). */
export function machineOf({ logic }: ActorLike): AnyStateMachine | null {
  if (logic === undefined || !("getStateNodeById" in logic) || !("root" in logic)) return null;
  return logic as AnyStateMachine;
}

/** The id, and whether XState made it up: it is the session id then. */
export function idOf({ id, sessionId }: ActorLike): { id: string; isGiven: boolean } {
  return { id: id ?? sessionId, isGiven: id !== undefined && id !== sessionId };
}

export function systemIdOf({ systemId, options }: ActorLike): string | null {
  return systemId ?? options?.systemId ?? null;
}

/** `null` for inline logic, and for the id that XState gives to an inline invoke. */
export function srcOf({ src }: ActorLike): string | null {
  return typeof src === "string" && !src.startsWith("xstate.invoke.") ? src : null;
}

/** XState's creators of logic leave no name on it: it is told by the source of its transition function. */
export function logicOf(actor: ActorLike): ActorInfo["logic"] {
  if (machineOf(actor) !== null) return "machine";
  const { transition } = (actor.logic ?? {}) as { transition?: unknown };
  return kinds.get(String(transition)) ?? "other";
}

const kinds = new Map<string, ActorInfo["logic"]>([
  [String(fromPromise(() => Promise.resolve()).transition), "promise"],
  [String(fromCallback(() => {}).transition), "callback"],
  [String(fromObservable(() => ({ subscribe: () => ({ unsubscribe() {} }) })).transition), "observable"],
  [String(fromEventObservable(() => ({ subscribe: () => ({ unsubscribe() {} }) })).transition), "observable"],
  [String(fromTransition(() => null, null).transition), "transition"],
]);

/** Those that were really taken; `null` if this version of XState does not say. */
export function transitionsTaken(
  selected: readonly AnyTransitionDefinition[] | undefined,
  before: AnyMachineSnapshot | undefined,
): readonly AnyTransitionDefinition[] | null {
  if (!Array.isArray(selected)) return null;
  return before === undefined ? selected : takenOf(selected, before);
}
