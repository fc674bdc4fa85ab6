/**
 * Where concurrent code waits, and what lets it go on: promises that only the search settles, and a clock that it moves.
 *
 * @module
 */
import { HomeostatError } from "../../core/errors.ts";

/** What may happen next. Its key is the same in every run that came here by the same choices. */
export interface Choice {
  /** `THREAD STEP`, with the outcome where there are several; with a number when the thread comes here again. */
  readonly key: string;
  readonly thread: string;
  /** What the code that goes on reads or writes until it waits again; `null`: it may be anything. */
  readonly touches: readonly string[] | null;
  take(): void;
}

export interface TurnOptions {
  /**
   * Names of what the code that goes on reads or writes until it waits again. Two steps that have none in common are
   * taken to be independent, and only one of their orders is tried. Not given: it may be anything.
   */
  readonly touches?: readonly string[];
}

/** One way a promise may settle. */
export type Settlement<T> =
  | { readonly name?: string; readonly value: T }
  | { readonly name?: string; readonly error: unknown };

/** What a scenario makes its promises and timers with. */
export interface Control {
  /** Waits until it is this thread's turn. To be awaited at each place where others may come between. */
  turn(thread: string, step: string, options?: TurnOptions): Promise<void>;
  /** A promise that settles in one of these ways; which and when, all are tried. */
  settles<T>(thread: string, step: string, ways: readonly Settlement<T>[], options?: TurnOptions): Promise<T>;
  /** For `createActor` and whatever takes a clock: the timers that are due first may fire at any moment. */
  readonly clock: ControlledClock;
}

export interface ControlledClock {
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(timer: unknown): void;
  now(): number;
}

interface Timer {
  readonly at: number;
  readonly number: number;
  readonly callback: () => void;
}

export const clockThread = "clock";

export class Controller implements Control {
  readonly clock: ControlledClock;
  readonly #pending = new Map<string, readonly Choice[]>();
  readonly #counts = new Map<string, number>();
  readonly #timers = new Map<number, Timer>();
  #nowMs = 0;
  #armed = 0;
  #isOver = false;

  constructor() {
    this.clock = {
      setTimeout: (callback, delayMs) => {
        const number = ++this.#armed;
        this.#timers.set(number, { at: this.#nowMs + Math.max(0, delayMs), number, callback });
        return number;
      },
      clearTimeout: (timer) => void this.#timers.delete(timer as number),
      now: () => this.#nowMs,
    };
  }

  turn(thread: string, step: string, options: TurnOptions = {}): Promise<void> {
    return this.settles<void>(thread, step, [{ value: undefined }], options);
  }

  settles<T>(
    thread: string,
    step: string,
    ways: readonly Settlement<T>[],
    { touches }: TurnOptions = {},
  ): Promise<T> {
    // What comes after the end of a run waits for ever.
    if (this.#isOver) return new Promise(() => {});
    if (ways.length === 0) throw new HomeostatError("suite_unusable", `${thread} ${step} settles in no way`);
    const name = `${thread} ${step}`;
    const count = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, count);
    const key = count === 1 ? name : `${name} (${count})`;
    return new Promise<T>((resolve, reject) => {
      const choices = ways.map((way, index): Choice => ({
        key:
          ways.length === 1
            ? key
            : `${key}: ${way.name ?? ("error" in way ? "error" : `value ${index + 1}`)}`,
        thread,
        touches: touches ?? null,
        take: () => {
          this.#pending.delete(key);
          if ("error" in way) reject(way.error as Error);
          else resolve(way.value);
        },
      }));
      this.#pending.set(key, choices);
    });
  }

  /** In an order that is the same in every run. */
  choices(): readonly Choice[] {
    return [...[...this.#pending.values()].flat(), ...this.#due()];
  }

  end(): void {
    this.#isOver = true;
    this.#pending.clear();
    this.#timers.clear();
  }

  /** The timers of the earliest instant: those of one instant fire in the order in which they were armed. */
  #due(): Choice[] {
    const [first] = [...this.#timers.values()].toSorted((a, b) => a.at - b.at || a.number - b.number);
    if (first === undefined) return [];
    return [
      {
        key: `${clockThread} ${first.at} ms (${first.number})`,
        thread: clockThread,
        touches: null,
        take: () => {
          this.#timers.delete(first.number);
          this.#nowMs = Math.max(this.#nowMs, first.at);
          first.callback();
        },
      },
    ];
  }
}

/** Whether their order does not matter. */
export function areIndependent(a: Choice, b: Choice): boolean {
  if (a.thread === b.thread || a.touches === null || b.touches === null) return false;
  return !a.touches.some((it) => b.touches?.includes(it) === true);
}
