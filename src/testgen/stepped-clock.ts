/** Time that only a test moves. */
export interface TestClock {
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(timer: unknown): void;
  /** Fires what is due within `ms`, each at its own instant. */
  advance(ms: number): void;
}

/** Goes from deadline to deadline, so that timers that arm others do so at their own instant. */
export function steppedClock(): TestClock {
  const timers = new Map<number, { readonly at: number; readonly callback: () => void }>();
  let now = 0;
  let count = 0;
  const earliest = (until: number): number | undefined => {
    let found: number | undefined;
    for (const [id, { at }] of timers) {
      if (at <= until && (found === undefined || at < (timers.get(found)?.at ?? 0))) found = id;
    }
    return found;
  };
  return {
    setTimeout(callback, delayMs) {
      timers.set(++count, { at: now + Math.max(0, delayMs), callback });
      return count;
    },
    clearTimeout: (timer) => timers.delete(timer as number),
    advance(ms) {
      const until = now + ms;
      for (let id = earliest(until); id !== undefined; id = earliest(until)) {
        const due = timers.get(id);
        timers.delete(id);
        now = Math.max(now, due?.at ?? now);
        due?.callback();
      }
      now = until;
    },
  };
}
