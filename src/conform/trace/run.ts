/** One machine of a log: its lines, judged one by one. */
import { type AnyMachineSnapshot, matchesState } from "xstate";
import { stateName } from "../../explore/counterexample.ts";
import { isInternal, matches } from "../../explore/explorer/stimuli.ts";
import type { Standing } from "../../explore/properties/monitor.ts";
import type { Property } from "../../explore/properties.ts";
import type { Stepper } from "../../explore/stepper.ts";
import type { Stimulus } from "../../explore/world.ts";
import { type Difference, differences } from "../diff.ts";
import { type Candidate, type CandidateOptions, type Candidates, TooMany } from "./candidates.ts";
import type { LogLine } from "./line.ts";

/** Where a log and the machine part. */
export interface Parting {
  readonly kind:
    /** no state of the machine knows this event */
    | "unknownEvent"
    /** the machine has no transition for it here */
    | "notAccepted"
    /** the log says that it was ignored, the machine takes it */
    | "notIgnored"
    /** the machine is somewhere else */
    | "state"
    /** the machine has other data */
    | "context"
    /** the machine throws */
    | "threw"
    /** too many places where the machine may be */
    | "undecided";
  readonly message: string;
  /** The line's event, as its type; `null`: it only shows a state. */
  readonly event: string | null;
  /** Where the machine may be; before the event where it was not accepted, else after it. */
  readonly expected: readonly string[];
  /** What the log shows. */
  readonly observed: string | null;
  readonly differences: readonly Difference[];
  /** What the machine would have taken instead. */
  readonly accepted: readonly string[];
}

export interface Refuted {
  readonly property: string;
  readonly message: string;
}

export interface Judged {
  readonly parting: Parting | null;
  readonly refuted: readonly Refuted[];
}

export interface TraceRunOptions extends CandidateOptions {
  /** An event for which the machine has no transition is none of its business. */
  readonly allowIgnored: boolean;
}

export class TraceRun {
  readonly #stepper: Stepper;
  readonly #tools: Candidates;
  readonly #options: TraceRunOptions;
  #candidates: readonly Candidate[];
  #refuted = new Set<string>();
  #lastAtMs: number | null;

  constructor(stepper: Stepper, tools: Candidates, options: TraceRunOptions, first: LogLine, input: unknown) {
    this.#stepper = stepper;
    this.#tools = tools;
    this.#options = options;
    this.#lastAtMs = first.atMs;
    this.#candidates = [tools.begin(first.begins === null ? input : first.begins.input, first.atMs ?? 0)];
  }

  /** By property, what it came to where the run may be; the kindest of all places. */
  standings(): readonly Standing[] {
    return this.#options.properties.map((_, index) => kindest(this.#candidates, index));
  }

  /** After a parting that is no `unknownEvent` the machine's place is not known any more. */
  judge(line: LogLine, number: number): Judged {
    try {
      const parting = this.#advance(line, number);
      return { parting, refuted: this.#newlyRefuted() };
    } catch (error) {
      if (!(error instanceof TooMany)) throw error;
      const most = this.#options.maxCandidates;
      const message = `the machine may be in more than ${most} places: log the time ("at"), the state, or its timers and actors`;
      return { parting: this.#parting("undecided", message, line), refuted: [] };
    }
  }

  #advance(line: LogLine, number: number): Parting | null {
    const atMs = line.atMs ?? this.#lastAtMs;
    if (atMs !== null && this.#lastAtMs !== null && atMs < this.#lastAtMs) {
      // Clocks go back; nothing happens in no time.
      return this.#take(line, this.#candidates, this.#lastAtMs, number);
    }
    this.#lastAtMs = atMs;
    return this.#take(line, this.#tools.settled(this.#candidates, line.atMs, number), atMs ?? 0, number);
  }

  #take(line: LogLine, from: readonly Candidate[], nowMs: number, number: number): Parting | null {
    const stimulusOf = this.#stimulusOf(line);
    if (stimulusOf === null) {
      return this.#observe(line, from, null);
    }
    const type = nameOf(line);
    const isKnown = line.event === null || this.#isKnown(line.event.type);
    const shows = line.state !== null || line.context !== null || line.status !== null || line.ignored;
    const after: Candidate[] = [];
    let taken = 0;
    let threw: string | null = null;
    for (const candidate of from) {
      const stimulus = stimulusOf(candidate);
      const next = this.#tools.move(candidate, stimulus, nowMs, number);
      if (next.kind === "threw") {
        threw ??= next.message;
        continue;
      }
      if (next.isTaken) taken++;
      // What nothing can be seen of has to be accepted; what the machine ignores may be seen to change nothing.
      if (line.ignored ? !next.isTaken : next.isTaken || shows || this.#options.allowIgnored || !isKnown) {
        after.push(next.candidate);
      }
    }
    if (after.length === 0) {
      this.#candidates = from;
      if (threw !== null) return this.#parting("threw", `the machine throws at ${type}: ${threw}`, line);
      return line.ignored
        ? this.#parting("notIgnored", `the log says that ${type} was ignored; the machine takes it`, line)
        : this.#parting("notAccepted", `the machine has no transition for ${type} here`, line);
    }
    this.#candidates = after;
    if (!isKnown) {
      this.#observe(line, after, null);
      return this.#parting("unknownEvent", `no state of ${this.#stepper.machine.id} knows ${type}`, line);
    }
    return this.#observe(line, after, taken === 0 ? from : null);
  }

