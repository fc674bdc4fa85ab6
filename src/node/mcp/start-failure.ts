import {
  ProtocolError,
  SdkError,
  SdkErrorCode,
  SUPPORTED_PROTOCOL_VERSIONS,
} from "@modelcontextprotocol/client";
import * as z from "zod";
import type { ErrorCode } from "../../core/errors.ts";
import type { StartPhase } from "../../core/ports.ts";
import { describeExit, type ServerExit, type StartFailure, tellingLine } from "../../core/server.ts";
import { type Attempt, explainSpawnError } from "../process/spawn-failure.ts";

/** All that is known of a start that failed. */
export interface FailedStart {
  readonly error: unknown;
  readonly server: string;
  readonly attempt: Attempt;
  readonly phase: StartPhase;
  readonly handshakeMs: number;
  /** The caller gave it up. */
  readonly isAborted: boolean;
  /** Its deadline has passed. */
  readonly isLate: boolean;
  /** The protocol version in the answer to `initialize`, if there was one. */
  readonly answeredVersion: string | null;
  /** True: `exit` is why it failed. False: we ended the process because it had failed. */
  readonly endedByItself: boolean;
  /** `null`: there was no process. */
  readonly exit: ServerExit | null;
}

export function explainStartFailure(failed: FailedStart): StartFailure {
  const { error, attempt, isAborted, isLate, exit, endedByItself } = failed;
  if (isAborted) return say(failed, "aborted", false, "was told to stop while it started");
  if (exit === null) return explainSpawnError(error, attempt);
  if (endedByItself) return explainExit(failed, exit);
  if (isLate) return explainTimeout(failed, exit);
  return failed.phase === "initialize_handshake" ? explainHandshake(failed) : explainDiscovery(failed);
}

function explainExit(failed: FailedStart, exit: ServerExit): StartFailure {
  const { command } = failed.attempt;
  const how = `${describeExit(exit)} before ${awaited(failed)}`;
  if (exit.cause === "exited" && exit.code === 127 && wasReadByShell(command, exit)) {
    const advice = `"${command}" is neither a program for this system nor a script with a #! line; mend "command"`;
    return say(failed, "not_executable", true, `${how}: ${advice}`);
  }
  if (exit.cause === "exited" && exit.code === 127) {
    const advice = `"${command}" or a program that it runs was not found; install it or mend "command"`;
    return say(failed, "command_missing", true, `${how}: ${advice}`);
  }
  if (exit.cause === "exited" && exit.code === 126) {
    const advice = `"${command}" or a program that it runs may not be executed; check its rights`;
    return say(failed, "not_executable", true, `${how}: ${advice}`);
  }
  // Node, or Python: the server is not installed, or not where its arguments say.
  const isMissingModule = /Cannot find (?:module|package)|ModuleNotFoundError|No module named/.test(
    exit.stderrTail,
  );
  if (exit.cause === "exited" && isMissingModule) {
    return say(failed, "exited_in_handshake", true, `${how}; install what is missing or mend "args"`);
  }
  return say(failed, "exited_in_handshake", false, `${how}; its stderr and its configuration may say why`);
}

/** What the system cannot execute is tried as a script of the shell, which complains by file and line. */
function wasReadByShell(command: string, { stderrTail }: ServerExit): boolean {
  // A shell that was asked for complains in the same way about what it runs.
  if (/(?:^|[/])(?:ba|da|a|z|k)?sh$/.test(command)) return false;
  const complaint = stderrTail.indexOf(`${command}: `);
  return complaint >= 0 && /^(?:line )?\d+:/.test(stderrTail.slice(complaint + command.length + 2));
}

function explainTimeout(failed: FailedStart, { stderrTail }: ServerExit): StartFailure {
  const line = tellingLine(stderrTail);
  const words = line === "" ? "it wrote nothing to stderr" : `its stderr says: ${line}`;
  const what = `did not start within ${failed.handshakeMs} ms: no sign that ${awaited(failed)}`;
  return say(
    failed,
    "handshake_timeout",
    false,
    `${what} (${words}); a slow server needs a longer "start.handshakeMs"`,
  );
}

function explainHandshake(failed: FailedStart): StartFailure {
  const { error, answeredVersion } = failed;
  const known = `this host speaks protocol versions ${SUPPORTED_PROTOCOL_VERSIONS.join(", ")}`;
  if (answeredVersion !== null && !SUPPORTED_PROTOCOL_VERSIONS.includes(answeredVersion)) {
    const what = `speaks ${answeredVersion}; ${known}; install a matching version of the server`;
    return say(failed, "protocol_version_unsupported", true, what);
  }
  const offered = offeredVersions(error)?.join(", ") ?? offeredByNegotiation(error);
  if (offered !== undefined) {
    const what = `speaks ${offered}; ${known}; install a matching version of the server`;
    return say(failed, "protocol_version_unsupported", true, what);
  }
  const what = `answered "initialize" with ${describeAnswer(error)}; expected its capabilities; check its configuration`;
  return say(failed, "handshake_rejected", true, what);
}

function explainDiscovery(failed: FailedStart): StartFailure {
  const what = `answered "tools/list" with ${describeAnswer(failed.error)}; expected a list of tools`;
  return say(failed, "discovery_failed", false, what);
}

const VersionData = z.object({ supported: z.array(z.string()).min(1) });

/** The protocol versions that a server named when it refused ours. */
export function offeredVersions(error: unknown): readonly string[] | undefined {
  return error instanceof ProtocolError ? VersionData.safeParse(error.data).data?.supported : undefined;
}

/** It named some, but then did not offer them, or the client does not know them. */
function offeredByNegotiation(error: unknown): string | undefined {
  const isNegotiation = error instanceof SdkError && error.code === SdkErrorCode.EraNegotiationFailed;
  return isNegotiation ? `no version that could be agreed on (${error.message})` : undefined;
}

function describeAnswer(error: unknown): string {
  if (error instanceof ProtocolError) return `error ${error.code} (${error.message})`;
  return `what is no valid answer (${error instanceof Error ? error.message : String(error)})`;
}

function awaited({ phase }: FailedStart): string {
  const discovers = phase === "tool_discovery" || phase === "resource_discovery" || phase === "ready";
  return discovers ? "it listed what it offers" : 'it answered "initialize"';
}

function say({ server, exit }: FailedStart, code: ErrorCode, permanent: boolean, what: string): StartFailure {
  return { code, message: `server "${server}" ${what}`, permanent, exit };
}
