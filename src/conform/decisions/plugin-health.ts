import {
  checkHealth,
  displayState,
  fromServers,
  type PluginHealthcheck,
  referenceDegradedMode,
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

/** The health of a plugin from that of its servers. */
export function pluginHealthDecisions(): Subject {
  let last: PluginHealthcheck | null = null;
  return { answer };

  function answer(operation: Operation): unknown {
    const it = readOperation(PluginHealthOperation, operation);
    switch (it.op) {
      case "healthcheck":
        last = checkHealth(it.plugin_name, fromWireServers(it.servers), wallMs(it.now));
        return wireHealthcheck(last);
      case "degraded_mode":
        if (last === null) return outOfOrder(operation, "healthcheck");
        return wireDegradedMode(referenceDegradedMode(last.state, fromWireDiscovery(it.discovery)));
      case "from_servers": {
        const state = fromServers(fromWireServers(it.servers));
        return { state: wireState(state), display: displayState(state) };
      }
    }
  }
}
