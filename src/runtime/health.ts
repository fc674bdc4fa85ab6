import { discovery, serverPhase, type ServerState, servedTools } from "../../machines/plugin-lifecycle.ts";
import { attemptActorId, migrationId, recoveryId } from "../../machines/supervisor.ts";
import type { CrashBudgetPolicy } from "../core/crash-budget.ts";
import type { Escalation, Health, PluginStatus, ServerStatusReport } from "./api.ts";
import type { Clock } from "./clock.ts";
import { budgetFigures, outermost, type SupervisorSnapshot, type View } from "./view.ts";

/** What the charts say now, in the order of the configuration. */
export function healthOf(
  view: View,
  names: readonly string[],
  { crashBudget, clock }: { crashBudget: CrashBudgetPolicy; clock: Clock },
): Health {
  const supervisor = view.supervisor();
  return {
    status: statusOf(supervisor),
    plugins: names.map((name) => pluginStatus(name)),
    recoveries: (supervisor?.context.recoveries ?? []).map((it) => ({
      ...it,
      state: stateOf(recoveryId(it)),
    })),
    attempts: (supervisor?.context.attempts ?? []).map(({ attemptId }) => {
      const id = attemptActorId(attemptId);
      const context = view.composed(id)?.context as { epoch: number } | undefined;
      return { attemptId, state: stateOf(id), epoch: context?.epoch ?? 0 };
    }),
    migrations: (supervisor?.context.migrations ?? []).map((agent) => {
      const id = migrationId(agent);
      const context = view.composed(id)?.context as { owner: string } | undefined;
      return { agent, state: stateOf(id), owner: context?.owner ?? "" };
    }),
    escalations: (supervisor?.context.escalations ?? []).map((it) => escalation(it)),
  };

  function stateOf(id: string): string {
    return outermost(view.composed(id)?.value);
  }

  function pluginStatus(name: string): PluginStatus {
    const plugin = view.plugin(name);
    const reported = supervisor?.context.states[name];
    return {
      name,
      state: plugin?.context.reported ?? reported?.state ?? "unconfigured",
      reason: plugin?.context.problem ?? reported?.reason ?? null,
      degraded: plugin === undefined ? null : servedTools(plugin.context),
      discovery:
        plugin === undefined ? { tools: 0, resources: 0, partial: false } : discovery(plugin.context),
      servers: (plugin?.context.servers ?? []).map((server) =>
        serverReport(name, server, plugin?.context.desired === "stopped"),
      ),
    };
  }

  function serverReport(plugin: string, server: ServerState, isUnwanted: boolean): ServerStatusReport {
    const { name, active, standby, incarnations, restarts, lastError } = server;
    const serves = active?.state === "ready";
    return {
      name,
      status: serverStatus(server, isUnwanted),
      phase: serverPhase(server),
      incarnation: active?.incarnation ?? incarnations,
      pid: active?.pid ?? null,
      tools: active?.tools.length ?? 0,
      uptimeMs: serves ? clock.now() - active.since : null,
      restarts,
      ...budgetFigures(view.budget(plugin, name), crashBudget, clock.now()),
      standby: standby === null ? "none" : standby.state === "ready" ? "ready" : "starting",
      lastError,
    };
  }

  function escalation({
    openedMs,
    ...facts
  }: SupervisorSnapshot["context"]["escalations"][number]): Escalation {
    return { ...facts, openedAt: Math.max(0, Math.round(clock.wallNow() - (clock.now() - openedMs))) };
  }
}

function statusOf(supervisor: SupervisorSnapshot | undefined): Health["status"] {
  if (supervisor === undefined || supervisor.value === "idle") return "notStarted";
  if (supervisor.status !== "active") return "stopped";
  return supervisor.value === "running" ? "running" : "stopping";
}

/** `isUnwanted`: its plugin was asked to stop, so that having no process is what was wanted. */
function serverStatus(
  { active, incarnations }: ServerState,
  isUnwanted: boolean,
): ServerStatusReport["status"] {
  if (active === null) return isUnwanted || incarnations === 0 ? "stopped" : "failed";
  if (active.state === "starting") return "starting";
  if (active.state === "closing") return "stopped";
  return active.misses > 0 ? "degraded" : "healthy";
}
