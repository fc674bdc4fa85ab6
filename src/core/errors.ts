/**
 * One error class with a closed set of codes.
 *
 * Outcomes that a caller is expected to handle are discriminated unions, not exceptions; `HomeostatError` is for edges
 * (configuration, start-up of a process, misuse of the API). Its message says what happened, what was expected and what
 * to do; its code is for programs.
 *
 * @module
 */
import * as z from "zod";

export const ErrorCode = z.enum([
  // configuration: the user mends a file
  /** the configuration file cannot be read */
  "config_unreadable",
  /** the configuration is not JSON, or does not fit its schema */
  "config_invalid",
  /** `${NAME}` names a variable that is not set */
  "variable_missing",
  // permanent start failures: no retry until the configuration or the file changes
  /** the command does not exist */
  "command_missing",
  /** the working directory does not exist */
  "cwd_missing",
  /** the interpreter that the file's `#!` line names does not exist */
  "interpreter_missing",
  /** the command is there, but may not be executed */
  "not_executable",
  /** arguments too long, or with a NUL character */
  "arguments_invalid",
  /** the server speaks no protocol version that the client knows */
  "protocol_version_unsupported",
  /** the server answered `initialize` with an error */
  "handshake_rejected",
  // transient start failures: the crash budget decides
  /** the operating system is out of processes, files or memory */
  "resource_exhausted",
  /** any other failure of the operating system to start the process */
  "spawn_failed",
  /** the process ended before the handshake was done */
  "exited_in_handshake",
  /** no answer within the total deadline of the start */
  "handshake_timeout",
  /** the handshake went well, the list of tools did not */
  "discovery_failed",
  // moving an agent between hosts
  /** the directory of a host is gone or cannot be used */
  "host_unreachable",
  /** a file of a host cannot be used at this moment; it may be tried again */
  "host_busy",
  /** bytes or answers are not those that were captured */
  "state_corrupt",
  /** a server that runs does not answer as it should */
  "unresponsive",
  // leases and checkpoints
  /** a checkpoint file is damaged where it counts */
  "checkpoint_corrupt",
  /** the replay of recorded events led to another state than they did when they were recorded */
  "replay_diverged",
  /** a write under an epoch that a later one has fenced off */
  "stale_epoch",
  /** a worker outlived its lease */
  "lease_expired",
  // use of the API
  /** the operation was aborted by its caller */
  "aborted",
  /** the supervisor is not in a state that allows this call */
  "invalid_state",
  /** no plugin, server, tool or escalation of this name */
  "not_found",
  /** another host process owns the run directory */
  "run_directory_locked",
  /** the host gave no implementation for what the chart asks for */
  "not_provided",
  /** a child specification or the policy of a tree is faulty: `details.problems` */
  "child_spec_invalid",
  /** a child of a tree did not start, and so the tree did not */
  "failed_to_start_child",
  /** a significant child of a tree may not be restarted any more */
  "child_quarantined",
  /** an event or input does not fit its schema */
  "invalid_event",
  /** a snapshot of an unknown state or version */
  "invalid_snapshot",
  /** a chart could not be laid out in time, even folded */
  "layout_timeout",
  /** a machine file cannot be loaded, or holds no machine */
  "machine_unreadable",
  /** a machine whose states cannot be explored: its steps depend on more than its state and the event */
  "machine_unexplorable",
  /** a generated file was changed by hand, or the suite does not fit the system: `details` says which */
  "suite_unusable",
  /** a bug in homeostat or in a port */
  "internal",
]);
export type ErrorCode = z.infer<typeof ErrorCode>;

/** An error as data: what contexts, records and reports hold. */
export const Failure = z.object({ code: ErrorCode, message: z.string() });
export type Failure = z.infer<typeof Failure>;

export class HomeostatError extends Error {
  override readonly name = "HomeostatError";
  readonly code: ErrorCode;
  /** Facts for programs, JSON-safe. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    message: string,
    details: Readonly<Record<string, unknown>> = {},
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }
}

/** Whatever was thrown, as data. */
export function toFailure(thrown: unknown): Failure {
  if (thrown instanceof HomeostatError) return { code: thrown.code, message: thrown.message };
  return { code: "internal", message: thrown instanceof Error ? thrown.message : String(thrown) };
}
