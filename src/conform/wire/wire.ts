import type * as z from "zod";
import { HomeostatError } from "../../core/errors.ts";
import type { Operation } from "../subject.ts";

/** `operation` as `schema` reads it; throws `invalid_event` with what is wrong with it. */
export function readOperation<S extends z.ZodType>(schema: S, operation: Operation): z.output<S> {
  const parsed = schema.safeParse(operation);
  if (parsed.success) return parsed.data;
  throw new HomeostatError("invalid_event", `operation "${operation.op}": ${problemsOf(parsed.error)}`);
}

/** Everything that is wrong, in one line: where, and what. */
export function problemsOf({ issues }: z.ZodError): string {
  return issues
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join(".")}: ${message}`))
    .join("; ");
}

/** Throws: `operation` came before the one that it builds on. */
export function outOfOrder(operation: Operation, needed: string): never {
  throw new HomeostatError("invalid_event", `operation "${operation.op}" needs a "${needed}" before it`);
}
