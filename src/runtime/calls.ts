import { keyOf } from "../../machines/supervisor.ts";
import type { SessionCallOutcome } from "../core/ports.ts";
import type { Occurrence } from "../core/records.ts";
import { mayReplay, type Tool } from "../core/tools.ts";
import type { CallOptions, CallOutcome } from "./api.ts";
import type { Clock } from "./clock.ts";
import type { LiveSession, Sessions } from "./sessions.ts";
import { type View, whyDown } from "./view.ts";
import type { WaitingCalls } from "./waiting.ts";

export interface CallTarget {
  readonly plugin: string;
  readonly server: string;
  /** As the caller last saw it. */
  readonly tool: Tool;
}

interface Calling {
  readonly view: View;
  readonly sessions: Sessions;
  readonly waiting: WaitingCalls;
  readonly clock: Clock;
  readonly record: (occurrence: Occurrence) => void;
}

const defaultTimeoutMs = 60_000;

/** One call of a tool, over as many incarnations of its server as the rules allow. */
export async function callTool(
  calling: Calling,
  target: CallTarget,
  args: Readonly<Record<string, unknown>>,
  { signal, timeoutMs = defaultTimeoutMs, whenDown = "fail" }: CallOptions,
): Promise<CallOutcome> {
  const { clock, record } = calling;
  const deadline = clock.now() + timeoutMs;
  let lost: Extract<SessionCallOutcome, { outcome: "lost" }> | undefined;
  let mayWait = whenDown === "wait";
  for (;;) {
    if (signal?.aborted === true) return { outcome: "cancelled" };
    const leftMs = deadline - clock.now();
    if (leftMs <= 0) return lost === undefined ? { outcome: "timedOut", timeoutMs } : unknown(lost);
    const live = servingSession(calling, target);
    if (live === undefined) {
      if (!mayWait || !calling.view.isRunning())
        return lost === undefined ? unavailable(calling, target) : unknown(lost);
      const key = keyOf(target);
      if (lost === undefined && calling.waiting.isFull(key)) return queueFull(calling, target);
      await calling.waiting.wait(key, leftMs, signal);
      continue;
    }
    const tool = live.tools.find(({ name }) => name === target.tool.name);
    // The new server must declare it too: what was safe to repeat on the old one may not be on this one.
    if (lost !== undefined && !mayReplay(target.tool, tool)) return unknown(lost);
    if (tool === undefined) return toolGone(target);
    const outcome = await send(calling, live, { name: target.tool.name, args, timeoutMs: leftMs }, signal);
    if (outcome.outcome === "notSent") {
      if (!mayWait) return lost === undefined ? unavailable(calling, target) : unknown(lost);
      // It is on its way out, but its end is not known yet: asking again at once would never let that be heard.
      if (servingSession(calling, target) === live) await calling.waiting.wait(keyOf(target), leftMs, signal);
      continue;
    }
    if (outcome.outcome !== "lost") return settled(outcome, lost !== undefined, timeoutMs);
    const replays = lost === undefined && mayReplay(tool, tool);
    const { plugin, server } = target;
    const facts = { plugin, server, incarnation: live.incarnation, tool: tool.name, replayed: replays };
    record({ type: "call.lost", ...facts, monotonicMs: clock.now() });
    lost = outcome;
    if (!replays) return unknown(outcome);
    mayWait = true;
  }

  function unknown({ exit }: Extract<SessionCallOutcome, { outcome: "lost" }>): CallOutcome {
    return { outcome: "unknown", exit, retryAfterMs: downFacts(calling, target).retryAfterMs };
  }
}

/** The session that answers calls now; `undefined`: the server is down. */
export function servingSession(
  { view, sessions }: Pick<Calling, "view" | "sessions">,
  { plugin, server }: Pick<CallTarget, "plugin" | "server">,
): LiveSession | undefined {
  if (!view.isRunning()) return undefined;
  const active = view.server(plugin, server)?.active;
  return active?.state === "ready" ? sessions.get(plugin, server, active.incarnation) : undefined;
}

async function send(
  { clock }: Calling,
  live: LiveSession,
  call: { name: string; args: Readonly<Record<string, unknown>>; timeoutMs: number },
  signal: AbortSignal | undefined,
): Promise<SessionCallOutcome> {
  const active = (): void => void (live.activeAt = clock.now());
  live.inFlight += 1;
  try {
    const outcome = await live.session.callTool(
      { ...call, onProgress: active },
      signal ?? new AbortController().signal,
    );
    if (outcome.outcome === "completed" || outcome.outcome === "rejected") active();
    return outcome;
  } finally {
    live.inFlight -= 1;
  }
}

function settled(
  outcome: Exclude<SessionCallOutcome, { outcome: "lost" | "notSent" }>,
  replayed: boolean,
  timeoutMs: number,
): CallOutcome {
  switch (outcome.outcome) {
    case "completed":
      return { outcome: "completed", result: outcome.result, replayed };
    case "rejected":
      return { outcome: "rejected", code: outcome.code, message: outcome.message };
    case "timedOut":
      return { outcome: "timedOut", timeoutMs };
    case "cancelled":
      return { outcome: "cancelled" };
  }
}

function downFacts(
  { view, sessions, clock }: Calling,
  { plugin, server }: CallTarget,
): ReturnType<typeof whyDown> {
  return whyDown(view, {
    plugin,
    server,
    now: clock.now(),
    lastStartMs: sessions.lastStartMs(plugin, server),
  });
}

function unavailable(calling: Calling, target: CallTarget): CallOutcome {
  const { reason, retryAfterMs } = downFacts(calling, target);
  const { plugin, server } = target;
  const lastError = calling.view.server(plugin, server)?.lastError ?? null;
  const cause = lastError === null ? "" : `: ${lastError}`;
  const message = `server "${server}" of plugin "${plugin}" does not serve (${reason})${cause}`;
  return { outcome: "unavailable", reason, message, retryAfterMs };
}

function queueFull(calling: Calling, target: CallTarget): CallOutcome {
  const { retryAfterMs } = downFacts(calling, target);
  const message = `as many calls as may wait for server "${target.server}" are waiting`;
  return { outcome: "unavailable", reason: "queueFull", message, retryAfterMs };
}

function toolGone({ plugin, server, tool }: CallTarget): CallOutcome {
  const message = `server "${server}" of plugin "${plugin}" no longer offers the tool "${tool.name}"`;
  return { outcome: "unavailable", reason: "toolGone", message, retryAfterMs: null };
}
