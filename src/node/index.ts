/**
 * What a host on Node.js needs: its configuration, MCP servers and workers as owned child processes, the directory that
 * remembers them, the checkpoints of the workers, the migration of a server between two directories, and the inspector's
 * server.
 *
 * @module
 */
export { type ConfigProblem, readConfig, type ReadConfig, redactConfig } from "./config.ts";
export { callAgent } from "./migration/call-agent.ts";
export {
  type InspectorServer,
  type InspectorServerOptions,
  openInspector,
} from "./inspector/open-inspector.ts";
export { createRecording, readRecording, type RecordingFile } from "./inspector/recording-file.ts";
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
