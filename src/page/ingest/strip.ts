/**
 * How much happened when: buckets of equal length over all that was ever received. When there are too many, two become one.
 *
 * @module
 */
import type { Row } from "./rows.ts";

export interface Bucket {
  readonly count: number;
  readonly errors: number;
  /** Where it begins in the log. */
  readonly pos: number;
}

const maxBuckets = 240;

export class Strip {
  widthMs = 50;
  startAt: number | null = null;
  #buckets: { count: number; errors: number; pos: number }[] = [];

  get buckets(): readonly Bucket[] {
    return this.#buckets;
  }

  note({ at, pos, tone, kind }: Row): void {
    this.startAt ??= at;
    let index = Math.floor((at - this.startAt) / this.widthMs);
    // What a slower source dates before the first row belongs to it.
    index = Math.max(index, 0);
    while (index >= maxBuckets) {
      this.#halve();
      index = Math.floor((at - this.startAt) / this.widthMs);
    }
    for (let length = this.#buckets.length; length <= index; length++) {
      this.#buckets.push({ count: 0, errors: 0, pos });
    }
    const bucket = this.#buckets[index];
    if (bucket === undefined) return;
    bucket.count++;
    if (tone === "error" || kind === "escalation") bucket.errors++;
  }

  /** The instant in the middle of a bucket. */
  middleOf(index: number): number {
    return (this.startAt ?? 0) + (index + 0.5) * this.widthMs;
  }

  #halve(): void {
    this.widthMs *= 2;
    const halved: { count: number; errors: number; pos: number }[] = [];
    for (let index = 0; index < this.#buckets.length; index += 2) {
      const [one, two] = [this.#buckets[index], this.#buckets[index + 1]];
      if (one === undefined) break;
      halved.push({
        count: one.count + (two?.count ?? 0),
        errors: one.errors + (two?.errors ?? 0),
        pos: one.pos,
      });
    }
    this.#buckets = halved;
  }
}
