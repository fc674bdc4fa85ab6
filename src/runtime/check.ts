import * as z from "zod";
import { HomeostatError } from "../core/errors.ts";

/** `value` as `schema` has it; throws `config_invalid` with every problem. */
export function check<S extends z.ZodType>(schema: S, value: unknown, what: string): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new HomeostatError("config_invalid", `${what} do not fit:\n${z.prettifyError(parsed.error)}`);
}
