import type { Clock } from "./clock.ts";

/** How many calls may wait for one server. */
export const queueLimit = 100;

interface Wait {
  readonly wake: () => void;
}

/** Calls that wait for a server to serve again. */
export class WaitingCalls {
  readonly #clock: Clock;
  readonly #waits = new Map<string, Set<Wait>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  isFull(key: string): boolean {
    return (this.#waits.get(key)?.size ?? 0) >= queueLimit;
  }

  /** Resolves when the server of `key` changed, `ms` have passed, or `signal` aborts: look again. */
  wait(key: string, ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const waits = this.#waits.get(key) ?? new Set();
      this.#waits.set(key, waits);
      const timer = this.#clock.setTimeout(() => wait.wake(), ms);
      const wait: Wait = {
        wake: () => {
          this.#clock.clearTimeout(timer);
          signal?.removeEventListener("abort", wait.wake);
          waits.delete(wait);
          resolve();
        },
      };
      waits.add(wait);
      signal?.addEventListener("abort", wait.wake, { once: true });
    });
  }

  wake(key: string): void {
    for (const wait of this.#waits.get(key) ?? []) wait.wake();
  }

  wakeAll(): void {
    for (const key of this.#waits.keys()) this.wake(key);
  }
}
