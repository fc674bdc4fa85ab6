import type {
  Json,
  OpenAction,
  ReplayInput,
  ReplayRun,
  ResumePoint,
  RunDefinition,
} from "../../core/checkpoint.ts";
import { HomeostatError } from "../../core/errors.ts";
import type { Clock } from "../../runtime/clock.ts";
import { type Checkpoint, hashOfState, inFlightOf, readCheckpoint } from "./checkpoint-file.ts";

export interface ReplayOptions<State> {
  /** The directory of a run's checkpoint. */
  readonly directoryOf: (runId: string) => string;
  readonly definition: RunDefinition<State>;
  readonly clock: Pick<Clock, "now">;
}

/**
 * Replays what was recorded after the checkpoint that was reloaded: for the actor `replay` of the lease-recovery chart.
 * Actions are not executed, their recorded outcomes are folded. Each state is compared with what was recorded of it.
 * Rejects with the errors of {@link replayCheckpoint}, with `stale_epoch`, and with the reason of its signal.
 */
export function replayRun<State>({ directoryOf, definition, clock }: ReplayOptions<State>): ReplayRun {
  return async ({ runId, epoch, checkpointSeq }: ReplayInput, signal) => {
    signal.throwIfAborted();
    const directory = directoryOf(runId);
    const checkpoint = readCheckpoint(directory);
    if (checkpoint.epoch !== epoch) {
      const message = `${directory} is fenced to epoch ${checkpoint.epoch}: the replay of epoch ${epoch} is out of date`;
      throw new HomeostatError("stale_epoch", message, { directory, epoch, fence: checkpoint.epoch });
    }
    if (checkpointSeq !== (checkpoint.snapshot?.seq ?? null)) {
      const found = checkpoint.snapshot?.seq ?? "none";
      const message = `the snapshot of event ${checkpointSeq ?? "none"} was reloaded, but ${directory} has that of ${found}`;
      throw new HomeostatError("checkpoint_corrupt", message, { directory });
    }
    const resumed = replayCheckpoint(definition, checkpoint);
    return Promise.resolve({ at: clock.now(), resume: { ...resumed, state: resumed.state as Json, epoch } });
  };
}

/** Where a run stands. */
export interface Replayed<State> extends Omit<ResumePoint, "state" | "inFlight" | "epoch"> {
  readonly state: State;
  readonly inFlight: OpenAction[];
}

/**
 * Folds the events after the snapshot.
 *
 * @throws {HomeostatError} `checkpoint_corrupt` when the snapshot does not fit the definition; `replay_diverged` when an
 *   event leads to another state than it did when it was recorded.
 */
export function replayCheckpoint<State>(
  { initial, reduce, state: schema }: RunDefinition<State>,
  checkpoint: Pick<Checkpoint, "events" | "snapshot">,
): Replayed<State> {
  const inFlight = [...inFlightOf(checkpoint)];
  const start = checkpoint.snapshot;
  let state = start === null ? initial : parseState(schema, start);
  const from = start?.seq ?? 0;
  for (const { seq, event, stateHash } of checkpoint.events.slice(from)) {
    state = reduce(state, event);
    if (stateHash === null || stateHash === hashOfState(state)) continue;
    const message = `event ${seq} leads to another state than when it was recorded: its reducer is another one now, or not pure`;
    throw new HomeostatError("replay_diverged", message, { seq });
  }
  return { seq: checkpoint.events.at(-1)?.seq ?? 0, state, inFlight };
}

function parseState<State>(
  schema: RunDefinition<State>["state"],
  { seq, state }: NonNullable<Checkpoint["snapshot"]>,
): State {
  const parsed = schema.safeParse(state);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join(".") ?? "";
  const message = `the snapshot of event ${seq} does not fit the state of this run${where === "" ? "" : ` at "${where}"`}: ${issue?.message ?? ""}`;
  throw new HomeostatError("checkpoint_corrupt", message, { seq });
}
