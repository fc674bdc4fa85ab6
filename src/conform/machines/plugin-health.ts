import {
  displayState,
  type PluginHealthcheck,
  type PluginState,
  referenceDegradedMode,
  type ServerHealth,
} from "../../core/plugin-health.ts";
import type { Operation, Subject } from "../subject.ts";
import {
  fromWireDiscovery,
  fromWireServers,
  PluginHealthOperation,
  wallMs,
  wireDegradedMode,
  wireHealthcheck,
  wireState,
} from "../wire/plugin-health.ts";
import { outOfOrder, readOperation } from "../wire/wire.ts";
import { PluginRun } from "./plugin-run.ts";

/** The health of a plugin as the state that a running chart gets to when its servers fare as recorded. */
export function pluginHealthMachines(): Subject {
  let last: PluginHealthcheck | null = null;
  return { answer };

  function answer(operation: Operation): unknown {
    const it = readOperation(PluginHealthOperation, operation);
    switch (it.op) {
      case "healthcheck": {
        const servers = fromWireServers(it.servers);
        const lastCheckAt = Math.max(0, wallMs(it.now));
        last = { pluginName: it.plugin_name, state: stateOf(servers), servers, lastCheckAt };
        return wireHealthcheck(last);
      }
      case "degraded_mode":
        if (last === null) return outOfOrder(operation, "healthcheck");
        return wireDegradedMode(referenceDegradedMode(last.state, fromWireDiscovery(it.discovery)));
      case "from_servers": {
        const state = stateOf(fromWireServers(it.servers));
        return { state: wireState(state), display: displayState(state) };
      }
    }
  }
}

function stateOf(servers: readonly ServerHealth[]): PluginState {
  const run = new PluginRun(servers);
  const { state } = run;
  run.dispose();
  return state;
}
