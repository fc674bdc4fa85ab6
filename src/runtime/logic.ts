import type { AnyActorRef, AnyStateMachine } from "xstate";
import { leaseRecoveryMachine } from "../../machines/lease-recovery.ts";
import { migrationMachine } from "../../machines/migration.ts";
import { pluginLifecycleMachine } from "../../machines/plugin-lifecycle.ts";
import { recoveryMachine } from "../../machines/recovery.ts";
import { type SupervisorInput, supervisorMachine } from "../../machines/supervisor.ts";
import type { MigrationPorts } from "../core/migration.ts";
import type { Occurrence } from "../core/records.ts";
import type { SupervisorLogic } from "./api.ts";
import { fenced } from "./fenced.ts";
import { leaseActors, type LeasePorts } from "./lease-actors.ts";
import { migrationActors } from "./migration-actors.ts";
import { recoveryActors } from "./recovery-actors.ts";
import { guarded } from "./guarded.ts";
import { createServerProcess } from "./server-process.ts";

interface Binding {
  readonly input: SupervisorInput;
  readonly host: Parameters<typeof createServerProcess>[0];
  readonly recovery: Parameters<typeof recoveryActors>[0];
  readonly migration?: MigrationPorts;
  readonly lease?: LeasePorts;
  /** Called once, when the actor of this logic starts. */
  readonly onAttach: (actor: AnyActorRef) => void;
  readonly onOccurrence: (occurrence: Occurrence) => void;
}

/**
 * The supervisor chart with its host's ports, bound to its input: it starts its plugins as soon as it is
 * started, and refuses commands that do not fit.
 */
export function createLogic({
  input,
  host,
  recovery,
  migration,
  lease,
  onAttach,
  onOccurrence,
}: Binding): SupervisorLogic {
  const checked = <M extends AnyStateMachine>(chart: M, nameOf = ({ id }: AnyActorRef) => id): M =>
    guarded(fenced(chart), {
      onRefused: ({ type: event, problems }, actor) =>
        onOccurrence({
          type: "event.refused",
          subject: nameOf(actor),
          event,
          problems: [...problems],
          monotonicMs: host.clock.now(),
        }),
    });
  const pluginLifecycle = fenced(
    pluginLifecycleMachine.provide({ actors: { serverProcess: createServerProcess(host) } }),
  );
  const actors = {
    pluginLifecycle,
    recovery: fenced(recoveryMachine.provide({ actors: recoveryActors(recovery) })),
    // A host's commands are handed on to these as they are.
    migration: checked(
      migration === undefined
        ? migrationMachine
        : migrationMachine.provide({ actors: migrationActors(migration, host.clock) }),
    ),
    leaseRecovery: checked(
      lease === undefined
        ? leaseRecoveryMachine
        : leaseRecoveryMachine.provide({ actors: leaseActors(lease) }),
    ),
  };
  const machine = checked(supervisorMachine.provide({ actors }), () => supervisorMachine.id);
  const logic: SupervisorLogic = Object.create(machine);
  logic.getInitialSnapshot = (scope) => machine.getInitialSnapshot(scope as never, input);
  // XState calls `start` when the actor starts, as a root or as the child of a host's machine.
  logic.start = (snapshot, { self }) => {
    machine.start(snapshot);
    onAttach(self);
    self.on("*", (occurrence) => onOccurrence(occurrence as Occurrence));
    self.send({ type: "supervisor.start", at: host.clock.now() });
  };
  return logic;
}
