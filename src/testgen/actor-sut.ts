/**
 * A machine that really runs, as a system under test: an actor of XState on a clock that the test moves. The actors that it
 * starts are promises that the test settles.
 *
 * @module
 */
import {
  type AnyActorRef,
  type AnyEventObject,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  createActor,
  fromPromise,
  type InspectionEvent,
} from "xstate";
import { effectsOf } from "../explore/stepper/effects.ts";
import type { Outcome } from "../explore/world.ts";
import type { RawAction } from "../explore/xstate-adapter.ts";
import { type Observation, observe, type SeenEffect, seenEffects, sentTo } from "./observation.ts";
import { steppedClock, type TestClock } from "./stepped-clock.ts";
import { build, statesOf, wiringOf } from "./mutation/wiring.ts";
import type { Sut, SutSession } from "./sut.ts";

export interface ActorSutOptions {
  readonly name?: string;
  /** Instants that only the test moves; one that goes from deadline to deadline by default. */
  readonly clock?: () => TestClock;
  /** Puts around the machine what its host puts around it. */
  readonly wrap?: (machine: AnyStateMachine) => AnyStateMachine;
}

export function actorSut(
  machine: AnyStateMachine,
  { name = "an actor of XState", clock = steppedClock, wrap = (it) => it }: ActorSutOptions = {},
): Sut {
  return { name, create: (input) => new ActorSession(machine, { input, clock: clock(), wrap }) };
}

type Settle = (outcome: Outcome) => void;

class ActorSession implements SutSession {
  readonly #actor: AnyActorRef;
  readonly #clock: TestClock;
  /** The latest under each id. */
  readonly #pending = new Map<string, Settle>();
  #actions: RawAction[] = [];
  #delayed: SeenEffect[] = [];
  #before: AnyMachineSnapshot | null = null;

  constructor(
    machine: AnyStateMachine,
    { input, clock, wrap }: { input: unknown; clock: TestClock } & Required<Pick<ActorSutOptions, "wrap">>,
  ) {
    this.#clock = clock;
    const stubbed = withStubs(machine, (id, settle) => this.#pending.set(id, settle));
    this.#actor = createActor(wrap(stubbed), {
      input,
      clock,
      logger: () => {},
      inspect: (record) => this.#inspect(record),
    }) as AnyActorRef;
    // What kills the actor is seen in its status.
    this.#actor.subscribe({ error: () => {} });
    this.#actor.start();
  }

  send(event: AnyEventObject): void {
    this.#actor.send(event);
  }

  advance(ms: number): void {
    this.#clock.advance(ms);
  }

  async settle(actor: string, outcome: Outcome): Promise<void> {
    this.#pending.get(actor)?.(outcome);
    // XState hears of a promise some turns of the queue later.
    for (let turn = 0; turn < 8; turn++) await Promise.resolve();
  }

  read(): Observation {
    const snapshot = this.#actor.getSnapshot() as AnyMachineSnapshot;
    const immediate = effectsOf(this.#actions, this.#before, snapshot, this.#actor);
    const effects = [...this.#delayed, ...seenEffects(immediate)];
    this.#actions = [];
    this.#delayed = [];
    this.#before = snapshot;
    return observe(snapshot, effects);
  }

  dispose(): void {
    this.#actor.stop();
  }

  #inspect(record: InspectionEvent): void {
    if (record.type === "@xstate.action" && record.actorRef === this.#actor) {
      this.#actions.push(record.action);
    }
    if (record.type !== "@xstate.event" || record.sourceRef !== this.#actor) return;
    const { actorRef, event } = record;
    if (actorRef === this.#actor || event.type.startsWith("xstate.")) return;
    const isImmediate = this.#actions.some(
      ({ params }) => (params as { event?: unknown } | undefined)?.event === event,
    );
    if (!isImmediate) this.#delayed.push(sentTo((actorRef as AnyActorRef).id, event));
  }
}

/** `machine` with a promise in place of each actor that it names or has inline. */
function withStubs(machine: AnyStateMachine, onStart: (id: string, settle: Settle) => void): AnyStateMachine {
  const stub = fromPromise(
    ({ self }) =>
      new Promise((resolve, reject: (error: unknown) => void) => {
        onStart(self.id, (outcome) =>
          outcome.kind === "done" ? resolve(outcome.output) : reject(outcome.error),
        );
      }),
  );
  const wiring = wiringOf(machine);
  const inline = statesOf(wiring).flatMap(({ state }) =>
    state.invoke === undefined ? [] : ([state.invoke].flat() as { src?: unknown }[]),
  );
  const names = inline.flatMap((it) => {
    if (typeof it.src === "string") return [it.src];
    it.src = stub;
    return [];
  });
  const actors = Object.fromEntries(
    [...Object.keys(machine.implementations.actors), ...names].map((name) => [name, stub]),
  );
  return build(wiring, machine).provide({ actors });
}
