/**
 * Values to {@link Encoded} and back. Secrets are hidden on the way: by the name of their key, or by what they look like.
 * Total: a getter that throws, a proxy or a cycle gives a tag, never an exception.
 *
 * @module
 */
import { isSecretName, redactText } from "../core/secrets.ts";
import { type Encoded, redacted, tagKey } from "./protocol/encoded.ts";

export interface EncodeOptions {
  /** Whether the value of this key is hidden (default: names such as `token`, `password`, `apiKey`, and all in `env`). */
  readonly isSecret?: (key: string) => boolean;
  /** Objects within objects (default 64). */
  readonly maxDepth?: number;
  /** Places in one value, keys and items alike; the rest is cut (default 20,000). */
  readonly maxPlaces?: number;
  /** Characters of one string (default 20,000). */
  readonly maxLength?: number;
}

/** In a definition, keys below these are names that its author gave, not data: a state may be called `token`. */
const naming = new Set(["states", "on", "after", "actions", "guards", "actors", "delays"]);

/** In a definition, what lies below these is data all the same. */
const holdingData = new Set(["context", "input", "output", "params", "meta"]);

export function encode(value: unknown, options: EncodeOptions = {}): Encoded {
  if (value === null || typeof value === "boolean") return value;
  return guarded(value, new Walk(options));
}

/** A machine's configuration or chart model: whole, however large, and with the names that its author gave. */
export function encodeDefinition(value: unknown, options: EncodeOptions = {}): Encoded {
  const whole = { ...options, maxDepth: 1_000, maxPlaces: Number.POSITIVE_INFINITY };
  return guarded(value, new Walk(whole, true));
}

function guarded(value: unknown, walk: Walk): Encoded {
  try {
    return walk.encode(value, 0, "");
  } catch (error) {
    return cut(`could not be read: ${error instanceof Error ? error.message : "it threw"}`);
  }
}

class Walk {
  readonly #isSecret: (key: string) => boolean;
  readonly #maxDepth: number;
  readonly #maxLength: number;
  #left: number;
  readonly #path = new Set<object>();
  #areNamesGiven: boolean;

  constructor(
    { isSecret = isSecretName, maxDepth = 64, maxPlaces = 20_000, maxLength = 20_000 }: EncodeOptions,
    isDefinition = false,
  ) {
    this.#areNamesGiven = isDefinition;
    this.#isSecret = isSecret;
    this.#maxDepth = maxDepth;
    this.#maxLength = maxLength;
    this.#left = maxPlaces;
  }

  encode(value: unknown, depth: number, key: string): Encoded {
    switch (typeof value) {
      case "string":
        return this.#text(value);
      case "boolean":
        return value;
      case "number":
        if (Number.isFinite(value) && !Object.is(value, -0)) return value;
        return { [tagKey]: "number", v: Object.is(value, -0) ? "-0" : String(value) };
      case "bigint":
        return { [tagKey]: "bigint", v: String(value) };
      case "undefined":
        return { [tagKey]: "undefined" };
      case "function":
        return { [tagKey]: "function", v: value.name };
      case "symbol":
        return { [tagKey]: "symbol", v: value.description ?? "" };
      case "object":
        return value === null ? null : this.#object(value, depth, key);
    }
  }

