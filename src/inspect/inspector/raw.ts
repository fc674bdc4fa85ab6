/** What the hot path leaves for the writer. */
import type { AnyEventObject, AnyMachineSnapshot, AnyTransitionDefinition, Snapshot } from "xstate";
import type { Gap } from "../protocol.ts";
import type { DomainRecord } from "../protocol/domain.ts";
import type { ActorLike } from "../xstate-adapter.ts";

/** An actor that was seen. */
export interface Seen {
  readonly number: number;
  readonly actor: ActorLike;
  /** Its parent's number; 0: a root. */
  readonly parent: number;
  /** Of the last step: what the next one starts from. */
  last: AnyMachineSnapshot | undefined;
  /** The last value that was noted, as XState has it. */
  value: unknown;
  hasEnded: boolean;
  /** Of its latest snapshot, and when that was. */
  snapshot: Snapshot<unknown> | undefined;
  snapshotAt: number;
  /** As it was last sent: what a change starts from. */
  sentContext: unknown;
  wasContextSent: boolean;
  readonly isMachine: boolean;
}

export interface MicrostepFacts {
  readonly selected: readonly AnyTransitionDefinition[] | undefined;
  readonly before: AnyMachineSnapshot | undefined;
  readonly after: AnyMachineSnapshot;
  readonly event: string;
}

type Raw<K extends string> = [kind: K, seq: number, at: number, actor: number];
/** Records before they are encoded: the writer turns them into inspection records in their place. */
export type RawRecord =
  | [...Raw<"a">, seen: Seen]
  | [...Raw<"e">, from: number, type: string, event: AnyEventObject]
  | [...Raw<"t">, microstep: MicrostepFacts]
  | [...Raw<"v">, value: unknown]
  | [...Raw<"c">, context: unknown]
  | [...Raw<"x">, name: string, params: unknown]
  | [...Raw<"s">, status: "done" | "error" | "stopped", data: unknown]
  | [...Raw<"d">, record: DomainRecord];

export interface RawGap extends Pick<Gap, "from" | "to" | "reason"> {
  /** What is not forgotten: registrations and ends, and the last value of each actor. */
  readonly kept: RawRecord[];
  readonly values: Map<number, RawRecord>;
}

export interface Taken {
  readonly records: RawRecord[];
  readonly gap: (Pick<Gap, "from" | "to" | "reason"> & { readonly kept: RawRecord[] }) | null;
}

/** What a snapshot has beside its state: a context or, of an actor that is no machine, perhaps an input only. */
export function contextOf(snapshot: Snapshot<unknown>): unknown {
  const { context, input } = snapshot as { context?: unknown; input?: unknown };
  return context ?? input;
}
