import { createHash } from "node:crypto";
import { HomeostatError } from "../../core/errors.ts";
import type { ServerSession, SessionCallOutcome } from "../../core/ports.ts";
import { describeExit } from "../../core/server.ts";
import type { LocalAgent } from "./local-agent.ts";

/** A server that was just started, or was just serving, answers what changes nothing well within this time. */
const answerMs = 10_000;

/**
 * One verified round trip on `session`, and the SHA-256 of what it answers to the agent's `readBack`.
 *
 * @throws {HomeostatError} `unresponsive` when it does not answer, or not with a result.
 */
export async function readBack(
  { id, readBack: call }: LocalAgent,
  session: ServerSession,
  host: string,
  signal: AbortSignal,
): Promise<string | null> {
  const unresponsive = (what: string, cause?: unknown): HomeostatError => {
    const message = `agent "${id}" on host "${host}" ${what}; its server's own log may say why`;
    return new HomeostatError("unresponsive", message, { host, agent: id }, cause);
  };
  await session.probe(AbortSignal.any([signal, AbortSignal.timeout(answerMs)])).catch((error: unknown) => {
    signal.throwIfAborted();
    throw unresponsive("does not answer", error);
  });
  if (call === null) return null;
  const outcome = await session.callTool({ ...call, timeoutMs: answerMs }, signal);
  signal.throwIfAborted();
  if (outcome.outcome === "completed" && !outcome.result.isError) return hashOf(outcome.result);
  throw unresponsive(`did not answer "${call.name}": ${describe(outcome)}`);
}

function describe(outcome: SessionCallOutcome): string {
  switch (outcome.outcome) {
    case "completed":
      return `the tool failed (${JSON.stringify(outcome.result.content)})`;
    case "rejected":
      return `it was rejected (${outcome.code}: ${outcome.message})`;
    case "timedOut":
      return `there was no answer within ${answerMs} ms`;
    case "lost":
      return `its process ${describeExit(outcome.exit)}`;
    case "cancelled":
    case "notSent":
      return "its process has ended";
  }
}

/** Of the value, not of how its keys happen to be ordered. */
function hashOf(value: unknown): string {
  const text = JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
  return createHash("sha256").update(text).digest("hex");
}
