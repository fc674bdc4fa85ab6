/**
 * What the hot path does: numbers and stamps what happened and keeps references, no more. Encoding comes later, in
 * `writer.ts`.
 *
 * @module
 */
import type { AnyActorRef, AnyMachineSnapshot, InspectionEvent, Snapshot } from "xstate";
import type { DomainRecord } from "../protocol/domain.ts";
import { type ActorLike, machineOf, parentOf } from "../xstate-adapter.ts";
import { contextOf, type RawGap, type RawRecord, type Seen, type Taken } from "./raw.ts";

export class Queue {
  readonly #limit: number;
  readonly #now: () => number;
  readonly #onWork: () => void;
  readonly #seen = new WeakMap<object, Seen>();
  /** By number, while they live. */
  readonly #alive = new Map<number, Seen>();
  readonly #changed = new Set<Seen>();
  readonly #touched = new Set<Seen>();
  #records: RawRecord[] = [];
  #gap: RawGap | null = null;
  #seq = 0;
  #actors = 0;
  #isPaused = false;

  constructor(limit: number, now: () => number, onWork: () => void) {
    this.#limit = limit;
    this.#now = now;
    this.#onWork = onWork;
  }

  note(event: InspectionEvent): void {
    switch (event.type) {
      case "@xstate.event": {
        const { sourceRef, actorRef, event: it } = event;
        const seen = this.#of(actorRef);
        const from = sourceRef === undefined ? 0 : this.#of(sourceRef).number;
        if (sourceRef !== undefined) this.#touched.add(this.#of(sourceRef));
        this.#touched.add(seen);
        this.#push(["e", 0, 0, seen.number, from, it.type, it]);
        return;
      }
      case "@xstate.microstep": {
        const seen = this.#of(event.actorRef);
        const after = event.snapshot as AnyMachineSnapshot;
        const { _transitions: selected } = event;
        const before = seen.last;
        seen.last = after;
        if (selected?.length === 0) return;
        this.#push(["t", 0, 0, seen.number, { selected, before, after, event: event.event.type }]);
        return;
      }
      case "@xstate.snapshot":
        this.#snapshot(this.#of(event.actorRef), event.snapshot);
        return;
      case "@xstate.action": {
        const { action, actorRef } = event;
        this.#push(["x", 0, 0, this.#of(actorRef).number, action.type, action.params]);
        return;
      }
      case "@xstate.actor":
        this.#of(event.actorRef);
        return;
      case "@xstate.transition":
        return;
    }
  }

  /** An actor that was there before the observer, and its children. */
  adopt(actor: AnyActorRef): void {
    const seen = this.#of(actor);
    const snapshot = actor.getSnapshot() as Snapshot<unknown>;
    this.#snapshot(seen, snapshot);
    const context = contextOf(snapshot);
    if (!seen.wasContextSent && context !== undefined) {
      // Not coalesced with what comes later: it is what the first event starts from.
      seen.wasContextSent = true;
      seen.sentContext = context;
      this.#push(["c", 0, 0, seen.number, context]);
    }
    const { children = {} } = snapshot as { children?: Record<string, AnyActorRef | undefined> };
    for (const child of Object.values(children)) if (child !== undefined) this.adopt(child);
  }

  tell(record: DomainRecord): void {
    this.#push(["d", 0, 0, 0, record]);
  }

  pause(paused: boolean): void {
    if (this.#isPaused && !paused) this.#onWork();
    this.#isPaused = paused;
  }

  /** What waits, which is then forgotten. Nothing of a gap while it lasts. */
  take(): Taken {
    this.#noteSilentEnds();
    const records = this.#records;
    this.#records = [];
    if (this.#isPaused || this.#gap === null) return { records, gap: null };
    const { values, kept, ...gap } = this.#gap;
    this.#gap = null;
    return { records, gap: { ...gap, kept: [...kept, ...values.values()].sort((a, b) => a[1] - b[1]) } };
  }

  /** Those with a snapshot that was not sent, which are then forgotten; none while paused. */
  takeChanged(): Seen[] {
    if (this.#isPaused) return [];
    const changed = [...this.#changed];
    this.#changed.clear();
    return changed;
  }

  nextSeq(): number {
    return ++this.#seq;
  }

  /** A living actor by its number. */
  find(number: number): Seen | undefined {
    return this.#alive.get(number);
  }

  numberOf(actor: object): number | undefined {
    return this.#seen.get(actor)?.number;
  }

  #of(ref: object): Seen {
    const known = this.#seen.get(ref);
    if (known !== undefined) return known;
    const actor = ref as ActorLike;
    const above = parentOf(actor);
    const parent = above === undefined ? 0 : this.#of(above).number;
    const seen: Seen = {
      number: ++this.#actors,
      actor,
      parent,
      last: undefined,
      value: undefined,
      hasEnded: false,
      snapshot: undefined,
      snapshotAt: 0,
      sentContext: undefined,
      wasContextSent: false,
      isMachine: machineOf(actor) !== null,
    };
    this.#seen.set(ref, seen);
    this.#alive.set(seen.number, seen);
    this.#push(["a", 0, 0, seen.number, seen]);
    return seen;
  }

  #snapshot(seen: Seen, snapshot: Snapshot<unknown>): void {
    seen.snapshot = snapshot;
    seen.snapshotAt = this.#now();
    if (seen.isMachine) {
      const machineSnapshot = snapshot as AnyMachineSnapshot;
      seen.last = machineSnapshot;
      if (!isSameValue(seen.value, machineSnapshot.value)) {
        seen.value = machineSnapshot.value;
        this.#push(["v", 0, 0, seen.number, seen.value]);
      }
    }
    this.#changed.add(seen);
    if (snapshot.status !== "active") this.#end(seen, snapshot);
    else this.#onWork();
  }

  #end(seen: Seen, { status, output, error }: Snapshot<unknown>): void {
    if (seen.hasEnded || status === "active") return;
    seen.hasEnded = true;
    this.#alive.delete(seen.number);
    const data = status === "done" ? output : status === "error" ? error : null;
    this.#push(["s", 0, 0, seen.number, status, data]);
  }

  /** XState tells of no snapshot when an actor's own code throws. */
  #noteSilentEnds(): void {
    for (const seen of this.#touched) {
      if (seen.hasEnded) continue;
      const snapshot = seen.actor.getSnapshot();
      if (snapshot !== undefined && snapshot.status !== "active") this.#end(seen, snapshot);
    }
    this.#touched.clear();
  }

  #push(record: RawRecord): void {
    const seq = ++this.#seq;
    record[1] = seq;
    record[2] = this.#now();
    if (this.#gap === null && !this.#isPaused && this.#records.length < this.#limit) {
      this.#records.push(record);
      this.#onWork();
      return;
    }
    const reason = this.#isPaused ? "paused" : "queueFull";
    this.#gap ??= { from: seq, to: seq, reason, kept: [], values: new Map() };
    Object.assign(this.#gap, { to: seq });
    if (keptInGap.has(record[0])) this.#gap.kept.push(record);
    if (record[0] === "v") this.#gap.values.set(record[3], record);
    this.#onWork();
  }
}

/** Of a value only the last one. */
const keptInGap: ReadonlySet<string> = new Set(["a", "c", "s", "d"]);

function isSameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => isSameValue(Reflect.get(a, key), Reflect.get(b, key)))
  );
}
