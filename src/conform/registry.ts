/** Every kind of recorded traffic, and the subjects that it is checked against. */
import { crashBudgetDecisions } from "./decisions/crash-budget.ts";
import { crashRecoveryPipelineDecisions } from "./decisions/crash-recovery-pipeline.ts";
import { mcpLifecycleDecisions } from "./decisions/mcp-lifecycle.ts";
import { pluginHealthDecisions } from "./decisions/plugin-health.ts";
import { pluginLifecycleDecisions } from "./decisions/plugin-lifecycle.ts";
import { spawnBudgetDecisions } from "./decisions/spawn-budget.ts";
import { crashBudgetMachines } from "./machines/crash-budget.ts";
import { crashRecoveryPipelineMachines } from "./machines/crash-recovery-pipeline.ts";
import { mcpLifecycleMachines } from "./machines/mcp-lifecycle.ts";
import { pluginHealthMachines } from "./machines/plugin-health.ts";
import { pluginLifecycleMachines } from "./machines/plugin-lifecycle.ts";
import { spawnBudgetMachines } from "./machines/spawn-budget.ts";
import { migrationRecoveryDecisions } from "./decisions/migration-recovery.ts";
import { recoveryLedgerDecisions } from "./decisions/recovery-ledger.ts";
import { recoveryRecipesDecisions } from "./decisions/recovery-recipes.ts";
import { retryDelayDecisions } from "./decisions/retry-delay.ts";
import { rollbackInfoDecisions } from "./decisions/rollback-info.ts";
import { rollbackValidatorDecisions } from "./decisions/rollback-validator.ts";
import { migrationRecoveryMachines } from "./machines/migration-recovery.ts";
import { recoveryLedgerMachines } from "./machines/recovery-ledger.ts";
import { recoveryRecipesMachines } from "./machines/recovery-recipes.ts";
import { retryDelayMachines } from "./machines/retry-delay.ts";
import { rollbackInfoMachines } from "./machines/rollback-info.ts";
import { rollbackValidatorMachines } from "./machines/rollback-validator.ts";
import type { CreateSubject } from "./subject.ts";

/** Pure functions, or running charts. */
export const vias = ["machines", "decisions"] as const;
export type Via = (typeof vias)[number];

export type Registry = ReadonlyMap<string, { readonly [V in Via]: CreateSubject }>;

export const registry: Registry = new Map([
  ["plugin_health", { decisions: pluginHealthDecisions, machines: pluginHealthMachines }],
  ["plugin_lifecycle", { decisions: pluginLifecycleDecisions, machines: pluginLifecycleMachines }],
  ["crash_budget", { decisions: crashBudgetDecisions, machines: crashBudgetMachines }],
  [
    "crash_recovery_pipeline",
    { decisions: crashRecoveryPipelineDecisions, machines: crashRecoveryPipelineMachines },
  ],
  ["migration_recovery", { decisions: migrationRecoveryDecisions, machines: migrationRecoveryMachines }],
  ["recovery_recipes", { decisions: recoveryRecipesDecisions, machines: recoveryRecipesMachines }],
  ["retry_delay_overflow", { decisions: retryDelayDecisions, machines: retryDelayMachines }],
  ["rollback_info", { decisions: rollbackInfoDecisions, machines: rollbackInfoMachines }],
  ["x_recovery_ledger", { decisions: recoveryLedgerDecisions, machines: recoveryLedgerMachines }],
  ["x_rollback_validator", { decisions: rollbackValidatorDecisions, machines: rollbackValidatorMachines }],
  ["x_spawn_budget", { decisions: spawnBudgetDecisions, machines: spawnBudgetMachines }],
  ["x_mcp_lifecycle", { decisions: mcpLifecycleDecisions, machines: mcpLifecycleMachines }],
]);
