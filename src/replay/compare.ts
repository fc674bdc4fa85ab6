/**
 * What another policy would have decided on the same facts, backend by backend.
 *
 * Facts are what they are only because of what was decided then: from the first other decision about a backend on, its
 * later facts would have been others, and are counted as incomparable instead of compared.
 *
 * @module
 */
import { isSame } from "../conform/diff.ts";
import type { SupervisionRecord } from "../core/records.ts";
import { bare, type Decision, isDecision, subjectOf } from "./facts.ts";
import type { Logged } from "./log.ts";
import { Rederivation, type ReplayPolicy } from "./rederivation.ts";

/** An escalation's number says how many there were before it, of any backend. */
export type ComparedDecision = Decision extends infer D
  ? D extends Decision
    ? Omit<D, "id">
    : never
  : never;

/** Where the other policy would first have decided otherwise about one subject. */
export interface Divergence {
  readonly source: string;
  readonly line: number;
  /** Of the record at which it shows. */
  readonly seq: number;
  /** When that record was made, in milliseconds since the Unix epoch. */
  readonly at: number;
  /** `PLUGIN/SERVER`, or the subject of an escalation. */
  readonly subject: string;
  /** What was decided; `null`: nothing at this point. */
  readonly recorded: ComparedDecision | null;
  /** What would have been; `null`: nothing at this point. */
  readonly would: ComparedDecision | null;
}

export class Comparison {
  readonly totals = { compared: 0, incomparable: 0, divergences: 0 };
  readonly #other: Rederivation;
  /** By subject: what would have been decided, and is not in the log yet. */
  readonly #ahead = new Map<string, ComparedDecision[]>();
  readonly #diverged = new Set<string>();

  constructor(started: SupervisionRecord<"supervisor.started">, policy: ReplayPolicy) {
    this.#other = new Rederivation(started, policy);
  }

  /** Takes the next record; `verified` is what the log's own policy came to before it. */
  take(logged: Logged, verified: Rederivation): Divergence[] {
    const { record } = logged;
    const subject = subjectOf(record);
    if (subject !== null && this.#diverged.has(subject)) {
      this.totals.incomparable += 1;
      return [];
    }
    const found = this.#elapse(logged, verified);
    if (subject !== null && this.#diverged.has(subject)) return found;
    if (isDecision(record) && subject !== null) return [...found, ...this.#compare(logged, record, subject)];
    if (record.type === "supervisor.stopping") this.#ahead.clear();
    // Whatever this fact is about, it would not have come before what was decided first.
    if (subject !== null) found.push(...this.#overtaken(logged, subject));
    if (subject === null || !this.#diverged.has(subject)) this.#expect(this.#other.take(record));
    return found;
  }

  #compare(logged: Logged, record: SupervisionRecord<Decision["type"]>, subject: string): Divergence[] {
    if ((this.#ahead.get(subject) ?? []).length === 0) {
      const fires = "server" in record && this.#other.timers.deadline(subject) === record.monotonicMs;
      this.#expect(fires ? this.#other.fire(subject) : this.#childError(record));
    }
    const would = this.#ahead.get(subject)?.shift() ?? null;
    const recorded = comparable(bare(record) as Decision);
    this.totals.compared += 1;
    if (would !== null && isSame(recorded, would)) return [];
    return [this.#diverge(logged, subject, { recorded, would })];
  }

  #childError(record: SupervisionRecord<Decision["type"]>): Decision[] {
    return "server" in record ? [] : this.#other.take(record);
  }

  /** Timers that are due now, but for those that are the recorded policy's own: the log says when those fired. */
  #elapse(logged: Logged, verified: Rederivation): Divergence[] {
    const { monotonicMs } = logged.record;
    const found: Divergence[] = [];
    for (const { owner, deadline } of this.#other.timers.due()) {
      if (deadline >= monotonicMs || this.#diverged.has(owner)) continue;
      if (verified.timers.deadline(owner) === deadline) continue;
      this.#expect(this.#other.fire(owner));
      found.push(...this.#overtaken(logged, owner));
    }
    return found;
  }

  /** Something would have been decided about `subject` before `logged`, and was not. */
  #overtaken(logged: Logged, subject: string): Divergence[] {
    const first = this.#ahead.get(subject)?.[0];
    if (first === undefined || first.monotonicMs >= logged.record.monotonicMs) return [];
    return [this.#diverge(logged, subject, { recorded: null, would: first })];
  }

  #diverge(
    { source, line, record: { seq, at } }: Logged,
    subject: string,
    decisions: Pick<Divergence, "recorded" | "would">,
  ): Divergence {
    this.#diverged.add(subject);
    this.#ahead.delete(subject);
    this.totals.divergences += 1;
    return { source, line, seq, at, subject, ...decisions };
  }

  #expect(decisions: readonly Decision[]): void {
    for (const decision of decisions) {
      const subject = subjectOf(decision);
      if (subject === null || this.#diverged.has(subject)) continue;
      const ahead = this.#ahead.get(subject);
      if (ahead === undefined) this.#ahead.set(subject, [comparable(decision)]);
      else ahead.push(comparable(decision));
    }
  }
}

function comparable(decision: Decision): ComparedDecision {
  if (!("id" in decision)) return decision;
  const { id: _, ...rest } = decision;
  return rest;
}
