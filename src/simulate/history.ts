/**
 * What happens to one unit under one policy, in virtual time.
 *
 * @module
 */
import type { Random } from "../core/random.ts";
import type { Answer, RestartPolicy } from "./policy.ts";
import { crashInstant, type CrashTrace } from "./trace.ts";

export interface HistoryOptions {
  readonly policy: RestartPolicy;
  readonly trace: CrashTrace;
  /** Nothing later than this happens; what happens exactly then does. */
  readonly horizonMs: number;
  /** From this instant on nothing crashes: neither what runs then, nor what is started later. */
  readonly healAtMs?: number | null;
  /** From a start until it serves. */
  readonly readyAfterMs?: number;
  readonly random: Random;
}

/** In order of `at`, milliseconds since the first start. */
export type Happening =
  | { readonly type: "started" | "served" | "escalated" | "gaveUp"; readonly at: number }
  | { readonly type: "crashed"; readonly at: number; readonly answer: Answer };

/** Starts at 0 and follows the policy until the horizon, the end of the crashes, or until it gives up. */
export function* history(options: HistoryOptions): Generator<Happening, void> {
  const { policy, trace, horizonMs, healAtMs = null, readyAfterMs = 0, random } = options;
  let state = policy.initial;
  let startedAt = 0;
  for (let index = 0; startedAt <= horizonMs; index++) {
    yield { type: "started", at: startedAt };
    const planned = crashInstant(trace, index, startedAt);
    const at = healAtMs !== null && planned >= healAtMs ? Infinity : planned;
    const readyAt = startedAt + readyAfterMs;
    const servedSince = readyAt < at ? readyAt : null;
    if (servedSince !== null && servedSince <= horizonMs) yield { type: "served", at: servedSince };
    if (at > horizonMs) return;
    const crash = { at, startedAt, uptimeMs: at - startedAt, servedSince, chance: random() };
    const decision = policy.decide(state, crash);
    const { answer } = decision;
    state = decision.state;
    yield { type: "crashed", at, answer };
    if (answer.kind === "giveUp") {
      if (at + answer.afterMs <= horizonMs) yield { type: "gaveUp", at: at + answer.afterMs };
      return;
    }
    if (answer.kind === "refuse" && answer.escalates) yield { type: "escalated", at };
    startedAt = at + (answer.kind === "refuse" ? answer.retryAfterMs : answer.afterMs);
  }
}
