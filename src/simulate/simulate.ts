/**
 * Policies against crash traces.
 *
 * @module
 */
import { seededRandom, seedOf } from "../core/random.ts";
import { history } from "./history.ts";
import { type Figures, measure } from "./measure.ts";
import type { RestartPolicy } from "./policy.ts";
import type { CrashTrace } from "./trace.ts";

export interface Conditions {
  readonly horizonMs: number;
  /** From this instant on nothing crashes; `null`: it never heals. */
  readonly healAtMs: number | null;
  /** From a start until it serves. */
  readonly readyAfterMs: number;
  /** Jitter depends on it, the policy's name and the trace: not on what else is simulated. */
  readonly seed: number;
}

export interface Simulated extends Figures {
  readonly policy: string;
  /** `50ms` or the name of a recorded trace. */
  readonly trace: string;
  /** `null` for a recorded trace. */
  readonly intervalMs: number | null;
}

/** One result for each policy and trace, the policies outermost. */
export function simulate(
  policies: readonly RestartPolicy[],
  traces: readonly CrashTrace[],
  conditions: Conditions,
): Simulated[] {
  return policies.flatMap((policy) => traces.map((trace) => simulateOne(policy, trace, conditions)));
}

export function simulateOne(
  policy: RestartPolicy,
  trace: CrashTrace,
  { horizonMs, healAtMs, readyAfterMs, seed }: Conditions,
): Simulated {
  const name = traceName(trace);
  const random = seededRandom(seedOf(`${seed} ${policy.name} ${name}`));
  const happenings = history({ policy, trace, horizonMs, healAtMs, readyAfterMs, random });
  return {
    policy: policy.name,
    trace: name,
    intervalMs: trace.kind === "interval" ? trace.intervalMs : null,
    ...measure(happenings, horizonMs, healAtMs),
  };
}

const traceName = (trace: CrashTrace): string =>
  trace.kind === "interval" ? `${trace.intervalMs}ms` : trace.name;
