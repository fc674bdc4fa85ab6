/**
 * Back-off schedules: how long to wait before attempt `n`. Chance arrives as a number, so a delay can be derived again.
 *
 * @see https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
 * @module
 */
import * as z from "zod";
import { DurationMs } from "./time.ts";

const maxMs = DurationMs.default(30_000);

/** The wait before attempt `n`, counted from 1, before jitter; never more than `maxMs`. */
export const BackoffSchedule = z.discriminatedUnion("kind", [
  /** always the same */
  z.object({ kind: z.literal("constant"), delayMs: DurationMs }),
  /** `initialMs × factor ^ (n − 1)` */
  z.object({
    kind: z.literal("exponential"),
    initialMs: DurationMs,
    factor: z.number().gte(1).default(2),
    maxMs,
  }),
  /** from `initialMs` to `maxMs` in `steps` equal ratios, as systemd's RestartSteps */
  z.object({ kind: z.literal("geometric"), initialMs: DurationMs, steps: z.int().positive(), maxMs }),
  /** `initialMs × fibonacci(n)`: 1, 1, 2, 3, 5, … */
  z.object({ kind: z.literal("fibonacci"), initialMs: DurationMs, maxMs }),
]);
export type BackoffSchedule = z.output<typeof BackoffSchedule>;

/** Spread of a delay. `full`: between 0 and the delay; `equal`: between half of it and all of it. */
export const Jitter = z.enum(["none", "equal", "full"]);
export type Jitter = z.infer<typeof Jitter>;

/** Milliseconds before attempt `attempt` (from 1), whole, at least 1, never beyond the schedule's cap. */
export function backoffMs(schedule: BackoffSchedule, attempt: number): number {
  switch (schedule.kind) {
    case "constant":
      return schedule.delayMs;
    case "exponential":
      return capped(schedule.initialMs * schedule.factor ** (attempt - 1), schedule.maxMs);
    case "geometric": {
      const share = Math.min(1, (attempt - 1) / schedule.steps);
      return capped(schedule.initialMs * (schedule.maxMs / schedule.initialMs) ** share, schedule.maxMs);
    }
    case "fibonacci":
      return capped(schedule.initialMs * fibonacci(attempt), schedule.maxMs);
  }
}

/** `delayMs` spread by `chance`, a number from 0 up to but not including 1. */
export function withJitter(delayMs: number, jitter: Jitter, chance: number): number {
  switch (jitter) {
    case "none":
      return delayMs;
    case "equal":
      return Math.max(1, Math.round(delayMs / 2 + (delayMs / 2) * chance));
    case "full":
      return Math.max(1, Math.round(delayMs * chance));
  }
}

/** Overflow saturates: an infinite product is over any cap. */
const capped = (delayMs: number, maxMs: number): number => Math.max(1, Math.min(maxMs, Math.round(delayMs)));

function fibonacci(n: number): number {
  let [previous, current] = [0, 1];
  for (let i = 1; i < n && Number.isFinite(current); i++) [previous, current] = [current, previous + current];
  return current;
}
