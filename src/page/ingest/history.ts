/** Something that changes, with where it changed: what it was at a place is found by halving. */
export interface Moment {
  readonly pos: number;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
}

export class History<T extends Moment> {
  #moments: T[] = [];

  get length(): number {
    return this.#moments.length;
  }

  push(moment: T): void {
    this.#moments.push(moment);
  }

  get(index: number): T | undefined {
    return this.#moments[index];
  }

  last(): T | undefined {
    return this.#moments.at(-1);
  }

  /** The index of the last moment at or before `pos`, -1 if there is none; `null` is now. */
  indexAt(pos: number | null): number {
    const moments = this.#moments;
    if (pos === null) return moments.length - 1;
    let [low, high] = [0, moments.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((moments[middle]?.pos ?? Infinity) <= pos) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  at(pos: number | null): T | undefined {
    return this.#moments[this.indexAt(pos)];
  }

  /** Forgets what was before `pos`, but for what still held then. */
  trim(pos: number): void {
    const index = this.indexAt(pos);
    if (index > 0) this.#moments.splice(0, index);
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#moments[Symbol.iterator]();
  }
}
