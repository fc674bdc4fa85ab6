import { assign, type AnyStateMachine, enqueueActions } from "xstate";
import { leaseRecoveryMachine, type LeaseRecoveryContext } from "../../../machines/lease-recovery.ts";
import type { Mutant } from "../../../src/explore/index.ts";
import { rewired } from "../support/rewired.ts";

export { explore } from "../../../machines/lease-recovery/explore.ts";
export { leaseRecoveryMachine };

const broken = (name: string, change: object): Mutant => ({
  name,
  machine: leaseRecoveryMachine.provide(change) as AnyStateMachine,
});
interface At {
  at: number;
}

export const mutants: readonly Mutant[] = [
  broken("the lease survives its loss", {
    actions: { release: assign((_: unknown, { at }: At) => ({ at, deadline: at })) },
  }),
  broken("the fence is not raised", {
    actions: {
      raiseFence: assign(({ context }: { context: LeaseRecoveryContext }) => ({
        recoveries: context.recoveries + 1,
      })),
    },
  }),
  broken("the new lease is granted under the old epoch", {
    actions: {
      issue: assign(({ context }: { context: LeaseRecoveryContext }, { at }: At) => ({
        at,
        deadline: at + 4,
        lease: {
          leaseId: "l",
          attemptId: "a",
          workerId: "w",
          epoch: context.epoch - 1,
          version: 1,
          expiresAt: at + 3,
          heartbeatAt: at,
        },
      })),
    },
  }),
  broken("recoveries without end", { guards: { hasRecoveryLeft: () => true, isAcceptedLoss: () => true } }),
  broken("a dead letter forgets why", {
    actions: { disarm: assign({ lease: null, deadline: null, cause: null }) },
  }),
  broken("every claim is accepted", { guards: { isAccepted: () => true } }),
  broken("a failed recovery is not told", { actions: { tellFailed: () => {} } }),
  broken("time stands still", { actions: { settle: assign({ deadline: null }) } }),
  broken("a refusal moves the clock", {
    actions: {
      tellRefused: enqueueActions(({ enqueue }, { at }: At) => {
        enqueue.assign({ at: at + 1 });
        enqueue.emit({ type: "claim.refused" });
      }),
    },
  }),
  broken("recoveries are not counted", {
    guards: { hasRecoveryLeft: () => true },
    actions: { raiseFence: assign({ checkpointSeq: null }) },
  }),
  {
    name: "the checkpoint is not reloaded",
    machine: rewired(leaseRecoveryMachine, ({ states }) => {
      const waiting = states?.["recovering"]?.states?.["leaseExpired"];
      if (waiting !== undefined) waiting.after = { untilDeadline: { target: "replay" } };
    }),
  },
  {
    name: "a reloaded checkpoint is not replayed",
    machine: rewired(leaseRecoveryMachine, ({ states }) => {
      const waiting = states?.["recovering"]?.states?.["leaseExpired"];
      if (waiting !== undefined)
        waiting.after = { untilDeadline: { target: "#leaseRecovery.readyForDispatch" } };
    }),
  },
];
