import type { ReloadCheckpoint } from "../../core/checkpoint.ts";
import type { Clock } from "../../runtime/clock.ts";
import { type Checkpoint, takeOverCheckpoint } from "./checkpoint-file.ts";

export interface ReloadOptions {
  /** The directory of a run's checkpoint. */
  readonly directoryOf: (runId: string) => string;
  readonly clock: Pick<Clock, "now">;
  /** Told what was found: torn lines and snapshots that were passed over are no failures. */
  readonly onReloaded?: (checkpoint: Checkpoint) => void;
}

/**
 * Takes a run's checkpoint over for the new epoch, and checks all of it: for the actor `reloadCheckpoint` of the
 * lease-recovery chart. The fence is raised before anything is read, so that a worker that was only paused writes no
 * more. Rejects with `stale_epoch`, `checkpoint_corrupt`, and the reason of its signal.
 */
export function reloadCheckpoint({ directoryOf, clock, onReloaded }: ReloadOptions): ReloadCheckpoint {
  return async ({ runId, epoch }, signal) => {
    signal.throwIfAborted();
    const checkpoint = takeOverCheckpoint(directoryOf(runId), epoch);
    onReloaded?.(checkpoint);
    return Promise.resolve({ seq: checkpoint.snapshot?.seq ?? null, at: clock.now() });
  };
}
