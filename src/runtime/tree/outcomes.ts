import type { AnyActorRef, EventObject } from "xstate";
import type { DownReason } from "../../core/stash.ts";
import type { ChildTarget } from "./api.ts";

/** Why a message was not handed to the child. */
export type MessageRefusal = DownReason | "stash_full" | "tree_stopped" | TargetFault;
/** The target is no child here. */
export type TargetFault = "not_found" | "wrong_supervisor" | "is_template";

/** `retryAfterMs` null: unknown, or never. */
export interface Refused {
  readonly outcome: "refused";
  readonly reason: MessageRefusal;
  readonly retryAfterMs: number | null;
}

/** By what the child's `whileDown` says while it is down. */
export interface Replied {
  readonly outcome: "replied";
  readonly reply: unknown;
}

/** What became of an event that was sent. */
export type Delivery =
  | { readonly outcome: "delivered"; readonly incarnation: number }
  /** It waits as one of `stashed`; if it is not delivered in the end, a record says why. */
  | { readonly outcome: "stashed"; readonly stashed: number; readonly retryAfterMs: number | null }
  /** A stand-in has it. */
  | { readonly outcome: "redirected" }
  | Replied
  | Refused;

/** What became of a request. */
export type Reply =
  /** `incarnation` null: a stand-in answered. */
  | { readonly outcome: "answered"; readonly answer: EventObject; readonly incarnation: number | null }
  | Replied
  | Refused
  /** It waited, and was never delivered. */
  | { readonly outcome: "dropped"; readonly reason: MessageRefusal }
  /** It was delivered, and who had it ended before it answered: it may have been done or not. */
  | { readonly outcome: "unknown"; readonly incarnation: number | null }
  | { readonly outcome: "timedOut"; readonly delivered: boolean };

/** What a child gets for a request: the first event that is sent to `replyTo` is the answer. */
export type RequestEvent<E extends EventObject = EventObject> = E & { readonly replyTo: AnyActorRef };

export interface RequestOptions {
  /** From the request to its answer, time in a stash included. Default 60,000. */
  readonly timeoutMs?: number;
}

/** How those reach a child that want something of it. */
export interface Messaging {
  /**
   * Hands `event` to the child, or to what its `whileDown` says, and says which. Never lost without a trace: what nobody
   * got is a record `message.dropped`.
   */
  send(target: ChildTarget, event: EventObject): Promise<Delivery>;
  /** The same for an event that wants an answer: the child gets it with `replyTo` ({@link RequestEvent}). */
  ask(target: ChildTarget, event: EventObject, options?: RequestOptions): Promise<Reply>;
}

/** What callers have to expect of a child. */
export interface CallerReport {
  /** It takes messages: it runs, its grace is over, it is ready and on no trial. */
  readonly isAvailable: boolean;
  /** Messages that wait for it. */
  readonly stashed: number;
}
