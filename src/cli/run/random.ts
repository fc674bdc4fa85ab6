/** A generator of numbers in [0, 1). */
export type Random = () => number;

/** The same numbers for the same seed, everywhere. Mulberry32, by Tommy Ettinger (public domain). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A seed that nobody asked for. */
export function chooseSeed(): number {
  return Math.floor(Math.random() * 2 ** 32);
}
