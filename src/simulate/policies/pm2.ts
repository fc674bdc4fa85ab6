/**
 * PM2: restart at once, unless `expBackoffMs` is set; then the delay grows by half each time up to a fixed cap, and is
 * forgotten when the worker, which looks every 30 s, finds the process up for more than 30 s. Only a crash both younger
 * than `minUptimeMs` and within `minUptimeMs × maxRestarts` of the creation counts towards `maxRestarts`.
 *
 * @module
 */
import * as z from "zod";
import { giveUp, restart, type RestartPolicy } from "../policy.ts";

const source = "https://pm2.keymetrics.io/docs/usage/restart-strategies/";

/** @see https://pm2.keymetrics.io/docs/usage/restart-strategies/ */
export const Pm2Options = z.strictObject({
  maxRestarts: z.int().positive().default(16),
  minUptimeMs: z.int().positive().default(1_000),
  restartDelayMs: z.int().nonnegative().default(0),
  /** `exp_backoff_restart_delay`; `null` is PM2's default. */
  expBackoffMs: z.int().positive().nullable().default(null),
});

const longestBackoffMs = 15_000;
const workerEveryMs = 30_000;
const forgottenAfterMs = 30_000;

interface Process {
  /** `null` before the first crash. */
  readonly createdAt: number | null;
  readonly unstable: number;
  /** 0: forgotten. */
  readonly previousDelayMs: number;
}

export function pm2(options: z.input<typeof Pm2Options> = {}, name = "pm2"): RestartPolicy<Process> {
  const { maxRestarts, minUptimeMs, restartDelayMs, expBackoffMs } = Pm2Options.parse(options);
  const delay = expBackoffMs === null ? "at once" : `after ${expBackoffMs} ms × 1.5 ≤ 15 s`;
  return {
    name,
    summary: `${maxRestarts} that lived less than ${minUptimeMs} ms, ${delay}`,
    source,
    initial: { createdAt: null, unstable: 0, previousDelayMs: 0 },
    decide(state, { at, startedAt, uptimeMs }) {
      const createdAt = state.createdAt ?? startedAt;
      const counts = at - createdAt < minUptimeMs * maxRestarts && uptimeMs < minUptimeMs;
      const unstable = state.unstable + (counts ? 1 : 0);
      const lastLook = Math.floor(at / workerEveryMs) * workerEveryMs;
      const previousMs = lastLook - startedAt > forgottenAfterMs ? 0 : state.previousDelayMs;
      const afterMs = expBackoffMs === null ? restartDelayMs : grown(previousMs, expBackoffMs);
      const next = { createdAt, unstable, previousDelayMs: expBackoffMs === null ? 0 : afterMs };
      return { state: next, answer: unstable >= maxRestarts ? giveUp() : restart(afterMs) };
    },
  };
}

const grown = (previousMs: number, initialMs: number): number =>
  previousMs === 0 ? initialMs : Math.floor(Math.min(longestBackoffMs, previousMs * 1.5));

/** With the delay that PM2's documentation takes as its example. */
export const pm2Backoff = (): RestartPolicy<Process> => pm2({ expBackoffMs: 100 }, "pm2-backoff");
