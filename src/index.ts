/** The neutral public surface: what a host embeds. Depends on xstate and zod only. */
export type {
  Json,
  OpenAction,
  RecordedEvent,
  ReloadCheckpoint,
  ReplayRun,
  ResumePoint,
  RunDefinition,
  RunEvent,
} from "./core/checkpoint.ts";
export { HomeostatConfig, pluginsOf, PluginSpec } from "./core/config.ts";
export {
  type Checked,
  ChildSpec,
  type ChildSpecInput,
  type SpecFault,
  type SpecProblem,
  type TreePolicy,
  type TreePolicyInput,
  type TreePreset,
  treePresets,
} from "./core/child-spec.ts";
export { CrashBudgetPolicy } from "./core/crash-budget.ts";
export {
  coolsDownUntil,
  type DrainPlan,
  DrainPolicy,
  type DrainState,
  type DrainStep,
  DrainUnit,
  type DrainWait,
  isDrained,
  planDrain,
} from "./core/drain.ts";
export { type ErrorCode, type Failure, HomeostatError } from "./core/errors.ts";
export type { Check, CheckResult, CheckStatus, CheckSubject, HealthPolicy } from "./core/health-checks.ts";
export type { Explanation, ExplanationInputs } from "./core/explanation.ts";
export {
  AttemptOwner,
  AttemptRow,
  claimRow,
  failedRecoveryOf,
  isUnchanged,
  recoveredRow,
  redrivenRow,
  releaseOf,
  rescueOf,
  restampRow,
  type RowChange,
  type RowLeft,
  type RowOutcome,
  type SweepDecision,
  SweepPolicy,
  unlockOf,
} from "./core/lease-sweep.ts";
export { type Instant, redateLease, toleratedSkewMs } from "./core/lease-time.ts";
export type { MigrationPorts } from "./core/migration.ts";
export type {
  OpenServer,
  OpenServerInput,
  Resource,
  ServerSession,
  SessionCallOutcome,
  StartPhase,
  ToolCall,
  ToolResult,
} from "./core/ports.ts";
export { type Occurrence, recordTypes, type RecordType, type SupervisionRecord } from "./core/records.ts";
export { describeExit, ServerExit, ServerSpec, StartFailure } from "./core/server.ts";
export type { WhileDown } from "./core/stash.ts";
export { StartError } from "./core/start-error.ts";
export { Tool } from "./core/tools.ts";
export type { Assignment, StartWorker, WorkerMessage, WorkerSession } from "./core/worker.ts";
export * from "./runtime/index.ts";
export { openSnapshot, SnapshotEnvelope, type SnapshotMigration, wrapSnapshot } from "./store/envelope.ts";
