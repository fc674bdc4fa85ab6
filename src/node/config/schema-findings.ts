/**
 * What zod says about a configuration, as a person who wrote the file reads it.
 *
 * @module
 */
import { closest } from "fastest-levenshtein";
import * as z from "zod";
import { HomeostatConfig, PluginSpec } from "../../core/config.ts";
import { ServerSpec } from "../../core/server.ts";
import type { Finding, Path } from "./source.ts";

type Issue = z.core.$ZodIssue;

/** The findings for `issues`, which are about `document`. */
export function describeIssues(issues: readonly Issue[], document: unknown): Finding[] {
  return issues.flatMap((issue) => describeIssue(issue, document));
}

function describeIssue(issue: Issue, document: unknown): Finding[] {
  const path = issue.path.map((step) => (typeof step === "number" ? step : String(step)));
  const value = valueAt(document, path);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => ({ path: [...path, key], message: unknownKey(key, knownKeys(path)) }));
    case "invalid_type":
      return [{ path, message: mismatch(`expected ${noun(issue.expected)}`, value, path) }];
    case "invalid_value": {
      const allowed = issue.values.map((it) => JSON.stringify(it)).join(" or ");
      return [{ path, message: mismatch(`expected ${allowed}`, value, path) }];
    }
    case "too_small": {
      if (value === "") return [{ path, message: "expected text, found nothing between the quotes" }];
      const limit = `${issue.inclusive === false ? "more than" : "at least"} ${issue.minimum}`;
      return [{ path, message: mismatch(`expected ${limit}`, value, path) }];
    }
    case "too_big": {
      const limit = `${issue.inclusive === false ? "less than" : "at most"} ${issue.maximum}`;
      return [{ path, message: mismatch(`expected ${limit}`, value, path) }];
    }
    case "invalid_key":
      return [
        { path, message: `cannot be a name: ${issue.issues.map((it) => it.message).join("; ")}` },
        ...describeIssues(issuesOfNamed(path, value), document),
      ];
    case "invalid_format":
    case "invalid_union":
    case "invalid_element":
    case "not_multiple_of":
    case "custom":
      return [{ path, message: issue.message }];
  }
}

/** What is wrong with a plugin or server whose name is wrong: zod does not look at it. */
function issuesOfNamed(path: Path, value: unknown): Issue[] {
  const schema = path.length === 2 && path[0] === "plugins" ? PluginSpec : ServerSpec;
  const issues = schema.safeParse(value).error?.issues ?? [];
  return issues.map((it) => ({ ...it, path: [...path, ...it.path] }));
}

function unknownKey(key: string, known: readonly string[]): string {
  if (known.length === 0) return `unknown key "${key}"`;
  return `unknown key "${key}"; did you mean "${closest(key, [...known])}"? Known here: ${known.join(", ")}`;
}

function mismatch(expected: string, value: unknown, path: Path): string {
  if (value === undefined) return `the key is missing; ${expected}`;
  return `${expected}, found ${describeValue(value, path)}`;
}

/** What is there; only its kind where it may be a secret. */
function describeValue(value: unknown, path: Path): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") return "an object";
  const mayBeSecret = path.includes("env") || path.includes("args") || path.includes("command");
  if (mayBeSecret) return noun(typeof value);
  return `the ${typeof value === "string" ? "text" : typeof value} ${JSON.stringify(value)}`;
}

function noun(type: string): string {
  if (type === "int") return "a whole number";
  if (type === "record") return "an object";
  return `${/^[aeiou]/.test(type) ? "an" : "a"} ${type}`;
}

function valueAt(document: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === "object" && value !== null
        ? (value as Record<string | number, unknown>)[step]
        : undefined,
    document,
  );
}

/** As much of a JSON Schema as the keys of a configuration need. */
interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
}

/** The keys that the object at `path` may have. */
function knownKeys(path: Path): string[] {
  const root = z.toJSONSchema(HomeostatConfig, { io: "input" }) as SchemaNode;
  const schemas = path.reduce<readonly SchemaNode[]>(
    (nodes, step) => nodes.flatMap((it) => child(it, step)),
    [root],
  );
  return schemas.flatMap((it) => [it, ...(it.anyOf ?? [])]).flatMap((it) => Object.keys(it.properties ?? {}));
}

function child(node: SchemaNode, step: string | number): readonly SchemaNode[] {
  if (node.anyOf !== undefined) return node.anyOf.flatMap((it) => child(it, step));
  if (typeof step === "number") return node.items === undefined ? [] : [node.items];
  const property = node.properties?.[step];
  if (property !== undefined) return [property];
  return typeof node.additionalProperties === "object" ? [node.additionalProperties] : [];
}
