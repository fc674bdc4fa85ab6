import * as z from "zod";
import { MonotonicMs } from "../core/time.ts";
import type { Clock } from "./clock.ts";

/** Both times of one instant, so that another process can tell how much of its own time has passed since. */
export const ClockReading = z.strictObject({
  monotonicMs: MonotonicMs,
  /** Milliseconds since the Unix epoch. */
  wallAt: z.number(),
});
export type ClockReading = z.infer<typeof ClockReading>;

export const readClock = (clock: Clock): ClockReading => ({
  monotonicMs: clock.now(),
  wallAt: clock.wallNow(),
});

/**
 * `clock`, going on from `reading`: monotonic instants that were stored before keep their meaning, although the zero of
 * another process is another one. The time between is that of the wall clock, and never negative.
 */
export function continued(clock: Clock, { monotonicMs, wallAt }: ClockReading): Clock {
  const downMs = Math.max(0, Math.round(clock.wallNow() - wallAt));
  const offsetMs = monotonicMs + downMs - clock.now();
  return {
    now: () => clock.now() + offsetMs,
    wallNow: () => clock.wallNow(),
    setTimeout: (callback, delayMs) => clock.setTimeout(callback, delayMs),
    clearTimeout: (timer) => clock.clearTimeout(timer),
  };
}
