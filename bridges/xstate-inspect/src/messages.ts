/**
 * What an application and a viewer of `@xstate/inspect` say to each other: one JSON object in a text frame.
 *
 * @see https://github.com/statelyai/xstate/tree/main/packages/xstate-inspect
 * @module
 */
import * as z from "zod";
import type { EventLike, SnapshotLike } from "./v5.ts";

const longestEvent = 65_536;

/** Text that is JSON of an event in the form of SCXML, as XState 4 has it. */
const ScxmlEvent = z
  .string()
  .max(longestEvent)
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      context.addIssue({ code: "custom", message: "expected JSON" });
      return z.NEVER;
    }
  })
  .pipe(
    z.looseObject({
      data: z.looseObject({ type: z.string().min(1) }),
      /** The session that is meant; the message's own `service` in older viewers. */
      origin: z.string().optional(),
    }),
  );

/** From the viewer. */
export const ViewerMessage = z.discriminatedUnion("type", [
  z.looseObject({ type: z.literal("xstate.inspecting") }),
  z.looseObject({ type: z.literal("xstate.event"), event: ScxmlEvent, service: z.string().optional() }),
]);
export type ViewerMessage = z.infer<typeof ViewerMessage>;

/** To the viewer. */
export type AppMessage =
  | {
      readonly type: "service.register";
      /** JSON of the machine's definition */
      readonly machine: string;
      /** JSON of its state */
      readonly state: string;
      readonly id: string;
      readonly sessionId: string;
      readonly parent?: string;
    }
  | { readonly type: "service.event"; readonly event: string; readonly sessionId: string }
  | { readonly type: "service.state"; readonly state: string; readonly sessionId: string }
  | { readonly type: "service.stop"; readonly sessionId: string };

/** Changes what leaves: contexts and events. It must not change what it is given. */
export type Redact = (value: unknown) => unknown;

/** As JSON, whatever it is: what cannot be written says so. */
function json(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value ?? null));
  } catch {
    return { unserialisable: true };
  }
}

function scxml(event: EventLike, redact: Redact): Record<string, unknown> {
  return { name: event.type, data: json(redact(event)), $$type: "scxml", type: "external" };
}

export const eventText = (event: EventLike, redact: Redact): string => JSON.stringify(scxml(event, redact));

/** A state as XState 4 writes it. */
export function stateText(
  snapshot: SnapshotLike,
  event: EventLike,
  sessionId: string,
  redact: Redact,
): string {
  const _event = scxml(event, redact);
  return JSON.stringify({
    value: snapshot.value ?? {},
    context: json(redact(snapshot.context)),
    event: _event["data"],
    _event,
    _sessionid: sessionId,
    actions: [],
    activities: {},
    meta: {},
    events: [],
    children: {},
    transitions: [],
    configuration: [],
    done: snapshot.status !== "active",
    tags: [...(snapshot.tags ?? [])],
    changed: true,
  });
}
