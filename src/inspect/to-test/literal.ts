/** Encoded values as TypeScript. */
import { type Encoded, tagKey } from "../protocol/encoded.ts";

/**
 * @param as `sent`: a value to send; what was hidden is `"[hidden]"`. `expected`: one to expect; what was hidden, cut or
 *   alive may be anything.
 */
export function literalOf(encoded: Encoded, as: "sent" | "expected" = "sent"): string {
  if (typeof encoded !== "object" || encoded === null) return JSON.stringify(encoded);
  if (Array.isArray(encoded)) return `[${encoded.map((it) => literalOf(it, as)).join(", ")}]`;
  const { [tagKey]: tag, v = null } = encoded;
  if (typeof tag === "string") return tagged(tag, v, encoded, as);
  const entries = Object.entries(encoded).map(([key, it]) => `${JSON.stringify(key)}: ${literalOf(it, as)}`);
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

function tagged(
  tag: string,
  v: Encoded,
  { name = null, message = null }: Readonly<Record<string, Encoded>>,
  as: "sent" | "expected",
): string {
  switch (tag) {
    case "undefined":
      return "undefined";
    case "number":
      return `Number(${JSON.stringify(v)})`;
    case "bigint":
      return `BigInt(${JSON.stringify(v)})`;
    case "date":
      return v === null ? "new Date(Number.NaN)" : `new Date(${JSON.stringify(v)})`;
    case "map":
      return `new Map(${literalOf(v, as)})`;
    case "set":
      return `new Set(${literalOf(v, as)})`;
    case "object":
      return `Object.fromEntries(${literalOf(v, as)})`;
    case "error":
      return `Object.assign(new Error(${literalOf(message, as)}), { name: ${literalOf(name, as)} })`;
    default:
      return as === "expected" ? "expect.anything()" : '"[hidden]"';
  }
}
