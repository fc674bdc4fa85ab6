/**
 * How long each pending timer may have been running, all at once: a convex set of clock values as a matrix of the largest
 * differences between them, in milliseconds. Place 0 is zero itself.
 *
 * @see Dill, Timing assumptions and verification of finite-state concurrent systems, 1989
 * @module
 */

/** Row by row; closed: no bound is larger than what the others make of it. */
export type Zone = Float64Array;

const sizeOf = (zone: Zone): number => Math.sqrt(zone.length);

function close(zone: Zone, size: number): Zone {
  for (let k = 0; k < size; k++) {
    for (let i = 0; i < size; i++) {
      const through = zone[i * size + k] as number;
      if (through === Infinity) continue;
      for (let j = 0; j < size; j++) {
        const sum = through + (zone[k * size + j] as number);
        if (sum < (zone[i * size + j] as number)) zone[i * size + j] = sum;
      }
    }
  }
  return zone;
}

/** The part in which the clock at `place` (from 0 on) shows `ms`; `null`: it never does. */
export function at(zone: Zone, place: number, ms: number): Zone | null {
  const size = sizeOf(zone);
  if ((zone[(place + 1) * size] as number) < ms) return null;
  const part = zone.slice();
  const bound = -ms;
  if (bound < (part[place + 1] as number)) part[place + 1] = bound;
  close(part, size);
  for (let i = 0; i < size; i++) if ((part[i * size + i] as number) < 0) return null;
  return part;
}

/** By new place the old one of the same clock; -1: it starts now. */
export function rearranged(zone: Zone, sources: readonly number[]): Zone {
  const size = sizeOf(zone);
  const places = [0, ...sources.map((it) => it + 1)];
  const next = new Float64Array(places.length ** 2);
  places.forEach((row, i) => {
    places.forEach((column, j) => {
      next[i * places.length + j] = zone[row * size + column] as number;
    });
  });
  return next;
}

/** After any time that passes before the first of the clocks shows its limit. */
export function later(zone: Zone, limitsMs: readonly number[]): Zone {
  const size = limitsMs.length + 1;
  const next = zone.slice();
  limitsMs.forEach((limit, index) => (next[(index + 1) * size] = limit));
  return close(next, size);
}

export function includes(zone: Zone, part: Zone): boolean {
  for (let i = 0; i < zone.length; i++) if ((part[i] as number) > (zone[i] as number)) return false;
  return true;
}

/** No clock, and so no bound. */
export const nothing: Zone = new Float64Array(1);
