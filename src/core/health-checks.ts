/**
 * Whether a child that runs is healthy: checks that somebody makes of it, and a sign of life that it has to give. Pure; the
 * supervisor is `src/runtime/tree`.
 *
 * @see https://developer.hashicorp.com/nomad/docs/job-specification/check_restart
 * @see https://www.freedesktop.org/software/systemd/man/latest/systemd.service.html, WatchdogSec
 * @module
 */
import * as z from "zod";
import { DurationMs } from "./time.ts";

/** `failing` is also a check that throws, or is not done in time. */
export type CheckStatus = "passing" | "warning" | "failing";
export interface CheckResult {
  readonly status: CheckStatus;
  /** What a person is told. */
  readonly output?: string;
}

/** The incarnation that is checked; `signal` aborts when nobody waits for the result any more. */
export interface CheckSubject {
  readonly id: string;
  readonly incarnation: number;
  readonly ref: { getSnapshot(): unknown; send(event: { type: string }): void };
  readonly signal: AbortSignal;
}
export type RunCheck = (subject: CheckSubject) => CheckResult | Promise<CheckResult>;

/** @see https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/ */
const defaults = { everyMs: 10_000, timeoutMs: 2_000, limit: 3, graceMs: 10_000, startMs: 30_000 } as const;

export const Check = z.strictObject({
  name: z.string().min(1),
  /** `liveness`: its limit ends the child as a crash would. `readiness`: its limit keeps messages away until it passes. */
  kind: z.enum(["liveness", "readiness"]).default("liveness"),
  run: z.custom<RunCheck>((it) => typeof it === "function", "expected a function"),
  /** From the start of one run to that of the next; two never overlap. */
  everyMs: DurationMs.default(defaults.everyMs),
  timeoutMs: DurationMs.default(defaults.timeoutMs),
  /** So many failures in a row; one that passes begins the count again. */
  limit: z.int().positive().default(defaults.limit),
  /** A warning passes; otherwise it is a failure. */
  ignoreWarnings: z.boolean().default(false),
});
export type Check = z.output<typeof Check>;

export const HealthPolicy = z
  .strictObject({
    checks: z.array(Check).default([]),
    /** Failures of a liveness check do not count in an incarnation younger than this. */
    graceMs: z.int().nonnegative().default(defaults.graceMs),
    /** All readiness checks pass within so long of the start, or it has failed; `null`: it takes its time. */
    startMs: DurationMs.nullable().optional(),
    /** It says that it is alive (`childAlive`) at least so often; `null`: it need not. */
    watchdogMs: DurationMs.nullable().default(null),
  })
  .superRefine(({ checks, startMs, watchdogMs }, context) => {
    const refuse = (path: PropertyKey[], message: string): void =>
      context.addIssue({ code: "custom", path, message });
    for (const [index, { name }] of checks.entries()) {
      if (checks.findIndex((it) => it.name === name) < index)
        refuse(["checks", index, "name"], `"${name}" is already taken`);
    }
    if (startMs !== undefined && startMs !== null && !hasReadiness({ checks }))
      refuse(["startMs"], "without a readiness check a start is over at once: add one, or leave startMs out");
    if (checks.length === 0 && watchdogMs === null)
      refuse([], "nothing is watched: expected checks, watchdogMs or both");
  })
  .transform((it) => {
    const startMs = it.startMs === undefined && hasReadiness(it) ? defaults.startMs : (it.startMs ?? null);
    return { ...it, startMs };
  });
export type HealthPolicy = z.output<typeof HealthPolicy>;

export function hasReadiness(policy: { readonly checks: readonly Check[] } | undefined): boolean {
  return policy !== undefined && policy.checks.some(({ kind }) => kind === "readiness");
}

/** Why a child that ran was ended; an end of its own is `exit`. */
export type HealthResult = "watchdog" | "check" | "start_timeout";

export interface CheckRun {
  readonly status: CheckStatus;
  /** How long the incarnation has run. */
  readonly uptimeMs: number;
  /** The host was late: a failure may be its own. */
  readonly hostWasLate: boolean;
}

export type CheckDecision =
  | { readonly kind: "passed"; readonly failures: 0 }
  | {
      readonly kind: "skipped";
      readonly because: "in_grace" | "host_late";
      readonly failures: number;
    }
  | { readonly kind: "failed"; readonly failures: number }
  /** The limit is reached. */
  | { readonly kind: "exhausted"; readonly failures: number };

/** What a run means after `failures` in a row. */
export function decideCheck(
  failures: number,
  { status, uptimeMs, hostWasLate }: CheckRun,
  { kind, limit, ignoreWarnings }: Pick<Check, "kind" | "limit" | "ignoreWarnings">,
  graceMs: number,
): CheckDecision {
  if (status === "passing" || (status === "warning" && ignoreWarnings))
    return { kind: "passed", failures: 0 };
  if (hostWasLate) return { kind: "skipped", because: "host_late", failures };
  if (kind === "liveness" && uptimeMs < graceMs) return { kind: "skipped", because: "in_grace", failures };
  const now = failures + 1;
  return { kind: now >= limit ? "exhausted" : "failed", failures: now };
}

/** A time-out that somebody else's silence may pass. */
export interface Expiry {
  readonly dueAt: number;
  readonly periodMs: number;
  /** It was a little late once already. */
  readonly isSecondLook: boolean;
}

export type ExpiryDecision =
  | { readonly kind: "expired" }
  /** The host was late itself: what was said in time may still be waiting to be read. */
  | { readonly kind: "hostLate"; readonly lateMs: number; readonly next: Expiry };

/** A clock of whole milliseconds tells no less. */
const clockGrainMs = 1;
/** A host that is never later than this is busy, not stalled; it must not keep a hang from being noticed. */
const busyMs = (periodMs: number): number => Math.max(20, periodMs * 0.05);

/** Whether a time-out whose timer fires `at` an instant is one: the time that the host was late is given back. */
export function decideExpiry({ dueAt, periodMs, isSecondLook }: Expiry, at: number): ExpiryDecision {
  const lateMs = at - dueAt;
  const isBusy = lateMs <= busyMs(periodMs);
  if (lateMs <= clockGrainMs || (isBusy && isSecondLook)) return { kind: "expired" };
  const next = { dueAt: at + Math.min(lateMs, periodMs), periodMs, isSecondLook: isBusy };
  return { kind: "hostLate", lateMs, next };
}
