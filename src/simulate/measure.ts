/**
 * Figures of a history.
 *
 * @module
 */
import type { Happening } from "./history.ts";

/** All instants are milliseconds since the first start; `null` for what does not happen before the horizon. */
export interface Figures {
  /** The first one included. */
  readonly starts: number;
  readonly startsPerHour: number;
  readonly crashes: number;
  /** Crashes that were answered with a refusal. */
  readonly refusals: number;
  /** When it was left down for ever. */
  readonly gaveUpAtMs: number | null;
  /** When somebody was first told: with an escalation, or by giving up. */
  readonly toldAtMs: number | null;
  /** Serving. */
  readonly uptimeMs: number;
  /** Not serving: down, or started and not ready. */
  readonly downtimeMs: number;
  /** Longest stretch of not serving. */
  readonly longestGapMs: number;
  readonly healing: Healing | null;
}

/** What comes after the unit could be healthy again. */
export interface Healing {
  readonly healAtMs: number;
  /** Starts made since; 0 when it ran already. */
  readonly starts: number;
  /** From healthy to serving; `null`: not before the horizon. */
  readonly servedAfterMs: number | null;
}

const hourMs = 3_600_000;

export function measure(
  happenings: Iterable<Happening>,
  horizonMs: number,
  healAtMs: number | null = null,
): Figures {
  const tally = { starts: 0, crashes: 0, refusals: 0, uptimeMs: 0, downtimeMs: 0, longestGapMs: 0 };
  let gaveUpAtMs: number | null = null;
  let toldAtMs: number | null = null;
  let startsSinceHealing = 0;
  let servedAfterMs: number | null = null;
  let serving = false;
  let since = 0;

  const turn = (at: number, servesNow: boolean): void => {
    const spanMs = at - since;
    if (serving) {
      tally.uptimeMs += spanMs;
      if (healAtMs !== null && at >= healAtMs) servedAfterMs ??= Math.max(0, since - healAtMs);
    } else {
      tally.downtimeMs += spanMs;
      tally.longestGapMs = Math.max(tally.longestGapMs, spanMs);
    }
    since = at;
    serving = servesNow;
  };

  for (const happening of happenings) {
    const { at } = happening;
    switch (happening.type) {
      case "started":
        tally.starts++;
        if (healAtMs !== null && at >= healAtMs) startsSinceHealing++;
        break;
      case "served":
        turn(at, true);
        break;
      case "crashed":
        tally.crashes++;
        if (happening.answer.kind === "refuse") tally.refusals++;
        if (serving) turn(at, false);
        break;
      case "gaveUp":
        gaveUpAtMs = at;
        toldAtMs ??= at;
        break;
      case "escalated":
        toldAtMs ??= at;
        break;
    }
  }
  turn(horizonMs, false);

  const startsPerHour = (tally.starts * hourMs) / horizonMs;
  const healing = healAtMs === null ? null : { healAtMs, starts: startsSinceHealing, servedAfterMs };
  return { ...tally, startsPerHour, gaveUpAtMs, toldAtMs, healing };
}
