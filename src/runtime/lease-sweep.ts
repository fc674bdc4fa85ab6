import type { AttemptRow, RowLeft, SweepDecision } from "../core/lease-sweep.ts";

/** What a host's store of attempts does for a sweep. */
export interface AttemptStore {
  /** At most `limit` rows after the one of `after`, in an order that does not change; `null`: from the first on. */
  page(after: string | null, limit: number): Promise<readonly AttemptRow[]>;
  /** Writes `to` if the row still `isUnchanged` from `from`, in one step; whether it did. */
  replace(from: AttemptRow, to: AttemptRow): Promise<boolean>;
}

/** What a sweep did, by attempt. */
export interface SweepReport {
  readonly recovered: readonly string[];
  readonly deadLettered: readonly string[];
  readonly cancelled: readonly string[];
  /** Somebody else was faster: their change stands. */
  readonly conflicts: readonly string[];
  /** How many rows were left as they are, and why. */
  readonly left: Readonly<Partial<Record<RowLeft["reason"], number>>>;
}

/**
 * Applies `decide` to every row, page by page: what is not due never hides what lies behind it. May run twice at once.
 * Rejects with what the store rejects with; what was written until then stands.
 */
export async function sweepAttempts(
  store: AttemptStore,
  decide: (row: AttemptRow) => SweepDecision,
  { pageSize = 100 }: { readonly pageSize?: number } = {},
): Promise<SweepReport> {
  const done = { recover: [] as string[], deadLetter: [] as string[], cancel: [] as string[] };
  const conflicts: string[] = [];
  const left: Partial<Record<RowLeft["reason"], number>> = {};
  let after: string | null = null;
  for (;;) {
    const rows: readonly AttemptRow[] = await store.page(after, pageSize);
    for (const row of rows) {
      const decision = decide(row);
      if (decision.kind === "leave") left[decision.reason] = (left[decision.reason] ?? 0) + 1;
      else {
        const isWritten = await store.replace(decision.from, decision.to);
        (isWritten ? done[decision.kind] : conflicts).push(row.attemptId);
      }
    }
    // A store may give fewer than were asked for; none means that there are no more.
    const last = rows.at(-1);
    if (last === undefined) break;
    after = last.attemptId;
  }
  return {
    recovered: done.recover,
    deadLettered: done.deadLetter,
    cancelled: done.cancel,
    conflicts,
    left,
  };
}
