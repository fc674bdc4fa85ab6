/**
 * systemd with `Restart=always`: the start limit counts starts, also the first, in a window that opens with a start and is
 * over when a start comes more than `startLimitIntervalMs` later. It is checked when the restart is due, so the unit fails
 * that much after the crash. With `restartSteps` the delay grows in equal ratios to `restartMaxDelayMs`; the steps never
 * go back by themselves (systemd issue 43813).
 *
 * @module
 */
import * as z from "zod";
import { backoffMs } from "../../core/backoff.ts";
import { DurationMs } from "../../core/time.ts";
import { giveUp, restart, type RestartPolicy } from "../policy.ts";

const source = "https://www.freedesktop.org/software/systemd/man/latest/systemd.service.html";

/** @see https://www.freedesktop.org/software/systemd/man/latest/systemd.unit.html, `StartLimitIntervalSec=` */
export const SystemdOptions = z.strictObject({
  /** `RestartSec=` */
  restartMs: DurationMs.default(100),
  /** `StartLimitBurst=` */
  startLimitBurst: z.int().positive().default(5),
  startLimitIntervalMs: DurationMs.default(10_000),
  /** `RestartSteps=`; 0 switches the growth off, as do systemd's defaults. */
  restartSteps: z.int().nonnegative().default(0),
  /** `RestartMaxDelaySec=`; without effect unless there are steps. */
  restartMaxDelayMs: DurationMs.default(60_000),
});

interface Starts {
  /** The start that opened the window, and the starts in it; `null` before the first crash. */
  readonly window: { readonly openedAt: number; readonly starts: number } | null;
  /** Restarts so far. */
  readonly restarts: number;
}

export function systemd(
  options: z.input<typeof SystemdOptions> = {},
  name = "systemd",
): RestartPolicy<Starts> {
  const settings = SystemdOptions.parse(options);
  const { restartMs, startLimitBurst, startLimitIntervalMs, restartSteps, restartMaxDelayMs } = settings;
  const delayMs = (attempt: number): number =>
    restartSteps === 0
      ? restartMs
      : backoffMs(
          { kind: "geometric", initialMs: restartMs, steps: restartSteps, maxMs: restartMaxDelayMs },
          attempt,
        );
  const growth = restartSteps === 0 ? "" : `, in ${restartSteps} steps to ${restartMaxDelayMs / 1_000} s`;
  return {
    name,
    summary: `${startLimitBurst} starts in ${startLimitIntervalMs / 1_000} s, after ${restartMs} ms${growth}`,
    source,
    initial: { window: null, restarts: 0 },
    decide({ window, restarts }, { at, startedAt }) {
      const { openedAt, starts } = window ?? { openedAt: startedAt, starts: 1 };
      const afterMs = delayMs(restarts + 1);
      const isOver = at + afterMs - openedAt > startLimitIntervalMs;
      if (!isOver && starts >= startLimitBurst) {
        return { state: { window: { openedAt, starts }, restarts }, answer: giveUp(afterMs) };
      }
      const next = isOver ? { openedAt: at + afterMs, starts: 1 } : { openedAt, starts: starts + 1 };
      return { state: { window: next, restarts: restarts + 1 }, answer: restart(afterMs) };
    },
  };
}

/** An example of growing delays; systemd has no defaults for them. */
export const systemdSteps = (): RestartPolicy<Starts> => systemd({ restartSteps: 5 }, "systemd-steps");
