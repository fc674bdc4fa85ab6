/**
 * A server as supervision sees it: how to start it, how it ended, why it would not start.
 *
 * @module
 */
import * as z from "zod";
import { ErrorCode } from "./errors.ts";
import { DurationMs } from "./time.ts";

/** How a start is bounded. */
export const StartPolicy = z.strictObject({
  /** Spawn, handshake and first list of tools together; counts from the moment a start slot is held. */
  handshakeMs: DurationMs.default(5_000),
});
export type StartPolicy = z.infer<typeof StartPolicy>;

/** How a hang is noticed. */
export const ProbePolicy = z.strictObject({
  /** Between probes of an idle server. */
  everyMs: DurationMs.default(15_000),
  timeoutMs: DurationMs.default(2_000),
  /** Failed probes in a row after which the process is replaced. */
  misses: z.int().positive().default(3),
});
export type ProbePolicy = z.infer<typeof ProbePolicy>;

/** The ladder by which a process is ended: stdin EOF, SIGTERM to its group, SIGKILL to its group. */
export const StopPolicy = z.strictObject({
  /** From EOF to TERM. */
  eofMs: DurationMs.default(1_000),
  /** From TERM to KILL. */
  termMs: DurationMs.default(2_000),
});
export type StopPolicy = z.infer<typeof StopPolicy>;

/** One server of a plugin. The first four keys are those of the `mcpServers` block that MCP hosts share. */
export const ServerSpec = z.strictObject({
  /** A program: a path, or a name looked up in PATH. */
  command: z.string().min(1),
  args: z.array(z.string()).default([]),
  /** Added to the few variables that every server gets (PATH, HOME, …). */
  env: z.record(z.string(), z.string()).default({}),
  /** Working directory; `null`: the host's. */
  cwd: z.string().nullable().default(null),
  /** A plugin whose optional servers fail is degraded, never failed, on their account. */
  required: z.boolean().default(true),
  /** Warm spares: 1 keeps a second process past its handshake, promoted at once when the first one dies. */
  standby: z.literal([0, 1]).default(0),
  start: StartPolicy.prefault({}),
  probe: ProbePolicy.prefault({}),
  stop: StopPolicy.prefault({}),
});
export type ServerSpec = z.output<typeof ServerSpec>;

/** What made an incarnation end. */
export const ExitCause = z.enum([
  /** the process ended by itself or by a signal from outside */
  "exited",
  /** it closed its stdin: nothing can be sent to it */
  "stdinClosed",
  /** it closed its stdout: nothing will come from it */
  "stdoutClosed",
  /** one message was longer than the limit */
  "oversize",
  /** it missed its probes and was replaced */
  "unresponsive",
  /** we asked it to end */
  "requested",
]);
export type ExitCause = z.infer<typeof ExitCause>;

/** How one incarnation ended. */
export const ServerExit = z.object({
  cause: ExitCause,
  code: z.int().nullable(),
  /** Name of the signal, such as `SIGKILL`. */
  signal: z.string().nullable(),
  /** The last lines of stderr, bounded and redacted; empty when it wrote none. */
  stderrTail: z.string(),
  /** Lines on stdout that were no JSON-RPC message. */
  garbageLines: z.int().nonnegative(),
});
export type ServerExit = z.infer<typeof ServerExit>;

/** Why a start failed. */
export const StartFailure = z.object({
  code: ErrorCode,
  message: z.string(),
  /** True: a retry cannot help until the configuration or a file changes. */
  permanent: z.boolean(),
  exit: ServerExit.nullable(),
});
export type StartFailure = z.infer<typeof StartFailure>;

/** `exit` as a person reads it: `killed by SIGKILL`, `exited with code 3 (fatal: missing API_KEY)`. */
export function describeExit({ cause, code, signal, stderrTail }: ServerExit): string {
  // A SIGKILL leaves no time for last words: what stderr ends with is about something else.
  const line = signal === "SIGKILL" ? "" : tellingLine(stderrTail);
  return `${how()}${line === "" ? "" : ` (${line})`}`;

  function how(): string {
    if (cause === "stdinClosed") return "closed its stdin";
    if (cause === "stdoutClosed") return "closed its stdout";
    if (cause === "oversize") return "sent a message over the size limit";
    if (cause === "unresponsive") return "missed its probes and was replaced";
    if (signal !== null) return `killed by ${signal}`;
    return code === null ? "ended" : `exited with code ${code}`;
  }
}

/** The line of stderr that most likely says why: the last one that looks like an error, else the last one. */
export function tellingLine(stderrTail: string): string {
  const lines = stderrTail
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  // Node.js prints its version last, below the stack trace.
  return (
    lines.findLast((line) => /^(?:[\w.]*(?:Error|Exception)|fatal|panic)\b.*:/i.test(line)) ??
    lines.at(-1) ??
    ""
  );
}
