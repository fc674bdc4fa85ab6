/** The work of the tour's attempt: to count. What its workers record, and what a replay makes of it. */
import * as z from "zod";
import type { RunDefinition } from "../../core/checkpoint.ts";

const Count = z.object({ count: z.int().nonnegative() });
export type Count = z.infer<typeof Count>;

export const counting: RunDefinition<Count> = {
  initial: { count: 0 },
  state: Count,
  reduce: ({ count }, { kind }) => ({ count: kind === "completed" ? count + 1 : count }),
};
