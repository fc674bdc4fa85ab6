import type { SessionCallOutcome, ToolCall } from "../../core/ports.ts";
import type { LocalAgent } from "./local-agent.ts";
import type { LocalHost } from "./local-host.ts";

/**
 * Calls an agent where it is served now. While it moves it is served nowhere: such a call is answered `notSent` at once,
 * and may be sent again. No call reaches two hosts. Never rejects.
 */
export async function callAgent(
  hosts: readonly Pick<LocalHost, "session">[],
  agent: Pick<LocalAgent, "id">,
  call: ToolCall,
  signal: AbortSignal,
): Promise<SessionCallOutcome> {
  // One host after the other may have given it up since the look; each of them is asked once.
  const asked = new Set<unknown>();
  for (;;) {
    const session = hosts.map((it) => it.session(agent)).find((it) => it !== null && !asked.has(it));
    if (session === undefined || session === null) return { outcome: "notSent" };
    asked.add(session);
    const outcome = await session.callTool(call, signal);
    if (outcome.outcome !== "notSent") return outcome;
  }
}
