const chunkBits = 14;
const chunkSize = 1 << chunkBits;
const within = chunkSize - 1;

/** A list of integers that grows without being copied, and is never much larger than what it holds. */
export class IntList {
  readonly #chunks: Int32Array[] = [];
  length = 0;

  push(item: number): void {
    const { length } = this;
    let chunk = this.#chunks[length >> chunkBits];
    if (chunk === undefined || (length & within) === chunk.length) chunk = this.#grow(chunk);
    chunk[length & within] = item;
    this.length = length + 1;
  }

  /** Only the first chunk starts small: most machines are. */
  #grow(chunk: Int32Array | undefined): Int32Array {
    const grown = new Int32Array(
      chunk === undefined ? (this.length === 0 ? 64 : chunkSize) : chunk.length * 2,
    );
    if (chunk !== undefined) grown.set(chunk);
    this.#chunks[this.length >> chunkBits] = grown;
    return grown;
  }

  /** -1 where there is none. */
  at(index: number): number {
    return index >= this.length || index < 0
      ? -1
      : ((this.#chunks[index >> chunkBits] as Int32Array)[index & within] as number);
  }

  /** The last index whose item is at most `item`; -1: there is none. The items must not fall. */
  lastUpTo(item: number): number {
    let low = -1;
    let high = this.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.at(middle) <= item) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  get bytes(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
  }
}
