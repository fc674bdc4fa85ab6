import { HomeostatError } from "../core/errors.ts";

/** At most `count` holders at a time; the others wait in line. */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** Resolves with the way to give the slot back; rejects with `aborted` when `signal` aborts first. */
  async acquire(signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) throw aborted();
    if (this.#free > 0) {
      this.#free -= 1;
      return this.#releaseOnce();
    }
    await new Promise<void>((resolve, reject) => {
      const enter = (): void => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        reject(aborted());
      };
      this.#waiting.push(enter);
      signal.addEventListener("abort", leave, { once: true });
    });
    return this.#releaseOnce();
  }

  #releaseOnce(): () => void {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    };
  }
}

const aborted = (): HomeostatError =>
  new HomeostatError("aborted", "the start was given up while it waited for a slot");
