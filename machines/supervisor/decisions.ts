/** Decisions of the supervisor chart. */
import type { EscalationCause, Occurrence } from "../../src/core/records.ts";
import type { CrashBudgetReport } from "../crash-budget/schemas.ts";
import {
  attemptActorId,
  budgetId,
  migrationId,
  type OpenEscalation,
  pluginId,
  recoveryId,
  type SupervisorContext,
  serverOf,
} from "./schemas.ts";

/** What a start reports: the plugins, and the policy that decides from now on. */
export function setUp({ plugins, crashBudget, spawnBudget, recipes }: SupervisorContext): {
  readonly plugins: number;
  readonly names: string[];
  readonly crashBudget: SupervisorContext["crashBudget"];
  readonly spawnBudget: SupervisorContext["spawnBudget"];
  readonly recipes: string[];
} {
  const names = plugins.map(({ name }) => name);
  return { plugins: names.length, names, crashBudget, spawnBudget, recipes: Object.keys(recipes) };
}

/** Plugins that a shutdown still has to wait for, in the order of their start. */
export const running = ({ plugins, states }: SupervisorContext): string[] =>
  plugins.map(({ name }) => name).filter((name) => states[name]?.state !== "stopped");

/** The plugin to stop next, or that is stopping; `null`: none is left. */
export const lastRunning = (context: SupervisorContext): string | null => running(context).at(-1) ?? null;

export const hasPlugin = ({ plugins }: SupervisorContext, name: string): boolean =>
  plugins.some((it) => it.name === name);

/** What is left after the chart of a plugin or of a budget threw `message`. */
export function withoutChild(
  { plugins, states, budgets, recoveries, attempts, migrations }: SupervisorContext,
  actorId: string,
  reason: string,
): Pick<SupervisorContext, "plugins" | "states" | "budgets" | "recoveries" | "attempts" | "migrations"> {
  const plugin = plugins.find(({ name }) => pluginId(name) === actorId);
  return {
    plugins: plugins.filter((it) => it !== plugin),
    states: plugin === undefined ? states : { ...states, [plugin.name]: { state: "failed", reason } },
    budgets: budgets.filter((key) => budgetId(key) !== actorId),
    recoveries: recoveries.filter((it) => recoveryId(it) !== actorId),
    attempts: attempts.filter(({ attemptId }) => attemptActorId(attemptId) !== actorId),
    migrations: migrations.filter((agent) => migrationId(agent) !== actorId),
  };
}

export const allStopped = (context: SupervisorContext): boolean => running(context).length === 0;

/** A new escalation, or `null` while the same chart, or the supervisor itself, has one of this subject and cause open. */
export function openEscalation(
  { escalations, escalated }: SupervisorContext,
  {
    at,
    actor = null,
    ...facts
  }: Omit<OpenEscalation, "id" | "openedMs" | "actor" | "acknowledged"> & {
    at: number;
    actor?: string | null;
  },
): OpenEscalation | null {
  const isOpen = escalations.some(
    (it) => it.subject === facts.subject && it.cause === facts.cause && it.actor === actor,
  );
  return isOpen ? null : { id: `E${escalated + 1}`, ...facts, openedMs: at, actor, acknowledged: false };
}

/** The open escalations of `subject`, and of what belongs to it, for one of `causes`. */
export const matching = (
  escalations: readonly OpenEscalation[],
  { subject, causes, actor }: { subject: string; causes: readonly EscalationCause[]; actor?: string },
): OpenEscalation[] =>
  escalations.filter(
    (it) =>
      (it.subject === subject || it.subject.startsWith(`${subject}/`)) &&
      causes.includes(it.cause) &&
      (actor === undefined || it.actor === actor),
  );

/** A budget's report as a record. */
export function budgetRecord({ key, at: monotonicMs, ...report }: CrashBudgetReport): Occurrence {
  const common = { ...serverOf(key), monotonicMs };
  switch (report.type) {
    case "start.scheduled":
    case "start.granted":
    case "start.refused":
    case "backend.steadied":
      return { ...common, ...report };
    case "backend.quarantined": {
      const { first: _, ...facts } = report;
      return { ...common, ...facts };
    }
  }
}
