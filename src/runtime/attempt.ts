/**
 * One attempt at work: its lease-recovery chart, and the workers that hold its lease one after the other.
 *
 * - A1. A worker that ends loses its lease at once, not at its time to live.
 * - A2. A worker is assigned the attempt only under a lease that the chart has issued to it.
 * - A3. When a recovery starts, the worker before is told to stop and is ended; its late words are refused by the chart.
 * - A4. After `stop` no worker is left.
 * - A5. A worker that takes longer than the limit has failed, whatever its heartbeats.
 *
 * @module
 */
import type { LeaseRecoveryReport } from "../../machines/lease-recovery.ts";
import { HomeostatError, toFailure } from "../core/errors.ts";
import type { ServerExit } from "../core/server.ts";
import { isLossOfLease, type WorkerMessage, type WorkerSession } from "../core/worker.ts";
import type { AttemptEvent } from "./api.ts";
import type {
  Attempt,
  AttemptObserver,
  AttemptOptions,
  AttemptView,
  SupervisedAttemptOptions,
  WorkerFacts,
  WorkOptions,
} from "./attempt/api.ts";
import {
  type AttemptChart,
  type OpenChart,
  ownChart,
  supervisedChart,
  type Supervising,
} from "./attempt/charts.ts";
import { Replays } from "./attempt/replays.ts";
import { systemClock } from "./clock.ts";

export type * from "./attempt/api.ts";
export { Replays } from "./attempt/replays.ts";

interface Holder extends WorkerFacts {
  readonly epoch: number;
  readonly session: WorkerSession;
}

/** An attempt whose chart is a root of its own. */
export function createAttempt(options: AttemptOptions): Attempt {
  const replays = new Replays(options);
  return new RunningAttempt(options, replays, ownChart(replays.ports, options.clock ?? systemClock));
}

/**
 * An attempt whose chart is a child of `supervisor`, whose records tell of it. Its `start` rejects with `invalid_state`
 * when the supervisor is not running or has an attempt of this id; its `stop` cancels it there.
 */
export function superviseAttempt(
  supervisor: Supervising,
  { agent, replays, ...options }: SupervisedAttemptOptions,
): Attempt {
  return new RunningAttempt(options, replays, supervisedChart(supervisor, agent));
}

class RunningAttempt implements Attempt {
  readonly #options: WorkOptions;
  readonly #replays: Replays;
  readonly #openChart: OpenChart;
  readonly #observer: AttemptObserver;
  readonly #holders = new Set<Holder>();
  /** Workers that are being started or ended. */
  readonly #pending = new Set<Promise<unknown>>();
  #chart: AttemptChart | null = null;
  #workers = 0;
  #isStopped = false;

  constructor(options: WorkOptions, replays: Replays, openChart: OpenChart) {
    this.#options = options;
    this.#replays = replays;
    this.#openChart = openChart;
    this.#observer = options.observer ?? {};
  }

