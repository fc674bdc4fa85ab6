/**
 * The configuration of a host: `stately.config.json`, parsed. Reading the file is the work of `homeostat/node`.
 *
 * @module
 */
import * as z from "zod";
import { CrashBudgetPolicy } from "./crash-budget.ts";
import { ServerSpec } from "./server.ts";
import { SpawnBudgetPolicy } from "./spawn-budget.ts";
import { DurationMs } from "./time.ts";

/** Names of plugins and servers: they become part of tool names and of file names. */
export const Name = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/,
    "letters, digits, '_', '-' and '.', at most 64, the first a letter or digit",
  );

export const PluginSpec = z.strictObject({
  /** By name, in the order in which they are started. */
  servers: z.record(Name, ServerSpec),
});
export type PluginSpec = z.output<typeof PluginSpec>;

export const HomeostatConfig = z.strictObject({
  /** For editors: where the JSON Schema of this file is. */
  $schema: z.string().optional(),
  /** Plugins of one or more servers, by name. */
  plugins: z.record(Name, PluginSpec).default({}),
  /** The block that MCP hosts share: each entry is a plugin with one server of the same name. */
  mcpServers: z.record(Name, ServerSpec).default({}),
  crashBudget: CrashBudgetPolicy.prefault({}),
  /** Starts of one server in a window, whoever asked for them; null: no such limit. */
  spawnBudget: SpawnBudgetPolicy.nullable().prefault({}),
  /** Servers that may be on their way up at the same time. */
  startSlots: z.int().positive().default(4),
  /** From the request to stop until what is left is killed. */
  stopDeadlineMs: DurationMs.default(10_000),
});
export type HomeostatConfig = z.output<typeof HomeostatConfig>;

/** All plugins of `config`, those of `mcpServers` included. */
export function pluginsOf(
  config: Pick<HomeostatConfig, "plugins" | "mcpServers">,
): Record<string, PluginSpec> {
  const single = Object.entries(config.mcpServers).map(([name, spec]) => [
    name,
    { servers: { [name]: spec } },
  ]);
  return { ...config.plugins, ...Object.fromEntries(single) };
}
