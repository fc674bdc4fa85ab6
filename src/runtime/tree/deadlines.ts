import type { Clock } from "../clock.ts";
import type { StoredDue } from "./persisted/parts.ts";

export interface Deadline {
  readonly at: number;
  readonly order: number;
  /** `null`: cancelled. */
  callback: (() => void) | null;
}

/** `deadline` at rest. */
export const dueOf = (deadline: Deadline | null): StoredDue | null =>
  deadline === null ? null : { at: deadline.at, order: deadline.order };

/** All deadlines of a tree on one timer of its clock: a heap, by instant and then by the order in which they were set. */
export class Deadlines {
  readonly clock: Clock;
  #heap: Deadline[] = [];
  #order = 0;
  #cancelled = 0;
  #armed: { readonly at: number; readonly timer: unknown } | null = null;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  get size(): number {
    return this.#heap.length - this.#cancelled;
  }

  /** How many were set, those of hosts before included. */
  get order(): number {
    return this.#order;
  }

  /** What is set from now on comes after what was set in a host before. */
  resume(order: number): void {
    this.#order = Math.max(this.#order, order);
  }

  /** `order`: that which it had in a host before. */
  set(at: number, callback: () => void, order = ++this.#order): Deadline {
    const deadline: Deadline = { at, order, callback };
    this.#heap.push(deadline);
    this.#rise(this.#heap.length - 1);
    this.#arm();
    return deadline;
  }

  cancel(deadline: Deadline): void {
    if (deadline.callback === null) return;
    deadline.callback = null;
    this.#cancelled += 1;
    // Cancelled ones are left where they are until they are at the top, or the half.
    if (this.#cancelled > 64 && this.#cancelled * 2 > this.#heap.length) {
      this.#heap = this.#heap.filter((it) => it.callback !== null).toSorted(inOrder);
      this.#cancelled = 0;
    }
    this.#arm();
  }

  #arm(): void {
    for (let top = this.#heap[0]; top !== undefined && top.callback === null; top = this.#heap[0]) {
      this.#pop();
      this.#cancelled -= 1;
    }
    const at = this.#heap[0]?.at;
    if (at === this.#armed?.at) return;
    if (this.#armed !== null) this.clock.clearTimeout(this.#armed.timer);
    this.#armed = null;
    if (at === undefined) return;
    const timer = this.clock.setTimeout(() => this.#fire(), Math.max(0, at - this.clock.now()));
    this.#armed = { at, timer };
  }

  #fire(): void {
    this.#armed = null;
    const now = this.clock.now();
    try {
      for (let top = this.#heap[0]; top !== undefined && top.at <= now; top = this.#heap[0]) {
        this.#pop();
        const { callback } = top;
        if (callback === null) this.#cancelled -= 1;
        top.callback = null;
        callback?.();
      }
    } finally {
      this.#arm();
    }
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink();
  }

  #rise(from: number): void {
    const heap = this.#heap;
    for (let child = from; child > 0;) {
      const parent = (child - 1) >> 1;
      if (!this.#swapIfBefore(heap, child, parent)) return;
      child = parent;
    }
  }

  #sink(): void {
    const heap = this.#heap;
    for (let parent = 0; ;) {
      const left = 2 * parent + 1;
      const [a, b] = [heap[left], heap[left + 1]];
      if (a === undefined) return;
      const least = b !== undefined && inOrder(b, a) < 0 ? left + 1 : left;
      if (!this.#swapIfBefore(heap, least, parent)) return;
      parent = least;
    }
  }

  #swapIfBefore(heap: Deadline[], lower: number, upper: number): boolean {
    const [a, b] = [heap[lower], heap[upper]];
    if (a === undefined || b === undefined || inOrder(a, b) >= 0) return false;
    heap[lower] = b;
    heap[upper] = a;
    return true;
  }
}

const inOrder = (a: Deadline, b: Deadline): number => a.at - b.at || a.order - b.order;
