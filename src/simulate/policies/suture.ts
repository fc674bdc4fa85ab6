/**
 * suture (Go): restart at once, and count failures with exponential decay; beyond the threshold the supervisor pauses, and
 * the pause forgets the count. It never gives up.
 *
 * @module
 */
import * as z from "zod";
import { restart, type RestartPolicy } from "../policy.ts";

/** @see https://pkg.go.dev/github.com/thejerf/suture/v4#Spec */
export const SutureOptions = z.strictObject({
  failureThreshold: z.number().positive().default(5),
  /** Time in which the count halves. */
  failureDecayMs: z.number().positive().default(30_000),
  failureBackoffMs: z.number().nonnegative().default(15_000),
  /** The pause is between 1 and 1 + this times as long. */
  jitterRatio: z.number().nonnegative().default(0.5),
});

interface Failures {
  readonly count: number;
  readonly lastAt: number;
}

export function suture(options: z.input<typeof SutureOptions> = {}): RestartPolicy<Failures> {
  const { failureThreshold, failureDecayMs, failureBackoffMs, jitterRatio } = SutureOptions.parse(options);
  return {
    name: "suture",
    summary: `${failureThreshold}, halved every ${failureDecayMs / 1_000} s, then a pause of ${failureBackoffMs / 1_000} s`,
    source: "https://pkg.go.dev/github.com/thejerf/suture/v4",
    initial: { count: 0, lastAt: 0 },
    decide({ count, lastAt }, { at, chance }) {
      const failures = count * 0.5 ** ((at - lastAt) / failureDecayMs) + 1;
      if (failures <= failureThreshold) return { state: { count: failures, lastAt: at }, answer: restart(0) };
      const pauseMs = Math.round(failureBackoffMs * (1 + jitterRatio * chance));
      return { state: { count: 0, lastAt: at }, answer: restart(pauseMs) };
    },
  };
}
