/** The operations and names of kind `crash_recovery_pipeline`, as the originals write them. */
import * as z from "zod";
import { RecoveryPipelineStep } from "../../core/lease.ts";

const wireNames = {
  leaseExpired: "LeaseExpired",
  checkpointReload: "CheckpointReload",
  replay: "Replay",
  readyForDispatch: "ReadyForDispatch",
} as const satisfies Record<RecoveryPipelineStep, string>;

/** A step by its original name, read as ours. */
const WireStep = z
  .enum(wireNames)
  .transform((name) => RecoveryPipelineStep.options.find((step) => wireNames[step] === name) ?? z.NEVER);

export const CrashRecoveryPipelineOperation = z.discriminatedUnion("op", [
  z.strictObject({ op: z.literal("new"), attempt_id: z.string(), run_id: z.string() }),
  z.strictObject({ op: z.literal("steps") }),
  z.strictObject({ op: z.literal("replay_context") }),
  z.strictObject({ op: z.literal("default_context") }),
  z.strictObject({ op: z.literal("next_step"), after: WireStep.nullable() }),
  z.strictObject({ op: z.literal("is_pipeline_prefix"), steps: z.array(WireStep) }),
]);

export const wireStep = (step: RecoveryPipelineStep): string => wireNames[step];

export function wireAttempt(attemptId: string, runId: string): unknown {
  return { attempt_id: attemptId, run_id: runId };
}
