/** The attempt of the tour: workers that count, each with a line in a file and a checkpoint for every step. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { reloadCheckpoint, replayRun, type RunDirectory, startWorker } from "../../node/index.ts";
import { type Attempt, Replays, superviseAttempt } from "../../runtime/attempt.ts";
import type { Supervisor } from "../../runtime/api.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { LeasePorts } from "../../runtime/lease-actors.ts";
import { counting } from "./counting.ts";
import { script } from "./script.ts";

export const attemptId = "count-to-8";
const steps = 8;
const pauseMs = 120;

const Progress = z.object({ step: z.int() });

/** What the workers have said so far. */
export interface Counted {
  /** Process id of the worker that holds the lease; `null`: none does. */
  readonly pid: number | null;
  readonly workerId: string | null;
  /** Steps of all workers that are done. */
  readonly done: number;
}

export class Counter {
  readonly ports: LeasePorts;
  readonly #replays: Replays;
  readonly #directory: string;
  readonly #runDirectory: RunDirectory;
  #attempt: Attempt | null = null;
  #counted: Counted = { pid: null, workerId: null, done: 0 };

  /** With its checkpoint in `directory`, which exists. Starts nothing. */
  constructor(directory: string, runDirectory: RunDirectory, clock: Clock) {
    this.#directory = directory;
    this.#runDirectory = runDirectory;
    const directoryOf = this.#directoryOf;
    this.#replays = new Replays({
      reloadCheckpoint: reloadCheckpoint({ directoryOf, clock }),
      replay: replayRun({ directoryOf, definition: counting, clock }),
    });
    this.ports = this.#replays.ports;
  }

  get counted(): Counted {
    return this.#counted;
  }

  /** Whether each step was done exactly once, and in order, by no matter whom; and by how many workers. */
  outcome(): { readonly isWhole: boolean; readonly workers: number } {
    const lines = readFileSync(this.#effectsFile, "utf8").trim().split("\n");
    const isWhole = lines.length === steps && lines.every((line, index) => line.startsWith(`${index + 1} `));
    return { isWhole, workers: new Set(lines.map((line) => line.split(" ")[1])).size };
  }

  /** Starts the first worker. `onSaid` is called after every word of a worker; `notice` with what no record tells. */
  start(supervisor: Supervisor, onSaid: () => void, notice: (text: string) => void): Promise<void> {
    this.#attempt = superviseAttempt(supervisor, {
      attemptId,
      runId: attemptId,
      directoryOf: this.#directoryOf,
      replays: this.#replays,
      startWorker: (onMessage) =>
        startWorker({
          ...script("counting-worker", String(steps), String(pauseMs), this.#effectsFile),
          runDirectory: this.#runDirectory,
          onMessage,
        }),
      observer: {
        onWorkerStarted: ({ workerId, pid }) => {
          this.#counted = { ...this.#counted, pid, workerId };
        },
        onMessage: (message, { workerId }) => {
          if (message.type === "worker.resumed" && message.seq > 0) {
            const where = `step ${this.#counted.done + 1} of ${steps}`;
            const open = message.interrupted.length > 0 ? `, with ${where} begun and not ended` : "";
            notice(`${workerId} goes on from the checkpoint, after event ${message.seq}${open}`);
          }
          const progress = message.type === "worker.progressed" ? Progress.safeParse(message.data) : null;
          if (progress?.success === true) this.#counted = { ...this.#counted, done: progress.data.step };
          onSaid();
        },
        onWorkerEnded: () => {
          this.#counted = { ...this.#counted, pid: null };
          onSaid();
        },
      },
    });
    return this.#attempt.start();
  }

  /** Ends its workers, if there are any. */
  async close(): Promise<void> {
    await this.#attempt?.stop();
  }

  readonly #directoryOf = (): string => join(this.#directory, "run");

  get #effectsFile(): string {
    return join(this.#directory, "steps.txt");
  }
}
