/**
 * What can be seen of a machine after a step: its state, its context, its actors, and what it did meanwhile. All of it is
 * JSON, so that it can be written to a file and compared with what another implementation shows.
 *
 * @module
 */
import type { AnyActorRef, AnyEventObject, AnyMachineSnapshot, StateValue } from "xstate";
import type { Effect } from "../explore/stepper.ts";

export interface Observation {
  readonly value: StateValue;
  readonly status: "active" | "done" | "error" | "stopped";
  readonly context: unknown;
  /** Of a machine that is done. */
  readonly output?: unknown;
  /** Ids of its actors, sorted; an actor that was given none is `#`. */
  readonly actors: readonly string[];
  /** Since the step before, in order. */
  readonly effects: readonly SeenEffect[];
}

/** What others can notice of a step. */
export type SeenEffect =
  | { readonly emits: AnyEventObject }
  | { readonly sends: AnyEventObject; readonly to: string }
  /** An action of the machine's own, by name. */
  | { readonly does: string };

/** `effects` of one step, then the state that it led to. */
export function observe(snapshot: AnyMachineSnapshot, effects: readonly SeenEffect[]): Observation {
  const { value, status, context, output, children } = snapshot;
  return {
    value: plain(value) as StateValue,
    status,
    context: plain(context),
    ...(output === undefined ? {} : { output: plain(output) }),
    actors: actorNames(children),
    effects,
  };
}

export function seenEffects(effects: readonly Effect[]): readonly SeenEffect[] {
  return effects.flatMap((effect): SeenEffect[] => {
    switch (effect.kind) {
      case "emitted":
        return [{ emits: plain(effect.event) as AnyEventObject }];
      case "sent":
        return effect.to === "self" ? [] : [sentTo(effect.to, effect.event)];
      case "performed":
        return [{ does: effect.action }];
      case "timerSet":
      case "timerCancelled":
      case "actorStarted":
      case "actorStopped":
        return [];
    }
  });
}

export const sentTo = (to: string, event: AnyEventObject): SeenEffect => ({
  sends: plain(event) as AnyEventObject,
  to: nameOf(to),
});

export function actorNames(children: Readonly<Record<string, AnyActorRef | undefined>>): string[] {
  return Object.keys(children)
    .filter((id) => children[id] !== undefined)
    .map(nameOf)
    .toSorted();
}

/** XState numbers actors without an id across the process. */
const nameOf = (id: string): string => (/^x:\d+$/.test(id) ? "#" : id);

/** As JSON has it: actors by their name, errors by their message, sets and maps as lists, keys sorted. */
export function plain(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return primitive(value);
  if (Array.isArray(value)) return value.map((it) => plain(it) ?? null);
  if (value instanceof Error) return { error: value.message };
  if (value instanceof Date) return value.toJSON();
  if (value instanceof Set) return [...value].map((it) => plain(it) ?? null);
  if (value instanceof Map) return [...value].map(([key, it]) => [plain(key), plain(it) ?? null]);
  if ("sessionId" in value && "id" in value && "send" in value) return { actor: nameOf(String(value.id)) };
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value).toSorted()) {
    const inner = plain((value as Record<string, unknown>)[key]);
    if (inner !== undefined) copy[key] = inner;
  }
  return copy;
}

/** `undefined` for what JSON leaves out. */
function primitive(value: unknown): unknown {
  if (typeof value === "function" || typeof value === "symbol") return undefined;
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value !== "number") return value;
  if (!Number.isFinite(value)) return String(value);
  return value === 0 ? 0 : value;
}

/** Regions in one order, whichever way the machine has them. */
export const textOf = (value: unknown): string => JSON.stringify(plain(value)) ?? "undefined";
