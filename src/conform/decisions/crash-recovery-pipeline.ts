import { isPipelinePrefix, nextPipelineStep, recoveryPipeline } from "../../core/lease.ts";
import type { Operation, Subject } from "../subject.ts";
import { CrashRecoveryPipelineOperation, wireAttempt, wireStep } from "../wire/crash-recovery-pipeline.ts";
import { readOperation } from "../wire/wire.ts";

/** The steps of a crash recovery and what identifies the attempt, from the pure functions alone. */
export function crashRecoveryPipelineDecisions(): Subject {
  let attempt = wireAttempt("", "");
  return { answer };

  function answer(operation: Operation): unknown {
    const it = readOperation(CrashRecoveryPipelineOperation, operation);
    switch (it.op) {
      case "new":
        attempt = wireAttempt(it.attempt_id, it.run_id);
        return attempt;
      case "steps":
        return { steps: recoveryPipeline.map(wireStep) };
      case "replay_context":
        return attempt;
      case "default_context":
        return wireAttempt("", "");
      case "next_step": {
        const next = nextPipelineStep(it.after);
        return { next: next === null ? null : wireStep(next) };
      }
      case "is_pipeline_prefix":
        return { in_order: isPipelinePrefix(it.steps) };
    }
  }
}
