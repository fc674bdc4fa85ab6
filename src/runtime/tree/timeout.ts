import { decideExpiry, type Expiry } from "../../core/health-checks.ts";
import type { Clock } from "../clock.ts";
import type { Children } from "./children.ts";
import type { Deadline } from "./deadlines.ts";

interface TimeoutOptions {
  readonly dueAt: number;
  readonly periodMs: number;
  readonly onExpired: () => void;
  readonly onHostLate: (lateMs: number) => void;
}

/** A time-out that the host's own lateness does not count in; it expires once. */
export class Timeout {
  readonly #children: Children;
  readonly #clock: Clock;
  readonly #options: TimeoutOptions;
  #expiry: Expiry;
  #renewedAt: number | null = null;
  #deadline: Deadline | null = null;

  constructor(children: Children, clock: Clock, options: TimeoutOptions) {
    this.#children = children;
    this.#clock = clock;
    this.#options = options;
    const { dueAt, periodMs } = options;
    this.#expiry = { dueAt, periodMs, isSecondLook: false };
    this.#arm();
  }

  /** Its period begins again `at` an instant; the timer that runs is kept, so that this costs nothing. */
  renew(at: number): void {
    this.#renewedAt = at;
  }

  cancel(): void {
    this.#children.cancel(this.#deadline);
    this.#deadline = null;
  }

  #arm(): void {
    const deadline = this.#children.deadline(this.#expiry.dueAt, () => {
      if (this.#deadline === deadline) this.#fired();
    });
    this.#deadline = deadline;
  }

  #fired(): void {
    this.#deadline = null;
    const { periodMs } = this.#options;
    if (this.#renewedAt !== null) {
      this.#expiry = { dueAt: this.#renewedAt + periodMs, periodMs, isSecondLook: false };
      this.#renewedAt = null;
      return this.#arm();
    }
    const decision = decideExpiry(this.#expiry, this.#clock.now());
    if (decision.kind === "expired") return this.#options.onExpired();
    this.#options.onHostLate(decision.lateMs);
    this.#expiry = decision.next;
    this.#arm();
  }
}
