/**
 * What a kind of recorded traffic is checked against: one object that answers operations in order.
 *
 * Each kind has two: `decisions/KIND.ts` calls the pure functions of `src/core`, `machines/KIND.ts` sends events to a
 * running chart on a virtual clock and reads its reports and snapshot.
 *
 * @module
 */
import * as z from "zod";

/** One recorded operation: its name, and whatever fields its kind gives it. */
export const Operation = z.looseObject({ op: z.string() });
export type Operation = z.infer<typeof Operation>;

/** One line of a recording. */
export const RecordedCase = z.looseObject({
  kind: z.string(),
  ops: z.array(Operation),
  expected: z.array(z.unknown()),
});
export type RecordedCase = z.infer<typeof RecordedCase>;

/** A fresh object of one case. */
export interface Subject {
  /** The JSON answer to `operation`, after all before it. Throws a `HomeostatError` with `invalid_event` on a malformed one. */
  answer(operation: Operation): unknown;
  /** Ends what was started. */
  dispose?(): void;
}

export type CreateSubject = () => Subject;
