/**
 * Health of a plugin as a pure function of the health of its servers, and what it can still do while some are down.
 * The chart that lives through these states is `machines/plugin-lifecycle.ts`.
 *
 * @see claw-code `plugin_lifecycle.rs`, for the names, the rules and the texts
 * @module
 */
import * as z from "zod";
import { EpochMs } from "./time.ts";

export const ServerStatus = z.enum(["healthy", "degraded", "failed"]);
export type ServerStatus = z.infer<typeof ServerStatus>;

export const ServerHealth = z.object({
  serverName: z.string(),
  status: ServerStatus,
  /** What it should offer: the names of its tools. */
  capabilities: z.array(z.string()),
  lastError: z.string().nullable(),
  /** A plugin is never `failed` on account of its optional servers; the reference knows required ones only. */
  required: z.boolean().default(true),
});
export type ServerHealth = z.output<typeof ServerHealth>;

export const PluginState = z.discriminatedUnion("state", [
  z.object({ state: z.literal("unconfigured") }),
  z.object({ state: z.literal("validated") }),
  z.object({ state: z.literal("starting") }),
  z.object({ state: z.literal("healthy") }),
  z.object({
    state: z.literal("degraded"),
    /** All that have not failed, the degraded ones included: the reference's meaning of the name. */
    healthyServers: z.array(z.string()),
    /** Those of `healthyServers` that are only degraded. */
    degradedServers: z.array(z.string()),
    failedServers: z.array(ServerHealth),
  }),
  z.object({ state: z.literal("failed"), reason: z.string() }),
  z.object({ state: z.literal("shuttingDown") }),
  z.object({ state: z.literal("stopped") }),
]);
export type PluginState = z.output<typeof PluginState>;

/** The state that these servers put their plugin in; order and duplicates are kept. */
export function fromServers(
  servers: readonly ServerHealth[],
): Extract<PluginState, { state: "healthy" | "degraded" | "failed" }> {
  if (servers.length === 0) return { state: "failed", reason: "no servers available" };
  const usable = servers.filter(({ status }) => status !== "failed");
  const degraded = usable.filter(({ status }) => status === "degraded");
  const failed = servers.filter(({ status }) => status === "failed");
  if (failed.length === 0 && degraded.length === 0) return { state: "healthy" };
  if (usable.length === 0 && failed.some(({ required }) => required)) {
    return { state: "failed", reason: `all ${failed.length} servers failed` };
  }
  return {
    state: "degraded",
    healthyServers: usable.map(({ serverName }) => serverName),
    degradedServers: degraded.map(({ serverName }) => serverName),
    failedServers: failed,
  };
}

/** A state as the reference writes it: snake_case. */
export function displayState({ state }: PluginState): string {
  return state === "shuttingDown" ? "shutting_down" : state;
}

export const PluginHealthcheck = z.object({
  pluginName: z.string(),
  state: PluginState,
  servers: z.array(ServerHealth),
  lastCheckAt: EpochMs,
});
export type PluginHealthcheck = z.output<typeof PluginHealthcheck>;

/** The record of a check at `wallNow`, in milliseconds since the epoch; a clock before the epoch counts as the epoch. */
export function checkHealth(
  pluginName: string,
  servers: readonly ServerHealth[],
  wallNow: number,
): PluginHealthcheck {
  return {
    pluginName,
    state: fromServers(servers),
    servers: [...servers],
    lastCheckAt: Math.max(0, wallNow),
  };
}

/** What the servers of a plugin told of themselves. */
export const DiscoveryResult = z.object({
  tools: z.array(
    z.object({ name: z.string(), description: z.string().nullable(), inputSchema: z.json().nullable() }),
  ),
  resources: z.array(
    z.object({
      uri: z.string(),
      name: z.string(),
      description: z.string().nullable(),
      mimeType: z.string().nullable(),
    }),
  ),
  /** A list was cut short, or one of the servers gave none. */
  partial: z.boolean(),
});
export type DiscoveryResult = z.output<typeof DiscoveryResult>;

export const DegradedMode = z.object({
  availableTools: z.array(z.string()),
  unavailableTools: z.array(z.string()),
  reason: z.string(),
});
export type DegradedMode = z.output<typeof DegradedMode>;

const reasonOf = ({ healthyServers, failedServers }: Extract<PluginState, { state: "degraded" }>): string =>
  `${healthyServers.length} servers healthy, ${failedServers.length} servers failed`;

/**
 * The reference's degraded mode: everything discovered is available, every capability of a failed server is not; a tool
 * may be both. `null` unless the plugin is degraded.
 */
export function referenceDegradedMode(state: PluginState, discovery: DiscoveryResult): DegradedMode | null {
  if (state.state !== "degraded") return null;
  return {
    availableTools: discovery.tools.map(({ name }) => name),
    unavailableTools: state.failedServers.flatMap(({ capabilities }) => capabilities),
    reason: reasonOf(state),
  };
}

/** The tools of one server. */
export const ServerTools = z.object({ serverName: z.string(), tools: z.array(z.string()) });
export type ServerTools = z.output<typeof ServerTools>;

export const ServedTools = DegradedMode.extend({
  degradedServers: z.array(z.string()),
  /** By tool: the servers that serve it or, for an unavailable one, that should. */
  toolServers: z.record(z.string(), z.array(z.string())),
});
export type ServedTools = z.output<typeof ServedTools>;

/**
 * The product's degraded mode: a tool is available if a server serves it, and unavailable if one should and none does,
 * never both. Names are unique, in the order of their first mention. `null` unless the plugin is degraded.
 */
export function degradedMode(
  state: PluginState,
  {
    expected,
    served,
  }: { readonly expected: readonly ServerTools[]; readonly served: readonly ServerTools[] },
): ServedTools | null {
  if (state.state !== "degraded") return null;
  const serving = serversByTool(served);
  const missing = new Map([...serversByTool(expected)].filter(([tool]) => !serving.has(tool)));
  return {
    availableTools: [...serving.keys()],
    unavailableTools: [...missing.keys()],
    reason: reasonOf(state),
    degradedServers: state.degradedServers,
    toolServers: Object.fromEntries([...serving, ...missing]),
  };
}

function serversByTool(servers: readonly ServerTools[]): Map<string, string[]> {
  const byTool = new Map<string, string[]>();
  for (const { serverName, tools } of servers) {
    for (const tool of new Set(tools)) byTool.set(tool, [...(byTool.get(tool) ?? []), serverName]);
  }
  return byTool;
}

/** The reference's five events, by their wire names. */
export const PluginLifecycleEvent = z.enum([
  "config_validated",
  "startup_healthy",
  "startup_degraded",
  "startup_failed",
  "shutdown",
]);
export type PluginLifecycleEvent = z.infer<typeof PluginLifecycleEvent>;

/** The event that tells how a start ended; `null` while none has. */
export function startupEvent({ state }: PluginState): PluginLifecycleEvent | null {
  switch (state) {
    case "healthy":
      return "startup_healthy";
    case "degraded":
      return "startup_degraded";
    case "failed":
      return "startup_failed";
    case "unconfigured":
    case "validated":
    case "starting":
    case "shuttingDown":
    case "stopped":
      return null;
  }
}

/** Whether a start has ended in this state, well or badly. */
export function isStartupTerminal(state: PluginState): boolean {
  return startupEvent(state) !== null;
}

/** What a plugin whose configuration was rejected says of itself. */
export function configurationFailure(pluginName: string): string {
  return `plugin \`${pluginName}\` failed configuration validation`;
}
