/** What a tree remembers besides its children's states, at rest. */
import * as z from "zod";
import { MonotonicMs } from "../../../core/time.ts";

/** When something is due, and its place among what is due in the same millisecond. */
export const StoredDue = z.strictObject({ at: MonotonicMs, order: z.int().nonnegative() });
export type StoredDue = z.infer<typeof StoredDue>;

/** A budget of whatever kind: how it is read says the policy. */
export const StoredBudget = z.strictObject({
  times: z.array(MonotonicMs),
  /** Of a decaying count, at the last of the times. */
  level: z.number().nullable(),
  refusal: z.strictObject({ until: MonotonicMs, isPause: z.boolean() }).nullable(),
});
export type StoredBudget = z.infer<typeof StoredBudget>;

/** Budgets that are not of one child alone. */
export const StoredBudgets = z.strictObject({
  shared: StoredBudget.nullable(),
  named: z.record(z.string(), StoredBudget),
});
export type StoredBudgets = z.infer<typeof StoredBudgets>;

/** The restart of a group; `due` null: it waited for members to be down, as they are now. */
export const StoredGroup = z.strictObject({
  members: z.array(z.string()),
  dueAt: MonotonicMs,
  due: StoredDue.nullable(),
});
export type StoredGroup = z.infer<typeof StoredGroup>;

/** Children that wait for a slot, in order, and those that have one. */
export const StoredStarts = z.strictObject({
  queue: z.array(z.string()),
  holders: z.array(z.string()),
  release: StoredDue.nullable(),
});
export type StoredStarts = z.infer<typeof StoredStarts>;

/** What is under way to a child: without those who asked, which ended with their host. */
export const StoredMessages = z.strictObject({
  /** In order; `event` null: JSON cannot hold it, or it was a request. */
  waiting: z.array(
    z.strictObject({
      type: z.string(),
      at: MonotonicMs,
      event: z.looseObject({ type: z.string() }).nullable(),
    }),
  ),
  /** Requests that were delivered and not answered. */
  open: z.array(z.strictObject({ type: z.string(), incarnation: z.int().nullable() })),
  proven: z.int().nonnegative(),
  /** When the grace time of an incarnation is over. */
  wake: StoredDue.nullable().default(null),
});
export type StoredMessages = z.infer<typeof StoredMessages>;

export const StoredTimeout = z.strictObject({
  due: StoredDue,
  isSecondLook: z.boolean(),
  renewedAt: MonotonicMs.nullable(),
});
export type StoredTimeout = z.infer<typeof StoredTimeout>;

/** How an incarnation that goes on is watched. */
export const StoredHealth = z.strictObject({
  checks: z.array(
    z.strictObject({
      name: z.string(),
      /** In a row. */
      failures: z.int().nonnegative(),
      isUnready: z.boolean(),
      /** Null: it ran, and is run again. */
      due: StoredDue.nullable(),
    }),
  ),
  watchdog: StoredTimeout.nullable(),
  start: StoredTimeout.nullable(),
});
export type StoredHealth = z.infer<typeof StoredHealth>;
