import type { AnyActorRef, PromiseActorLogic } from "xstate";

/** One start of a {@link ManualActor}. */
export interface ManualRun<I, O> {
  readonly input: I;
  readonly startedAt: number;
  /** When its parent stopped it before it was settled. */
  readonly stoppedAt: number | null;
  succeed(output: O): void;
  fail(error: unknown): void;
}

/** Stands in for a promise actor; the test settles each of its runs by hand, and the parent reacts within that call. */
export class ManualActor<I, O> {
  readonly runs: Run<I, O>[] = [];
  readonly #clock: { now(): number };
  readonly logic: PromiseActorLogic<O, I> = {
    config: () => Promise.reject(new Error("settled by hand")),
    getInitialSnapshot: (_, input) => ({ status: "active", output: undefined, error: undefined, input }),
    start: (snapshot, { self }) => {
      this.runs.push(new Run<I, O>(snapshot.input as I, self, this.#clock.now()));
    },
    transition: (snapshot, event, { self }) => {
      switch (event.type) {
        case "settled.well":
          return { status: "done", output: event["output"] as O, error: undefined, input: undefined };
        case "settled.badly":
          return { status: "error", output: undefined, error: event["error"], input: undefined };
        case "xstate.stop":
          this.#runOf(self).stoppedAt = this.#clock.now();
          return { status: "stopped", output: undefined, error: undefined, input: undefined };
        default:
          return snapshot;
      }
    },
    getPersistedSnapshot: (snapshot) => snapshot,
  };

  constructor(clock: { now(): number }) {
    this.#clock = clock;
  }

  /** The run that has neither been settled nor stopped. */
  get current(): ManualRun<I, O> | undefined {
    return this.runs.find((run) => run.active);
  }

  /** The same, where there has to be one. */
  get running(): ManualRun<I, O> {
    if (this.current === undefined) throw new Error("no run is under way");
    return this.current;
  }

  #runOf(self: AnyActorRef): Run<I, O> {
    const run = this.runs.find((it) => it.is(self));
    if (run === undefined) throw new Error("stopped before it was started");
    return run;
  }
}

class Run<I, O> implements ManualRun<I, O> {
  readonly input: I;
  readonly startedAt: number;
  stoppedAt: number | null = null;
  readonly #self: AnyActorRef;

  constructor(input: I, self: AnyActorRef, startedAt: number) {
    this.input = input;
    this.#self = self;
    this.startedAt = startedAt;
  }

  is(actor: AnyActorRef): boolean {
    return this.#self === actor;
  }

  get active(): boolean {
    return this.#self.getSnapshot().status === "active";
  }

  succeed(output: O): void {
    this.#self.send({ type: "settled.well", output });
  }

  fail(error: unknown): void {
    this.#self.send({ type: "settled.badly", error });
  }
}
