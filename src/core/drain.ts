/**
 * Emptying a node of its units, a few at a time: what to do now, what waits and why, and when it is done. Pure decisions;
 * `drain` in `src/runtime/mover.ts` acts on them.
 *
 * - D1. Of a group at most `maxParallel` units are in flight at any time: moved, replaced, missing or yet to prove healthy.
 * - D2. What has ended neither counts nor has to be moved; units of other nodes are never touched.
 * - D3. Batch work is let end by itself until the deadline; system units stay, and do not hold a drain up.
 * - D4. A unit that may run once at a time is never replaced before it has stopped.
 *
 * @see https://developer.hashicorp.com/nomad/docs/job-specification/migrate
 * @module
 */
import * as z from "zod";
import { MonotonicMs } from "./time.ts";

export const DrainUnit = z.object({
  id: z.string(),
  /** Where it runs. */
  node: z.string(),
  /** Units that stand in for each other. */
  group: z.string(),
  kind: z.enum(["service", "batch", "system"]).default("service"),
  status: z.enum(["running", "moving", "terminal"]).default("running"),
  /** `pending`: it runs, and has not yet proven that it serves. */
  health: z.enum(["pending", "healthy", "unhealthy"]).default("healthy"),
  /** At most one incarnation of it may be active at any time, as of everything that has state. */
  singleActivation: z.boolean().default(true),
  /** Of what is to take its place where that is made first. */
  replacement: z.enum(["none", "pending", "healthy"]).default("none"),
  /** When it was moved last; `null`: never. */
  movedAt: MonotonicMs.nullable().default(null),
});
export type DrainUnit = z.output<typeof DrainUnit>;

export const DrainPolicy = z.object({
  /** Units of a group in flight at a time. @see Nomad `max_parallel` */
  maxParallel: z.int().positive().default(1),
  /** Whether a replacement proves healthy before the old unit is stopped. */
  order: z.enum(["breakBeforeMake", "makeBeforeBreak"]).default("breakBeforeMake"),
  /** After a move a unit stays where it is for so long. */
  cooldownMs: z.int().nonnegative().default(0),
  /** By group: how many of it there should be; those that are missing count as in flight. Not named: as many as there are. */
  wanted: z.record(z.string(), z.int().nonnegative()).default({}),
});
export type DrainPolicy = z.output<typeof DrainPolicy>;

export interface DrainStep {
  readonly unit: string;
  /** `retire`: its replacement is healthy, so it is stopped. */
  readonly act: "move" | "replace" | "retire";
}
export interface DrainWait {
  readonly unit: string;
  readonly reason:
    | "inFlight"
    /** as many of its group are in flight as may be */
    | "maxParallel"
    | "replacementPending"
    | "coolingDown"
    /** it ends by itself, or is moved at the deadline */
    | "batch";
  /** When to ask again; `null`: when something changes. */
  readonly until: MonotonicMs | null;
}
export interface DrainPlan {
  readonly steps: readonly DrainStep[];
  readonly waiting: readonly DrainWait[];
  /** What the policy asks for cannot be done with them. */
  readonly refused: readonly { readonly unit: string; readonly reason: "singleActivation" }[];
  readonly done: boolean;
}

export interface DrainState {
  /** Of all nodes. */
  readonly units: readonly DrainUnit[];
  /** The one to empty. */
  readonly node: string;
  readonly at: MonotonicMs;
  /** When batch work is no longer waited for; `null`: never. */
  readonly deadline: MonotonicMs | null;
}

/** Whether nothing is left on `node` but system units. */
export function isDrained(units: readonly DrainUnit[], node: string): boolean {
  return !units.some((it) => it.node === node && it.kind !== "system" && it.status !== "terminal");
}

/** When a unit may be moved again; `null`: now. */
export function coolsDownUntil(movedAt: number | null, at: number, cooldownMs: number): number | null {
  if (movedAt === null || at >= movedAt + cooldownMs) return null;
  return movedAt + cooldownMs;
}

/** What to do now, in the order of `units`. */
export function planDrain({ units, node, at, deadline }: DrainState, policy: DrainPolicy): DrainPlan {
  const steps: DrainStep[] = [];
  const waiting: DrainWait[] = [];
  const refused: DrainPlan["refused"][number][] = [];
  const free = new Map<string, number>();
  for (const unit of units) {
    if (unit.node !== node || unit.kind === "system" || unit.status === "terminal") continue;
    const { id, group } = unit;
    const wait = (reason: DrainWait["reason"], until: number | null = null): void =>
      void waiting.push({ unit: id, reason, until });
    const left = free.get(group) ?? policy.maxParallel - inFlightOf(units, group, policy);
    free.set(group, left);
    if (unit.status === "moving") wait("inFlight");
    else if (unit.replacement === "healthy") steps.push({ unit: id, act: "retire" });
    else if (unit.replacement === "pending") wait("replacementPending");
    else if (unit.kind === "batch" && (deadline === null || at < deadline)) wait("batch", deadline);
    else if (policy.order === "makeBeforeBreak" && unit.singleActivation) {
      refused.push({ unit: id, reason: "singleActivation" });
    } else {
      const until = coolsDownUntil(unit.movedAt, at, policy.cooldownMs);
      if (until !== null) wait("coolingDown", until);
      else if (left <= 0) wait("maxParallel");
      else {
        // One that has yet to prove healthy has its place already.
        if (!isInFlight(unit)) free.set(group, left - 1);
        steps.push({ unit: id, act: policy.order === "makeBeforeBreak" ? "replace" : "move" });
      }
    }
  }
  return { steps, waiting, refused, done: isDrained(units, node) };
}

function isInFlight({ status, health, replacement }: DrainUnit): boolean {
  return status === "moving" || (status === "running" && (health === "pending" || replacement !== "none"));
}

/** D1, D2. */
function inFlightOf(units: readonly DrainUnit[], group: string, { wanted }: DrainPolicy): number {
  const alive = units.filter((it) => it.group === group && it.status !== "terminal");
  const missing = Math.max(0, (wanted[group] ?? 0) - alive.length);
  return missing + alive.filter(isInFlight).length;
}
