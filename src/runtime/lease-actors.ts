import type { PromiseActorLogic } from "xstate";
import { fromPort } from "../../machines/actors.ts";
import type {
  RecoveryStepInput,
  ReloadedCheckpoint,
  ReplayedRun,
  ReplayInput,
} from "../../machines/lease-recovery.ts";

/** What a host provides for attempts under a lease. Both must refuse to write under an epoch that is not the newest. */
export interface LeasePorts {
  /** Reads the newest checkpoint of the run, and raises the fence of its storage to the epoch it is given. */
  readonly reloadCheckpoint: (input: RecoveryStepInput, signal: AbortSignal) => Promise<ReloadedCheckpoint>;
  /** Plays the events after the checkpoint through a pure reducer; executes nothing. */
  readonly replay: (input: ReplayInput, signal: AbortSignal) => Promise<ReplayedRun>;
}

/** For `leaseRecoveryMachine.provide({ actors })`. */
export function leaseActors(ports: LeasePorts): {
  readonly reloadCheckpoint: PromiseActorLogic<ReloadedCheckpoint, RecoveryStepInput>;
  readonly replay: PromiseActorLogic<ReplayedRun, ReplayInput>;
} {
  return { reloadCheckpoint: fromPort(ports.reloadCheckpoint), replay: fromPort(ports.replay) };
}
