/**
 * Starts per hour over the crash interval, as lines to draw.
 *
 * @module
 */
import type { RestartPolicy } from "./policy.ts";
import { type Conditions, simulateOne } from "./simulate.ts";

export interface SweepPoint {
  readonly intervalMs: number;
  readonly startsPerHour: number;
  readonly gaveUp: boolean;
}

export interface SweepLine {
  readonly name: string;
  readonly summary: string;
  /** By ascending interval. */
  readonly points: readonly SweepPoint[];
}

/** One line for each policy, over the same `count` intervals at equal ratios, both ends included. */
export function sweep(
  policies: readonly RestartPolicy[],
  conditions: Conditions,
  { fromMs = 50, toMs = 1_200_000, count = 73 } = {},
): SweepLine[] {
  const intervals = new Set(
    Array.from({ length: count }, (_, index) =>
      Math.round(fromMs * (toMs / fromMs) ** (index / (count - 1))),
    ),
  );
  return policies.map((policy) => ({
    name: policy.name,
    summary: policy.summary,
    points: Array.from(intervals, (intervalMs) => {
      const { startsPerHour, gaveUpAtMs } = simulateOne(policy, { kind: "interval", intervalMs }, conditions);
      return { intervalMs, startsPerHour, gaveUp: gaveUpAtMs !== null };
    }),
  }));
}
