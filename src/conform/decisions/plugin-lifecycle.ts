import type * as z from "zod";
import {
  checkHealth,
  configurationFailure,
  type PluginHealthcheck,
  referenceDegradedMode,
} from "../../core/plugin-health.ts";
import type { Operation, Subject } from "../subject.ts";
import {
  fromWireDiscovery,
  fromWireServers,
  PluginLifecycleOperation,
  wallMs,
  wireDegradedMode,
  wireDiscovery,
  wireHealthcheck,
} from "../wire/plugin-health.ts";
import { outOfOrder, readOperation } from "../wire/wire.ts";

type NewPlugin = Extract<z.output<typeof PluginLifecycleOperation>, { op: "new" }>;

/** The reference's plugin: one health check at its start, kept until it has stopped. */
export function pluginLifecycleDecisions(): Subject {
  let plugin: (NewPlugin & { check: PluginHealthcheck; stopped: boolean }) | null = null;
  return { answer };

  function answer(operation: Operation): unknown {
    const it = readOperation(PluginLifecycleOperation, operation);
    if (it.op === "new") {
      const check = checkHealth(it.plugin_name, fromWireServers(it.servers), wallMs(it.now));
      plugin = { ...it, check, stopped: false };
      return { ok: true };
    }
    if (plugin === null) return outOfOrder(operation, "new");
    switch (it.op) {
      case "validate_config":
        return plugin.valid_config ? { ok: true } : { err: configurationFailure(plugin.plugin_name) };
      case "healthcheck":
        return wireHealthcheck(checkAt(plugin, wallMs(it.now)));
      case "discover":
        return { discovery: wireDiscovery(fromWireDiscovery(plugin.discovery)) };
      case "degraded_mode": {
        const { state } = checkAt(plugin, 0);
        return wireDegradedMode(referenceDegradedMode(state, fromWireDiscovery(plugin.discovery)));
      }
      case "shutdown":
        if (plugin.shutdown_error !== null) return { err: plugin.shutdown_error };
        plugin.stopped = true;
        return { ok: true };
    }
  }
}

function checkAt(
  { check, stopped }: { readonly check: PluginHealthcheck; readonly stopped: boolean },
  wallNow: number,
): PluginHealthcheck {
  return stopped ? { ...check, state: { state: "stopped" }, lastCheckAt: Math.max(0, wallNow) } : check;
}
