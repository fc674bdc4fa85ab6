/** Input, context, events and reports of the plugin-lifecycle chart. */
import * as z from "zod";
import { PluginSpec } from "../../src/core/config.ts";
import type { EventOf } from "../../src/core/events.ts";
import { McpPhase } from "../../src/core/mcp-phases.ts";
import { type Occurrence, ServerRole } from "../../src/core/records.ts";
import { ServerExit, ServerSpec, StartFailure } from "../../src/core/server.ts";
import { Desired } from "../../src/core/supervision.ts";
import { DurationMs, MonotonicMs } from "../../src/core/time.ts";

export const PluginLifecycleInput = z.object({
  name: z.string(),
  /** From the request to stop until what is left is killed; as long again until it is given up. */
  stopDeadlineMs: DurationMs.default(10_000),
});
export type PluginLifecycleInput = z.input<typeof PluginLifecycleInput>;

/** One process of a server. */
export const ServerProcess = z.object({
  incarnation: z.int().positive(),
  /** `closing`: it was asked to end. */
  state: z.enum(["starting", "ready", "closing"]),
  /** @see src/core/mcp-phases.ts */
  phase: McpPhase,
  pid: z.int().nullable(),
  /** Names of the tools of its last list. */
  tools: z.array(z.string()),
  /** URIs of the resources of its first list. */
  resources: z.array(z.string()),
  /** A list was cut short, or had entries that were left out. */
  partial: z.boolean(),
  /** When its start was ordered, then when it was ready. */
  since: MonotonicMs,
  /** Probes missed in a row. */
  misses: z.int().nonnegative(),
});
export type ServerProcess = z.infer<typeof ServerProcess>;

export const ServerState = z.object({
  name: z.string(),
  spec: ServerSpec,
  /** Starts so far; the next process gets the number after it. */
  incarnations: z.int().nonnegative(),
  /** Starts that a crash or an operator made necessary. */
  restarts: z.int().nonnegative(),
  /** Answers calls once it is ready. */
  active: ServerProcess.nullable(),
  /** The warm spare. */
  standby: ServerProcess.nullable(),
  /** The tools that it served last: what is missed while it is down. */
  expectedTools: z.array(z.string()),
  /** The MCP phase in which the last process failed; `null` after a good start. */
  failedPhase: McpPhase.nullable(),
  /** Why the last process ended or did not start; `null` after a good start. */
  lastError: z.string().nullable(),
  /** Its first spare is still to be started; later ones need a grant, as every start after a crash does. */
  spareDue: z.boolean(),
  /** The last start failed in a way that a retry cannot mend. */
  permanentFailure: z.boolean(),
});
export type ServerState = z.infer<typeof ServerState>;

export const PluginLifecycleContext = z.object({
  name: z.string(),
  stopDeadlineMs: DurationMs,
  desired: Desired,
  /** In the order in which they are started. */
  servers: z.array(ServerState),
  /** Servers to take over once the old ones have ended. */
  nextServers: z.array(ServerState).nullable(),
  /** The state that was last reported. */
  reported: z.string(),
  /** Why the configuration was rejected, or the shutdown failed. */
  problem: z.string().nullable(),
  /** The instant of the last event. */
  at: MonotonicMs,
  deadline: MonotonicMs.nullable(),
});
export type PluginLifecycleContext = z.infer<typeof PluginLifecycleContext>;

const at = { at: MonotonicMs };
const process = { server: z.string(), incarnation: z.int().positive(), ...at };
export const pluginLifecycleEvents = {
  /** Checked against `PluginSpec` by the chart: what does not fit is rejected. */
  "plugin.configure": z.object({ spec: z.unknown(), ...at }),
  "plugin.start": z.object(at),
  "plugin.stop": z.object(at),
  /** KILL to everything that is left, and stop. */
  "plugin.kill": z.object(at),
  /** Stop, then start again. */
  "plugin.restart": z.object(at),
  /** Start a process of this server, if it wants one: its budget allows it, or an operator said so. */
  "server.start": z.object({
    server: z.string(),
    /** For this start only; without it the server's own policy counts. */
    handshakeMs: DurationMs.optional(),
    ...at,
  }),
  /** KILL to its active process, as a crash: what comes next is decided as after one. */
  "server.kill": z.object({ server: z.string(), ...at }),
  // from the processes
  "process.phaseEntered": z.object({ ...process, phase: McpPhase }),
  "process.ready": z.object({
    ...process,
    pid: z.int().nullable(),
    tools: z.array(z.string()),
    resources: z.array(z.string()),
    partial: z.boolean(),
  }),
  "process.startFailed": z.object({ ...process, failure: StartFailure }),
  "process.exited": z.object({ ...process, exit: ServerExit }),
  "process.probed": z.object({ ...process, misses: z.int().nonnegative() }),
  "process.toolsListed": z.object({ ...process, tools: z.array(z.string()) }),
};
export type PluginLifecycleEvent = EventOf<typeof pluginLifecycleEvents>;

/** What the chart tells its parent and emits: records that need no sequence number yet. */
export type PluginLifecycleReport = Occurrence<
  | "plugin.changed"
  | "plugin.rejected"
  | "server.starting"
  | "server.phaseEntered"
  | "server.started"
  | "server.startFailed"
  | "server.exited"
  | "server.promoted"
  | "server.probeMissed"
  | "tools.changed"
>;

/** What a server process actor is started with. */
export const ServerProcessInput = z.object({
  plugin: z.string(),
  server: z.string(),
  incarnation: z.int().positive(),
  role: ServerRole,
  spec: ServerSpec,
});
export type ServerProcessInput = z.infer<typeof ServerProcessInput>;

/** What the chart sends to a server process actor. */
export const serverProcessCommands = {
  /** Walk the ladder: EOF, TERM, KILL. */
  "process.close": z.object({}),
  /** KILL, now. */
  "process.kill": z.object({}),
};
export type ServerProcessCommand = EventOf<typeof serverProcessCommands>;

/** `spec` as fresh servers, or what is wrong with it. */
export function parseServers(
  spec: unknown,
):
  | { readonly servers: ServerState[]; readonly problem: null }
  | { readonly servers: null; readonly problem: string } {
  const parsed = PluginSpec.safeParse(spec);
  if (!parsed.success) return { servers: null, problem: z.prettifyError(parsed.error) };
  const servers = Object.entries(parsed.data.servers).map(([name, server]) => ({
    name,
    spec: server,
    incarnations: 0,
    restarts: 0,
    active: null,
    standby: null,
    expectedTools: [],
    failedPhase: null,
    lastError: null,
    spareDue: server.standby === 1,
    permanentFailure: false,
  }));
  return { servers, problem: null };
}
