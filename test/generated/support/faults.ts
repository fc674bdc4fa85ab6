/** What can be wrong in a runtime, whichever chart it runs. */
import type { AnyEventObject, AnyStateMachine } from "xstate";
import { VirtualClock } from "../../../src/runtime/virtual-clock.ts";
import { actorSut, type Sut, type SutSession } from "../../../src/testgen/index.ts";

export interface Fault {
  readonly name: string;
  of(machine: AnyStateMachine): Sut;
}

class KeepsCancelled extends VirtualClock {
  override clearTimeout(): void {}
}
class Early extends VirtualClock {
  override setTimeout(callback: () => void, delayMs: number): unknown {
    return super.setTimeout(callback, delayMs - 1);
  }
}
class Late extends VirtualClock {
  override setTimeout(callback: () => void, delayMs: number): unknown {
    return super.setTimeout(callback, delayMs + 1);
  }
}
class Dead extends VirtualClock {
  override setTimeout(): unknown {
    return 0;
  }
}

const timed = (name: string, clock: () => VirtualClock): Fault => ({
  name,
  of: (machine) => actorSut(machine, { clock }),
});

/** A session that passes on what `change` leaves of it. */
function faulty(name: string, change: (session: SutSession) => Partial<SutSession>): Fault {
  return {
    name,
    of(machine) {
      const sut = actorSut(machine, { clock: () => new VirtualClock() });
      return {
        async create(input) {
          const session = await sut.create(input);
          const through: SutSession = {
            send: (event) => session.send(event),
            read: () => session.read?.(),
            advance: (ms) => session.advance?.(ms),
            settle: (actor, outcome) => session.settle?.(actor, outcome),
            dispose: () => session.dispose?.(),
          };
          return { ...through, ...change(session) };
        },
      };
    },
  };
}

export const everywhere: readonly Fault[] = [
  faulty("an event is delivered twice", (session) => ({
    send(event) {
      session.send(event);
      session.send(event);
    },
  })),
  faulty("an event comes one behind", (session) => {
    let held: AnyEventObject | null = null;
    return {
      send(event) {
        if (held !== null) session.send(held);
        held = event;
      },
    };
  }),
];

export const withTimers: readonly Fault[] = [
  timed("timers fire early", () => new Early()),
  timed("timers fire late", () => new Late()),
  timed("timers never fire", () => new Dead()),
];

/** XState ignores the event of a cancelled timer, unless the state was entered again meanwhile. */
export const withTimersArmedAgain: readonly Fault[] = [
  timed("a cancelled timer fires", () => new KeepsCancelled()),
];

export const withActors: readonly Fault[] = [
  faulty("a failure is told as a success", (session) => ({
    settle: (actor, outcome) =>
      session.settle?.(actor, outcome.kind === "error" ? { kind: "done", output: {} } : outcome),
  })),
  faulty("a result is lost", () => ({ settle: () => {} })),
];
