import type { AnyActorRef, EventObject } from "xstate";
import * as z from "zod";
import { type Deadline, dueOf } from "../deadlines.ts";
import type { Reply } from "../outcomes.ts";
import type { StoredDue, StoredMessages } from "../persisted/parts.ts";

/** A message on its way; `settle` is there for a request, and is called once. */
export interface Message {
  readonly event: EventObject;
  readonly at: number;
  readonly settle: ((reply: Reply) => void) | null;
  /** Who has it; null: it waits. */
  holder: { readonly ref: AnyActorRef; readonly incarnation: number | null } | null;
}

/** What is under way to one child. */
export interface Box {
  readonly waiting: Message[];
  /** Requests that were delivered and not answered. */
  readonly open: Set<Message>;
  /** The incarnation that has answered, and is on trial no longer. */
  proven: number;
  wake: Deadline | null;
  /** That of the host before: what is due at one instant keeps its order. */
  woken: StoredDue | null;
}

export const newBox = (): Box => ({ waiting: [], open: new Set(), proven: 0, wake: null, woken: null });

/** `box` at rest. */
export function storedMessages({ waiting, open, proven, wake }: Box): StoredMessages {
  return {
    waiting: waiting.map((it) => ({ type: it.event.type, at: it.at, event: jsonOf(it) })),
    open: Array.from(open, ({ event, holder }) => {
      return { type: event.type, incarnation: holder?.incarnation ?? null };
    }),
    proven,
    wake: dueOf(wake),
  };
}

/** The event as JSON has it; null where it would be another one there, or nobody is left to take its answer. */
function jsonOf({ event, settle }: Message): StoredMessages["waiting"][number]["event"] {
  if (settle !== null) return null;
  const given = Object.fromEntries(Object.entries(event).filter(([, it]) => it !== undefined));
  const json = z.record(z.string(), z.json()).safeParse(given);
  return json.success ? { ...json.data, type: event.type } : null;
}
