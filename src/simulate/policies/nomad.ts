/**
 * Nomad's `restart` block: so many restarts in an interval that opens with the task, and again with the first crash after
 * its end. Beyond them, mode `fail` gives the task up (it may be rescheduled to another node, which is not simulated);
 * mode `delay` waits for the end of the interval.
 *
 * @module
 */
import * as z from "zod";
import { DurationMs } from "../../core/time.ts";
import { giveUp, restart, type RestartPolicy } from "../policy.ts";

const source = "https://developer.hashicorp.com/nomad/docs/job-specification/restart";

/** @see https://developer.hashicorp.com/nomad/docs/job-specification/restart, defaults of a service job */
export const NomadServiceOptions = z.strictObject({
  attempts: z.int().nonnegative().default(2),
  intervalMs: DurationMs.default(30 * 60_000),
  delayMs: DurationMs.default(15_000),
  mode: z.enum(["fail", "delay"]).default("fail"),
  /** The delay is between 1 and 1 + this times as long. */
  jitterRatio: z.number().nonnegative().default(0.25),
});

/** The same page, defaults of a batch job. */
export const NomadBatchOptions = NomadServiceOptions.extend({
  attempts: NomadServiceOptions.shape.attempts.default(3),
  intervalMs: DurationMs.default(24 * 3_600_000),
});

interface Interval {
  /** `null` before the first crash. */
  readonly openedAt: number | null;
  readonly crashes: number;
}

export function nomad(
  options: z.input<typeof NomadServiceOptions> = {},
  name = "nomad-service",
): RestartPolicy<Interval> {
  const { attempts, intervalMs, delayMs, mode, jitterRatio } = NomadServiceOptions.parse(options);
  return {
    name,
    summary: `${attempts} in ${intervalMs / 60_000} min, after ${delayMs / 1_000} s, then ${mode}`,
    source,
    initial: { openedAt: null, crashes: 0 },
    decide(state, { at, startedAt, chance }) {
      if (attempts === 0) return { state, answer: giveUp() };
      const opened = state.openedAt ?? startedAt;
      const isOver = at > opened + intervalMs;
      const openedAt = isOver ? at : opened;
      const crashes = isOver ? 1 : state.crashes + 1;
      const next = { openedAt, crashes };
      if (crashes <= attempts) {
        return { state: next, answer: restart(Math.round(delayMs * (1 + jitterRatio * chance))) };
      }
      return { state: next, answer: mode === "fail" ? giveUp() : restart(openedAt + intervalMs - at) };
    },
  };
}

export const nomadBatch = (options: z.input<typeof NomadBatchOptions> = {}): RestartPolicy<Interval> =>
  nomad(NomadBatchOptions.parse(options), "nomad-batch");

export const nomadDelay = (): RestartPolicy<Interval> => nomad({ mode: "delay" }, "nomad-delay");
