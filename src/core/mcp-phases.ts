/**
 * The phases of one MCP server, from its configuration to the end of its process: which may follow which, what a
 * failure in one means, and what is left of a set of servers when some fail.
 *
 * @see claw-code `mcp_lifecycle_hardened.rs`, for the phases, the edges and the texts
 * @module
 */
import * as z from "zod";
import { EpochMs } from "./time.ts";

export const McpPhase = z.enum([
  "config_load",
  "server_registration",
  "spawn_connect",
  "initialize_handshake",
  "tool_discovery",
  "resource_discovery",
  "ready",
  "invocation",
  "error_surfacing",
  "shutdown",
  "cleanup",
]);
export type McpPhase = z.infer<typeof McpPhase>;

export const McpError = z.object({
  phase: McpPhase,
  serverName: z.string().nullable(),
  message: z.string(),
  context: z.record(z.string(), z.string()),
  recoverable: z.boolean(),
  at: EpochMs,
});
export type McpError = z.output<typeof McpError>;

export const McpPhaseResult = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("success"), phase: McpPhase }),
  z.object({ kind: z.literal("failure"), phase: McpPhase, error: McpError }),
  z.object({
    kind: z.literal("timeout"),
    phase: McpPhase,
    waitedMs: z.int().nonnegative(),
    error: McpError,
  }),
]);
export type McpPhaseResult = z.output<typeof McpPhaseResult>;

export const McpPhases = z.object({
  /** `null` before the first one. */
  current: McpPhase.nullable(),
  last: McpPhaseResult.nullable(),
});
export type McpPhases = z.output<typeof McpPhases>;

export const noMcpPhase: McpPhases = { current: null, last: null };

/** The way up; the last two serve in turns. */
const next: Readonly<Record<McpPhase, readonly McpPhase[]>> = {
  config_load: ["server_registration"],
  server_registration: ["spawn_connect"],
  spawn_connect: ["initialize_handshake"],
  initialize_handshake: ["tool_discovery"],
  tool_discovery: ["resource_discovery", "ready"],
  resource_discovery: ["ready"],
  ready: ["invocation"],
  invocation: ["ready"],
  error_surfacing: ["ready"],
  shutdown: ["cleanup"],
  cleanup: [],
};

/** Whether `to` may follow `from`, whatever happened in `from`. */
export function isMcpTransition(from: McpPhase, to: McpPhase): boolean {
  if (from === "cleanup") return false;
  if (to === "shutdown") return true;
  if (to === "error_surfacing") return from !== "shutdown";
  return next[from].includes(to);
}

/** Why `to` may not follow; `null` when it may. */
function objection({ current, last }: McpPhases, to: McpPhase): Pick<McpError, "message" | "context"> | null {
  if (current === null) {
    if (to === "config_load") return null;
    return { message: `invalid initial MCP lifecycle phase ${to}`, context: { phase: to } };
  }
  const context = { from: current, to };
  if (!isMcpTransition(current, to)) {
    return { message: `invalid MCP lifecycle transition from ${current} to ${to}`, context };
  }
  const isReturn = current === "error_surfacing" && to === "ready";
  const isRecoverable = last !== null && last.kind !== "success" && last.error.recoverable;
  if (!isReturn || isRecoverable) return null;
  return { message: "cannot return to ready after a non-recoverable MCP lifecycle failure", context };
}

/**
 * Enters `to`. A move that is not allowed gives a non-recoverable failure; the phase then stays what it was (`reject`) or
 * becomes `error_surfacing`, even after the end (`surface`, the reference's way).
 */
export function enterMcpPhase(
  phases: McpPhases,
  to: McpPhase,
  at: number,
  invalid: "reject" | "surface" = "reject",
): { readonly phases: McpPhases; readonly result: McpPhaseResult } {
  const reason = objection(phases, to);
  if (reason === null) {
    const result = { kind: "success", phase: to } as const;
    return { phases: { current: to, last: result }, result };
  }
  const error = { phase: to, serverName: null, ...reason, recoverable: false, at };
  const result = { kind: "failure", phase: to, error } as const;
  return { phases: invalid === "surface" ? surfaced(result) : phases, result };
}

/** A failure in `error.phase`, whatever the current one: it surfaces. */
export function failMcpPhase(error: McpError): {
  readonly phases: McpPhases;
  readonly result: McpPhaseResult;
} {
  const result = { kind: "failure", phase: error.phase, error } as const;
  return { phases: surfaced(result), result };
}

/** No answer in `phase` for `waitedMs`; always recoverable. */
export function timeOutMcpPhase({
  phase,
  waitedMs,
  serverName,
  at,
}: {
  readonly phase: McpPhase;
  readonly waitedMs: number;
  readonly serverName: string | null;
  readonly at: number;
}): { readonly phases: McpPhases; readonly result: McpPhaseResult } {
  const message = `MCP lifecycle phase ${phase} timed out after ${waitedMs} ms`;
  const context = { waited_ms: `${waitedMs}` };
  const error = { phase, serverName, message, context, recoverable: true, at };
  const result = { kind: "timeout", phase, waitedMs, error } as const;
  return { phases: surfaced(result), result };
}

const surfaced = (last: McpPhaseResult): McpPhases => ({ current: "error_surfacing", last });

/** One line: phase, message, and what is known besides. */
export function describeMcpError({ phase, serverName, message, context, recoverable }: McpError): string {
  const facts = Object.entries(context)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`);
  const server = serverName === null ? "" : ` (server: ${serverName})`;
  const known = facts.length === 0 ? "" : ` with context {${facts.join(", ")}}`;
  return `MCP lifecycle error during ${phase}: ${message}${server}${known}${recoverable ? " [recoverable]" : ""}`;
}

export const McpFailedServer = z.object({ serverName: z.string(), phase: McpPhase, error: McpError });
export type McpFailedServer = z.output<typeof McpFailedServer>;

export const McpDegradedReport = z.object({
  /** Sorted, unique; so are the tools. */
  workingServers: z.array(z.string()),
  failedServers: z.array(McpFailedServer),
  availableTools: z.array(z.string()),
  /** Expected and not available. */
  missingTools: z.array(z.string()),
});
export type McpDegradedReport = z.output<typeof McpDegradedReport>;

export function reportMcpDegraded({
  workingServers,
  failedServers,
  availableTools,
  expectedTools,
}: {
  readonly workingServers: readonly string[];
  readonly failedServers: readonly McpFailedServer[];
  readonly availableTools: readonly string[];
  readonly expectedTools: readonly string[];
}): McpDegradedReport {
  const available = new Set(availableTools);
  return {
    workingServers: sortedUnique(workingServers),
    failedServers: [...failedServers],
    availableTools: sortedUnique(availableTools),
    missingTools: sortedUnique(expectedTools.filter((tool) => !available.has(tool))),
  };
}

const sortedUnique = (names: readonly string[]): string[] => [...new Set(names)].toSorted();
