/**
 * What a host on Node.js needs: its configuration, MCP servers and workers as owned child processes, the directory that
 * remembers them, and the checkpoints of the workers.
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
export {
  type Checkpoint,
  CheckpointWriter,
  raiseFence,
  readCheckpoint,
  takeOverCheckpoint,
} from "./worker/checkpoint-file.ts";
export { runWorker, type Work, type WorkContext } from "./worker/child.ts";
export { reloadCheckpoint, type ReloadOptions } from "./worker/reload-checkpoint.ts";
export { replayRun, type ReplayOptions } from "./worker/replay.ts";
export { startWorker, type WorkerOptions } from "./worker/worker-process.ts";
