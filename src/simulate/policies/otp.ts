/**
 * Erlang/OTP `supervisor` and Elixir's `Supervisor`: restart at once; more than `intensity` restarts in `periodSeconds` and
 * the supervisor gives up, its parent being told. Time is whole seconds, and a restart still counts when it is exactly
 * `periodSeconds` old.
 *
 * @module
 */
import * as z from "zod";
import { giveUp, restart, type RestartPolicy } from "../policy.ts";

const otpSource = "https://www.erlang.org/doc/apps/stdlib/supervisor.html";

/** @see https://www.erlang.org/doc/apps/stdlib/supervisor.html, `sup_flags()` */
export const OtpOptions = z.strictObject({
  intensity: z.int().nonnegative().default(1),
  periodSeconds: z.int().positive().default(5),
});

/** @see https://hexdocs.pm/elixir/Supervisor.html, `max_restarts` and `max_seconds` */
export const ElixirOptions = OtpOptions.extend({ intensity: OtpOptions.shape.intensity.default(3) });

interface Restarts {
  /** Whole seconds, newest first. */
  readonly recent: readonly number[];
}

export function otp(
  options: z.input<typeof OtpOptions> = {},
  { name = "otp", source = otpSource } = {},
): RestartPolicy<Restarts> {
  const { intensity, periodSeconds } = OtpOptions.parse(options);
  return {
    name,
    summary: `${intensity} in ${periodSeconds} s, at once, then the parent's`,
    source,
    initial: { recent: [] },
    decide({ recent }, { at }) {
      const now = Math.floor(at / 1_000);
      const counted = [now, ...recent.filter((it) => now <= it + periodSeconds)];
      return { state: { recent: counted }, answer: counted.length <= intensity ? restart(0) : giveUp() };
    },
  };
}

export function elixir(options: z.input<typeof ElixirOptions> = {}): RestartPolicy<Restarts> {
  return otp(ElixirOptions.parse(options), {
    name: "elixir",
    source: "https://hexdocs.pm/elixir/Supervisor.html",
  });
}
