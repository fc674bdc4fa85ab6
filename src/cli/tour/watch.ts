import type { Clock } from "../../runtime/clock.ts";
import { waitUntil } from "../run/wait.ts";

/** Waits for conditions that records and workers' words bring about. */
export class Watch {
  readonly #clock: Clock;
  readonly #looks = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** To be called whenever something has happened. */
  readonly look = (): void => {
    for (const look of this.#looks) look();
  };

  /** Whether `holds` does within `limitMs`, and before `signal` aborts. */
  async until(holds: () => boolean, limitMs: number, signal: AbortSignal): Promise<boolean> {
    if (holds()) return true;
    const done = new AbortController();
    const look = (): void => {
      if (holds()) done.abort();
    };
    this.#looks.add(look);
    await waitUntil(this.#clock, this.#clock.now() + limitMs, AbortSignal.any([signal, done.signal]));
    this.#looks.delete(look);
    return done.signal.aborted;
  }
}
