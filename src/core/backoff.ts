/**
 * Back-off schedules: how long to wait before attempt `n`. Chance arrives as a number, so a delay can be derived again.
 *
 * @see https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
 * @module
 */
import * as z from "zod";
import { DurationMs } from "./time.ts";

const maxMs = DurationMs.default(30_000);

/** Attempts that come at once, before the first wait of the schedule. @see https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/, restart policy */
const atOnce = z.int().nonnegative().optional();

const risesToMax = <S extends { initialMs: number; maxMs: number }>({ initialMs, maxMs: most }: S): boolean =>
  initialMs <= most;
const overMax = { path: ["maxMs"], message: "expected at least initialMs: every wait would be cut to it" };

/** The wait before attempt `n`, counted from 1 after those `atOnce`, before jitter; never more than `maxMs`. */
export const BackoffSchedule = z.discriminatedUnion("kind", [
  /** always the same */
  z.strictObject({ kind: z.literal("constant"), delayMs: DurationMs, atOnce }),
  /** `initialMs × factor ^ (n − 1)` */
  z
    .strictObject({
      kind: z.literal("exponential"),
      initialMs: DurationMs,
      factor: z.number().gte(1).default(2),
      maxMs,
      atOnce,
    })
    .refine(risesToMax, overMax),
  /** from `initialMs` to `maxMs` in `steps` equal ratios, as systemd's RestartSteps */
  z
    .strictObject({
      kind: z.literal("geometric"),
      initialMs: DurationMs,
      steps: z.int().positive(),
      maxMs,
      atOnce,
    })
    .refine(risesToMax, overMax),
  /** `initialMs × fibonacci(n)`: 1, 1, 2, 3, 5, … */
  z
    .strictObject({ kind: z.literal("fibonacci"), initialMs: DurationMs, maxMs, atOnce })
    .refine(risesToMax, overMax),
]);
export type BackoffSchedule = z.output<typeof BackoffSchedule>;

/**
 * Spread of a delay. `full`: between 0 and the delay; `equal`: between half of it and all of it; `above`: from the delay
 * up to but not including so much of it more, whatever the schedule's cap.
 *
 * @see https://github.com/thejerf/suture, `DefaultJitter`: above 0.5
 */
export const Jitter = z.union([
  z.enum(["none", "equal", "full"]),
  z.strictObject({ above: z.number().positive() }),
]);
export type Jitter = z.infer<typeof Jitter>;

/** Milliseconds before attempt `attempt` (from 1), whole, at least 1 unless it comes at once, never beyond the cap. */
export function backoffMs(schedule: BackoffSchedule, attempt: number): number {
  const n = attempt - (schedule.atOnce ?? 0);
  if (n < 1) return 0;
  switch (schedule.kind) {
    case "constant":
      return schedule.delayMs;
    case "exponential":
      return capped(schedule.initialMs * schedule.factor ** (n - 1), schedule.maxMs);
    case "geometric": {
      const share = Math.min(1, (n - 1) / schedule.steps);
      return capped(schedule.initialMs * (schedule.maxMs / schedule.initialMs) ** share, schedule.maxMs);
    }
    case "fibonacci":
      return capped(schedule.initialMs * fibonacci(n), schedule.maxMs);
  }
}

/** `delayMs` spread by `chance`, a number from 0 up to but not including 1; what comes at once still does. */
export function withJitter(delayMs: number, jitter: Jitter, chance: number): number {
  if (delayMs === 0) return 0;
  if (typeof jitter === "object") {
    // The largest chance is so near to 1 that the product may round up to the end, which is excluded.
    const last = Math.max(delayMs, Math.ceil(delayMs * (1 + jitter.above)) - 1);
    return Math.min(last, Math.floor(delayMs * (1 + jitter.above * chance)));
  }
  switch (jitter) {
    case "none":
      return delayMs;
    case "equal":
      return Math.max(1, Math.round(delayMs / 2 + (delayMs / 2) * chance));
    case "full":
      return Math.max(1, Math.round(delayMs * chance));
  }
}

/** The wait before a restart: none without a schedule; `hintMs`, where whoever failed said when to come back, is kept. */
export function restartDelayMs(
  schedule: BackoffSchedule | null,
  jitter: Jitter,
  {
    attempt,
    chance,
    hintMs,
  }: { readonly attempt: number; readonly chance: number; readonly hintMs: number | null },
): number {
  if (hintMs !== null) return hintMs;
  return schedule === null ? 0 : withJitter(backoffMs(schedule, attempt), jitter, chance);
}

/** Overflow saturates: an infinite product is over any cap. */
const capped = (delayMs: number, most: number): number => Math.max(1, Math.min(most, Math.round(delayMs)));

function fibonacci(n: number): number {
  let [previous, current] = [0, 1];
  for (let i = 1; i < n && Number.isFinite(current); i++) [previous, current] = [current, previous + current];
  return current;
}
