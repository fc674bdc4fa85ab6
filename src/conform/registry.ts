/** Every kind of recorded traffic, and the subjects that it is checked against. */
import { crashBudgetDecisions } from "./decisions/crash-budget.ts";
import { crashRecoveryPipelineDecisions } from "./decisions/crash-recovery-pipeline.ts";
import { mcpLifecycleDecisions } from "./decisions/mcp-lifecycle.ts";
import { pluginHealthDecisions } from "./decisions/plugin-health.ts";
import { pluginLifecycleDecisions } from "./decisions/plugin-lifecycle.ts";
import { spawnBudgetDecisions } from "./decisions/spawn-budget.ts";
import { crashBudgetCharts } from "./machines/crash-budget.ts";
import { crashRecoveryPipelineCharts } from "./machines/crash-recovery-pipeline.ts";
import { mcpLifecycleCharts } from "./machines/mcp-lifecycle.ts";
import { pluginHealthCharts } from "./machines/plugin-health.ts";
import { pluginLifecycleCharts } from "./machines/plugin-lifecycle.ts";
import { spawnBudgetCharts } from "./machines/spawn-budget.ts";
import type { CreateSubject } from "./subject.ts";

/** Pure functions, or running charts. */
export const vias = ["machines", "decisions"] as const;
export type Via = (typeof vias)[number];

export type Registry = ReadonlyMap<string, { readonly [V in Via]: CreateSubject }>;

export const registry: Registry = new Map([
  ["plugin_health", { decisions: pluginHealthDecisions, machines: pluginHealthCharts }],
  ["plugin_lifecycle", { decisions: pluginLifecycleDecisions, machines: pluginLifecycleCharts }],
  ["crash_budget", { decisions: crashBudgetDecisions, machines: crashBudgetCharts }],
  [
    "crash_recovery_pipeline",
    { decisions: crashRecoveryPipelineDecisions, machines: crashRecoveryPipelineCharts },
  ],
  ["x_spawn_budget", { decisions: spawnBudgetDecisions, machines: spawnBudgetCharts }],
  ["x_mcp_lifecycle", { decisions: mcpLifecycleDecisions, machines: mcpLifecycleCharts }],
]);
