/**
 * Supervision vocabulary and decisions, after Erlang/OTP `supervisor`.
 *
 * @see https://www.erlang.org/doc/apps/stdlib/supervisor.html
 * @module
 */
import * as z from "zod";

/** When a terminated child is restarted. */
export const RestartType = z.enum([
  /** always */
  "permanent",
  /** only after an abnormal exit */
  "transient",
  /** never */
  "temporary",
]);
export type RestartType = z.infer<typeof RestartType>;

/** Why a child terminated. `shutdown` means that we asked it to. */
export const ExitReason = z.enum(["normal", "shutdown", "abnormal"]);
export type ExitReason = z.infer<typeof ExitReason>;

/** Which siblings a restart takes along. */
export const Strategy = z.enum(["oneForOne", "restForOne", "oneForAll"]);
export type Strategy = z.infer<typeof Strategy>;

/** What the host wants of a child; it decides what an exit means, not the exit code. */
export const Desired = z.enum(["running", "stopped"]);
export type Desired = z.infer<typeof Desired>;

/** Whether the restart type alone asks for a restart. */
export function wantsRestart(type: RestartType, reason: ExitReason): boolean {
  switch (type) {
    case "permanent":
      return true;
    case "transient":
      return reason === "abnormal";
    case "temporary":
      return false;
  }
}
