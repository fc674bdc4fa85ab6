/** Why a server is, or is not, started: the rule of the charts that decided, its guard and what the guard looked at. */
import type { Explanation, ExplanationInputs } from "../../src/core/explanation.ts";
import { retryAfterMs } from "../crash-budget/decisions.ts";
import type { CrashBudgetContext } from "../crash-budget/schemas.ts";
import { serverOf, type SupervisorContext } from "./schemas.ts";

/** What the charts hold about one server. */
export interface Situation {
  readonly key: string;
  readonly isRunning: boolean;
  readonly supervisor: Pick<
    SupervisorContext,
    "crashBudget" | "spawnBudget" | "spawns" | "escalations" | "states"
  >;
  /** `null` for a server that never crashed. */
  readonly budget: { readonly state: string; readonly context: CrashBudgetContext } | null;
  /** Its active process. */
  readonly process: "none" | "starting" | "ready";
  readonly permanentFailure: boolean;
  readonly lastError: string | null;
  /** Monotonic. */
  readonly now: number;
  /** From monotonic instants to milliseconds since the Unix epoch. */
  readonly wallOffsetMs: number;
}

type Verdict = Pick<Explanation, "status" | "waitsFor" | "rule" | "guard">;

export function explain(situation: Situation): Explanation {
  const { key, budget, lastError, now, supervisor } = situation;
  const verdict = verdictOn(situation);
  const waitMs =
    verdict.status !== "waiting" || budget === null ? null : retryAfterMs(budget.context, budget.state, now);
  const causes = ["quarantined", "permanentFailure", "recoveryExhausted", "internalError"];
  const open = supervisor.escalations.find(({ subject, cause }) => subject === key && causes.includes(cause));
  return {
    subject: key,
    ...verdict,
    budget: budget?.state ?? "steady",
    inputs: inputsOf(situation),
    lastError,
    earliestStartAt: waitMs === null ? null : wall(situation, now + waitMs),
    retryAfterMs: waitMs,
    escalation: open === undefined ? null : { id: open.id, cause: open.cause, message: open.message },
  };
}

function verdictOn(situation: Situation): Verdict {
  const { key, isRunning, supervisor, process, permanentFailure, budget } = situation;
  if (!isRunning) return { status: "stopped", waitsFor: null, rule: "S5", guard: null };
  const plugin = supervisor.states[serverOf(key).plugin]?.state;
  if (plugin === "shuttingDown") return { status: "stopping", waitsFor: "stop", rule: "L6", guard: null };
  if (process === "ready") return { status: "serving", waitsFor: null, rule: null, guard: null };
  if (process === "starting") return { status: "starting", waitsFor: "handshake", rule: null, guard: null };
  if (plugin === "stopped") return { status: "stopped", waitsFor: "operator", rule: "L5", guard: null };
  if (permanentFailure) {
    return { status: "down", waitsFor: "change", rule: "S2", guard: { name: "isPermanent", passed: true } };
  }
  return waiting(situation, budget) ?? { status: "down", waitsFor: "operator", rule: "S3", guard: null };
}

function waiting({ key, supervisor }: Situation, budget: Situation["budget"]): Verdict | null {
  const status = "waiting";
  if (budget === null) return null;
  switch (budget.state) {
    case "backingOff":
      return { status, waitsFor: "backOff", rule: "B2", guard: { name: "withinBudget", passed: true } };
    case "refused":
      return isDeferred(supervisor, key, budget.context)
        ? {
            status,
            waitsFor: "spawnWindow",
            rule: "S12",
            guard: { name: "isSpawnBudgetSpent", passed: true },
          }
        : { status, waitsFor: "budgetWindow", rule: "B1", guard: { name: "withinBudget", passed: false } };
    case "quarantined": {
      // The escalation is opened by the crash that began the episode.
      const began = supervisor.escalations.some(
        (it) => it.subject === key && it.cause === "quarantined" && it.openedMs === budget.context.at,
      );
      const name = began ? "overOuterLimit" : "inQuarantineEpisode";
      return { status, waitsFor: "probeInterval", rule: "B4", guard: { name, passed: true } };
    }
    default:
      return null;
  }
}

/** Refused by the spawn budget: it waits until that budget's window ends. */
function isDeferred(
  { spawns, spawnBudget }: Situation["supervisor"],
  key: string,
  budget: CrashBudgetContext,
): boolean {
  const spawn = spawns[key];
  if (spawn === undefined || spawnBudget === null || !spawn.tripped) return false;
  return budget.deadline === spawn.startedAt + spawnBudget.windowMs;
}

function inputsOf(situation: Situation): ExplanationInputs {
  const { key, supervisor, budget } = situation;
  const { spawnBudget, spawns } = supervisor;
  const policy = budget?.context.policy ?? supervisor.crashBudget;
  const { retries, window, budgetWindowMs: windowMs, outerLimit } = policy;
  const counted = budget?.context.window ?? null;
  return {
    crashesInWindow: counted?.crashes ?? 0,
    retries,
    window,
    windowMs,
    windowStartedAt: counted === null ? null : wall(situation, counted.startedAt),
    refusedWindows: budget?.context.refusedAt.length ?? 0,
    crashes: budget?.context.crashedAt.length ?? 0,
    outerLimit,
    quarantined: budget?.context.quarantined ?? false,
    starts:
      spawnBudget === null
        ? null
        : {
            attempts: spawns[key]?.attempts ?? 0,
            limit: spawnBudget.attempts,
            windowMs: spawnBudget.windowMs,
          },
  };
}

const wall = ({ wallOffsetMs }: Situation, monotonicMs: number): number =>
  Math.max(0, Math.round(monotonicMs + wallOffsetMs));
