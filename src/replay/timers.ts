/** Timers that fire when a log says so, not when time has passed: each belongs to the backend whose event armed it. */

interface Held {
  readonly id: number;
  readonly callback: () => void;
  /** Monotonic milliseconds. */
  readonly deadline: number;
}

/** The clock that a replayed supervisor runs on. */
export class HeldTimers {
  /** Whose event is being taken; `null`: of no backend, its timers are dropped. */
  owner: string | null = null;
  /** The instant of that event, monotonic. */
  at = 0;
  #id = 0;
  readonly #held = new Map<string, Held>();
  readonly #owners = new Map<number, string>();

  setTimeout(callback: () => void, delayMs: number): number {
    const id = ++this.#id;
    if (this.owner === null) return id;
    this.#held.set(this.owner, { id, callback, deadline: this.at + delayMs });
    this.#owners.set(id, this.owner);
    return id;
  }

  clearTimeout(id: number): void {
    const owner = this.#owners.get(id);
    this.#owners.delete(id);
    if (owner !== undefined && this.#held.get(owner)?.id === id) this.#held.delete(owner);
  }

  /** When the timer of `owner` is due; `null`: it has none. */
  deadline(owner: string): number | null {
    return this.#held.get(owner)?.deadline ?? null;
  }

  /** Every owner of a timer and when it is due. */
  *due(): Generator<{ readonly owner: string; readonly deadline: number }> {
    for (const [owner, { deadline }] of this.#held) yield { owner, deadline };
  }

  /** Fires the timer of `owner` at its deadline; without one, nothing. */
  fire(owner: string): void {
    const held = this.#held.get(owner);
    if (held === undefined) return;
    this.clearTimeout(held.id);
    this.owner = owner;
    this.at = held.deadline;
    held.callback();
  }
}
