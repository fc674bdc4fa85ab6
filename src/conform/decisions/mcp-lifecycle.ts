import {
  enterMcpPhase,
  failMcpPhase,
  isMcpTransition,
  type McpPhaseResult,
  type McpPhases,
  noMcpPhase,
  timeOutMcpPhase,
} from "../../core/mcp-phases.ts";
import type { Operation, Subject } from "../subject.ts";
import { McpLifecycleOperation, recordedFailure, wireMcpResult } from "../wire/mcp-lifecycle.ts";
import { readOperation } from "../wire/wire.ts";

/** The phases of one MCP server, decided by the pure functions alone. */
export function mcpLifecycleDecisions(): Subject {
  let phases = noMcpPhase;
  return { answer };

  function answer(operation: Operation): unknown {
    const it = readOperation(McpLifecycleOperation, operation);
    switch (it.op) {
      case "new":
        phases = noMcpPhase;
        return { ok: true };
      case "run_phase":
        return record(enterMcpPhase(phases, it.phase, 0, "surface"));
      case "record_failure":
        return record(failMcpPhase(recordedFailure(it.phase, it.recoverable)));
      case "record_timeout": {
        const { phase, waited_ms: waitedMs, server_name: serverName } = it;
        return record(timeOutMcpPhase({ phase, waitedMs, serverName, at: 0 }));
      }
      case "validate_transition":
        return { valid: isMcpTransition(it.from, it.to) };
    }
  }

  function record(step: { readonly phases: McpPhases; readonly result: McpPhaseResult }): unknown {
    phases = step.phases;
    return wireMcpResult(step.result, phases.current);
  }
}
