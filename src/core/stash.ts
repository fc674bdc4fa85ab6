/**
 * What the callers of a child get while it is down. Pure; the supervisor is `src/runtime/tree`.
 *
 * @see https://pekko.apache.org/docs/pekko/current/typed/fault-tolerance.html, `withStashCapacity`, and the classic
 *   BackoffSupervisor's `replyWhileStopped` and `handlerWhileStopped`
 * @module
 */
import * as z from "zod";
import { Logic } from "./actor-logic.ts";
import { DurationMs } from "./time.ts";

const stashCapacity = 100;

/** What is done with a message for a child that cannot take it. */
export const WhileDown = z.discriminatedUnion("kind", [
  /** It is refused at once, with a reason and, where that is known, when to come back. */
  z.strictObject({ kind: z.literal("reject") }),
  /** It waits, in order, as long as the child comes back by itself; beyond `capacity` it is refused. */
  z.strictObject({
    kind: z.literal("stash"),
    capacity: z.int().positive().default(stashCapacity),
    /** A new incarnation gets nothing of it, nor anything new, before it has lived so long; `null`: it gets all at once. */
    graceMs: DurationMs.nullable().default(null),
    /**
     * A new incarnation is half-open: it is tried with one message, and while that is a request without an answer the
     * others wait for its verdict.
     */
    trial: z.boolean().default(false),
  }),
  /** It is answered with this. */
  z.strictObject({
    kind: z.literal("reply"),
    reply: z.unknown().refine((it) => it !== undefined, "expected what to answer"),
  }),
  /** An actor of this logic gets it; it is started with the first message and stopped when the child is up again. */
  z.strictObject({ kind: z.literal("standIn"), logic: Logic, input: z.unknown().optional() }),
]);
export type WhileDown = z.output<typeof WhileDown>;

/** Whether a child can take a message now. */
export type Availability =
  | { readonly kind: "up" }
  /**
   * It comes by itself, `at` this monotonic instant if that is known. `half_open`: it is on trial with one message, which
   * decides for all.
   */
  | {
      readonly kind: "coming";
      readonly because:
        | ("restarting" | "waiting" | "refused" | "quarantined" | "stopping")
        | ("in_grace" | "not_ready" | "half_open");
      readonly at: number | null;
    }
  /** Only a person brings it back. */
  | { readonly kind: "gone"; readonly because: "stopped" | "quarantined" | "removed" };

/** A child that cannot take a message. */
export type Down = Exclude<Availability, { kind: "up" }>;
export type DownReason = Down["because"];

/** `retryAfterMs` null: unknown, or never. */
export type Admission =
  | { readonly kind: "stash"; readonly retryAfterMs: number | null }
  | { readonly kind: "reply"; readonly reply: unknown }
  | { readonly kind: "standIn" }
  | {
      readonly kind: "refuse";
      readonly reason: DownReason | "stash_full";
      readonly retryAfterMs: number | null;
    };

/** What becomes of a message that arrives `at` an instant for a child that is down; `stashed`: how many wait already. */
export function admit(
  { availability, stashed, at }: { availability: Down; stashed: number; at: number },
  policy: WhileDown,
): Admission {
  const retryAfterMs =
    availability.kind === "gone" || availability.at === null ? null : Math.max(0, availability.at - at);
  const { because: reason } = availability;
  switch (policy.kind) {
    case "reply":
      return { kind: "reply", reply: policy.reply };
    case "standIn":
      return { kind: "standIn" };
    case "reject":
      return { kind: "refuse", reason, retryAfterMs };
    case "stash":
      // Nothing waits for what only a person brings back.
      if (availability.kind === "gone") return { kind: "refuse", reason, retryAfterMs };
      return stashed < policy.capacity
        ? { kind: "stash", retryAfterMs }
        : { kind: "refuse", reason: "stash_full", retryAfterMs };
  }
}
