import * as z from "zod";
import { HomeostatError } from "../../core/errors.ts";

type Path = readonly (string | number)[];

/**
 * A copy of `value` that JSON gives back as it is: properties that are `undefined` are left out, errors become
 * `{ name, message, code, cause }`, the last two where they have them. Throws `invalid_snapshot`, with the place, for anything else that JSON would change.
 */
export function asJson(value: unknown, path: Path = []): unknown {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      if (!Number.isFinite(value)) throw notJson(String(value), path);
      return value;
    case "object":
      return value === null ? null : objectAsJson(value, path);
    case "undefined":
    case "function":
    case "symbol":
    case "bigint":
      throw notJson(`of type ${typeof value}`, path);
  }
}

/** Deeper than any context: what holds itself is found out here, not by the stack. */
const deepest = 500;

function objectAsJson(value: object, path: Path): unknown {
  if (path.length > deepest) throw notJson("nested too deep, or holds itself", path.slice(0, 5));
  if (Array.isArray(value)) return value.map((it, index) => asJson(it, [...path, index]));
  if (value instanceof Error) {
    const { name, message, cause } = value;
    const code = "code" in value && typeof value.code === "string" ? { code: value.code } : {};
    return { name, message, ...code, ...(cause === undefined ? {} : { cause: causeAsJson(cause, path) }) };
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw notJson(`of the class ${value.constructor.name}`, path);
  }
  return Object.fromEntries(
    Object.entries<unknown>(value as Record<string, unknown>)
      .filter(([, it]) => it !== undefined)
      .map(([key, it]) => [key, asJson(it, [...path, key])]),
  );
}

/** What an error blames need not be data: then its text is kept. */
function causeAsJson(cause: unknown, path: Path): unknown {
  try {
    return asJson(cause, [...path, "cause"]);
  } catch {
    return String(cause);
  }
}

function notJson(what: string, path: Path): HomeostatError {
  const place = path.length === 0 ? "the snapshot" : z.core.toDotPath(path);
  return new HomeostatError(
    "invalid_snapshot",
    `the snapshot is refused: JSON cannot hold ${place}, which is ${what}; keep plain data in the context`,
    { path },
  );
}
