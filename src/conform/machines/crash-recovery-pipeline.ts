import { createActor, type PromiseActorLogic, type SnapshotFrom } from "xstate";
import {
  leaseRecoveryMachine,
  type RecoveryStepInput,
  type ReloadedCheckpoint,
  type ReplayedRun,
  type ReplayInput,
} from "../../../machines/lease-recovery.ts";
import { HomeostatError } from "../../core/errors.ts";
import { RecoveryPipelineStep, referenceLeasePolicy } from "../../core/lease.ts";
import { VirtualClock } from "../../runtime/virtual-clock.ts";
import type { Operation, Subject } from "../subject.ts";
import { CrashRecoveryPipelineOperation, wireAttempt, wireStep } from "../wire/crash-recovery-pipeline.ts";
import { readOperation } from "../wire/wire.ts";

/** The steps of a crash recovery as a running chart takes them: one recovery for every question about their order. */
export function crashRecoveryPipelineMachines(): Subject {
  let attempt: Attempt = {};
  return { answer };

  function answer(operation: Operation): unknown {
    const it = readOperation(CrashRecoveryPipelineOperation, operation);
    switch (it.op) {
      case "new":
        attempt = { attemptId: it.attempt_id, runId: it.run_id };
        return wireAttempt(it.attempt_id, it.run_id);
      case "steps":
        return { steps: recover(attempt).steps.map(wireStep) };
      case "replay_context":
        return wireReplayed(attempt);
      case "default_context":
        return wireReplayed({});
      case "next_step": {
        const { steps } = recover(attempt);
        const next = steps[it.after === null ? 0 : steps.indexOf(it.after) + 1];
        return { next: next === undefined ? null : wireStep(next) };
      }
      case "is_pipeline_prefix": {
        const { steps } = recover(attempt);
        return { in_order: it.steps.every((step, index) => step === steps[index]) };
      }
    }
  }
}

type Attempt = Partial<Pick<RecoveryStepInput, "attemptId" | "runId">>;

function wireReplayed(attempt: Attempt): unknown {
  const { attemptId, runId } = recover(attempt).replayed;
  return { attempt_id: attemptId, run_id: runId };
}

/** An actor that is done when it is told so, with the output it is told. */
function onCue<Output, Input>(): PromiseActorLogic<Output, Input> {
  return {
    getInitialSnapshot: (_, input) => ({ status: "active", output: undefined, error: undefined, input }),
    transition: (snapshot, event) =>
      event.type === "step.finished"
        ? { ...snapshot, status: "done", output: event.output as Output, error: undefined }
        : snapshot,
    getPersistedSnapshot: (snapshot) => snapshot,
  };
}

const machine = leaseRecoveryMachine.provide({
  actors: {
    reloadCheckpoint: onCue<ReloadedCheckpoint, RecoveryStepInput>(),
    replay: onCue<ReplayedRun, ReplayInput>(),
  },
});

/**
 * One recovery from a lost lease until the attempt is dispatchable, step by step: the steps that the chart was in, and
 * what it gave the replay to go by.
 */
function recover(attempt: Attempt): { readonly steps: RecoveryPipelineStep[]; readonly replayed: Attempt } {
  const clock = new VirtualClock();
  const actor = createActor(machine, { clock, input: { ...attempt, policy: referenceLeasePolicy } }).start();
  actor.send({ type: "lease.expired", at: clock.now(), epoch: 1 });
  const steps: RecoveryPipelineStep[] = [];
  let replayed: Attempt = {};
  for (;;) {
    const snapshot = actor.getSnapshot();
    const step = stepIn(snapshot);
    if (steps.includes(step))
      throw new HomeostatError("internal", `the chart leaseRecovery stays in ${step}`);
    steps.push(step);
    if (snapshot.hasTag("dispatchable")) break;
    const running = Object.values(snapshot.children);
    if (running.length === 0) clock.advance(0);
    for (const child of running) {
      if (step === "replay") replayed = child?.getSnapshot().input ?? {};
      child?.send({ type: "step.finished", output: { seq: null, at: clock.now() } });
    }
  }
  actor.stop();
  return { steps, replayed };
}

function stepIn({ value }: SnapshotFrom<typeof machine>): RecoveryPipelineStep {
  const step = RecoveryPipelineStep.safeParse(typeof value === "string" ? value : value.recovering);
  if (step.success) return step.data;
  throw new HomeostatError("internal", `the chart leaseRecovery is in ${JSON.stringify(value)}, no step`);
}
