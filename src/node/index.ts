/**
 * What a host on Node.js needs: its configuration, MCP servers as owned child processes, and the directory that
 * remembers them.
 *
 * @module
 */
export { type ConfigProblem, readConfig, type ReadConfig, redactConfig } from "./config.ts";
export { type McpServerOptions, openMcpServer } from "./mcp/open-mcp-server.ts";
export {
  countOrphans,
  openRunDirectory,
  type ReapedProcess,
  type ReapReport,
  type RunDirectory,
} from "./process/run-directory.ts";
