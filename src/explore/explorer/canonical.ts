/**
 * Values as strings: two values get the same one exactly when they cannot be told apart by what they hold.
 *
 * @module
 */

/** How the actors that a value refers to are called; the same actor in another run gets another name from XState. */
export type NameActor = (id: string) => string;

export class NotCanonical extends Error {
  override readonly name = "NotCanonical";
  /** From the value that was to be written down: `a.b[2]`. */
  readonly path: string;
  readonly #what: string;

  constructor(path: string, what: string) {
    super(`${path === "" ? "the value" : path} ${what}`);
    this.path = path;
    this.#what = what;
  }

  /** The same of a record that has the value under `key`. */
  within(key: string): NotCanonical {
    const inner = this.path === "" || this.path.startsWith("[") ? this.path : `.${this.path}`;
    return new NotCanonical(`${key}${inner}`, this.#what);
  }
}

const functionIds = new WeakMap<object, number>();
let functions = 0;

/** Throws {@link NotCanonical} for a value that contains itself. */
export function canonical(value: unknown, nameActor: NameActor = (id) => id): string {
  if (typeof value === "number" && value !== 0) return `${value}`;
  return write(value, { nameActor, within: [], path: [] });
}

interface Writing {
  readonly nameActor: NameActor;
  /** The objects around the value, outermost first, and the key under which each of the next is found. */
  readonly within: object[];
  readonly path: string[];
}

function write(value: unknown, writing: Writing): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "number":
      return Object.is(value, -0) ? "-0" : `${value}`;
    case "bigint":
      return `${value}n`;
    case "function":
      return `function#${functionId(value)}`;
    case "object":
      return value === null ? "null" : writeObject(value, writing);
    case "boolean":
    case "symbol":
    case "undefined":
      return String(value);
  }
}

/** Functions and symbols hold nothing that can be compared: each is itself alone. */
function functionId(value: object): number {
  let id = functionIds.get(value);
  if (id === undefined) functionIds.set(value, (id = ++functions));
  return id;
}

function writeObject(value: object, writing: Writing): string {
  if (isActorRef(value)) return `actor:${writing.nameActor(value.id)}`;
  if (writing.within.includes(value)) throw new NotCanonical(pathOf(writing), "contains itself");
  writing.within.push(value);
  const text = writeParts(value, writing);
  writing.within.pop();
  return text;
}

function writeParts(value: object, writing: Writing): string {
  if (Array.isArray(value)) return `[${value.map((it, i) => writeItem(it, i, writing)).join(",")}]`;
  if (value instanceof Date) return `Date(${value.getTime()})`;
  if (value instanceof RegExp) return `RegExp(${value})`;
  if (value instanceof Set) {
    return `Set{${[...value]
      .map((it, i) => writeItem(it, i, writing))
      .toSorted()
      .join(",")}}`;
  }
  if (value instanceof Map) {
    const entries = [...value].map(
      ([key, it], i) => `${writeItem(key, i, writing)}=>${writeItem(it, i, writing)}`,
    );
    return `Map{${entries.toSorted().join(",")}}`;
  }
  const record = value as Record<string, unknown>;
  let own = "";
  for (const key of Object.keys(record).toSorted()) {
    writing.path.push(`.${key}`);
    own += `${JSON.stringify(key)}:${write(record[key], writing)},`;
    writing.path.pop();
  }
  // The name and the message of an error are not enumerable, and its stack is of no interest.
  const error = value instanceof Error ? `(${JSON.stringify(`${value.name}: ${value.message}`)})` : "";
  return `${kindOf(value)}${error}{${own}}`;
}

function writeItem(value: unknown, index: number, writing: Writing): string {
  writing.path.push(`[${index}]`);
  const text = write(value, writing);
  writing.path.pop();
  return text;
}

const pathOf = ({ path }: Writing): string => path.join("").replace(/^\./, "");

/** Empty for plain objects; two classes with the same fields are not the same. */
function kindOf(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return "";
  return (prototype as { constructor?: { name?: string } }).constructor?.name ?? "";
}

function isActorRef(value: object): value is { id: string } {
  return "sessionId" in value && "send" in value && "ref" in value && "id" in value;
}
