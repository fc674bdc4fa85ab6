/**
 * When each step of a walk happens, so that its timers fire in its order on a real clock: the earliest instants that keep
 * all timers that are pending from firing too early or too late.
 *
 * @see Cormen et al.: Introduction to Algorithms, section 22.4, difference constraints
 * @module
 */
import type { Walk } from "./walk.ts";

/** Instant `later` is at least `ms` after instant `earlier`. */
interface Constraint {
  readonly earlier: number;
  readonly later: number;
  readonly ms: number;
}

/** Milliseconds from the beginning, by step; `null`: no clock shows the timers in this order. */
export function timesOf(walk: Walk): readonly number[] | null {
  // Less than a millisecond only where timers are so short that it has to be.
  return solved(walk, 1) ?? solved(walk, 1 / 64);
}

function solved(walk: Walk, marginMs: number): readonly number[] | null {
  const constraints = constraintsOf(walk, marginMs);
  const count = walk.stimuli.length + 1;
  let times = relaxed(count, constraints);
  if (times === null) return null;
  // Where there is room, something happens while a timer runs: one that is armed again starts anew.
  for (const [step, { kind }] of walk.stimuli.entries()) {
    if (kind === "timer" || walk.worlds[step]?.timers.length === 0) continue;
    const gap = { earlier: step, later: step + 1, ms: 1 };
    const roomier = relaxed(count, [...constraints, gap]);
    if (roomier === null) continue;
    constraints.push(gap);
    times = roomier;
  }
  return times.slice(1);
}

function constraintsOf({ stimuli, worlds }: Walk, marginMs: number): Constraint[] {
  const armedAt = new Map<number, number>();
  const constraints: Constraint[] = [];
  const count = stimuli.length;
  for (let step = 0; step <= count; step++) {
    for (const { serial } of worlds[step]?.timers ?? []) {
      if (!armedAt.has(serial)) armedAt.set(serial, step);
    }
    const stimulus = stimuli[step];
    const now = step + 1;
    if (stimulus !== undefined) constraints.push({ earlier: step, later: now, ms: 0 });
    const isLast = stimulus === undefined;
    // After the last step what is pending must not have fired with it.
    const at = isLast ? step : now;
    for (const { serial, delayMs } of worlds[step]?.timers ?? []) {
      const armed = armedAt.get(serial) ?? 0;
      if (stimulus?.kind === "timer" && stimulus.serial === serial) {
        constraints.push(
          { earlier: armed, later: at, ms: delayMs },
          { earlier: at, later: armed, ms: -delayMs },
        );
        continue;
      }
      const mayBeEqual = delayMs === 0 || (stimulus?.kind === "timer" && serial > stimulus.serial);
      if (isLast && armed === step) continue;
      constraints.push({ earlier: at, later: armed, ms: -(delayMs - (mayBeEqual ? 0 : marginMs)) });
    }
  }
  return constraints;
}

/** Bellman and Ford's longest ways from the first instant. */
function relaxed(count: number, constraints: readonly Constraint[]): number[] | null {
  const times = Array.from({ length: count }, () => 0);
  for (let round = 0; round <= count; round++) {
    let hasMoved = false;
    for (const { earlier, later, ms } of constraints) {
      const least = (times[earlier] ?? 0) + ms;
      if (least <= (times[later] ?? 0)) continue;
      times[later] = least;
      hasMoved = true;
    }
    if (!hasMoved) return times[0] === 0 ? times : null;
    if ((times[0] ?? 0) > 0) return null;
  }
  return null;
}
