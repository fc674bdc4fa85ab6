/**
 * Replays logs as they stream by: nothing of a record is kept once it is taken.
 *
 * @module
 */
import { type Difference, differences } from "../conform/diff.ts";
import type { SupervisionRecord } from "../core/records.ts";
import { Comparison, type Divergence } from "./compare.ts";
import type { Decision } from "./facts.ts";
import { isDecision } from "./facts.ts";
import { type Logged, malformed, recordsOf, type Source } from "./log.ts";
import type { ReplayPolicy } from "./rederivation.ts";
import { Verifier } from "./verify.ts";

export interface ReplayOptions {
  readonly sources: Iterable<Source> | AsyncIterable<Source>;
  /** Compare with what this policy, of the one in force or a part of it, would have decided; default: verify. */
  readonly policy?: (inForce: ReplayPolicy) => ReplayPolicy;
}

/** The first decision that is not the one that the facts lead to. */
export interface ReplayDifference {
  readonly source: string;
  readonly line: number;
  /** Of the record that differs, or of the one before which a decision is missing. */
  readonly seq: number;
  /** `null`: nothing was to be decided. */
  readonly expected: Decision | null;
  /** `null`: a decision is missing. */
  readonly actual: Decision | null;
  readonly differences: readonly Difference[];
}

export interface ReplayCounts {
  readonly runs: number;
  readonly records: number;
  /** Derived again: those of budgets, and of escalations. */
  readonly decisions: number;
  /** Decisions that the facts at the end of a log lead to, and that it does not hold any more. */
  readonly pending: number;
}

export type ReplayRecord =
  | ({ readonly type: "difference" } & ReplayDifference)
  | ({ readonly type: "divergence" } & Divergence)
  /** from time to time: records taken so far */
  | { readonly type: "progress"; readonly records: number }
  /** last of all; with a policy also what could not be compared any more */
  | ({ readonly type: "counts" } & ReplayCounts & {
        readonly compared?: number;
        readonly incomparable?: number;
        readonly divergences?: number;
      });

/**
 * Verifies every decision of every run, and ends with the first difference; or with `policy` compares each with what
 * that policy would have decided. Throws a `HomeostatError` `invalid_event` with `details: { source, line }` at the
 * first line that is no record, and for a log that does not begin with its policy.
 */
export async function* replay({ sources, policy }: ReplayOptions): AsyncGenerator<ReplayRecord, void> {
  let [runs, records, decisions, pending] = [0, 0, 0, 0];
  const totals = { compared: 0, incomparable: 0, divergences: 0 };
  let run: { readonly verifier: Verifier; readonly comparison: Comparison | null } | null = null;
  for await (const logged of recordsOf(sources)) {
    for (const it of logged) {
      const { record } = it;
      records += 1;
      if (record.seq === 1) endRun();
      if (record.type === "supervisor.started") {
        const other = policy?.(record);
        const comparison = other === undefined ? null : new Comparison(record, other);
        run = { verifier: new Verifier(record), comparison };
        runs += 1;
        continue;
      }
      if (run === null) {
        requireNoPolicy(it);
        continue;
      }
      if (isDecision(record)) decisions += 1;
      const found = run.comparison?.take(it, run.verifier.replayed) ?? [];
      const mismatch = run.verifier.check(record);
      if (mismatch !== null) {
        const { expected, actual } = mismatch;
        const place = { source: it.source, line: it.line, seq: record.seq };
        const details = differences(expected ?? nothing, actual ?? nothing);
        yield { type: "difference", ...place, expected, actual, differences: details };
        yield counts();
        return;
      }
      for (const divergence of found) yield { type: "divergence", ...divergence };
    }
    yield { type: "progress", records };
  }
  endRun();
  yield counts();

  function endRun(): void {
    pending += run?.verifier.pending ?? 0;
    const ended = run?.comparison?.totals;
    totals.compared += ended?.compared ?? 0;
    totals.incomparable += ended?.incomparable ?? 0;
    totals.divergences += ended?.divergences ?? 0;
    run = null;
  }

  function counts(): ReplayRecord {
    endRun();
    return {
      type: "counts",
      runs,
      records,
      decisions,
      pending,
      ...(policy === undefined ? {} : totals),
    };
  }
}

const nothing = {};

/** Before `supervisor.started` only what depends on no policy can have happened. */
export function requireNoPolicy({ record, source, line }: Logged): void {
  if (canComeFirst(record)) return;
  throw malformed(source, line, `${record.type} comes before supervisor.started, which says the policy`);
}

const canComeFirst = ({ type }: SupervisionRecord): boolean =>
  type === "event.refused" || type === "command.refused" || type === "observer.failed";
