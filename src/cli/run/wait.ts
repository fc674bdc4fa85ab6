import type { Clock } from "../../runtime/clock.ts";

/** Resolves at `instant` of `clock`, or as soon as `signal` aborts. */
export function waitUntil(clock: Clock, instant: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted || clock.now() >= instant) {
      resolve();
      return;
    }
    const done = (): void => {
      clock.clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = clock.setTimeout(done, instant - clock.now());
    signal.addEventListener("abort", done);
  });
}
