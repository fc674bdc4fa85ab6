import type { AnyActorRef, SnapshotFrom } from "xstate";
import { type crashBudgetMachine, retryAfterMs, retriesLeft } from "../../machines/crash-budget.ts";
import type { pluginLifecycleMachine, ServerState } from "../../machines/plugin-lifecycle.ts";
import { budgetId, keyOf, pluginId, type supervisorMachine } from "../../machines/supervisor.ts";
import type { CrashBudgetPolicy } from "../core/crash-budget.ts";
import type { UnavailableReason } from "./api.ts";

export type SupervisorSnapshot = SnapshotFrom<typeof supervisorMachine>;
export type PluginSnapshot = SnapshotFrom<typeof pluginLifecycleMachine>;
export type BudgetSnapshot = SnapshotFrom<typeof crashBudgetMachine>;

/** Reads the running charts; holds nothing of its own. */
export class View {
  readonly #actor: () => AnyActorRef | undefined;

  constructor(actor: () => AnyActorRef | undefined) {
    this.#actor = actor;
  }

  /** `undefined` before the start. */
  supervisor(): SupervisorSnapshot | undefined {
    return this.#actor()?.getSnapshot() as SupervisorSnapshot | undefined;
  }

  /** `undefined` before the start, after the stop, and for a plugin whose chart threw. */
  plugin(name: string): PluginSnapshot | undefined {
    return this.#child(pluginId(name)) as PluginSnapshot | undefined;
  }

  server(plugin: string, server: string): ServerState | undefined {
    return this.plugin(plugin)?.context.servers.find(({ name }) => name === server);
  }

  /** `undefined` for a server that never crashed. */
  budget(plugin: string, server: string): BudgetSnapshot | undefined {
    return this.#child(budgetId(keyOf({ plugin, server }))) as BudgetSnapshot | undefined;
  }

  /** The chart of a recovery, an attempt or a migration, by its actor id. */
  composed(id: string): { readonly value: unknown; readonly context: unknown } | undefined {
    return this.#child(id) as { value: unknown; context: unknown } | undefined;
  }

  /** Whether the chart is in `running`: started, and not asked to stop. */
  isRunning(): boolean {
    return this.supervisor()?.value === "running";
  }

  #child(id: string): unknown {
    const children = this.supervisor()?.children as Record<string, AnyActorRef | undefined> | undefined;
    return children?.[id]?.getSnapshot();
  }
}

/** The state of a budget by its outermost name; `steady` for a server that never crashed. */
export const budgetState = (budget: BudgetSnapshot | undefined): string =>
  budget === undefined ? "steady" : outermost(budget.value);

/** A state value by its outermost name. */
export function outermost(value: unknown): string {
  if (typeof value === "string") return value;
  return typeof value === "object" && value !== null ? (Object.keys(value)[0] ?? "") : "";
}

export function budgetFigures(
  budget: BudgetSnapshot | undefined,
  policy: CrashBudgetPolicy,
  now: number,
): { budget: string; retriesLeft: number; retryAfterMs: number | null } {
  const state = budgetState(budget);
  return {
    budget: state,
    retriesLeft: budget === undefined ? policy.retries : retriesLeft(budget.context, now),
    retryAfterMs: budget === undefined ? null : retryAfterMs(budget.context, state, now),
  };
}

/** Why a server does not serve, and when to ask again. */
export function whyDown(
  view: View,
  {
    plugin,
    server,
    now,
    lastStartMs,
  }: { plugin: string; server: string; now: number; lastStartMs: number | null },
): { readonly reason: UnavailableReason; readonly retryAfterMs: number | null } {
  const state = view.server(plugin, server);
  if (!view.isRunning() || state === undefined) return { reason: "stopped", retryAfterMs: null };
  if (state.permanentFailure) return { reason: "permanentFailure", retryAfterMs: null };
  const budget = view.budget(plugin, server);
  const waiting = budgetState(budget);
  if (
    budget !== undefined &&
    (waiting === "backingOff" || waiting === "refused" || waiting === "quarantined")
  ) {
    return { reason: waiting, retryAfterMs: retryAfterMs(budget.context, waiting, now) };
  }
  const startedMs = now - (state.active?.since ?? now);
  return {
    reason: "starting",
    retryAfterMs: lastStartMs === null ? null : Math.max(1, lastStartMs - startedMs),
  };
}
