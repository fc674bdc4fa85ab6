/**
 * The one clock of a supervisor: monotonic for windows and timers, wall for records.
 *
 * @module
 */

/** What a supervisor needs of time; XState's `clock` option accepts it too. */
export interface Clock {
  /** Monotonic milliseconds from an arbitrary zero; whole, so that differences are exact. */
  now(): number;
  /** Milliseconds since the Unix epoch; may step in either direction. */
  wallNow(): number;
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** Beyond this a host timer fires at once instead of late. */
const longestDelayMs = 2 ** 31 - 1;

interface ChainedTimer {
  handle: ReturnType<typeof setTimeout>;
}

/** The host's own clock; delays over 24.8 days are cut into pieces. */
export const systemClock: Clock = {
  now: () => Math.floor(performance.now()),
  wallNow: () => Date.now(),
  setTimeout(callback, delayMs) {
    const timer: ChainedTimer = { handle: arm(delayMs) };
    return timer;

    function arm(leftMs: number): ReturnType<typeof setTimeout> {
      if (leftMs <= longestDelayMs) return setTimeout(callback, leftMs);
      return setTimeout(() => (timer.handle = arm(leftMs - longestDelayMs)), longestDelayMs);
    }
  },
  clearTimeout(timer) {
    if (timer !== undefined) clearTimeout((timer as ChainedTimer).handle);
  },
};
