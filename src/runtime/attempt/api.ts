/** What a host gives to an attempt, and what it gets. */
import type { LeaseRecoveryContext, LeaseRecoveryReport } from "../../../machines/lease-recovery.ts";
import type { ReloadCheckpoint, ReplayRun } from "../../core/checkpoint.ts";
import type { Failure } from "../../core/errors.ts";
import type { LeasePolicy } from "../../core/lease.ts";
import type { ServerExit } from "../../core/server.ts";
import type { StartWorker, WorkerMessage } from "../../core/worker.ts";
import type { Clock } from "../clock.ts";
import type { Replays } from "./replays.ts";

/** The work, and who does it. */
export interface WorkOptions {
  readonly attemptId: string;
  readonly runId: string;
  readonly policy?: Partial<LeasePolicy>;
  /** The directory of a run's checkpoint; absolute. */
  readonly directoryOf: (runId: string) => string;
  readonly startWorker: StartWorker;
  /**
   * The longest that one worker may work on it, in milliseconds (default: no limit). Then the attempt has failed and its
   * worker is told to stop, however well its heartbeats go.
   */
  readonly limitMs?: number;
  /** That of the chart; default: the host's clock. */
  readonly clock?: Clock;
  readonly observer?: AttemptObserver;
}

export interface AttemptOptions extends WorkOptions {
  readonly reloadCheckpoint: ReloadCheckpoint;
  readonly replay: ReplayRun;
}

export interface SupervisedAttemptOptions extends WorkOptions {
  /** Whose attempt it is: while this agent is on the move, nobody gets it. Default: `runId`. */
  readonly agent?: string;
  /** Whose `ports` are those of the supervisor. */
  readonly replays: Replays;
}

/** What a host may watch. */
export interface AttemptObserver {
  /** Of the chart. */
  onReport?(report: LeaseRecoveryReport): void;
  onMessage?(message: WorkerMessage, worker: WorkerFacts): void;
  onWorkerStarted?(worker: WorkerFacts): void;
  onWorkerEnded?(worker: WorkerFacts, exit: ServerExit): void;
  /** A worker did not become ready; that costs the attempt one recovery. */
  onWorkerFailed?(workerId: string, failure: Failure): void;
}

export interface WorkerFacts {
  readonly workerId: string;
  readonly pid: number;
}

export interface AttemptView {
  /** Of the chart, such as `held` or `recovering.replay`. */
  readonly state: string;
  readonly context: LeaseRecoveryContext;
}

export interface Attempt {
  /** Starts the first worker; rejects when it does not become ready. */
  start(): Promise<void>;
  view(): AttemptView;
  /** Sends a dead letter on its way again. */
  redrive(): void;
  cancel(): void;
  /** Ends the workers, and forgets the attempt; its checkpoint stays. */
  stop(): Promise<void>;
}
