import type { DownReason } from "../../../core/stash.ts";
import type { Cause } from "../exit.ts";
import type { MessageRefusal } from "../outcomes.ts";
import type { Incarnation } from "../records.ts";

/** A message by the type of its event, and why its child could not take it. */
interface Diverted {
  readonly id: string;
  readonly message: string;
  readonly reason: DownReason;
}

/** What became of messages that could not be handed over at once. */
export type MessageOccurrence =
  /** It waits, as one of `stashed`. */
  | ({ readonly type: "message.stashed"; readonly stashed: number } & Diverted)
  | ({ readonly type: "message.replied" } & Diverted)
  | ({ readonly type: "message.redirected" } & Diverted)
  | ({
      readonly type: "message.delivered";
      readonly message: string;
      readonly waitedMs: number;
    } & Incarnation)
  /** Nobody got it. */
  | {
      readonly type: "message.dropped";
      readonly id: string;
      readonly message: string;
      /** `not_persisted`: the host ended meanwhile, and it was a request or nothing that JSON can hold. */
      readonly reason: MessageRefusal | "timed_out" | "not_persisted";
      readonly retryAfterMs: number | null;
      readonly waitedMs: number;
    }
  /** A request was delivered and has no answer; `incarnation` null: a stand-in had it. */
  | {
      readonly type: "message.unanswered";
      readonly id: string;
      readonly message: string;
      readonly incarnation: number | null;
      /** `host_ended`: who asked ended with the host. */
      readonly because: "ended" | "timed_out" | "host_ended";
    }
  | { readonly type: "standIn.started"; readonly id: string }
  | { readonly type: "standIn.failed"; readonly id: string; readonly cause: Cause | null }
  | { readonly type: "standIn.stopped"; readonly id: string };
