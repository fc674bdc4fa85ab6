/**
 * Kubernetes, the kubelet's CrashLoopBackOff: the first restart at once, then a delay that doubles up to a cap; it starts
 * over for a container that ran more than twice the cap. It never gives up.
 *
 * @module
 */
import * as z from "zod";
import { DurationMs } from "../../core/time.ts";
import { restart, type RestartPolicy } from "../policy.ts";

const source = "https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy";

/** @see https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy */
export const KubernetesOptions = z.strictObject({
  initialMs: DurationMs.default(10_000),
  maxMs: DurationMs.default(300_000),
});

interface BackOff {
  /** Of the next restart; `null` before the first crash. */
  readonly delayMs: number | null;
}

export function kubernetes(options: z.input<typeof KubernetesOptions> = {}): RestartPolicy<BackOff> {
  const { initialMs, maxMs } = KubernetesOptions.parse(options);
  return {
    name: "kubernetes",
    summary: `at once, then ${initialMs / 1_000} s × 2 ≤ ${maxMs / 1_000} s; forgotten after ${(2 * maxMs) / 1_000} s`,
    source,
    initial: { delayMs: null },
    decide({ delayMs }, { uptimeMs }) {
      if (delayMs === null || uptimeMs > 2 * maxMs) {
        return { state: { delayMs: initialMs }, answer: restart(0) };
      }
      return { state: { delayMs: Math.min(2 * delayMs, maxMs) }, answer: restart(delayMs) };
    },
  };
}
