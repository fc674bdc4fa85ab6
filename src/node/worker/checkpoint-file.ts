/**
 * The checkpoint of one run, as files in a directory of its own: its events, snapshots of its state, and its fence.
 *
 * Each epoch appends to a file of its own, `events.EPOCH.jsonl`, whose first line names the event of a lower epoch that
 * it follows. That line is what takes over: it is written after the fence is raised and before anything else, once, and
 * decides for good how much of the lower epochs counts. A worker looks at the fence before and after each write.
 *
 * - C1. Events that count are numbered from 1 without gaps, each chained to the one before by its hash.
 * - C2. Whatever was acknowledged counts in every later epoch.
 * - C3. Under an epoch that is fenced off nothing is acknowledged, and what still reached the disk after the takeover
 *   never counts.
 * - C4. A torn last line is no event; any other damage to an event that counts is an error, never passed over.
 * - C5. A snapshot is used only if the events confirm it; without one the events are enough.
 * - C6. An action is open once at a time and has one end.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import { appendFileSync, closeSync, fsyncSync, linkSync, openSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type OpenAction, openActions, type RunEvent } from "../../core/checkpoint.ts";
import { HomeostatError } from "../../core/errors.ts";
import { checkFence, raiseFence, syncDirectory } from "./checkpoint-file/fence.ts";
import { encodeLine, hashOfState, noHash } from "./checkpoint-file/line.ts";
import { type Checkpoint, readCheckpoint } from "./checkpoint-file/read.ts";
import { headSeed, readSegment, segmentName } from "./checkpoint-file/segment.ts";
import { replaceSnapshot } from "./checkpoint-file/snapshot.ts";

export { raiseFence } from "./checkpoint-file/fence.ts";
export { hashOfState } from "./checkpoint-file/line.ts";
export { type Checkpoint, readCheckpoint } from "./checkpoint-file/read.ts";

/**
 * Takes over the checkpoint in `directory`, which is made if need be, for `epoch`: from here on no lower epoch can add
 * to it. A second call for the same epoch finds it taken over.
 *
 * @throws {HomeostatError} `stale_epoch` when a higher epoch has it; `checkpoint_corrupt`, but then still fenced.
 */
export function takeOverCheckpoint(directory: string, epoch: number): Checkpoint {
  raiseFence(directory, epoch);
  const before = readCheckpoint(directory);
  const last = before.events.at(-1);
  const name = segmentName(epoch);
  const { line } = encodeLine(
    { epoch, afterSeq: last?.seq ?? 0, afterHash: last?.hash ?? noHash },
    headSeed(name),
  );
  const draft = join(directory, `.events-${randomUUID()}`);
  writeFileSync(draft, line, { flush: true });
  try {
    // It appears complete or not at all, and only once.
    linkSync(draft, join(directory, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  syncDirectory(directory);
  checkFence(directory, epoch);
  return readCheckpoint(directory);
}

/** Adds to the checkpoint in `directory` under `epoch`, whose only worker this is. */
export class CheckpointWriter {
  readonly epoch: number;
  readonly #directory: string;
  readonly #file: number;
  #seq: number;
  #eventHash: string;
  #lineHash: string;
  #open: readonly OpenAction[];
  #isUsable = true;

  /** @throws {HomeostatError} as {@link takeOverCheckpoint}, and `checkpoint_corrupt` after a worker of this very epoch. */
  constructor(directory: string, epoch: number) {
    const checkpoint = takeOverCheckpoint(directory, epoch);
    const segment = readSegment(directory, segmentName(epoch));
    if (segment === null || segment.torn || segment.damagedLine !== null) {
      throw new HomeostatError("checkpoint_corrupt", `${segmentName(epoch)} in ${directory} is damaged`);
    }
    const last = checkpoint.events.at(-1);
    this.epoch = epoch;
    this.#directory = directory;
    this.#seq = last?.seq ?? 0;
    this.#eventHash = last?.hash ?? noHash;
    this.#lineHash = segment.lastHash;
    this.#open = inFlightOf(checkpoint);
    this.#file = openSync(join(directory, segmentName(epoch)), "a");
  }

  /** Of the last event; 0: there is none. */
  get seq(): number {
    return this.#seq;
  }

  /** Actions whose end is not recorded. */
  get inFlight(): readonly OpenAction[] {
    return this.#open;
  }

  /** @throws {HomeostatError} `stale_epoch` when this epoch is fenced off. */
  checkFence(): void {
    checkFence(this.#directory, this.epoch);
  }

  /**
   * Records `event`, which led to `state`; when it returns, it is on the disk and counts.
   *
   * @throws {HomeostatError} `stale_epoch`: it does not count for this worker, though it may be on the disk;
   *   `invalid_event`: its action is not open, or is open already; `invalid_state` after a write that failed.
   */
  appendEvent(event: RunEvent, state?: unknown): number {
    const open = openActions(this.#open, event, this.epoch);
    if (open === null) {
      throw new HomeostatError("invalid_event", `${describe(event)}: an action is open once and ends once`);
    }
    const seq = this.#seq + 1;
    const stateHash = state === undefined ? null : hashOfState(state);
    const { line, hash } = encodeLine({ seq, epoch: this.epoch, stateHash, event }, this.#lineHash);
    this.#write(() => {
      appendFileSync(this.#file, line);
      fsyncSync(this.#file);
    });
    this.#seq = seq;
    this.#eventHash = hash;
    this.#lineHash = hash;
    this.#open = open;
    return seq;
  }

  /** Keeps `state`, which the events so far led to. @throws {HomeostatError} as {@link appendEvent} */
  writeSnapshot(state: unknown): void {
    const snapshot = { seq: this.#seq, state };
    this.#write(() => replaceSnapshot(this.#directory, this.epoch, snapshot, this.#eventHash));
  }

  close(): void {
    if (!this.#isUsable) return;
    this.#isUsable = false;
    closeSync(this.#file);
  }

  #write(write: () => void): void {
    if (!this.#isUsable) {
      throw new HomeostatError("invalid_state", "a write failed before, or the checkpoint is closed");
    }
    try {
      checkFence(this.#directory, this.epoch);
      write();
      // It may have been raised in between; then nobody can tell on which side of the takeover the write was.
      checkFence(this.#directory, this.epoch);
    } catch (error) {
      // Half a line may be there: nothing may be added to it.
      this.close();
      throw error;
    }
  }
}

/** The actions that are open at the end of `checkpoint`. @throws {HomeostatError} `checkpoint_corrupt` when C6 is broken. */
export function inFlightOf({ events }: Pick<Checkpoint, "events">): readonly OpenAction[] {
  return events.reduce<readonly OpenAction[]>((open, { seq, epoch, event }) => {
    const next = openActions(open, event, epoch);
    if (next !== null) return next;
    throw new HomeostatError(
      "checkpoint_corrupt",
      `event ${seq} (${describe(event)}) breaks the rule that an action is open once and ends once`,
    );
  }, []);
}

function describe(event: RunEvent): string {
  return event.kind === "recorded" ? event.kind : `${event.kind} ${event.actionId}`;
}