  #text(text: string): Encoded {
    const short = text.length > this.#maxLength ? text.slice(0, this.#maxLength) : text;
    const shown = short.length < 8 ? short : redactText(short);
    if (short === text) return shown;
    return { [tagKey]: "cut", v: `${shown}… (${text.length} characters)` };
  }

  #object(value: object, depth: number, key: string): Encoded {
    if (this.#path.has(value)) return { [tagKey]: "circular" };
    if (depth >= this.#maxDepth) return cut("too deep");
    this.#path.add(value);
    try {
      return this.#inner(value, depth + 1, key);
    } finally {
      this.#path.delete(value);
    }
  }

  #inner(value: object, depth: number, key: string): Encoded {
    if (Array.isArray(value)) return this.#list(value, depth, key);
    if (value instanceof Error) return this.#error(value, depth);
    if (value instanceof Date) {
      return { [tagKey]: "date", v: Number.isNaN(value.getTime()) ? null : value.toISOString() };
    }
    if (value instanceof Map) return { [tagKey]: "map", v: this.#pairs([...value], depth) };
    if (value instanceof Set) return { [tagKey]: "set", v: this.#list([...value], depth, key) };
    if (ArrayBuffer.isView(value)) return { [tagKey]: "bytes", v: value.byteLength };
    if (isActor(value)) return { [tagKey]: "actor", v: value.sessionId };
    const entries = Object.entries(value);
    if (tagKey in value || Object.hasOwn(value, "__proto__"))
      return { [tagKey]: "object", v: this.#pairs(entries, depth) };
    const isNaming = this.#areNamesGiven && naming.has(key);
    const encoded: Record<string, Encoded> = {};
    for (const [name, it] of entries) {
      if (it === undefined) continue;
      if (this.#left-- <= 0) {
        encoded["…"] = cut(`${entries.length} keys`);
        break;
      }
      encoded[name] = this.#hides(name, key, isNaming) ? redacted : this.#value(it, depth, name, isNaming);
    }
    return encoded;
  }

  #value(value: unknown, depth: number, name: string, isNaming: boolean): Encoded {
    if (!this.#areNamesGiven || isNaming || !holdingData.has(name)) return this.encode(value, depth, name);
    this.#areNamesGiven = false;
    try {
      return this.encode(value, depth, name);
    } finally {
      this.#areNamesGiven = true;
    }
  }

  #hides(name: string, within: string, isNaming: boolean): boolean {
    return !isNaming && (within === "env" || this.#isSecret(name));
  }

  #list(items: readonly unknown[], depth: number, key: string): Encoded[] {
    const encoded: Encoded[] = [];
    for (const it of items) {
      if (this.#left-- <= 0) {
        encoded.push(cut(`${items.length} items`));
        break;
      }
      encoded.push(this.encode(it, depth, key));
    }
    return encoded;
  }

  #pairs(pairs: readonly (readonly [unknown, unknown])[], depth: number): Encoded[] {
    const encoded: Encoded[] = [];
    for (const [key, it] of pairs) {
      if (this.#left-- <= 0) {
        encoded.push([cut(`${pairs.length} pairs`), null]);
        break;
      }
      const isHidden = typeof key === "string" && this.#isSecret(key);
      encoded.push([this.encode(key, depth, ""), isHidden ? redacted : this.encode(it, depth, "")]);
    }
    return encoded;
  }

  #error(error: Error, depth: number): Encoded {
    const { name, message, stack, cause } = error;
    return {
      [tagKey]: "error",
      name: this.#text(String(name)),
      message: this.#text(String(message)),
      ...(stack !== undefined && { stack: this.#text(stack) }),
      ...(cause !== undefined && { cause: this.encode(cause, depth, "cause") }),
      ...Object.fromEntries(
        Object.entries(error)
          .filter(([key]) => !["name", "message", "stack", "cause", tagKey].includes(key))
          .map(([key, it]) => [key, this.#isSecret(key) ? redacted : this.encode(it, depth, key)]),
      ),
    };
  }
}

function cut(what: string): Encoded {
  return { [tagKey]: "cut", v: what };
}

function isActor(value: object): value is { sessionId: string } {
  return "sessionId" in value && typeof value.sessionId === "string" && "send" in value && "system" in value;
}

/** What `encode` was given, as far as it can be told: what is hidden, cut or alive stays a tag. */
export function decode(encoded: Encoded): unknown {
  if (typeof encoded !== "object" || encoded === null) return encoded;
  if (Array.isArray(encoded)) return encoded.map(decode);
  const { [tagKey]: tag, v = null } = encoded;
  if (typeof tag !== "string") {
    return Object.fromEntries(Object.entries(encoded).map(([key, it]) => [key, decode(it)]));
  }
  switch (tag) {
    case "undefined":
      return undefined;
    case "number":
      return Number(v);
    case "bigint":
      return /^-?\d+$/.test(textOf(v)) ? BigInt(textOf(v)) : encoded;
    case "date":
      return new Date(v === null ? Number.NaN : textOf(v));
    case "map":
      return new Map(pairsOf(v));
    case "set":
      return new Set(Array.isArray(v) ? v.map(decode) : []);
    case "object":
      return Object.fromEntries(pairsOf(v) as [string, unknown][]);
    case "error":
      return errorOf(encoded);
    default:
      return encoded;
  }
}

function pairsOf(value: Encoded | undefined): [unknown, unknown][] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((it) => (Array.isArray(it) ? [[decode(it[0] ?? null), decode(it[1] ?? null)]] : []));
}

function errorOf({ name = null, message = null, stack, cause }: Record<string, Encoded>): Error {
  const error = new Error(textOf(message), cause === undefined ? undefined : { cause: decode(cause) });
  const hidden = { configurable: true, writable: true };
  Object.defineProperty(error, "name", { value: textOf(name), ...hidden });
  if (stack !== undefined) Object.defineProperty(error, "stack", { value: textOf(stack), ...hidden });
  return error;
}

/** A string, also one that was cut. */
function textOf(encoded: Encoded): string {
  if (typeof encoded === "string") return encoded;
  if (typeof encoded !== "object" || encoded === null || Array.isArray(encoded)) return "";
  return typeof encoded["v"] === "string" ? encoded["v"] : "";
}
