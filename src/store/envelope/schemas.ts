/** The shape of what XState persists. */
import type { StateValue } from "xstate";
import * as z from "zod";

const Value: z.ZodType<StateValue> = z.lazy(() => z.union([z.string(), z.record(z.string(), Value)]));
const Status = z.enum(["active", "done", "error", "stopped"]);

/** Of any actor: of what is no machine only the status is known. */
export const PersistedChild = z.object({
  src: z.string(),
  snapshot: z.looseObject({ status: Status }),
  systemId: z.string().optional(),
  syncSnapshot: z.boolean().optional(),
});
export type PersistedChild = z.infer<typeof PersistedChild>;

export const PersistedSnapshot = z.looseObject({
  status: Status,
  value: Value,
  context: z.record(z.string(), z.unknown()),
  children: z.record(z.string(), PersistedChild),
  /** By history state: the states that it remembers. */
  historyValue: z.record(z.string(), z.array(z.object({ id: z.string() }))).default({}),
});
export type PersistedSnapshot = z.infer<typeof PersistedSnapshot>;
