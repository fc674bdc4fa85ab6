import type { Answer, Refusal, Started } from "./api.ts";
import type { Child } from "./child.ts";
import type { Engine } from "./engine.ts";
import { nextAttemptAt } from "./status.ts";

/** Why `child`, which is not at rest, cannot be started or used. */
export function refusalOf(engine: Engine, child: Child): Refusal {
  const { state } = child;
  switch (state) {
    case "waiting":
      return { ok: false, code: "waiting", requires: engine.children.starts.missing(child) };
    case "running":
    case "restarting":
    case "stopping":
      return { ok: false, code: state };
    case "stopped":
    case "refused":
    case "quarantined":
      return unavailable(engine, child);
  }
}

/** A start by hand is free for what is down and does not come back by itself just now. */
export function refusalToStart(engine: Engine, child: Child): Refusal | null {
  // It comes back with its group.
  if (engine.group.has(child)) return { ok: false, code: "restarting" };
  const { state } = child;
  return state === "stopped" || state === "quarantined" || state === "refused"
    ? null
    : refusalOf(engine, child);
}

/**
 * Somebody wants `child`: what runs is answered at once, what may be tried again is; all that ask during a probe wait
 * for its verdict.
 */
export function request(engine: Engine, child: Child, answer: (given: Answer<Started>) => void): void {
  const { restarts, quarantine } = engine;
  const at = engine.now();
  const tell = (): void => answer(running(child) ?? unavailable(engine, child));
  const { state, recovery } = child;
  if (recovery?.isProbing === true) return void (recovery.verdicts ??= []).push(tell);
  if (state === "refused" && at >= (nextAttemptAt(engine, child) ?? at)) {
    restarts.readmit(child);
    return tell();
  }
  if (state === "quarantined" && recovery !== null && recovery.probeAt !== null && at >= recovery.probeAt) {
    (recovery.verdicts ??= []).push(tell);
    return quarantine.probe(child, "request");
  }
  tell();
}

const running = ({ ref, state, incarnation }: Child): Answer<Started> | null =>
  ref === null || state !== "running" ? null : { ok: true, ref, incarnation, info: null };

function unavailable(engine: Engine, child: Child): Refusal {
  const at = nextAttemptAt(engine, child);
  const retryAfterMs = at === null ? null : Math.max(0, at - engine.now());
  return { ok: false, code: "unavailable", state: child.state, retryAfterMs };
}