  /** Keeps the candidates that look as the log says. `ignoredIn`: where the event was not accepted. */
  #observe(line: LogLine, all: readonly Candidate[], ignoredIn: readonly Candidate[] | null): Parting | null {
    const inState = all.filter(({ world: { snapshot } }) => isState(snapshot, line));
    const alike = inState.filter(({ world }) => contextOf(line, world.snapshot).length === 0);
    this.#candidates = alike.length > 0 ? alike : inState.length > 0 ? inState : all;
    if (alike.length > 0) return null;
    const instead = ignoredIn === null ? "" : `: it has no transition for ${nameOf(line)} there`;
    const { machine } = this.#stepper;
    if (inState.length === 0) {
      return this.#parting("state", `${machine.id} is in another state than the log says${instead}`, line);
    }
    return this.#parting("context", `${machine.id} has another context than the log says${instead}`, line);
  }

  #parting(kind: Parting["kind"], message: string, line: LogLine): Parting {
    const candidates = this.#candidates;
    const [first] = candidates;
    return {
      kind,
      message,
      event: line.event === null && line.settles === null ? null : nameOf(line),
      expected: [...new Set(candidates.map(({ world }) => stateName(world.snapshot)))].slice(0, 5),
      observed: observedOf(line),
      differences: kind === "context" && first !== undefined ? contextOf(line, first.world.snapshot) : [],
      accepted: kind === "undecided" ? [] : this.#tools.accepted(candidates.slice(0, 5)),
    };
  }

  #newlyRefuted(): Refuted[] {
    return this.standings().flatMap((standing, index) => {
      const property = this.#options.properties[index] as Property;
      if (standing.verdict !== "violated" || this.#refuted.has(property.name)) return [];
      this.#refuted.add(property.name);
      const [first] = this.#candidates;
      const where = first === undefined ? "" : ` in ${stateName(first.world.snapshot)}`;
      return [
        { property: property.name, message: standing.problem ?? `${property.kind} is violated${where}` },
      ];
    });
  }

  #isKnown(type: string): boolean {
    const { all } = this.#stepper.table;
    return (
      all.some(({ descriptor }) => descriptor !== "" && matches(type, descriptor)) ||
      this.#tools.eventTypes.includes(type) ||
      isInternal(type)
    );
  }

  #stimulusOf({ event, settles }: LogLine): ((candidate: Candidate) => Stimulus) | null {
    if (event !== null) return (candidate) => this.#tools.stimulusOf(candidate, event);
    if (settles === null) return null;
    const outcome =
      "fails" in settles
        ? ({ kind: "error", error: settles.fails } as const)
        : ({ kind: "done", output: settles.done } as const);
    return () => ({ kind: "outcome", child: settles.actor, outcome });
  }
}

function nameOf({ event, settles }: LogLine): string {
  if (event !== null) return event.type;
  return settles === null ? "nothing" : `${"fails" in settles ? "error" : "done"} ${settles.actor}`;
}

function observedOf({ state, context, status }: LogLine): string | null {
  const parts = [
    ...(state === null ? [] : [typeof state === "string" ? state : JSON.stringify(state)]),
    ...(status === null ? [] : [status]),
    ...(context === null ? [] : [JSON.stringify(context)]),
  ];
  return parts.length === 0 ? null : parts.join(" ");
}

function isState({ value, status }: AnyMachineSnapshot, line: LogLine): boolean {
  if (line.status !== null && line.status !== status) return false;
  const { state } = line;
  if (state === null) return true;
  const all = Array.isArray(state) ? state : [state];
  return all.every((it) => matchesState(it as Parameters<typeof matchesState>[0], value));
}

function contextOf({ context }: LogLine, snapshot: AnyMachineSnapshot): Difference[] {
  if (context === null) return [];
  const whole = JSON.parse(JSON.stringify(snapshot.context ?? {})) as Record<string, unknown>;
  const shown = Object.fromEntries(
    Object.keys(context).flatMap((key) => (Object.hasOwn(whole, key) ? [[key, whole[key]]] : [])),
  );
  return differences(shown, context);
}

function kindest(candidates: readonly Candidate[], index: number): Standing {
  const rank = { holds: 0, open: 1, violated: 2 } as const;
  const all = candidates.map(({ standings }) => standings[index] ?? ({ verdict: "holds" } as const));
  return all.reduce<Standing>(
    (best, it) => (rank[it.verdict] < rank[best.verdict] ? it : best),
    all[0] ?? { verdict: "holds" },
  );
}
