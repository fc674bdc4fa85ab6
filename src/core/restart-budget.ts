/**
 * Restart budgets: how many restarts are granted in how long. A ledger asks no clock: instants arrive with the question.
 *
 * @module
 */
import * as z from "zod";
import { DurationMs } from "./time.ts";

const restarts = { intensity: z.int().nonnegative(), periodMs: DurationMs };
/** Below 1 no restart would ever be granted. */
const decay = { threshold: z.number().gte(1), halfLifeMs: DurationMs };
const scope = z.enum(["supervisor", "child"]);

/** A budget that several children, or supervisors, name. */
export const RestartBudget = z.discriminatedUnion("kind", [
  /** At most `intensity` restarts in any stretch of `periodMs`: one of exactly that age no longer counts. */
  z.strictObject({ kind: z.literal("sliding"), ...restarts }),
  /** The same in a window that opens with a restart and ends after `periodMs`. */
  z.strictObject({ kind: z.literal("tumbling"), ...restarts }),
  /**
   * Each failure adds 1 to a count that halves every `halfLifeMs`; over `threshold` it is exhausted.
   *
   * @see https://github.com/thejerf/suture, `FailureThreshold`, `FailureDecay`
   */
  z.strictObject({ kind: z.literal("decay"), ...decay }),
]);
export type RestartBudget = z.output<typeof RestartBudget>;

/** A budget of each child, or, as in OTP, of all children together (`scope`). */
export const RestartLimit = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("sliding"), scope, ...restarts }),
  z.strictObject({ kind: z.literal("tumbling"), scope, ...restarts }),
  z.strictObject({ kind: z.literal("decay"), scope, ...decay }),
]);
export type RestartLimit = z.output<typeof RestartLimit>;

/** The most that a budget grants, of restarts or of a decaying count, and its period or half-life. */
export const mostOf = (budget: RestartBudget): number =>
  budget.kind === "decay" ? budget.threshold : budget.intensity;
export const lengthMsOf = (budget: RestartBudget): number =>
  budget.kind === "decay" ? budget.halfLifeMs : budget.periodMs;

export interface Spending {
  readonly granted: boolean;
  /** Restarts that count, or the decaying count, this failure included where it was granted or decays. */
  readonly count: number;
  /** When a refused one would be granted; null: never, or it was. */
  readonly earliestAt: number | null;
}

/** What was spent of one budget. Its budget may change: it is an argument of each question. */
export class RestartLedger {
  #times: number[];
  /** Of the times before it, nothing counts any more. */
  #head = 0;
  #level: number | null = null;

  constructor(times: readonly number[] = [], level: number | null = null) {
    this.#times = [...times];
    this.#level = level;
  }

  /** Instants that may still count, oldest first. */
  get times(): readonly number[] {
    return this.#times.slice(this.#head);
  }

  /** Of a decaying count: what it was at the last of the times; null: each of them counts 1. */
  get level(): number | null {
    return this.#level;
  }

  copy(): RestartLedger {
    return new RestartLedger(this.times, this.#level);
  }

  forget(): void {
    this.#times = [];
    this.#head = 0;
    this.#level = null;
  }

  /** Whether a restart at `at` is granted; if so it is spent. */
  spend(at: number, budget: RestartBudget): Spending {
    return budget.kind === "decay" ? this.#decay(at, budget) : this.#count(at, budget);
  }

  #count(at: number, { kind, intensity, periodMs }: Exclude<RestartBudget, { kind: "decay" }>): Spending {
    this.#level = null;
    this.#drop(at, kind, periodMs);
    const known = this.#times.length - this.#head;
    if (known < intensity) {
      this.#times.push(at);
      return { granted: true, count: known + 1, earliestAt: null };
    }
    const frees = this.#times[kind === "tumbling" ? this.#head : this.#times.length - intensity];
    const earliestAt = intensity === 0 || frees === undefined ? null : frees + periodMs;
    return { granted: false, count: known, earliestAt };
  }

  /** Each instant is passed once: asking is cheap however much is granted. */
  #drop(at: number, kind: "sliding" | "tumbling", periodMs: number): void {
    const isOver = (time: number | undefined): boolean => time !== undefined && at - time >= periodMs;
    if (kind === "tumbling") {
      if (isOver(this.#times[this.#head])) this.#head = this.#times.length;
    } else while (isOver(this.#times[this.#head])) this.#head += 1;
    if (this.#head * 2 <= this.#times.length) return;
    this.#times.splice(0, this.#head);
    this.#head = 0;
  }

  #decay(at: number, { threshold, halfLifeMs }: Extract<RestartBudget, { kind: "decay" }>): Spending {
    const halved = (level: number, since: number): number =>
      level * 0.5 ** (Math.max(0, at - since) / halfLifeMs);
    const last = this.#times.at(-1);
    const before =
      this.#level === null
        ? this.times.reduce((sum, time) => sum + halved(1, time), 0)
        : halved(this.#level, last ?? at);
    const count = before + 1;
    this.#times = [at];
    this.#head = 0;
    this.#level = count;
    if (count <= threshold) return { granted: true, count, earliestAt: null };
    const waitMs = Math.ceil(halfLifeMs * Math.log2(count / (threshold - 1)));
    return { granted: false, count, earliestAt: Number.isFinite(waitMs) ? at + waitMs : null };
  }
}
