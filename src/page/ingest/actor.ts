/**
 * An actor and its history: what it was at every place that is kept.
 *
 * @module
 */
import type { Encoded } from "../../inspect/protocol/encoded.ts";
import {
  type ActorInfo,
  applyPatch,
  type PatchRecord,
  type StateValue,
} from "../../inspect/protocol/record.ts";
import { History, type Moment } from "./history.ts";
import type { Source } from "./source.ts";

interface ValueMoment extends Moment {
  readonly value: StateValue | null;
  /** Leaves, from outer to inner: `running · healthy`. */
  readonly text: string;
}
interface ContextMoment extends Moment {
  readonly whole: Encoded | undefined;
  readonly patch: PatchRecord | null;
}
interface StatusMoment extends Moment {
  readonly status: "done" | "error" | "stopped";
  readonly data: Encoded;
}
interface TakenMoment extends Moment {
  /** Places in the model's transitions. */
  readonly transitions: readonly number[];
  /** The place of the event that began the macrostep. */
  readonly step: number;
}

/** A whole context after so many changes keeps looking back cheap. */
const patchesInARow = 32;

export class Actor {
  readonly source: Source;
  readonly number: number;
  readonly info: ActorInfo;
  readonly parent: Actor | null;
  readonly children: Actor[] = [];
  readonly depth: number;
  /** `SOURCE:NUMBER`. */
  readonly key: string;
  readonly createdPos: number;
  readonly createdAt: number;
  /** Until another record follows its registration it may be one that is never started. */
  isStarted = false;
  readonly values = new History<ValueMoment>();
  readonly contexts = new History<ContextMoment>();
  readonly statuses = new History<StatusMoment>();
  readonly taken = new History<TakenMoment>();
  /** Places of the messages that it got or sent, of its states, and of the children that it created; ascending. */
  messages: number[] = [];
  /** States that were entered since its last value. */
  readonly passed: string[] = [];
  /** Places of its own rows. */
  rows: number[] = [];
  #patches = 0;
  #context: Encoded = null;
  #step = -1;
  #second = 0;
  #now = 0;
  #before = 0;

  constructor(source: Source, number: number, info: ActorInfo, parent: Actor | null, at: Moment) {
    this.source = source;
    this.number = number;
    this.info = info;
    this.parent = parent;
    this.depth = parent === null ? 0 : parent.depth + 1;
    this.key = `${source.id}:${number}`;
    this.createdPos = at.pos;
    this.createdAt = at.at;
    parent?.children.push(this);
  }

  /** What it is called in lists. */
  get name(): string {
    const { id, session, def, src, path } = this.info;
    // The id of a root is its session, which says nothing.
    if (id !== "" && id !== session) return id;
    const machine = def === null ? undefined : this.source.machines.get(def);
    return machine?.definition.machine ?? src ?? (id === "" ? path : id);
  }

  noteEvent(pos: number, receivedAt: number): void {
    this.#step = pos;
    const second = Math.floor(receivedAt / 1000);
    if (second !== this.#second) {
      this.#before = second === this.#second + 1 ? this.#now : 0;
      this.#now = 0;
      this.#second = second;
    }
    this.#now += 1;
  }

  /** Events in the last whole second. */
  rate(now: number): number {
    const second = Math.floor(now / 1000);
    if (second === this.#second) return this.#before;
    return second === this.#second + 1 ? this.#now : 0;
  }

  noteTaken(moment: Moment, transitions: readonly number[]): void {
    this.taken.push({ ...moment, transitions, step: this.#step });
  }

  /** The transitions of the last macrostep up to `pos`, in order, and where the last of them was taken. */
  takenAt(pos: number | null): { readonly transitions: readonly number[]; readonly pos: number } {
    let index = this.taken.indexAt(pos);
    const last = this.taken.get(index);
    if (last === undefined) return { transitions: [], pos: -1 };
    const steps: (readonly number[])[] = [];
    for (let it = this.taken.get(index); it?.step === last.step; it = this.taken.get(--index)) {
      steps.push(it.transitions);
    }
    return { transitions: steps.reverse().flat(), pos: last.pos };
  }

  noteContext(moment: Moment, whole: Encoded): void {
    this.#context = whole;
    this.#patches = 0;
    this.contexts.push({ ...moment, whole, patch: null });
  }

  notePatch(moment: Moment, patch: PatchRecord): void {
    this.#context = applyPatch(this.#context, patch);
    if (++this.#patches < patchesInARow) this.contexts.push({ ...moment, whole: undefined, patch });
    else this.noteContext(moment, this.#context);
  }

  /** The context that held at the index of `contexts`; `null` before the first. */
  contextAt(index: number): Encoded {
    if (index === this.contexts.length - 1) return this.#context;
    let from = index;
    while (from > 0 && this.contexts.get(from)?.patch !== null) from--;
    let context: Encoded = this.contexts.get(from)?.whole ?? null;
    for (let at = from + 1; at <= index; at++) {
      const patch = this.contexts.get(at)?.patch;
      if (patch !== null && patch !== undefined) context = applyPatch(context, patch);
    }
    return context;
  }

  /** Forgets what was before `pos`. */
  trim(pos: number): void {
    const index = this.contexts.indexAt(pos);
    const kept = this.contexts.get(index);
    if (kept !== undefined && kept.patch !== null) {
      Object.assign(kept, { whole: this.contextAt(index), patch: null });
    }
    for (const it of [this.contexts, this.values, this.statuses, this.taken]) it.trim(pos);
    this.messages = this.messages.filter((it) => it >= pos);
    this.rows = this.rows.filter((it) => it >= pos);
  }
}

/** `running · healthy · busy`. */
export function valueText(value: StateValue | null): string {
  if (value === null) return "";
  if (typeof value === "string") return value;
  return Object.entries(value)
    .map(([key, inner]) => {
      const rest = valueText(inner);
      return rest === "" ? key : `${key} · ${rest}`;
    })
    .join(" | ");
}
