/** What explorations of the charts have in common: instants relative to the one that the chart knows. */
import type { AnyMachineSnapshot } from "xstate";

export interface Timed {
  readonly at: number;
  readonly deadline: number | null;
}

export const contextOf = <C>({ context }: AnyMachineSnapshot): C => context as C;

/** Instants `steps` after the chart's own, up to its deadline: at that one its timer fires first. */
export function instants(snapshot: AnyMachineSnapshot, steps: readonly number[] = [0, 1]): number[] {
  const { at, deadline } = contextOf<Timed>(snapshot);
  return steps.map((it) => at + it).filter((it) => deadline === null || it <= deadline);
}

/** The same as events that carry nothing else. */
export const timed =
  (steps?: readonly number[]) =>
  (snapshot: AnyMachineSnapshot): { at: number }[] =>
    instants(snapshot, steps).map((at) => ({ at }));

/** `instant` as a distance from `at`, not further back than `most`. */
export const since = (instant: number | null, at: number, most = Infinity): number | null =>
  instant === null ? null : Math.max(-most, instant - at);
