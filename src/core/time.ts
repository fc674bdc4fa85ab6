/**
 * Units of time. Wall-clock and monotonic instants are different schemas so that a decision can say which it needs.
 *
 * @module
 */
import * as z from "zod";

/** Milliseconds since the Unix epoch: for records that people read, never for windows or timers. */
export const EpochMs = z.int().nonnegative();
export type EpochMs = z.infer<typeof EpochMs>;

/** Milliseconds from an arbitrary zero that never goes back: for windows, deadlines and timers. */
export const MonotonicMs = z.number();
export type MonotonicMs = z.infer<typeof MonotonicMs>;

/** A positive length of time in whole milliseconds. */
export const DurationMs = z.int().positive();
export type DurationMs = z.infer<typeof DurationMs>;
