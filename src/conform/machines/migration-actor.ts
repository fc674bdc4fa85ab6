/**
 * Running charts for the recordings of migrations: on a virtual clock, with actors that end at once.
 *
 * @module
 */
import {
  type ActorOptions,
  type ActorRefFrom,
  type AnyActorRef,
  createActor,
  fromPromise,
  type PromiseActorLogic,
} from "xstate";
import { type MigrationReport, type MigrationInput, migrationMachine } from "../../../machines/migration.ts";
import type { PortInput, PortName, PortOutput } from "../../core/migration.ts";
import { VirtualClock } from "../../runtime/virtual-clock.ts";

/** An actor that is done as soon as it is started: a promise would answer only in a later turn. */
export function settled<Output, Input>(decide: (input: Input) => Output): PromiseActorLogic<Output, Input> {
  return {
    ...fromPromise<Output, Input>(({ input }) => Promise.resolve(decide(input))),
    getInitialSnapshot: (_, input) => ({
      status: "done",
      output: decide(input),
      error: undefined,
      input: undefined,
    }),
  };
}

/** An actor that is done once {@link settle} gives it an output. */
export function gated<Output, Input>(): PromiseActorLogic<Output, Input> {
  const pending = fromPromise<Output, Input>(() => new Promise<Output>(() => undefined));
  return {
    ...pending,
    transition: (snapshot, event, scope) =>
      isSettle<Output>(event)
        ? { ...snapshot, status: "done", output: event.output, error: undefined }
        : pending.transition(snapshot, event, scope),
  };
}

interface Settle<Output> {
  readonly type: "homeostat.settle";
  readonly output: Output;
}

function isSettle<Output>(event: { readonly type: string }): event is Settle<Output> {
  return event.type === "homeostat.settle";
}

/** Ends the {@link gated} actor of `port`, if it is under way. */
export function settle<P extends PortName>({ actor }: Told, port: P, output: PortOutput<P>): void {
  const event: Settle<PortOutput<P>> = { type: "homeostat.settle", output };
  const child: AnyActorRef | undefined = actor.getSnapshot().children[port];
  child?.send(event);
}

/** What the host of a recording answers; what it leaves out ends when it is settled. */
export type HostAnswers = {
  readonly [P in PortName]?: (input: PortInput<P>) => PortOutput<P>;
};

/** One chart, everything it told so far, and the clock of its timers. */
export interface Told {
  readonly clock: VirtualClock;
  readonly actor: ActorRefFrom<typeof migrationMachine>;
  readonly reports: readonly MigrationReport[];
}

export function startMigration(
  input: MigrationInput,
  answers: HostAnswers = {},
  inspect?: ActorOptions<typeof migrationMachine>["inspect"],
): Told {
  const reports: MigrationReport[] = [];
  const clock = new VirtualClock();
  const actor = createActor(
    migrationMachine.provide({
      actors: {
        chooseTarget: answering(answers.chooseTarget),
        checkCompatibility: answering(answers.checkCompatibility),
        capture: answering(answers.capture),
        transfer: answering(answers.transfer),
        validate: answering(answers.validate),
        restore: answering(answers.restore),
        commit: answering(answers.commit),
        settleCommit: answering(answers.settleCommit),
        discard: answering(answers.discard),
        inspectSnapshot: answering(answers.inspectSnapshot),
        rollback: answering(answers.rollback),
      },
    }),
    { input, clock, inspect },
  );
  actor.on("*", (report) => reports.push(report));
  actor.start();
  return { actor, reports, clock };
}

function answering<Output, Input>(
  answer: ((input: Input) => Output) | undefined,
): PromiseActorLogic<Output, Input> {
  return answer === undefined ? gated() : settled(answer);
}

/** The last report of `type`; `undefined`: there was none. */
export function lastOf<T extends MigrationReport["type"]>(
  reports: readonly MigrationReport[],
  type: T,
): Extract<MigrationReport, { type: T }> | undefined {
  return reports.findLast((it): it is Extract<MigrationReport, { type: T }> => it.type === type);
}
