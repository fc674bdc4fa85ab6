/**
 * Tools as supervision sees them: what a server offers, and whether a call may be repeated.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/server/tools
 * @module
 */
import * as z from "zod";

export const Tool = z.object({
  /** As the server names it, unique within the server. */
  name: z.string(),
  description: z.string().nullable(),
  /** JSON Schema of the arguments. */
  inputSchema: z.record(z.string(), z.unknown()),
  /** `annotations.readOnlyHint`: the call changes nothing. */
  readOnly: z.boolean(),
  /** `annotations.idempotentHint`: a second call with the same arguments changes nothing more. */
  idempotent: z.boolean(),
});
export type Tool = z.infer<typeof Tool>;

/** Whether a call whose outcome is unknown may be sent again: both the lost server and the new one must declare it. */
export function mayReplay(before: Tool, after: Tool | undefined): boolean {
  const safe = (tool: Tool | undefined): boolean => tool !== undefined && (tool.readOnly || tool.idempotent);
  return safe(before) && safe(after);
}
