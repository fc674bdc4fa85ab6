/**
 * What is kept of what happened: one row for each record that says something to a person, in the order of arrival. A row's
 * place (`pos`) never changes; the oldest rows are dropped when there are too many.
 *
 * @module
 */
import type { InspectionRecord } from "../../inspect/protocol/record.ts";
import type { Actor } from "./actor.ts";
import type { Source } from "./source.ts";

export const rowKinds = [
  "event",
  "transition",
  "state",
  "context",
  "action",
  "spawn",
  "end",
  "escalation",
  "supervisor",
  "domain",
  "gap",
] as const;
export type RowKind = (typeof rowKinds)[number];

/** `warn`: a person may want to look; `error`: something failed. */
export type Tone = "plain" | "good" | "warn" | "error";

export interface Row {
  readonly pos: number;
  readonly kind: RowKind;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly source: Source;
  readonly actor: Actor | null;
  /** Who sent the event. */
  readonly from: Actor | null;
  /** The event's type, or what else the row is about. */
  readonly name: string;
  readonly detail: string;
  readonly tone: Tone;
  /** The actor's state then, for filters. */
  readonly state: string;
  /** Everything that a word is searched in, in lower case. */
  readonly text: string;
  readonly record: InspectionRecord | null;
}

export class Rows {
  readonly #cap: number;
  readonly #slack: number;
  #rows: Row[] = [];
  #first = 0;

  constructor(cap = 200_000) {
    this.#cap = cap;
    this.#slack = Math.max(1, Math.floor(cap / 10));
  }

  /** The place of the oldest row that is kept. */
  get first(): number {
    return this.#first;
  }

  /** The place that the next row gets. */
  get end(): number {
    return this.#first + this.#rows.length;
  }

  get(pos: number): Row | undefined {
    return this.#rows[pos - this.#first];
  }

  /** Returns how many rows had to go. */
  push(row: Row): number {
    this.#rows.push(row);
    if (this.#rows.length <= this.#cap + this.#slack) return 0;
    const dropped = this.#rows.length - this.#cap;
    this.#rows = this.#rows.slice(dropped);
    this.#first += dropped;
    return dropped;
  }

  /** The place of the last row of `source` up to its number `seq`; `null` if none is kept. */
  placeOf(source: Source, seq: number): number | null {
    for (let pos = this.end - 1; pos >= this.#first; pos--) {
      const row = this.get(pos);
      if (row?.source === source && row.record !== null && row.record[1] <= seq) return pos;
    }
    return null;
  }

  /** The place of the last row at or before the instant; the first one if all are later. */
  placeAt(at: number): number {
    let [low, high] = [this.#first, this.end - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.get(middle)?.at ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
