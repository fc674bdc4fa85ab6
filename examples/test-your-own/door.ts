/** A door in plain TypeScript: nothing in it knows of the chart. */

/** What can be wrong with it; all three look harmless. */
export type Bug =
  | "a right code does not forget wrong ones"
  | "opening does not stop the lock"
  | "reset opens the door";

export type DoorState = "locked" | "closed" | "open" | "alarmed";

export interface Timers {
  start(callback: () => void, delayMs: number): () => void;
}

export class Door {
  state: DoorState = "locked";
  wrongCodes = 0;
  readonly #timers: Timers;
  readonly #bug: Bug | null;
  #stopLock = (): void => {};

  constructor(timers: Timers, bug: Bug | null = null) {
    this.#timers = timers;
    this.#bug = bug;
  }

  enterCode(code: string): void {
    if (this.state !== "locked") return;
    if (code === "1234") {
      if (this.#bug !== "a right code does not forget wrong ones") this.wrongCodes = 0;
      this.#close();
      return;
    }
    this.wrongCodes++;
    if (this.wrongCodes === 3) this.state = "alarmed";
  }

  open(): void {
    if (this.state !== "closed") return;
    if (this.#bug !== "opening does not stop the lock") this.#stopLock();
    this.state = "open";
  }

  close(): void {
    if (this.state === "open") this.#close();
  }

  reset(): void {
    if (this.state !== "alarmed") return;
    this.wrongCodes = 0;
    this.state = this.#bug === "reset opens the door" ? "closed" : "locked";
  }

  #close(): void {
    this.state = "closed";
    this.#stopLock = this.#timers.start(() => (this.state = "locked"), 5_000);
  }
}
