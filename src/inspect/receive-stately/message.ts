/** The messages of `@statelyai/inspect`. */
import * as z from "zod";

export const StatelySnapshot = z.looseObject({
  status: z.string().optional(),
  value: z.json().optional(),
  context: z.json().optional(),
  output: z.json().optional(),
  error: z.json().optional(),
});
const common = { sessionId: z.string(), createdAt: z.string().optional(), _version: z.string() };
const Event = z.looseObject({ type: z.string() });

/** What upstream sends, as far as it is used here. */
export const StatelyMessage = z.discriminatedUnion("type", [
  z.looseObject({
    type: z.literal("@xstate.actor"),
    ...common,
    name: z.string().optional(),
    parentId: z.string().nullish(),
    definition: z.string().nullish(),
    snapshot: StatelySnapshot.nullish(),
  }),
  z.looseObject({
    type: z.literal("@xstate.event"),
    ...common,
    event: Event,
    sourceId: z.string().nullish(),
  }),
  z.looseObject({ type: z.literal("@xstate.snapshot"), ...common, event: Event, snapshot: StatelySnapshot }),
]);
export type StatelyMessage = z.infer<typeof StatelyMessage>;
