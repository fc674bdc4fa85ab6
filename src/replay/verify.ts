/**
 * Whether the decisions of one run are those that its facts lead to.
 *
 * A fact is taken as soon as it is read; what it leads to is expected in this order, though other facts may come between.
 * A timer fires where the log says that it did: an event loop may be late. One that is overdue for {@link lateMs} of a
 * loop that was awake, and an expected decision that old, are missing from the log.
 *
 * @module
 */
import type { SupervisionRecord } from "../core/records.ts";
import { isSame } from "../conform/diff.ts";
import { bare, type Decision, isDecision, subjectOf } from "./facts.ts";
import { Rederivation } from "./rederivation.ts";

/** What must have been decided, and what the log says; `null`: nothing. */
export interface Mismatch {
  readonly expected: Decision | null;
  readonly actual: Decision | null;
}

const lateMs = 1_000;

export class Verifier {
  readonly replayed: Rederivation;
  #expected: Decision[] = [];
  /** Owners of timers that were due when a record was made, and the instant of that record. */
  readonly #overdue = new Map<string, { readonly deadline: number; readonly since: number }>();
  #lookAgainAt = Number.NEGATIVE_INFINITY;

  constructor(started: SupervisionRecord<"supervisor.started">) {
    this.replayed = new Rederivation(started);
  }

  /** Decisions that are expected and did not come yet. */
  get pending(): number {
    return this.#expected.length;
  }

  /** Takes the next record; `null` when it is as it must be. */
  check(record: SupervisionRecord): Mismatch | null {
    if (isDecision(record)) return this.#compare(record);
    const missing = this.#missing(record.monotonicMs);
    if (missing !== null) return { expected: missing, actual: null };
    // Whoever stops while a decision is on its way stops before it.
    if (record.type === "supervisor.stopping") this.#expected = [];
    this.#expected.push(...this.replayed.take(record));
    this.#lookAgain(record);
    return null;
  }

  #compare(record: SupervisionRecord<Decision["type"]>): Mismatch | null {
    if (this.#expected.length === 0) this.#expected = this.#prompted(record);
    const expected = this.#expected.shift() ?? null;
    const actual = bare(record) as Decision;
    this.#lookAgain(record);
    return expected !== null && isSame(expected, actual) ? null : { expected, actual };
  }

  /** Nothing led to it but time, or a chart that threw. */
  #prompted(record: SupervisionRecord<Decision["type"]>): Decision[] {
    const key = subjectOf(record);
    if (key === null) return [];
    const { timers } = this.replayed;
    const isTimers = "server" in record || timers.deadline(key) === record.monotonicMs;
    return isTimers ? this.replayed.fire(key) : this.replayed.take(record);
  }

  #missing(at: number): Decision | null {
    const [first] = this.#expected;
    if (first !== undefined && at - first.monotonicMs > lateMs) return first;
    if (at < this.#lookAgainAt) return null;
    this.#lookAgainAt = Number.POSITIVE_INFINITY;
    for (const { owner, deadline } of this.replayed.timers.due()) {
      const before = this.#overdue.get(owner);
      const since = before?.deadline === deadline ? before.since : at;
      if (deadline <= at) this.#overdue.set(owner, { deadline, since });
      if (deadline <= at && at - since > lateMs) return this.replayed.fire(owner)[0] ?? null;
      const next = deadline <= at ? since + lateMs : deadline;
      this.#lookAgainAt = Math.min(this.#lookAgainAt, next);
    }
    return null;
  }

  #lookAgain(record: SupervisionRecord): void {
    const key = subjectOf(record);
    const deadline = key === null ? null : this.replayed.timers.deadline(key);
    if (deadline !== null) this.#lookAgainAt = Math.min(this.#lookAgainAt, deadline);
  }
}
