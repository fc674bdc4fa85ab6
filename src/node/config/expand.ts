/**
 * `${NAME}` and `${NAME:-default}` in `command`, `args`, `env` and `cwd`; `$$` is a plain `$`.
 *
 * @module
 */
import type { Finding, Path } from "./source.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Expansion {
  /** The document with every variable replaced; one that is missing stays as it is written. */
  readonly value: unknown;
  readonly findings: readonly Finding[];
  /** Values by the names of the variables that were used. */
  readonly used: ReadonlyMap<string, string>;
}

/** The places whose strings are expanded; `null` stands for any key. */
const servers: readonly (readonly (string | null)[])[] = [
  ["plugins", null, "servers", null],
  ["mcpServers", null],
];
const expandedKeys: ReadonlySet<string | number | undefined> = new Set(["command", "args", "env", "cwd"]);

/** Expands the variables of a parsed configuration that may not have been validated yet. */
export function expandVariables(document: unknown, env: Environment): Expansion {
  const findings: Finding[] = [];
  const used = new Map<string, string>();
  return { value: expand(document, []), findings, used };

  function expand(value: unknown, path: Path): unknown {
    if (typeof value === "string") return isExpanded(path) ? expandText(value, path) : value;
    if (Array.isArray(value)) return value.map((it, index) => expand(it, [...path, index]));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, expand(it, [...path, key])]));
  }

  function expandText(text: string, path: Path): string {
    return text.replaceAll(reference, (whole: string, name?: string, fallback?: string) => {
      if (whole === "$$") return "$";
      if (name === undefined) {
        const message = `"${whole}" is no variable; write \${NAME} or \${NAME:-default}, and $$ for a plain "$"`;
        findings.push({ path, message });
        return whole;
      }
      const value = env[name];
      if (value === undefined && fallback === undefined) {
        const message = `the environment variable ${name} is not set; set it, or write \${${name}:-default}`;
        findings.push({ code: "variable_missing", path, message });
        return whole;
      }
      // As in a shell: ":-" is for a variable that is empty, too.
      const result =
        fallback !== undefined && (value === undefined || value === "") ? fallback : (value ?? "");
      used.set(name, result);
      return result;
    });
  }
}

/** `$$`, a reference, or a `${` that begins none (up to its brace, if it has one). */
const reference = /\$\$|\$\{([A-Za-z_]\w*)(?::-([^}]*))?\}|\$\{[^}]{0,40}\}?/g;

function isExpanded(path: Path): boolean {
  return servers.some(
    (pattern) =>
      path.length > pattern.length &&
      pattern.every((step, index) => step === null || step === path[index]) &&
      expandedKeys.has(path[pattern.length]),
  );
}
