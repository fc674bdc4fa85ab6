import type { Json, OpenAction, RunDefinition, RunEvent } from "../../../core/checkpoint.ts";
import { HomeostatError } from "../../../core/errors.ts";
import type { Assignment, WorkerMessage } from "../../../core/worker.ts";
import { CheckpointWriter, readCheckpoint } from "../checkpoint-file.ts";
import { replayCheckpoint } from "../replay.ts";
import type { HeldLease } from "./held-lease.ts";

/** What work can do; all of it throws `stale_epoch` or `lease_expired` when the attempt is another worker's. */
export interface WorkContext<State> {
  readonly attemptId: string;
  readonly runId: string;
  readonly workerId: string;
  /** The fencing token, to be given to whatever the work has an effect on. */
  readonly epoch: number;
  readonly state: State;
  /** Actions of the worker before that may have had their effect. */
  readonly interrupted: readonly OpenAction[];
  /** Aborts when the worker is told to stop. */
  readonly signal: AbortSignal;
  /**
   * Does something that has an effect: `actionId` names it among all of the run, `data` says what it is. Returns what
   * `perform` resolves with; when that throws, the action stays open, for nobody knows what it did.
   */
  act(actionId: string, data: Json, perform: () => Promise<Json>): Promise<Json>;
  /** Records something that the state depends on. */
  record(data: Json): void;
  /** Spares the next worker the replay of all events so far. */
  snapshot(): void;
  /** Tells the host. */
  progress(data: Json): void;
  /** To be called right before an effect that comes late in an action. */
  assertHeld(): void;
}

interface Around {
  readonly lease: HeldLease;
  readonly signal: AbortSignal;
  readonly say: (message: WorkerMessage) => void;
}

export class RunContext<State> implements WorkContext<State> {
  readonly attemptId: string;
  readonly runId: string;
  readonly workerId: string;
  readonly epoch: number;
  readonly interrupted: readonly OpenAction[];
  readonly signal: AbortSignal;
  readonly #definition: RunDefinition<State>;
  readonly #around: Around;
  readonly #writer: CheckpointWriter;
  #state: State;

  constructor(definition: RunDefinition<State>, assignment: Assignment, around: Around) {
    const { lease, runId, directory } = assignment;
    this.attemptId = lease.attemptId;
    this.workerId = lease.workerId;
    this.epoch = lease.epoch;
    this.runId = runId;
    this.signal = around.signal;
    this.#definition = definition;
    this.#around = around;
    this.#writer = new CheckpointWriter(directory, lease.epoch);
    this.#state = stateOf(definition, assignment, this.#writer.seq);
    // W3.
    this.interrupted = this.#writer.inFlight;
    for (const { actionId } of this.interrupted) this.#append({ kind: "interrupted", actionId });
    const { seq } = this.#writer;
    around.say({ type: "worker.resumed", epoch: this.epoch, seq, interrupted: [...this.interrupted] });
  }

  get state(): State {
    return this.#state;
  }

  /** W2. */
  async act(actionId: string, data: Json, perform: () => Promise<Json>): Promise<Json> {
    this.signal.throwIfAborted();
    this.#around.lease.assert();
    this.#append({ kind: "requested", actionId, data });
    const result = await perform();
    // Whatever happened meanwhile, it has been done: only the fence may refuse to say so.
    this.#append({ kind: "completed", actionId, data: result });
    return result;
  }

  record(data: Json): void {
    this.#around.lease.assert();
    this.#append({ kind: "recorded", data });
  }

  snapshot(): void {
    this.#writer.writeSnapshot(this.#state);
    this.#around.say({ type: "worker.checkpointed", epoch: this.epoch, seq: this.#writer.seq });
  }

  progress(data: Json): void {
    this.#around.say({ type: "worker.progressed", epoch: this.epoch, data });
  }

  assertHeld(): void {
    this.#around.lease.assert();
    this.#writer.checkFence();
  }

  #append(event: RunEvent): void {
    const next = this.#definition.reduce(this.#state, event);
    this.#writer.appendEvent(event, next);
    this.#state = next;
  }
}

/** What the host's replay led to, if it is about the events that are there. */
function stateOf<State>(
  definition: RunDefinition<State>,
  { directory, resume }: Assignment,
  seq: number,
): State {
  if (resume === null) return replayCheckpoint(definition, readCheckpoint(directory)).state;
  if (resume.seq === seq) return definition.state.parse(resume.state);
  const message = `the host replayed ${resume.seq} events, but ${directory} has ${seq}`;
  throw new HomeostatError("replay_diverged", message);
}
