/** The operations and answers of kind `x_mcp_lifecycle`, in the originals' names. */
import * as z from "zod";
import { describeMcpError, type McpError, McpPhase, type McpPhaseResult } from "../../core/mcp-phases.ts";

export const McpLifecycleOperation = z.discriminatedUnion("op", [
  z.strictObject({ op: z.literal("new") }),
  z.strictObject({ op: z.literal("run_phase"), phase: McpPhase }),
  z.strictObject({ op: z.literal("record_failure"), phase: McpPhase, recoverable: z.boolean() }),
  z.strictObject({
    op: z.literal("record_timeout"),
    phase: McpPhase,
    waited_ms: z.int().nonnegative(),
    server_name: z.string().nullable(),
  }),
  z.strictObject({ op: z.literal("validate_transition"), from: McpPhase, to: McpPhase }),
]);

/** The failure that the recordings report: its message is fixed, its time is not recorded. */
export function recordedFailure(phase: McpPhase, recoverable: boolean): McpError {
  return { phase, serverName: null, message: "boom", context: {}, recoverable, at: 0 };
}

export function wireMcpResult(result: McpPhaseResult, current: McpPhase | null): unknown {
  if (result.kind === "success") return { result: { success: result.phase }, current_phase: current };
  const { message, recoverable } = result.error;
  const facts = {
    [result.kind]: result.phase,
    message,
    recoverable,
    display: describeMcpError(result.error),
  };
  return { result: facts, current_phase: current };
}
