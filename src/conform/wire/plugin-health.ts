/** The servers, states and records of kinds `plugin_health` and `plugin_lifecycle`, in the originals' names. */
import * as z from "zod";
import {
  type DegradedMode,
  type DiscoveryResult,
  displayState,
  type PluginHealthcheck,
  type PluginState,
  type ServerHealth,
  ServerStatus,
} from "../../core/plugin-health.ts";

const WireServer = z.strictObject({
  server_name: z.string(),
  status: ServerStatus,
  capabilities: z.array(z.string()),
  last_error: z.string().nullable(),
});
export const WireServers = z.array(WireServer);

export const WireDiscovery = z.strictObject({
  tools: z.array(
    z.strictObject({
      name: z.string(),
      description: z.string().nullable(),
      input_schema: z.json().nullable(),
    }),
  ),
  resources: z.array(
    z.strictObject({
      uri: z.string(),
      name: z.string(),
      description: z.string().nullable(),
      mime_type: z.string().nullable(),
    }),
  ),
  partial: z.boolean(),
});

/** Wall-clock seconds; may be negative, before the epoch. */
export const WireNow = z.int();
export const wallMs = (seconds: number): number => seconds * 1_000;

export const PluginHealthOperation = z.discriminatedUnion("op", [
  z.strictObject({
    op: z.literal("healthcheck"),
    plugin_name: z.string(),
    servers: WireServers,
    now: WireNow,
  }),
  z.strictObject({ op: z.literal("degraded_mode"), discovery: WireDiscovery }),
  z.strictObject({ op: z.literal("from_servers"), servers: WireServers }),
]);

export const PluginLifecycleOperation = z.discriminatedUnion("op", [
  z.strictObject({
    op: z.literal("new"),
    plugin_name: z.string(),
    valid_config: z.boolean(),
    servers: WireServers,
    discovery: WireDiscovery,
    shutdown_error: z.string().nullable(),
    now: WireNow,
  }),
  z.strictObject({ op: z.literal("validate_config") }),
  z.strictObject({ op: z.literal("healthcheck"), now: WireNow }),
  z.strictObject({ op: z.literal("discover") }),
  z.strictObject({ op: z.literal("degraded_mode") }),
  z.strictObject({ op: z.literal("shutdown") }),
]);

export function fromWireServers(servers: z.output<typeof WireServers>): ServerHealth[] {
  return servers.map(({ server_name, status, capabilities, last_error }) => ({
    serverName: server_name,
    status,
    capabilities,
    lastError: last_error,
    required: true,
  }));
}

export function fromWireDiscovery({
  tools,
  resources,
  partial,
}: z.output<typeof WireDiscovery>): DiscoveryResult {
  return {
    tools: tools.map(({ input_schema: inputSchema, ...tool }) => ({ ...tool, inputSchema })),
    resources: resources.map(({ mime_type: mimeType, ...resource }) => ({ ...resource, mimeType })),
    partial,
  };
}

export function wireDiscovery({ tools, resources, partial }: DiscoveryResult): unknown {
  return {
    tools: tools.map(({ inputSchema: input_schema, ...tool }) => ({ ...tool, input_schema })),
    resources: resources.map(({ mimeType: mime_type, ...resource }) => ({ ...resource, mime_type })),
    partial,
  };
}

export function wireState(state: PluginState): unknown {
  switch (state.state) {
    case "degraded": {
      const { healthyServers, failedServers } = state;
      const failed_servers = failedServers.map(wireServer);
      return { state: "degraded", healthy_servers: healthyServers, failed_servers };
    }
    case "failed":
      return { state: "failed", reason: state.reason };
    case "unconfigured":
    case "validated":
    case "starting":
    case "healthy":
    case "shuttingDown":
    case "stopped":
      return { state: displayState(state) };
  }
}

export function wireHealthcheck({ pluginName, state, servers, lastCheckAt }: PluginHealthcheck): unknown {
  return {
    healthcheck: {
      plugin_name: pluginName,
      state: wireState(state),
      servers: servers.map(wireServer),
      last_check: Math.floor(lastCheckAt / 1_000),
    },
    display: displayState(state),
  };
}

export function wireDegradedMode(mode: DegradedMode | null): unknown {
  if (mode === null) return { degraded_mode: null };
  const { availableTools: available_tools, unavailableTools: unavailable_tools, reason } = mode;
  return { degraded_mode: { available_tools, unavailable_tools, reason } };
}

function wireServer({ serverName, status, capabilities, lastError }: ServerHealth): unknown {
  return { server_name: serverName, status, capabilities, last_error: lastError };
}
