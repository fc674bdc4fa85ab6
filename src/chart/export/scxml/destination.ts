/**
 * Where a transition leads, in SCXML's words.
 *
 * @module
 */
import type { ChartIndex, ChartState, ChartTransition } from "../../model.ts";

/**
 * XState leaves a state for a target within it only when it is told to; SCXML does unless it is told not to, and then
 * only when the source is compound and the target lies truly inside.
 */
export function destination(
  { targets, reenter, source: id }: ChartTransition,
  source: ChartState,
  index: ChartIndex,
): { targets: readonly string[]; type: "internal" | null } {
  const isWithin = targets.length > 0 && targets.every((it) => index.ancestry(it).includes(id));
  if (reenter || !isWithin) return { targets, type: null };
  const inside = targets.filter((it) => it !== id);
  const all =
    inside.length < targets.length && source.initial !== null ? [...inside, source.initial.target] : inside;
  return { targets: all, type: all.length > 0 && source.kind === "compound" ? "internal" : null };
}
