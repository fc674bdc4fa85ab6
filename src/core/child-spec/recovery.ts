/**
 * The part of a tree's policy that says how its children come back, and what becomes of those that may not.
 *
 * @module
 */
import * as z from "zod";
import { BackoffSchedule, Jitter } from "../backoff.ts";
import { OuterLimit } from "../crash-budget.ts";
import { mostOf, RestartBudget, RestartLimit } from "../restart-budget.ts";
import { DurationMs } from "../time.ts";

const name = z.string().min(1);

export const recoveryShape = {
  /** Restarts beyond it, failed ones included, exhaust it. */
  limit: RestartLimit,
  /** Budgets that children name, here and in the trees below; each is one count for all that name it. */
  budgets: z.record(name, RestartBudget),
  /** The budget, here or above, that stands in for `limit`; `null`: none. */
  budget: name.nullable(),
  /** `null`: at once. */
  backoff: BackoffSchedule.nullable(),
  jitter: Jitter,
  /** Uptime that takes back-off to its first step and, where each child has its own count, forgets it; `null`: none. */
  stabilityMs: DurationMs.nullable(),
  /** `report`: only a child's own report of health (`childHealthy`) does so, whatever its uptime. */
  stabilityBy: z.enum(["uptime", "report"]),
  /**
   * `shutdown`: the siblings are stopped in reverse order, then the supervisor ends with reason shutdown. `quarantine`:
   * the child stays down; the supervisor fails only for a significant one. `refuse`: it stays down until its budget lets
   * it pass again.
   */
  onExhausted: z.enum(["shutdown", "quarantine", "refuse"]),
  /** What is refused or quarantined is tried again as soon as it may be, or at the first request after that. */
  resume: z.enum(["timer", "request"]),
  /** How long a refusal lasts, for all that share the budget, spread by jitter; then it is forgotten. `null`: as the budget says. */
  pauseMs: DurationMs.nullable(),
  /** So many refusals, or failures, of one child within a longer period quarantine it; `null`: refused for ever again. */
  outerLimit: OuterLimit.nullable(),
  /**
   * Starts of a quarantined child, one at a time, each `everyMs` after the last one failed; it is cured when it has run
   * for `provenMs`, or has reported health. `null`: a person decides.
   */
  probe: z.strictObject({ everyMs: DurationMs, provenMs: DurationMs }).nullable(),
  /** So many failures in a row are told as warnings, further ones as errors. */
  errorAfter: z.int().nonnegative(),
  /** So many restarts at once; each counts until its child is ready, at least for a millisecond, and so a turn of the host. `null`: all. */
  startSlots: z.int().positive().nullable(),
};

type Recovery = z.output<z.ZodObject<typeof recoveryShape>>;

export interface PolicyProblem {
  readonly code: (typeof policyFaults)[number];
  readonly path: string;
  readonly message: string;
}

/** Fields that are right each by itself, and not together. */
export const policyFaults = [
  "zero_intensity_with_window",
  "refusal_without_end",
  "pause_without_refusal",
  "outer_limit_without_refusal",
  "probe_without_quarantine",
  "report_with_stability",
] as const;

/** `given`: what was written, without the defaults. */
export function problemsOfRecovery(
  policy: Recovery,
  given: { readonly limit?: unknown; readonly stabilityMs?: unknown },
): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  const fault = (code: PolicyProblem["code"], path: string, message: string): void =>
    void problems.push({ code, path, message });
  const { limit, onExhausted, pauseMs } = policy;
  const all = [["limit", limit, given.limit] as const, ...named(policy.budgets)];
  for (const [path, budget, written] of all) {
    const most = mostOf(budget);
    if (most === 0 && (written as { periodMs?: unknown } | undefined)?.periodMs !== undefined)
      fault(
        "zero_intensity_with_window",
        `${path}.periodMs`,
        "an intensity of 0 allows no restart in any period: leave periodMs out",
      );
    const isEndless = budget.kind === "decay" ? most <= 1 : most === 0;
    if (onExhausted === "refuse" && pauseMs === null && isEndless)
      fault("refusal_without_end", path, "it never lets a restart pass again: say pauseMs, or allow more");
  }
  if (onExhausted !== "refuse" && pauseMs !== null)
    fault("pause_without_refusal", "pauseMs", 'nothing is refused: expected onExhausted "refuse"');
  if (onExhausted !== "refuse" && policy.outerLimit !== null)
    fault("outer_limit_without_refusal", "outerLimit", 'nothing is refused: expected onExhausted "refuse"');
  if (onExhausted === "shutdown" && policy.probe !== null)
    fault(
      "probe_without_quarantine",
      "probe",
      'nothing is quarantined: expected onExhausted other than "shutdown"',
    );
  if (policy.stabilityBy === "report" && typeof given.stabilityMs === "number")
    fault("report_with_stability", "stabilityMs", "only a report of health forgets restarts: leave it out");
  return problems;
}

const named = (budgets: Readonly<Record<string, RestartBudget>>) =>
  Object.entries(budgets).map(([id, budget]) => [`budgets.${id}`, budget, null] as const);
