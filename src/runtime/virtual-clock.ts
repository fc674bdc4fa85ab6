import type { Clock } from "./clock.ts";

interface Due {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

/** A clock that moves only when told to, from deadline to deadline: chained timers each fire at their own instant. */
export class VirtualClock implements Clock {
  #now: number;
  #order = 0;
  readonly #wallOffsetMs: number;
  readonly #timers = new Map<number, Due>();

  constructor({ now = 0, wallNow = 0 }: { now?: number; wallNow?: number } = {}) {
    this.#now = now;
    this.#wallOffsetMs = wallNow - now;
  }

  now(): number {
    return this.#now;
  }

  wallNow(): number {
    return this.#now + this.#wallOffsetMs;
  }

  setTimeout(callback: () => void, delayMs: number): unknown {
    const order = ++this.#order;
    this.#timers.set(order, { at: this.#now + Math.max(0, delayMs), order, callback });
    return order;
  }

  clearTimeout(timer: unknown): void {
    this.#timers.delete(timer as number);
  }

  /** Timers that have not fired. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Fires everything due in the next `ms` milliseconds, in order, and ends exactly there. */
  advance(ms: number): void {
    this.advanceTo(this.#now + ms);
  }

  /** The same, up to an instant; an instant in the past changes nothing. */
  advanceTo(instant: number): void {
    for (;;) {
      const due = this.#earliest();
      if (due === undefined || due.at > instant) break;
      this.#timers.delete(due.order);
      this.#now = Math.max(this.#now, due.at);
      due.callback();
    }
    this.#now = Math.max(this.#now, instant);
  }

  /** Time passes and the host does not look: what falls due meanwhile fires late, with the next `advance`. */
  stall(ms: number): void {
    this.#now += ms;
  }

  #earliest(): Due | undefined {
    let earliest: Due | undefined;
    for (const due of this.#timers.values()) {
      if (earliest === undefined || due.at < earliest.at) earliest = due;
    }
    return earliest;
  }
}
