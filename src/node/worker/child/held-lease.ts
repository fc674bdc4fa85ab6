import { HomeostatError } from "../../../core/errors.ts";
import type { Assignment, WorkerMessage } from "../../../core/worker.ts";

/** Heartbeats in the time to live of a lease: two may be lost before it ends. */
const heartbeatsPerTtl = 3;

/** W1. A lease as its owner knows it: extended by each accepted heartbeat, from the instant at which that was sent. */
export class HeldLease {
  readonly #epoch: number;
  readonly #ttlMs: number;
  readonly #say: (message: WorkerMessage) => void;
  readonly #granted = Promise.withResolvers<void>();
  #version: number;
  #until = -Infinity;
  /** When the heartbeat was sent that has no answer yet; `null`: it has one. */
  #sentAt: number | null = null;

  constructor({ lease, ttlMs }: Assignment, say: (message: WorkerMessage) => void) {
    this.#epoch = lease.epoch;
    this.#version = lease.version;
    this.#ttlMs = ttlMs;
    this.#say = say;
    this.#beat();
    setInterval(() => this.#beat(), Math.max(1, Math.floor(ttlMs / heartbeatsPerTtl))).unref();
  }

  /** Resolves at the first accepted heartbeat; rejects when `signal` aborts before. */
  granted(signal: AbortSignal): Promise<void> {
    const onAbort = (): void => this.#granted.reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    return this.#granted.promise;
  }

  renewed(version: number): void {
    this.#version = version;
    if (this.#sentAt !== null) this.#until = this.#sentAt + this.#ttlMs;
    this.#sentAt = null;
    this.#granted.resolve();
  }

  /** @throws {HomeostatError} `lease_expired` */
  assert(): void {
    const lateMs = Math.floor(performance.now() - this.#until);
    if (lateMs < 0) return;
    throw new HomeostatError(
      "lease_expired",
      `the lease of epoch ${this.#epoch} ended ${lateMs} ms ago; another worker may have the attempt`,
    );
  }

  #beat(): void {
    // A heartbeat names the version that it saw; before the last one is answered there is no newer one to name.
    if (this.#sentAt !== null) return;
    this.#sentAt = performance.now();
    this.#say({ type: "worker.heartbeat", epoch: this.#epoch, version: this.#version });
  }
}
