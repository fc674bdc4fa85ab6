import type { Child } from "./child.ts";
import type { Roster } from "./roster.ts";
import { type Deadline, dueOf } from "./deadlines.ts";
import type { StoredDue, StoredStarts } from "./persisted/parts.ts";

/** A child that has a slot; it may be gone meanwhile, and have its slot for the rest of its millisecond. */
type Holder = Pick<Child, "ref" | "isReady"> & { readonly spec: { readonly id: string } };

/** When the children of one supervisor may start: after what they require, and so many at once as there are slots. */
export class Starts {
  readonly #children: Roster;
  readonly #slots: () => number | null;
  /** Down until what they require is ready. */
  readonly #waiting = new Set<Child>();
  readonly #queue = new Map<Child, () => void>();
  readonly #holders = new Set<Holder>();
  #release: Deadline | null = null;

  constructor(children: Roster, slots: () => number | null) {
    this.#children = children;
    this.#slots = slots;
  }

  /** What `child` requires and is not ready. */
  missing({ spec: { requires } }: Child): string[] {
    return requires.filter((id) => this.#children.get(id)?.isReady !== true);
  }

  /** To be started as soon as nothing is missing. */
  wait(child: Child): void {
    this.#waiting.add(child);
  }

  /** Runs `start` when there is a slot, in the order of asking, unless `child` leaves before. */
  run(child: Child, start: () => void): void {
    this.#queue.set(child, start);
    this.pump();
  }

  leave(child: Child): void {
    if (this.#queue.size > 0) this.#queue.delete(child);
    if (this.#waiting.size > 0) this.#waiting.delete(child);
  }

  /** `child` is ready: those that wait for it are next, in a later event of the supervisor. */
  ready(child: Child): void {
    child.isReady = true;
    this.#freeLater(child);
    this.look();
  }

  /** Those that wait may have what they require. */
  look(): void {
    if (this.#waiting.size === 0) return;
    this.#children.later(() => {
      for (const it of this.#waiting) {
        if (this.missing(it).length > 0) continue;
        this.#waiting.delete(it);
        it.state = "restarting";
        this.#children.onDue(it);
      }
    });
  }

  down(child: Child): void {
    child.isReady = false;
    this.#freeLater(child);
  }

  /** Also after there are more slots. */
  pump(): void {
    for (const [child, start] of this.#queue) {
      const slots = this.#slots();
      if (slots !== null && this.#holders.size >= slots) return;
      this.#queue.delete(child);
      if (slots !== null) this.#holders.add(child);
      start();
      // It did not start, or waits for what it requires: it must not keep others from theirs.
      if (child.ref === null) this.#freeLater(child);
    }
  }

  /** Who waits for a slot, who has one, and when those are freed that are not needed any more. */
  stored(): StoredStarts {
    const ids = (children: Iterable<Holder>): string[] => Array.from(children, ({ spec: { id } }) => id);
    return { queue: ids(this.#queue.keys()), holders: ids(this.#holders), release: dueOf(this.#release) };
  }

  /** Those of `holders` still have their slots, unless nobody would take them back. */
  resume(holders: readonly Holder[], release: StoredDue | null): void {
    for (const it of holders) if (it.ref !== null || release !== null) this.#holders.add(it);
    if (release !== null) this.#freeAt(release.at, release.order);
    else for (const it of this.#holders) if (it.isReady) this.#freeLater(it);
  }

  close(): void {
    this.#children.cancel(this.#release);
    this.#release = null;
    this.#queue.clear();
    this.#waiting.clear();
    this.#holders.clear();
  }

  /** Its slot is free in a millisecond, in a later turn of the host, which is not held by a storm. */
  #freeLater(child: Holder): void {
    if (!this.#holders.has(child) || this.#release !== null) return;
    this.#freeAt(this.#children.now() + 1);
  }

  #freeAt(at: number, order?: number): void {
    const free = (): void => {
      this.#release = null;
      for (const it of this.#holders) if (it.isReady || it.ref === null) this.#holders.delete(it);
      this.pump();
    };
    this.#release = this.#children.deadline(at, free, order);
  }
}
