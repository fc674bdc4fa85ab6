import type * as z from "zod";
import {
  configurationFailure,
  type PluginHealthcheck,
  type PluginState,
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
import { acceptsConfiguration, PluginRun } from "./plugin-run.ts";

type NewPlugin = Extract<z.output<typeof PluginLifecycleOperation>, { op: "new" }>;

/**
 * One running chart from its start to its stop. A shutdown error is the plugin's own refusal to stop: as in the
 * reference, the chart is then not asked to.
 */
export function pluginLifecycleMachines(): Subject {
  let plugin: (NewPlugin & { run: PluginRun }) | null = null;
  return { answer, dispose: () => plugin?.run.dispose() };

  function answer(operation: Operation): unknown {
    const it = readOperation(PluginLifecycleOperation, operation);
    if (it.op === "new") {
      plugin?.run.dispose();
      plugin = { ...it, run: new PluginRun(fromWireServers(it.servers)) };
      return { ok: true };
    }
    if (plugin === null) return outOfOrder(operation, "new");
    const { run } = plugin;
    switch (it.op) {
      case "validate_config":
        return acceptsConfiguration(plugin.valid_config)
          ? { ok: true }
          : { err: configurationFailure(plugin.plugin_name) };
      case "healthcheck":
        return wireHealthcheck(checkOf(plugin, run.state, it.now));
      case "discover":
        return { discovery: wireDiscovery(fromWireDiscovery(plugin.discovery)) };
      case "degraded_mode":
        return wireDegradedMode(referenceDegradedMode(run.state, fromWireDiscovery(plugin.discovery)));
      case "shutdown":
        if (plugin.shutdown_error !== null) return { err: plugin.shutdown_error };
        run.stop();
        return { ok: run.state.state === "stopped" };
    }
  }
}

/** The reference checks once, at the start, and again only after the stop. */
function checkOf(
  { plugin_name: pluginName, servers, now: startedAt }: NewPlugin,
  state: PluginState,
  now: number,
): PluginHealthcheck {
  const lastCheckAt = Math.max(0, wallMs(state.state === "stopped" ? now : startedAt));
  return { pluginName, state, servers: fromWireServers(servers), lastCheckAt };
}
