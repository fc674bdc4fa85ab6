/**
 * Records: small tuples, one for each thing that happened. The first four places are the same in all:
 *
 * - `kind`, one letter;
 * - `seq`, counted by the source from 1;
 * - `at`, milliseconds since the source's `timeOrigin`, taken when it happened, not when it was sent;
 * - `actor`, the source's number of the actor it is about, from 1; 0: of none.
 *
 * `c` and `p` are coalesced, one for an actor and batch: their `at` is that of the snapshot they show, which may lie before
 * that of the records before them.
 *
 * This file needs no zod, so that a page can read records without it.
 *
 * @module
 */
import type { DomainRecord } from "./domain.ts";
import type { Encoded } from "./encoded.ts";

/** A state value of a machine; `null` for other actors. */
export type StateValue = string | { readonly [region: string]: StateValue };

/** An actor, when it is created. One that no other record follows was never started: do not show it. */
export interface ActorInfo {
  /** XState's session id, such as `x:3`: unique in its source, another one after a restart. */
  readonly session: string;
  /** The actor that created it; 0 for a root. */
  readonly parent: number;
  /** Its id within its parent. */
  readonly id: string;
  /** Ids from the root, joined by `/`: the same after a restart, for links. Ids made up by XState are `SRC#NUMBER`. */
  readonly path: string;
  readonly systemId: string | null;
  /** The name of its logic where it has one. */
  readonly src: string | null;
  readonly logic: "machine" | "promise" | "callback" | "observable" | "transition" | "other";
  /** `hash` of its definition; `null` unless it is a machine. */
  readonly def: string | null;
}

type Place<K extends string> = readonly [kind: K, seq: number, at: number, actor: number];

/** An actor is created. Its first value and context follow as `v` and `c`. */
export type ActorRecord = readonly [...Place<"a">, info: ActorInfo];
/** The actor got an event. `from` is the sender's number, 0: from outside. `event` is `null` if it has no payload. */
export type EventRecord = readonly [...Place<"e">, from: number, type: string, event: Encoded];
/** A microstep: places in `model.transitions` of those taken, in order, and the type of the event it took them for. */
export type TransitionRecord = readonly [...Place<"t">, transitions: readonly number[], type: string];
/** The actor has another state value, after a whole macrostep. */
export type ValueRecord = readonly [...Place<"v">, value: StateValue | null];
/** Its context, whole; of an actor that is not a machine, what its snapshot has instead: input, output or context. */
export type ContextRecord = readonly [...Place<"c">, context: Encoded];
/** Its context, as a change by top-level keys of the last one sent; the `catchUp` of a gap has the changes within it. */
export type PatchRecord = readonly [
  ...Place<"p">,
  set: { readonly [key: string]: Encoded },
  unset: readonly string[],
];
/** An action is about to be executed. `params` is `null` for none. */
export type ActionRecord = readonly [...Place<"x">, name: string, params: Encoded];
/** The actor has ended: `data` is its output (`done`), its error (`error`), or `null` (`stopped`). */
export type StatusRecord = readonly [...Place<"s">, status: "done" | "error" | "stopped", data: Encoded];
/** What a supervisor has to say; `actor` is that of the supervisor, or 0. */
export type DomainRecordTuple = readonly [...Place<"d">, record: DomainRecord];

export type InspectionRecord =
  | ActorRecord
  | EventRecord
  | TransitionRecord
  | ValueRecord
  | ContextRecord
  | PatchRecord
  | ActionRecord
  | StatusRecord
  | DomainRecordTuple;
export type RecordKind = InspectionRecord[0];

/** Whether it has the shape of a record, payloads aside. Fast: asked for every record that arrives. */
export function isInspectionRecord(value: unknown): value is InspectionRecord {
  if (!Array.isArray(value) || value.length < 5) return false;
  const [kind, seq, at, actor, first, second] = value as unknown[];
  if (!isCount(seq) || !isCount(actor) || typeof at !== "number") return false;
  switch (kind) {
    case "a":
      return isActorInfo(first);
    case "e":
      return isCount(first) && typeof second === "string" && value.length === 7;
    case "t":
      return Array.isArray(first) && first.every(isCount) && typeof second === "string";
    case "v":
      return first === null || typeof first === "string" || isObject(first);
    case "c":
      return true;
    case "p":
      return isObject(first) && Array.isArray(second) && second.every((it) => typeof it === "string");
    case "x":
      return typeof first === "string" && value.length === 6;
    case "s":
      return (first === "done" || first === "error" || first === "stopped") && value.length === 6;
    case "d":
      return isObject(first) && typeof first["kind"] === "string";
    default:
      return false;
  }
}

function isActorInfo(value: unknown): value is ActorInfo {
  if (!isObject(value)) return false;
  const { session, parent, id, path, systemId, src, logic, def } = value;
  return (
    typeof session === "string" &&
    isCount(parent) &&
    typeof id === "string" &&
    typeof path === "string" &&
    typeof logic === "string" &&
    [systemId, src, def].every((it) => it === null || typeof it === "string")
  );
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The context that a `p` makes of the one before it. */
export function applyPatch(context: Encoded, [, , , , set, unset]: PatchRecord): Encoded {
  const base = isObject(context) ? (context as Record<string, Encoded>) : {};
  const kept = Object.entries(base).filter(([key]) => !unset.includes(key));
  return { ...Object.fromEntries(kept), ...set };
}
