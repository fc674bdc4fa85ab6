/**
 * What a restart policy is to the simulator: a pure state machine that answers crashes.
 *
 * @module
 */

/** The end of one incarnation that nobody asked for. All instants are milliseconds since the first start. */
export interface Crash {
  readonly at: number;
  readonly startedAt: number;
  /** `at − startedAt`; 0 for a start that failed at once. */
  readonly uptimeMs: number;
  /** Since when it served; `null` when it never did. */
  readonly servedSince: number | null;
  /** From 0 up to but not including 1: all the chance that the answer may depend on. */
  readonly chance: number;
}

export type Answer =
  /** Started again after `afterMs`, without anybody's doing. */
  | { readonly kind: "restart"; readonly afterMs: number }
  /** Left down; the next start is possible after `retryAfterMs`, and the simulator makes it then. */
  | { readonly kind: "refuse"; readonly retryAfterMs: number; readonly escalates: boolean }
  /** Never started again, and somebody is told; `afterMs` when this is noticed later than the crash. */
  | { readonly kind: "giveUp"; readonly afterMs: number };

export interface Decision<State> {
  readonly state: State;
  readonly answer: Answer;
}

/** Total and deterministic: the same state and crash have the same decision. */
export interface RestartPolicy<State = unknown> {
  /** Kebab-case; what `--policy` takes. */
  readonly name: string;
  /** One line: the numbers that decide. */
  readonly summary: string;
  /** Where the defaults are published. */
  readonly source: string;
  /** Before the first crash. */
  readonly initial: State;
  decide(state: State, crash: Crash): Decision<State>;
}

export const restart = (afterMs: number): Answer => ({ kind: "restart", afterMs });
export const giveUp = (afterMs = 0): Answer => ({ kind: "giveUp", afterMs });
