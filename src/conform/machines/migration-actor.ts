/**
 * Running charts for the recordings of migrations: on a virtual clock, with actors that end at once.
 *
 * @module
 */
import {
  type ActorRefFrom,
  type AnyActorRef,
  createActor,
  fromPromise,
  type PromiseActorLogic,
} from "xstate";
import { type MigrationInput, type MigrationReport, migrationMachine } from "../../../machines/migration.ts";
import type { PortInput, PortName, PortOutput } from "../../core/migration.ts";
import { VirtualClock } from "../../runtime/virtual-clock.ts";

/** What the host of a recording answers; what it leaves out ends when it is settled. */
export type HostAnswers = {
  readonly [P in PortName]?: (input: PortInput<P>) => PortOutput<P>;
};

/** The hosts by the system that asks them: a machine is expensive to make, and one serves them all. */
const hosts = new WeakMap<AnyActorRef["system"], HostAnswers>();

interface Settle {
  readonly type: "homeostat.settle";
  readonly output: unknown;
}

/** An actor that is done at once where its host answers: a promise would only be in a later turn. */
function asked<P extends PortName>(port: P): PromiseActorLogic<PortOutput<P>, PortInput<P>> {
  const pending = fromPromise<PortOutput<P>, PortInput<P>>(() => new Promise(() => undefined));
  return {
    ...pending,
    getInitialSnapshot: (scope, input) => {
      const answer = hosts.get(scope.system)?.[port];
      if (answer === undefined) return pending.getInitialSnapshot(scope, input);
      return { status: "done", output: answer(input), error: undefined, input: undefined };
    },
    transition: (snapshot, event, scope) =>
      isSettle(event)
        ? { ...snapshot, status: "done", output: event.output as PortOutput<P>, error: undefined }
        : pending.transition(snapshot, event, scope),
  };
}

function isSettle(event: { readonly type: string }): event is Settle {
  return event.type === "homeostat.settle";
}

const hostedMachine = migrationMachine.provide({
  actors: {
    chooseTarget: asked("chooseTarget"),
    checkCompatibility: asked("checkCompatibility"),
    capture: asked("capture"),
    transfer: asked("transfer"),
    validate: asked("validate"),
    restore: asked("restore"),
    commit: asked("commit"),
    settleCommit: asked("settleCommit"),
    discard: asked("discard"),
    inspectSnapshot: asked("inspectSnapshot"),
    rollback: asked("rollback"),
  },
});

/** One chart, everything it told so far, and the clock of its timers. */
export interface Told {
  readonly actor: ActorRefFrom<typeof migrationMachine>;
  readonly reports: readonly MigrationReport[];
  readonly clock: VirtualClock;
}

export function startMigration(input: MigrationInput, answers: HostAnswers = {}): Told {
  const reports: MigrationReport[] = [];
  const clock = new VirtualClock();
  const actor = createActor(hostedMachine, { input, clock });
  hosts.set(actor.system, answers);
  actor.on("*", (report) => reports.push(report));
  actor.start();
  return { actor, reports, clock };
}

/** Ends the actor of `port`, if it is under way. */
export function settle<P extends PortName>({ actor }: Told, port: P, output: PortOutput<P>): void {
  const event: Settle = { type: "homeostat.settle", output };
  const child: AnyActorRef | undefined = actor.getSnapshot().children[port];
  child?.send(event);
}

/** The last report of `type`; `undefined`: there was none. */
export function lastOf<T extends MigrationReport["type"]>(
  reports: readonly MigrationReport[],
  type: T,
): Extract<MigrationReport, { type: T }> | undefined {
  return reports.findLast((it): it is Extract<MigrationReport, { type: T }> => it.type === type);
}
