/**
 * Payloads from a zod schema: the values at its boundaries, every choice of an enumeration, and each field varied in
 * turn where all combinations would be too many.
 *
 * @module
 */
import * as z from "zod";

const maxPerField = 8;
const maxPayloads = 24;

/** The parts of JSON Schema that zod writes. */
interface JsonSchema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly type?: string | readonly string[] | undefined;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly exclusiveMaximum?: number;
  readonly minLength?: number;
  readonly minItems?: number;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

/** Left out of an object. */
const absent = Symbol("absent");

/**
 * Valid payloads of `schema`, at most 24, the plainest first. None: the schema asks for something that its boundaries do
 * not show, such as a pattern or a refinement, and cases have to be given.
 */
export function boundaryPayloads(schema: z.ZodType): readonly Record<string, unknown>[] {
  let described: JsonSchema;
  try {
    described = z.toJSONSchema(schema, { io: "output", unrepresentable: "any" }) as JsonSchema;
  } catch {
    return [];
  }
  const seen = new Set<string>();
  return valuesOf(described, described, 0).flatMap((value) => {
    const parsed = schema.safeParse(value);
    if (!parsed.success || typeof parsed.data !== "object" || parsed.data === null) return [];
    const text = JSON.stringify(parsed.data);
    if (seen.has(text)) return [];
    seen.add(text);
    return [parsed.data as Record<string, unknown>];
  });
}

export function isZodSchema(value: unknown): value is z.ZodType {
  return value instanceof z.ZodType;
}

function valuesOf(schema: JsonSchema, root: JsonSchema, depth: number): unknown[] {
  if (depth > 6) return [];
  const inner = (it: JsonSchema): unknown[] => valuesOf(it, root, depth + 1);
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split("/").at(-1) ?? "";
    const target = schema.$ref === "#" ? root : root.$defs?.[name];
    return target === undefined ? [] : inner(target);
  }
  if ("const" in schema) return [schema.const];
  if (schema.enum !== undefined) return [...schema.enum];
  const options = schema.anyOf ?? schema.oneOf;
  if (options !== undefined) return options.flatMap(inner);
  if (typeof schema.type === "object") return schema.type.flatMap((type) => inner({ ...schema, type }));
  switch (schema.type ?? "unknown") {
    case "boolean":
      return [false, true];
    case "null":
      return [null];
    case "integer":
      return numbers(schema, 1);
    case "number":
      return numbers(schema, 0.5);
    case "string":
      return (schema.minLength ?? 0) === 0 ? ["a", ""] : ["a".repeat(schema.minLength ?? 1)];
    case "array":
      return arrays(schema, inner);
    case "object":
      return objects(schema, inner);
    default:
      return [null];
  }
}

/** Both ends where there are any, and one step inside; 0 and 1 where there are none. */
function numbers(schema: JsonSchema, step: number): number[] {
  const { exclusiveMinimum, exclusiveMaximum } = schema;
  const least = exclusiveMinimum === undefined ? schema.minimum : exclusiveMinimum + step;
  const most = exclusiveMaximum === undefined ? schema.maximum : exclusiveMaximum - step;
  const isBound = (it: number | undefined): it is number =>
    it !== undefined && Math.abs(it) < Number.MAX_SAFE_INTEGER;
  const low = isBound(least) ? least : isBound(most) ? Math.min(0, most) : 0;
  return [...new Set([low, low + 1, ...(isBound(most) ? [most] : [])])];
}

function arrays({ items, minItems = 0 }: JsonSchema, inner: (it: JsonSchema) => unknown[]): unknown[] {
  const [first] = items === undefined ? [] : inner(items);
  const some = Array.from({ length: Math.max(1, minItems) }, () => first);
  return minItems === 0 ? [[], ...(first === undefined ? [] : [some])] : [some];
}

function objects(
  { properties = {}, required = [] }: JsonSchema,
  inner: (it: JsonSchema) => unknown[],
): unknown[] {
  const fields = Object.entries(properties).map(([key, field]): [string, unknown[]] => [
    key,
    [...inner(field), ...(required.includes(key) ? [] : [absent])].slice(0, maxPerField),
  ]);
  if (fields.some(([, values]) => values.length === 0)) return [];
  const combinations = fields.reduce((product, [, values]) => product * values.length, 1);
  return combinations <= maxPayloads ? allCombinations(fields) : oneAtATime(fields).slice(0, maxPayloads);
}

type Fields = readonly (readonly [string, readonly unknown[]])[];

function allCombinations(fields: Fields): unknown[] {
  return fields.reduce<Record<string, unknown>[]>(
    (partial, [key, values]) => partial.flatMap((it) => values.map((value) => withField(it, key, value))),
    [{}],
  );
}

function oneAtATime(fields: Fields): unknown[] {
  const plain = fields.reduce<Record<string, unknown>>(
    (partial, [key, values]) => withField(partial, key, values[0]),
    {},
  );
  return [
    plain,
    ...fields.flatMap(([key, values]) => values.slice(1).map((value) => withField(plain, key, value))),
  ];
}

function withField(
  { ...copy }: Record<string, unknown>,
  key: string,
  value: unknown,
): Record<string, unknown> {
  delete copy[key];
  return value === absent ? copy : { ...copy, [key]: value };
}
