import type { AnyActorRef, PromiseActorLogic } from "xstate";

/** One start of a {@link ManualActor}. */
export interface ManualRun<I, O> {
  readonly input: I;
  /** Whether its parent stopped it before it was settled. */
  readonly stopped: boolean;
  succeed(output: O): void;
  fail(error: unknown): void;
}

/** Stands in for a promise actor; the test settles each of its runs by hand, and the parent reacts within that call. */
export class ManualActor<I, O> {
  readonly runs: ManualRun<I, O>[] = [];
  readonly logic: PromiseActorLogic<O, I> = {
    config: () => Promise.reject(new Error("settled by hand")),
    getInitialSnapshot: (_, input) => ({ status: "active", output: undefined, error: undefined, input }),
    start: (snapshot, { self }) => {
      this.runs.push(new Run<I, O>(snapshot.input as I, self));
    },
    transition: (snapshot, event) => {
      switch (event.type) {
        case "settled.well":
          return { status: "done", output: event["output"] as O, error: undefined, input: undefined };
        case "settled.badly":
          return { status: "error", output: undefined, error: event["error"], input: undefined };
        case "xstate.stop":
          return { status: "stopped", output: undefined, error: undefined, input: undefined };
        default:
          return snapshot;
      }
    },
    getPersistedSnapshot: (snapshot) => snapshot,
  };

  /** The run that has neither been settled nor stopped. */
  get current(): ManualRun<I, O> | undefined {
    return this.runs.find((run) => (run as Run<I, O>).active);
  }

  /** The same, where there has to be one. */
  get running(): ManualRun<I, O> {
    if (this.current === undefined) throw new Error("no run is under way");
    return this.current;
  }
}

class Run<I, O> implements ManualRun<I, O> {
  readonly input: I;
  readonly #self: AnyActorRef;

  constructor(input: I, self: AnyActorRef) {
    this.input = input;
    this.#self = self;
  }

  get active(): boolean {
    return this.#self.getSnapshot().status === "active";
  }

  get stopped(): boolean {
    return this.#self.getSnapshot().status === "stopped";
  }

  succeed(output: O): void {
    this.#self.send({ type: "settled.well", output });
  }

  fail(error: unknown): void {
    this.#self.send({ type: "settled.badly", error });
  }
}