  async start(): Promise<void> {
    if (this.#workers > 0) throw new HomeostatError("invalid_state", "the attempt was started before");
    const workerId = this.#nextWorkerId();
    const session = await this.#await(this.#startWorker(workerId));
    if (this.#isStopped) {
      await session.stop("the attempt was stopped");
      throw new HomeostatError("aborted", "the attempt was stopped while its first worker started");
    }
    try {
      this.#chart = this.#open(workerId);
    } catch (error) {
      await this.#await(session.stop("its attempt could not be supervised"));
      throw error;
    }
    this.#hand(workerId, session);
  }

  view(): AttemptView {
    return this.#required().view();
  }

  redrive(): void {
    this.#required().send({ type: "attempt.redriven" });
  }

  cancel(): void {
    this.#required().send({ type: "attempt.cancelled" });
  }

  /** A4. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#chart?.stop();
    this.#dismiss(Infinity, "the attempt was stopped");
    while (this.#pending.size > 0) await Promise.allSettled(this.#pending);
  }

  #open(workerId: string): AttemptChart {
    const { attemptId, runId, policy } = this.#options;
    const lease = { attemptId, runId, leaseId: `${attemptId}#1`, workerId, policy };
    return this.#openChart(lease, (report) => this.#hearChart(report));
  }

  #hearChart(report: LeaseRecoveryReport): void {
    this.#observer.onReport?.(report);
    switch (report.type) {
      case "lease.renewed":
        for (const { epoch, session } of this.#holders) {
          if (epoch === report.epoch) session.renew(report.version);
        }
        return;
      case "recovery.started":
        return this.#dismiss(report.epoch, `epoch ${report.epoch} has begun`);
      case "recovery.succeeded":
        return void this.#await(this.#claim(report.epoch));
      case "attempt.deadLettered":
        return this.#dismiss(Infinity, "the attempt is a dead letter");
      case "attempt.ended":
        return this.#dismiss(Infinity, `the attempt has ${report.outcome}`);
      case "lease.issued":
      case "claim.refused":
      case "recovery.failed":
      case "recovery.cancelled":
        return;
    }
  }

  #hearWorker(message: WorkerMessage, workerId: string): void {
    if (message.type === "worker.heartbeat") {
      const { epoch, version } = message;
      this.#send({ type: "heartbeat.received", workerId, epoch, version });
    }
    if (message.type === "worker.completed") {
      const claim = { workerId, epoch: message.epoch };
      this.#send({ type: "attempt.acknowledged", ...claim, outcome: "completed", message: "" });
    }
    if (message.type === "worker.failed" && !isLossOfLease(message.code)) {
      const claim = { workerId, epoch: message.epoch };
      this.#send({ type: "attempt.acknowledged", ...claim, outcome: "failed", message: message.message });
    }
  }

  /** Brings a worker up before it takes the lease, so that its time to live is not spent on that. */
  async #claim(epoch: number): Promise<void> {
    const workerId = this.#nextWorkerId();
    const session = await this.#startWorker(workerId).catch((error: unknown) => {
      this.#observer.onWorkerFailed?.(workerId, toFailure(error));
      return null;
    });
    if (this.#isStopped || this.#chart?.view().context.epoch !== epoch) {
      await session?.stop("the attempt went on without it");
      return;
    }
    const leaseId = `${this.#options.attemptId}#${epoch}`;
    this.#send({ type: "attempt.claimed", leaseId, workerId });
    // Bounded by the policy, and ended by its dead letter, as a worker that dies at its first step.
    if (session === null) this.#send({ type: "lease.expired", epoch });
    else this.#hand(workerId, session);
  }

  /** A2. */
  #hand(workerId: string, session: WorkerSession): void {
    const lease = this.#chart?.view().context.lease ?? null;
    if (lease?.workerId !== workerId) return void this.#await(session.stop("it did not get the lease"));
    const { attemptId, runId, directoryOf } = this.#options;
    const { ttlMs } = this.#required().view().context.policy;
    const holder: Holder = { workerId, pid: session.pid, epoch: lease.epoch, session };
    this.#holders.add(holder);
    this.#observer.onWorkerStarted?.({ workerId, pid: session.pid });
    const forget = this.#limit(holder);
    void this.#await(session.exited.then((exit) => this.#onExit(holder, exit, forget)));
    const resume = this.#replays.take(attemptId, lease.epoch);
    session.assign({ runId, lease, ttlMs, directory: directoryOf(runId), resume });
  }

  /** A1. The chart refuses it when the worker has acknowledged before, or lost its lease. */
  #onExit(holder: Holder, exit: ServerExit, forget: () => void): void {
    forget();
    this.#holders.delete(holder);
    this.#observer.onWorkerEnded?.({ workerId: holder.workerId, pid: holder.pid }, exit);
    this.#send({ type: "lease.expired", epoch: holder.epoch });
  }

  /** A5. Returns the way to be rid of it. */
  #limit({ workerId, epoch }: Holder): () => void {
    const { limitMs, clock = systemClock } = this.#options;
    if (limitMs === undefined) return () => {};
    const message = `${workerId} took longer than ${limitMs} ms`;
    const failed = { workerId, epoch, outcome: "failed", message } as const;
    const timer = clock.setTimeout(() => this.#send({ type: "attempt.acknowledged", ...failed }), limitMs);
    return () => clock.clearTimeout(timer);
  }

  /** A3. */
  #dismiss(below: number, reason: string): void {
    for (const { epoch, session } of this.#holders) {
      if (epoch < below) void this.#await(session.stop(reason));
    }
  }

  #startWorker(workerId: string): Promise<WorkerSession> {
    return this.#options.startWorker((message) => {
      const pid = [...this.#holders].find((it) => it.workerId === workerId)?.pid;
      if (pid === undefined) return;
      this.#observer.onMessage?.(message, { workerId, pid });
      this.#hearWorker(message, workerId);
    });
  }

  #send(event: AttemptEvent): void {
    this.#chart?.send(event);
  }

  #nextWorkerId(): string {
    this.#workers += 1;
    return `worker-${this.#workers}`;
  }

  #await<T>(pending: Promise<T>): Promise<T> {
    this.#pending.add(pending);
    const forget = (): void => void this.#pending.delete(pending);
    pending.then(forget, forget);
    return pending;
  }

  #required(): AttemptChart {
    if (this.#chart === null) throw new HomeostatError("invalid_state", "the attempt has not been started");
    return this.#chart;
  }
}
