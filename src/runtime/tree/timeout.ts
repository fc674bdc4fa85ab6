import { decideExpiry, type Expiry } from "../../core/health-checks.ts";
import type { Clock } from "../clock.ts";
import type { Children } from "./children.ts";
import { type Deadline, dueOf } from "./deadlines.ts";
import type { StoredTimeout } from "./persisted/parts.ts";

interface TimeoutOptions {
  readonly dueAt: number;
  readonly periodMs: number;
  readonly onExpired: () => void;
  readonly onHostLate: (lateMs: number) => void;
  /** Where it goes on from a host before. */
  readonly stored?: StoredTimeout | null;
}

/** A time-out that the host's own lateness does not count in; it expires once. */
export class Timeout {
  readonly #children: Children;
  readonly #clock: Clock;
  readonly #options: TimeoutOptions;
  #expiry: Expiry;
  #renewedAt: number | null;
  #deadline: Deadline | null = null;

  constructor(children: Children, clock: Clock, options: TimeoutOptions) {
    this.#children = children;
    this.#clock = clock;
    this.#options = options;
    const { dueAt, periodMs, stored = null } = options;
    this.#expiry = { dueAt: stored?.due.at ?? dueAt, periodMs, isSecondLook: stored?.isSecondLook ?? false };
    this.#renewedAt = stored?.renewedAt ?? null;
    this.#arm(stored?.due.order);
  }

  /** Null: it is over. */
  stored(): StoredTimeout | null {
    const due = dueOf(this.#deadline);
    return due && { due, isSecondLook: this.#expiry.isSecondLook, renewedAt: this.#renewedAt };
  }

  /** Its period begins again `at` an instant; the timer that runs is kept, so that this costs nothing. */
  renew(at: number): void {
    this.#renewedAt = at;
  }

  cancel(): void {
    this.#children.cancel(this.#deadline);
    this.#deadline = null;
  }

  #arm(order?: number): void {
    const fire = (): void => {
      if (this.#deadline === deadline) this.#fired();
    };
    const deadline = this.#children.deadline(this.#expiry.dueAt, fire, order);
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
