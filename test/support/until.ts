import { setTimeout as sleep } from "node:timers/promises";

/** Resolves with the first value of `read` that is neither undefined nor false; rejects after `withinMs`, naming what was awaited. */
export async function until<T>(
  what: string,
  read: () => T | undefined | false | Promise<T | undefined | false>,
  withinMs = 10_000,
): Promise<T> {
  const giveUpAt = performance.now() + withinMs;
  for (;;) {
    const value = await read();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > giveUpAt) throw new Error(`waited ${withinMs} ms in vain until ${what}`);
    await sleep(5);
  }
}
