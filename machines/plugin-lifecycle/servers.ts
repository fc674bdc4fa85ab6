/** Pure steps of the servers of a plugin: who is active, who is spare, what an exit leaves. */
import type { McpPhase } from "../../src/core/mcp-phases.ts";
import type { ServerRole } from "../../src/core/records.ts";
import type { ServerProcess, ServerState } from "./schemas.ts";

/** The process actor's id: unique over the life of the plugin, so a late event cannot meet a successor. */
export const processId = (server: string, incarnation: number): string => `${server}#${incarnation}`;

/** All processes that have not ended, oldest server first. */
export function liveProcesses(
  servers: readonly ServerState[],
): { server: ServerState; process: ServerProcess }[] {
  return servers.flatMap((server) =>
    [server.active, server.standby].filter((it) => it !== null).map((process) => ({ server, process })),
  );
}

/** The process that an event names, and its role; `null` for one that is no longer ours. */
export function findProcess(
  servers: readonly ServerState[],
  name: string,
  incarnation: number,
): { server: ServerState; process: ServerProcess; role: ServerRole } | null {
  const server = servers.find((it) => it.name === name);
  if (server === undefined) return null;
  const { active, standby } = server;
  if (active?.incarnation === incarnation) return { server, process: active, role: "active" };
  return standby?.incarnation === incarnation ? { server, process: standby, role: "standby" } : null;
}

/** The role that a start now would fill; `null`: nothing is wanted. */
export function vacancy({ active, standby, spec }: ServerState): ServerRole | null {
  if (active === null) return "active";
  return spec.standby === 1 && standby === null ? "standby" : null;
}

/** `server` with one more process on its way up in `role`. */
export function withStart(server: ServerState, role: ServerRole, at: number): ServerState {
  const incarnation = server.incarnations + 1;
  const process: ServerProcess = {
    incarnation,
    state: "starting",
    phase: "spawn_connect",
    pid: null,
    tools: [],
    resources: [],
    partial: false,
    since: at,
    misses: 0,
  };
  return { ...server, incarnations: incarnation, permanentFailure: false, [role]: process };
}

/** `server` with its process of that number changed. */
export function withProcess(
  server: ServerState,
  incarnation: number,
  change: Partial<ServerProcess>,
): ServerState {
  const changed = (process: ServerProcess | null): ServerProcess | null =>
    process?.incarnation === incarnation ? { ...process, ...change } : process;
  return { ...server, active: changed(server.active), standby: changed(server.standby) };
}

/** `server` without that process; the spare takes the place of an active one at once. */
export function withoutProcess(
  server: ServerState,
  incarnation: number,
  lastError: string | null,
): ServerState {
  if (server.standby?.incarnation === incarnation) return { ...server, standby: null };
  if (server.active?.incarnation !== incarnation) return server;
  const failedPhase = lastError === null ? null : server.active.phase;
  return { ...server, lastError, failedPhase, active: server.standby, standby: null };
}

/** `servers` with the one named `name` replaced by what `change` makes of it. */
export function mapServer(
  servers: readonly ServerState[],
  name: string,
  change: (server: ServerState) => ServerState,
): ServerState[] {
  return servers.map((it) => (it.name === name ? change(it) : it));
}

/** How a server counts for its plugin. A process on its way up does not serve. */
export function serverStatus({ active }: ServerState): "healthy" | "degraded" | "failed" {
  if (active?.state !== "ready") return "failed";
  return active.misses > 0 ? "degraded" : "healthy";
}

/** Whether a first answer is still awaited: ready, failed for good, or failed and left to its budget. */
export function isSettled({ active, incarnations }: ServerState): boolean {
  return incarnations > 0 && active?.state !== "starting";
}

/** `next` as the successors of `servers`: numbers go on where a server of that name left off. */
export function succeed(servers: readonly ServerState[], next: readonly ServerState[]): ServerState[] {
  return next.map((it) => ({
    ...it,
    incarnations: servers.find(({ name }) => name === it.name)?.incarnations ?? 0,
  }));
}

/** `servers` with every process asked to end. */
export function withAllClosing(servers: readonly ServerState[]): ServerState[] {
  const closing = (process: ServerProcess | null): ServerProcess | null =>
    process === null ? null : { ...process, state: "closing", phase: "shutdown" };
  return servers.map((it) => ({ ...it, active: closing(it.active), standby: closing(it.standby) }));
}

/** Where a server is on its way from configuration to the end of its process. */
export function serverPhase({ active, failedPhase, incarnations }: ServerState): McpPhase {
  if (active !== null) return active.phase;
  if (failedPhase !== null) return "error_surfacing";
  return incarnations === 0 ? "server_registration" : "cleanup";
}
