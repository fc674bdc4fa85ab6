/** What goes wrong on a host, and which of the migration's error types that is. */
import { type ErrorCode, HomeostatError } from "../../core/errors.ts";
import { type MigrationErrorType, type PortFailure, shouldChangeTarget } from "../../core/migration.ts";

const busy = new Set(["EAGAIN", "EBUSY", "EINTR", "ECONNRESET", "ECONNABORTED", "ETIMEDOUT"]);
const short = new Set(["ENOSPC", "EDQUOT", "ENOMEM", "EMFILE", "ENFILE", "EFBIG"]);

/** `thrown` while something was done at `host`, as an error that says so; an abort as one. */
export function hostError(thrown: unknown, host: string, doing: string): HomeostatError {
  if (thrown instanceof HomeostatError) {
    return new HomeostatError(thrown.code, thrown.message, { host, ...thrown.details }, thrown);
  }
  if (thrown instanceof Error && thrown.name === "AbortError") {
    return new HomeostatError(
      "aborted",
      `host "${host}" was told to stop while it ${doing}`,
      { host },
      thrown,
    );
  }
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  const errno = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
  const { code, advice } = explain(errno);
  return new HomeostatError(
    code,
    `host "${host}" failed while it ${doing}: ${reason}; ${advice}`,
    { host, errno },
    thrown,
  );
}

function explain(errno: string): { readonly code: ErrorCode; readonly advice: string } {
  if (errno === "") return { code: "internal", advice: "please report it" };
  if (busy.has(errno)) return { code: "host_busy", advice: "it may be tried again" };
  if (short.has(errno))
    return { code: "resource_exhausted", advice: "free some space, or take another host" };
  return { code: "host_unreachable", advice: "check that its directory exists and may be written" };
}

/** What a port answers for `thrown`; a failure of another host than `target` is no reason to choose another target. */
export function toPortFailure(thrown: unknown, target: string | null): PortFailure {
  const error = thrown instanceof HomeostatError ? thrown : hostError(thrown, target ?? "", "moved an agent");
  const errorType = errorTypeOf(error.code);
  const { host = target } = error.details;
  const isInnocent = shouldChangeTarget(errorType) && (target === null || host !== target);
  return {
    outcome: "failed",
    errorType: isInnocent ? "NetworkPermanent" : errorType,
    message: error.message,
  };
}

export function errorTypeOf(code: ErrorCode): MigrationErrorType {
  switch (code) {
    case "host_busy":
      return "NetworkTransient";
    case "not_found":
      return "NetworkPermanent";
    case "resource_exhausted":
      return "InsufficientResources";
    case "state_corrupt":
    case "checkpoint_corrupt":
    case "replay_diverged":
      return "StateCorruption";
    case "aborted":
    case "handshake_timeout":
      return "Timeout";
    case "host_unreachable":
    case "unresponsive":
    case "exited_in_handshake":
    case "discovery_failed":
    case "spawn_failed":
      return "TargetUnreachable";
    case "command_missing":
    case "cwd_missing":
    case "interpreter_missing":
    case "not_executable":
    case "arguments_invalid":
    case "protocol_version_unsupported":
    case "handshake_rejected":
      return "IncompatibleTarget";
    case "config_unreadable":
    case "config_invalid":
    case "variable_missing":
    case "invalid_state":
    case "run_directory_locked":
    case "not_provided":
    case "invalid_event":
    case "invalid_snapshot":
    case "stale_epoch":
    case "lease_expired":
    case "child_spec_invalid":
    case "failed_to_start_child":
    case "child_quarantined":
    case "layout_timeout":
    case "machine_unreadable":
    case "machine_unexplorable":
    case "suite_unusable":
    case "internal":
      return "Unknown";
  }
}
