/** Why a server is, or is not, started: what `explain` answers with. */
import type { EscalationCause } from "./records.ts";
import type { EpochMs } from "./time.ts";

export interface Explanation {
  /** `PLUGIN/SERVER`. */
  readonly subject: string;
  readonly status: "serving" | "starting" | "waiting" | "down" | "stopping" | "stopped";
  /** `null`: for nothing, it serves or will never be started. */
  readonly waitsFor:
    /** its back-off to pass */
    | "backOff"
    /** its window of crashes to end */
    | "budgetWindow"
    /** its window of starts to end */
    | "spawnWindow"
    /** the next probe of a quarantined backend */
    | "probeInterval"
    /** the server's answer to the handshake */
    | "handshake"
    /** its plugin to be stopped */
    | "stop"
    /** the configuration, or a file, to change */
    | "change"
    /** an operator's start */
    | "operator"
    | null;
  /** A state of the crash-budget chart. */
  readonly budget: string;
  /** The invariant that decided: `B…` of the crash budget, `S…` of the supervisor, `L…` of the plugin lifecycle. */
  readonly rule: string | null;
  /** The chart's guard that decided, and its answer; `null` where none is asked. */
  readonly guard: { readonly name: string; readonly passed: boolean } | null;
  readonly inputs: ExplanationInputs;
  /** Why it ended or did not start the last time; `null` after a good start. */
  readonly lastError: string | null;
  /** The earliest instant of a start by itself; `null`: one is under way or not needed, or nothing but a person can. */
  readonly earliestStartAt: EpochMs | null;
  readonly retryAfterMs: number | null;
  readonly escalation: {
    readonly id: string;
    readonly cause: EscalationCause;
    readonly message: string;
  } | null;
}

/** What the guards looked at; limits are those of the policy in force. */
export interface ExplanationInputs {
  readonly crashesInWindow: number;
  readonly retries: number;
  readonly window: "tumbling" | "sliding";
  readonly windowMs: number;
  /** `null`: no crash counts. */
  readonly windowStartedAt: EpochMs | null;
  /** Refused windows, and crashes, within the outer period, and how many of them are too many. */
  readonly refusedWindows: number;
  readonly crashes: number;
  readonly outerLimit: {
    readonly refusedWindows: number;
    readonly crashes: number;
    readonly periodMs: number;
  } | null;
  readonly quarantined: boolean;
  /** Starts in their window; `null`: no spawn budget. */
  readonly starts: { readonly attempts: number; readonly limit: number; readonly windowMs: number } | null;
}
