/** Vectors of integers, each kept once, found by hashing. */
const chunkBits = 14;
const chunkVectors = 1 << chunkBits;
const within = chunkVectors - 1;

export class Vectors {
  readonly #width: number;
  readonly #chunks: Int32Array[] = [];
  #table = new Int32Array(1 << 7).fill(-1);
  #mask = (1 << 7) - 1;
  count = 0;

  constructor(width: number) {
    this.#width = width;
  }

  get bytes(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.byteLength, this.#table.byteLength);
  }

  /** The vector's number; if it is new, that is the count before, and it is added unless there are `most`. */
  put(vector: Int32Array, most: number): number {
    const width = this.#width;
    const mask = this.#mask;
    const table = this.#table;
    let slot = this.#hash(vector, 0) & mask;
    for (;;) {
      const number = table[slot] as number;
      if (number === -1) break;
      const chunk = this.#chunks[number >> chunkBits] as Int32Array;
      const offset = (number & within) * width;
      let place = 0;
      while (place < width && chunk[offset + place] === vector[place]) place++;
      if (place === width) return number;
      slot = (slot + 1) & mask;
    }
    const { count } = this;
    if (count >= most) return count;
    let chunk = this.#chunks[count >> chunkBits];
    if (chunk === undefined || (count & within) * width === chunk.length) chunk = this.#growChunk(chunk);
    chunk.set(vector, (count & within) * width);
    table[slot] = count;
    this.count = count + 1;
    // Three quarters full at most: chains stay short, and a state takes 5 to 11 bytes of the table.
    if (this.count * 4 > this.#table.length * 3) this.#grow();
    return count;
  }

  /** Only the first chunk starts small: most machines are. */
  #growChunk(chunk: Int32Array | undefined): Int32Array {
    const start = (this.count === 0 ? 64 : chunkVectors) * this.#width;
    const grown = new Int32Array(chunk === undefined ? start : chunk.length * 2);
    if (chunk !== undefined) grown.set(chunk);
    this.#chunks[this.count >> chunkBits] = grown;
    return grown;
  }

  read(number: number, into: Int32Array): void {
    const width = this.#width;
    const chunk = this.#chunks[number >> chunkBits] as Int32Array;
    const offset = (number & within) * width;
    for (let place = 0; place < width; place++) into[place] = chunk[offset + place] as number;
  }

  #hash(vector: Int32Array, offset: number): number {
    let hash = 0x811c9dc5;
    for (let place = 0; place < this.#width; place++) {
      hash = Math.imul(hash ^ (vector[offset + place] as number), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    return hash >>> 0;
  }

  #grow(): void {
    const size = this.#table.length * 2;
    const table = new Int32Array(size).fill(-1);
    const mask = size - 1;
    for (let number = 0; number < this.count; number++) {
      const chunk = this.#chunks[number >> chunkBits] as Int32Array;
      let slot = this.#hash(chunk, (number & within) * this.#width) & mask;
      while (table[slot] !== -1) slot = (slot + 1) & mask;
      table[slot] = number;
    }
    this.#table = table;
    this.#mask = mask;
  }
}
