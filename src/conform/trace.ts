/**
 * The log of a running system against a chart: whether the machine could have done what the log says, as it streams by.
 *
 * A line is a JSON object: `event` (a type, or an object with one) or `settle` (an actor, with `done` or `fails`), and what
 * could be seen after it, `state`, `context`, `status`, each as much of it as the system shows; `at` in milliseconds or as a
 * date; `input` where a machine begins. An object with a `type` and nothing of these is an event.
 *
 * Timers fire and actors end without a line where they have to; what may have happened is followed in all its ways.
 *
 * @see https://lamport.azurewebsites.net/tla/trace-validation.pdf Cirstea et al.: Validating traces of distributed programs
 * @module
 */
import type { AnyStateMachine } from "xstate";
import { HomeostatError } from "../core/errors.ts";
import type { EventCases, OutcomeCases } from "../explore/explorer/stimuli.ts";
import { plainInput } from "../explore/explorer/stimuli.ts";
import type { Standing } from "../explore/properties/monitor.ts";
import type { Property } from "../explore/properties.ts";
import { createStepper } from "../explore/stepper.ts";
import { linesOf, type Source } from "./lines.ts";
import { createCandidates } from "./trace/candidates.ts";
import { readLogLine } from "./trace/line.ts";
import { type Parting, type Refuted, TraceRun, type TraceRunOptions } from "./trace/run.ts";

export type { Parting } from "./trace/run.ts";

export interface TraceOptions {
  readonly sources: Iterable<Source> | AsyncIterable<Source>;
  readonly properties?: readonly Property[];
  /** What a machine is started with whose first line has no `input`. */
  readonly input?: unknown;
  readonly events?: EventCases;
  /** How actors end that end without a line. */
  readonly outcomes?: OutcomeCases;
  /** The field by which lines of several machines are told apart; `run` by default. */
  readonly key?: string;
  /** Timers and actors have lines of their own, under XState's names or as `settle`: nothing happens between lines. */
  readonly isComplete?: boolean;
  /** An event for which the machine has no transition is no difference. */
  readonly allowIgnored?: boolean;
  /** So long after its deadline a timer has certainly fired; 1,000 by default. */
  readonly lateMs?: number;
  /** So many places are followed in which a machine may be; 1,000 by default. */
  readonly maxCandidates?: number;
}

interface Place {
  readonly source: string;
  /** Counts from 1. */
  readonly line: number;
  readonly run: string;
}

/** A property over all machines of a log. */
export interface WatchedProperty {
  readonly name: string;
  readonly kind: Property["kind"];
  /** `open`: owed at the end of some machine that is not over, which refutes nothing. */
  readonly verdict: Standing["verdict"];
  readonly violated: number;
  readonly open: number;
}

export type TraceRecord =
  /** the first one of a machine; unknown events are told each time */
  | ({ readonly type: "difference" } & Place & Parting)
  | ({ readonly type: "property" } & Place & Refuted)
  /** a line that cannot be read; those after it are judged nevertheless */
  | { readonly type: "problem"; readonly source: string; readonly line: number; readonly message: string }
  | { readonly type: "progress"; readonly lines: number }
  /** last of all */
  | {
      readonly type: "counts";
      readonly machine: string;
      readonly lines: number;
      /** Machines in the log. */
      readonly runs: number;
      readonly differing: number;
      readonly problems: number;
      /** Lines after the first difference of their machine. */
      readonly unjudged: number;
      readonly properties: readonly WatchedProperty[];
    };

export async function* conformTrace(
  machine: AnyStateMachine,
  { sources, key = "run", input = plainInput(machine), ...options }: TraceOptions,
): AsyncGenerator<TraceRecord, void> {
  const stepper = createStepper(machine);
  const { properties = [] } = options;
  const judging: TraceRunOptions = {
    properties,
    events: options.events,
    outcomes: options.outcomes,
    isSilent: options.isComplete !== true,
    allowIgnored: options.allowIgnored === true,
    lateMs: options.lateMs ?? 1_000,
    maxCandidates: options.maxCandidates ?? 1_000,
  };
  const tools = createCandidates(stepper, judging);
  const runs = new Map<string, { run: TraceRun | null; differs: boolean }>();
  const counts = { lines: 0, runs: 0, differing: 0, problems: 0, unjudged: 0 };
  const tally = properties.map(() => ({ holds: 0, open: 0, violated: 0 }));
  const noteEnd = (run: TraceRun): void => {
    for (const [index, { verdict }] of run.standings().entries()) {
      const own = tally[index];
      if (own !== undefined) own[verdict]++;
    }
  };

  function* judge(source: string, text: string, number: number): Generator<TraceRecord, void> {
    const line = readLogLine(text, key);
    if (line === null) return;
    counts.lines++;
    let known = runs.get(line.run);
    if (known === undefined || line.begins !== null) {
      if (known !== undefined && known.run !== null) noteEnd(known.run);
      known = { run: new TraceRun(stepper, tools, judging, line, input), differs: false };
      runs.set(line.run, known);
      counts.runs++;
    }
    if (known.run === null) {
      counts.unjudged++;
      return;
    }
    const place: Place = { source, line: number, run: line.run };
    const { parting, refuted } = known.run.judge(line, number);
    for (const it of refuted) yield { type: "property", ...place, ...it };
    if (parting === null) return;
    if (!known.differs) counts.differing++;
    known.differs = true;
    // An event that the machine does not know changes nothing of it.
    if (parting.kind !== "unknownEvent") {
      noteEnd(known.run);
      known.run = null;
    }
    yield { type: "difference", ...place, ...parting };
  }

  for await (const source of sources) {
    for await (const lines of linesOf(source)) {
      for (const { text, number } of lines) {
        try {
          yield* judge(source.name, text, number);
        } catch (error) {
          if (!(error instanceof HomeostatError) || error.code !== "invalid_event") throw error;
          counts.problems++;
          yield { type: "problem", source: source.name, line: number, message: error.message };
        }
      }
      yield { type: "progress", lines: counts.lines };
    }
  }
  for (const { run } of runs.values()) if (run !== null) noteEnd(run);
  const watched = properties.map(({ name, kind }, index): WatchedProperty => {
    const { holds, open, violated } = tally[index] ?? { holds: 0, open: 0, violated: 0 };
    // One witness is enough for a `sometimes`.
    const isOpen = kind === "sometimes" ? holds === 0 : open > 0;
    return { name, kind, verdict: violated > 0 ? "violated" : isOpen ? "open" : "holds", violated, open };
  });
  yield { type: "counts", machine: machine.id, ...counts, properties: watched };
}
