/**
 * What a host on Node.js needs: its configuration, MCP servers as owned child processes, the directory that remembers
 * them, and the migration of such a server between two directories.
 *
 * @module
 */
export { type ConfigProblem, readConfig, type ReadConfig, redactConfig } from "./config.ts";
export { createMigrationPorts, type MigrationPortsOptions } from "./migration/create-migration-ports.ts";
export type { AgentPlace, LocalAgent } from "./migration/local-agent.ts";
export { type LocalHost, type LocalHostOptions, openLocalHost } from "./migration/local-host.ts";
export { AgentOwner, readOwner } from "./migration/owner-file.ts";
export { type McpServerOptions, openMcpServer } from "./mcp/open-mcp-server.ts";
export {
  countOrphans,
  openRunDirectory,
  type ReapedProcess,
  type ReapReport,
  type RunDirectory,
} from "./process/run-directory.ts";
