/**
 * Where a machine may be, given what its log says: more than one place where something happens that the log does not have.
 *
 * @module
 */
import type { AnyEventObject } from "xstate";
import { createKeys } from "../../explore/explorer/keys.ts";
import { createLabels } from "../../explore/explorer/labels.ts";
import { createStimuli, type EventCases, type OutcomeCases } from "../../explore/explorer/stimuli.ts";
import { beginMonitor, monitorStep, type Standing } from "../../explore/properties/monitor.ts";
import type { Property } from "../../explore/properties.ts";
import type { Stepper } from "../../explore/stepper.ts";
import { applyStimulus, initialWorld, type Stimulus, type World } from "../../explore/world.ts";

export interface Candidate {
  readonly world: World;
  /** When each pending timer fires, by serial; in milliseconds of the log. */
  readonly deadlines: ReadonlyMap<number, number>;
  readonly standings: readonly Standing[];
}

/** One candidate moved on. `isTaken`: the machine had a transition for it. */
export type Moved =
  | { readonly kind: "moved"; readonly candidate: Candidate; readonly isTaken: boolean }
  | { readonly kind: "threw"; readonly message: string };

export interface CandidateOptions {
  readonly properties: readonly Property[];
  readonly events?: EventCases;
  readonly outcomes?: OutcomeCases;
  /** Timers and ends of actors may happen without a line. */
  readonly isSilent: boolean;
  /** So long after its deadline a timer has certainly fired. */
  readonly lateMs: number;
  readonly maxCandidates: number;
}

/** More places than can be followed. */
export class TooMany extends Error {}

export interface Candidates {
  begin(input: unknown, nowMs: number): Candidate;
  /** `number`: of the line. */
  move(from: Candidate, stimulus: Stimulus, nowMs: number, number: number): Moved;
  /** All places that these may have come to until `atMs`, those with the fewest silent steps first. Throws {@link TooMany}. */
  settled(from: readonly Candidate[], atMs: number | null, number: number): readonly Candidate[];
  /** What a logged event is to a candidate: a timer and the end of an actor come under XState's names for them. */
  stimulusOf(candidate: Candidate, event: AnyEventObject): Stimulus;
  /** What the machine has a transition for, as its labels say it. */
  accepted(candidates: readonly Candidate[]): readonly string[];
  readonly eventTypes: readonly string[];
}

export function createCandidates(stepper: Stepper, options: CandidateOptions): Candidates {
  const { properties, isSilent, lateMs, maxCandidates, events, outcomes } = options;
  const keys = createKeys({ timed: true });
  const labelOf = createLabels(stepper.table.nodes);
  const stimuli = createStimuli(stepper.machine, stepper.table, { events, outcomes, timed: true });

  const deadlinesOf = (world: World, known: ReadonlyMap<number, number>, nowMs: number) =>
    new Map(world.timers.map((it) => [it.serial, known.get(it.serial) ?? nowMs + Math.max(0, it.delayMs)]));

  function begin(input: unknown, nowMs: number): Candidate {
    const { world } = initialWorld(stepper, input);
    return {
      world,
      deadlines: deadlinesOf(world, new Map(), nowMs),
      standings: beginMonitor(properties, world),
    };
  }

  function move(from: Candidate, stimulus: Stimulus, nowMs: number, number: number): Moved {
    const { world: before } = from;
    try {
      const { world: after, steps } = applyStimulus(stepper, before, stimulus);
      const taken = steps.flatMap(({ microsteps }) => microsteps.flatMap((it) => it.taken));
      const effects = steps.flatMap((it) => it.effects);
      const label = labelOf(stimulus, before);
      const isTaken = taken.length > 0 || steps.some((it) => it.effects.length > 0);
      const standings =
        steps.length === 0
          ? from.standings
          : monitorStep(properties, from.standings, { before, after, label, effects, taken }, number);
      const candidate = { world: after, deadlines: deadlinesOf(after, from.deadlines, nowMs), standings };
      return { kind: "moved", candidate, isTaken };
    } catch (error) {
      return { kind: "threw", message: error instanceof Error ? error.message : String(error) };
    }
  }

  const keyOf = ({ world, deadlines, standings }: Candidate, atMs: number | null): string => {
    const left = atMs === null ? "" : [...deadlines.values()].join();
    return `${keys.of(world)}|${left}|${JSON.stringify(standings)}`;
  };

  /** What may happen without a line until `atMs`; of timers in the order of their deadlines, where the log has times. */
  function silent(
    { world, deadlines }: Candidate,
    atMs: number | null,
  ): readonly (readonly [Stimulus, number])[] {
    const due = [...deadlines].filter(([, at]) => atMs === null || at <= atMs);
    const first = Math.min(...due.map(([, at]) => at));
    return stimuli.of(world).flatMap((it): (readonly [Stimulus, number])[] => {
      if (it.kind === "event") return [];
      if (it.kind === "outcome" || atMs === null) return [[it, atMs ?? 0]];
      return deadlines.get(it.serial) === first && due.length > 0 ? [[it, first]] : [];
    });
  }

  function settled(from: readonly Candidate[], atMs: number | null, number: number): readonly Candidate[] {
    if (!isSilent) return from;
    const all = [...from];
    // Most lines follow each other with nothing in between.
    let seen: Set<string> | null = null;
    for (const candidate of all) {
      for (const [stimulus, nowMs] of silent(candidate, atMs)) {
        const next = move(candidate, stimulus, nowMs, number);
        if (next.kind === "threw") continue;
        seen ??= new Set(from.map((it) => keyOf(it, atMs)));
        const key = keyOf(next.candidate, atMs);
        if (seen.has(key)) continue;
        seen.add(key);
        all.push(next.candidate);
        if (all.length > maxCandidates) throw new TooMany();
      }
    }
    if (atMs === null) return all;
    const inTime = all.filter(({ deadlines }) => [...deadlines.values()].every((at) => at + lateMs >= atMs));
    return inTime.length === 0 ? all : inTime;
  }

  function stimulusOf({ world }: Candidate, event: AnyEventObject): Stimulus {
    const timer = world.timers.find((it) => it.event.type === event.type);
    if (timer !== undefined && event.type.startsWith("xstate.after.")) {
      return { kind: "timer", serial: timer.serial };
    }
    const [, kind, child] = /^xstate\.(done|error)\.actor\.(.+)$/.exec(event.type) ?? [];
    if (child === undefined) return { kind: "event", event };
    return {
      kind: "outcome",
      child,
      outcome:
        kind === "done"
          ? { kind: "done", output: event["output"] }
          : { kind: "error", error: event["error"] },
    };
  }

  function accepted(candidates: readonly Candidate[]): readonly string[] {
    const names = candidates.flatMap((candidate) =>
      stimuli.of(candidate.world).flatMap((it) => {
        const next = move(candidate, it, 0, 0);
        return next.kind === "moved" && next.isTaken ? [labelOf(it, candidate.world).action] : [];
      }),
    );
    return [...new Set(names)].toSorted();
  }

  return { begin, move, settled, stimulusOf, accepted, eventTypes: stimuli.eventTypes };
}
