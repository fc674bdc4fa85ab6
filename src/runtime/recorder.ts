import type { Occurrence, SupervisionRecord } from "../core/records.ts";
import type { Observer } from "./api.ts";
import type { Clock } from "./clock.ts";

/** Gives each occurrence its place in the sequence and hands it to the observers; none of them can hurt another. */
export class Recorder {
  #seq = 0;
  readonly #observers = new Set<Observer>();
  readonly #clock: Clock;

  constructor(clock: Clock, observers: readonly Observer[]) {
    this.#clock = clock;
    for (const observer of observers) this.#observers.add(observer);
  }

  on(observer: Observer): () => void {
    this.#observers.add(observer);
    return () => void this.#observers.delete(observer);
  }

  record(occurrence: Occurrence): void {
    const record = { ...occurrence, seq: ++this.#seq, at: Math.max(0, Math.round(this.#clock.wallNow())) };
    const failures: string[] = [];
    for (const observer of this.#observers) {
      try {
        observer(record as SupervisionRecord);
      } catch (error) {
        failures.push(error instanceof Error ? error.message : String(error));
      }
    }
    // One report for all that threw, and none about reports: a broken observer must not feed itself.
    if (failures.length === 0 || occurrence.type === "observer.failed") return;
    this.record({ type: "observer.failed", message: failures.join("; "), monotonicMs: this.#clock.now() });
  }
}
