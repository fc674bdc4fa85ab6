/**
 * Reads `stately.config.json`: strict JSON, validated, its variables expanded; every problem at once, with its place.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Node } from "jsonc-parser";
import { HomeostatConfig, pluginsOf } from "../core/config.ts";
import { HomeostatError } from "../core/errors.ts";
import { isSecretName } from "../core/secrets.ts";
import type { ServerSpec } from "../core/server.ts";
import { type Environment, expandVariables } from "./config/expand.ts";
import { describeIssues } from "./config/schema-findings.ts";
import { type ConfigProblem, type Finding, formatPath, locate, type Path } from "./config/source.ts";
import { findDuplicateKeys, parseStrictJson } from "./config/syntax.ts";

export { redactConfig } from "./config/redact.ts";
export type { ConfigProblem } from "./config/source.ts";

export interface ReadConfig {
  /** Variables expanded; the working directory of every server is absolute. */
  readonly config: HomeostatConfig;
  /** Absolute path of the file. */
  readonly file: string;
  /** Absolute path of the folder of the file: what relative paths in it start from. */
  readonly directory: string;
  /** Sentences about what is allowed but most likely not meant. */
  readonly warnings: readonly string[];
  /** Values of the variables that usually hold credentials: for `redactConfig`. */
  readonly secrets: readonly string[];
}

/**
 * Reads and validates a configuration file.
 *
 * Throws a HomeostatError: `config_unreadable`; `config_invalid`, or `variable_missing` when that is all that is wrong.
 * Of the latter two, `details` is `{ file, problems: ConfigProblem[] }`, sorted by place, and the message lists them.
 */
export function readConfig(file: string, env: Environment): ReadConfig {
  const path = resolve(file);
  const directory = dirname(path);
  const text = readText(path);
  const parsed = parseStrictJson(text);
  if (!parsed.valid) throw invalid(path, parsed.problems);
  const { root, value } = parsed;
  const expansion = expandVariables(value, env);
  const validated = HomeostatConfig.safeParse(expansion.value);
  const findings = [
    ...findDuplicateKeys(root, text),
    ...expansion.findings,
    ...describeIssues(validated.error?.issues ?? [], expansion.value),
    ...findNameClashes(expansion.value),
  ];
  if (!validated.success || findings.length > 0) throw invalid(path, place(findings, text, root));
  return {
    config: resolveDirectories(validated.data, directory),
    file: path,
    directory,
    warnings: warn(validated.data, value),
    secrets: [...expansion.used].filter(([name]) => isSecretName(name)).map(([, secret]) => secret),
  };
}

function readText(path: string): string {
  try {
    // Editors on Windows may begin a file with a byte order mark.
    return readFileSync(path, "utf8").replace(/^\uFEFF/, "");
  } catch (error) {
    throw new HomeostatError("config_unreadable", unreadable(path, error), { file: path }, error);
  }
}

function unreadable(path: string, error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT") {
    const example = '{ "mcpServers": { "NAME": { "command": "PROGRAM", "args": [] } } }';
    return `${path}: there is no such file. Make one, such as ${example}, or name another with --config FILE`;
  }
  if (code === "EISDIR") return `${path}: this is a folder; expected a file, such as stately.config.json`;
  if (code === "EACCES") return `${path}: may not be read by this user; change its permissions`;
  return `${path}: cannot be read (${error instanceof Error ? error.message : String(error)})`;
}

function place(findings: readonly Finding[], text: string, root: Node): ConfigProblem[] {
  return findings
    .map((finding) => locate(text, root, finding))
    .sort((a, b) => a.line - b.line || a.column - b.column);
}

function invalid(file: string, problems: readonly ConfigProblem[]): HomeostatError {
  const code = problems.every((it) => it.code === "variable_missing") ? "variable_missing" : "config_invalid";
  const lines = problems.map((problem) => formatProblem(file, problem));
  return new HomeostatError(code, lines.join("\n"), { file, problems });
}

/** `FILE:LINE:COLUMN: PATH: what is wrong`, and the excerpt below it. */
function formatProblem(file: string, { path, line, column, message, excerpt }: ConfigProblem): string {
  const subject = path === null || path === "" ? "" : `${path}: `;
  return [`${file}:${line}:${column}: ${subject}${message}`, ...(excerpt === null ? [] : [excerpt])].join(
    "\n",
  );
}

function findNameClashes(document: unknown): Finding[] {
  const { plugins, mcpServers } = Object(document) as Record<string, unknown>;
  return Object.keys(Object(mcpServers))
    .filter((name) => Object.hasOwn(Object(plugins), name))
    .map((name) => ({
      path: ["mcpServers", name],
      message: `${formatPath(["plugins", name])} has this name already; rename one of them`,
    }));
}

function resolveDirectories(config: HomeostatConfig, directory: string): HomeostatConfig {
  const server = (spec: ServerSpec): ServerSpec => ({ ...spec, cwd: resolve(directory, spec.cwd ?? ".") });
  const servers = (specs: Record<string, ServerSpec>): Record<string, ServerSpec> =>
    Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, server(spec)]));
  const plugins = Object.entries(config.plugins).map(
    ([name, spec]) => [name, { ...spec, servers: servers(spec.servers) }] as const,
  );
  return { ...config, plugins: Object.fromEntries(plugins), mcpServers: servers(config.mcpServers) };
}

function warn(config: HomeostatConfig, written: unknown): string[] {
  const plugins = Object.entries(pluginsOf(config));
  const empty = plugins.filter(([, { servers }]) => Object.keys(servers).length === 0);
  return [
    ...(plugins.length === 0 ? ['there is nothing to supervise: "plugins" and "mcpServers" are empty'] : []),
    ...empty.map(([name]) => `${formatPath(["plugins", name])} has no servers; it will fail`),
    ...findWrittenSecrets(written, []).map(
      (path) => `${formatPath(path)} looks like a secret written into the file; \${NAME} keeps it out of it`,
    ),
  ];
}

/** Values of `env` that are no variable although their name says credential. */
function findWrittenSecrets(value: unknown, path: Path): Path[] {
  if (typeof value === "string") {
    const isSecret = path.at(-2) === "env" && isSecretName(String(path.at(-1)));
    return isSecret && value !== "" && !value.includes("${") ? [path] : [];
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, it]) => findWrittenSecrets(it, [...path, key]));
}
