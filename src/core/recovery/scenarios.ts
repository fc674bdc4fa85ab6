/** What can fail, and what a worker's failure means for recovery. */
import * as z from "zod";

/** The failures with a built-in recipe, in the original's order. */
export const FailureScenario = z.enum([
  "trust_prompt_unresolved",
  "prompt_misdelivery",
  "stale_branch",
  "compile_red_cross_crate",
  "mcp_handshake_failure",
  "partial_plugin_startup",
  "provider_failure",
]);
export type FailureScenario = z.infer<typeof FailureScenario>;

/** One of the seven, or a host's own. */
export const ScenarioName = z.string().min(1);
export type ScenarioName = z.infer<typeof ScenarioName>;

/** How a worker's boot can fail: the seed's four kinds and the two added at HEAD. */
export const WorkerFailureKind = z.enum([
  "trust_gate",
  "prompt_delivery",
  "protocol",
  "provider",
  "tool_permission_gate",
  "startup_no_evidence",
]);
export type WorkerFailureKind = z.infer<typeof WorkerFailureKind>;

/** The kinds that the seed itself knows. */
export const SeedWorkerFailureKind = WorkerFailureKind.extract([
  "trust_gate",
  "prompt_delivery",
  "protocol",
  "provider",
]);

const scenarioOfKind: Readonly<Record<WorkerFailureKind, FailureScenario>> = {
  trust_gate: "trust_prompt_unresolved",
  prompt_delivery: "prompt_misdelivery",
  protocol: "mcp_handshake_failure",
  provider: "provider_failure",
  tool_permission_gate: "trust_prompt_unresolved",
  startup_no_evidence: "provider_failure",
};

/** The scenario by which a worker's failure is recovered. */
export function scenarioFor(kind: WorkerFailureKind): FailureScenario {
  return scenarioOfKind[kind];
}

/** The same for whatever a worker reports: a kind that nobody knows counts as no evidence, and is never dropped. */
export function classifyWorkerFailure(kind: string): {
  readonly scenario: FailureScenario;
  readonly known: boolean;
} {
  const known = WorkerFailureKind.safeParse(kind);
  return { scenario: scenarioFor(known.data ?? "startup_no_evidence"), known: known.success };
}

/** What is known of one failure: recipes are planned from it, and every step is given it. */
export const FailureFacts = z.object({
  /** The plugin that failed; `null` when the failure is not a plugin's. */
  plugin: z.string().nullable().default(null),
  failedServers: z.array(z.string()).default([]),
  /** The fingerprint of what asks for trust is on the allow-list. */
  trusted: z.boolean().default(false),
  /** One line for people. */
  summary: z.string().default(""),
});
export type FailureFacts = z.output<typeof FailureFacts>;
