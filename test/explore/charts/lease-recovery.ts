import { assign, type AnyMachineSnapshot, type AnyStateMachine, enqueueActions } from "xstate";
import { leaseRecoveryMachine, type LeaseRecoveryContext } from "../../../machines/lease-recovery.ts";
import type { CheckOptions, Mutant, Outcome, StateView } from "../../../src/explore/index.ts";
import { rewired } from "../support/rewired.ts";
import { contextOf, instants, since, timed } from "../support/times.ts";

export { leaseRecoveryMachine };

const policy = { ttlMs: 3, graceMs: 1, recoveries: 2, retryBackoffMs: 1, reloadMs: 2, replayMs: 2 };

const known = (snapshot: AnyMachineSnapshot): LeaseRecoveryContext => contextOf(snapshot);
const of = ({ context }: StateView): LeaseRecoveryContext => context as LeaseRecoveryContext;

/** The owner, somebody else, and the owner of an older epoch. */
function claims(snapshot: AnyMachineSnapshot): { workerId: string; epoch: number }[] {
  const { lease, epoch } = known(snapshot);
  const workerId = lease?.workerId ?? "w";
  return [
    { workerId, epoch },
    { workerId: "stranger", epoch },
    { workerId, epoch: epoch + 1 },
  ];
}
const each = (snapshot: AnyMachineSnapshot, facts: object): object[] =>
  instants(snapshot).flatMap((at) => claims(snapshot).map((claim) => ({ ...claim, ...facts, at })));
const ends =
  (output: object) =>
  (snapshot: AnyMachineSnapshot): Outcome[] => [
    ...instants(snapshot).map((at): Outcome => ({ kind: "done", output: { ...output, at } })),
    { kind: "error", error: new Error("no") },
  ];

export const explore: CheckOptions = {
  input: { attemptId: "a", runId: "r", leaseId: "l", workerId: "w", policy },
  events: {
    "heartbeat.received": (snapshot) => {
      const version = known(snapshot).lease?.version ?? 1;
      return [...each(snapshot, { version }), ...each(snapshot, { version: version + 1 })];
    },
    "attempt.acknowledged": (snapshot) => [
      ...each(snapshot, { outcome: "completed", message: "" }),
      ...each(snapshot, { outcome: "failed", message: "" }),
    ],
    "lease.expired": (snapshot) =>
      instants(snapshot).flatMap((at) =>
        [0, 1].map((ahead) => ({ at, epoch: known(snapshot).epoch + ahead })),
      ),
    "attempt.claimed": (snapshot) => instants(snapshot).map((at) => ({ at, leaseId: "l2", workerId: "w" })),
    "attempt.cancelled": timed(),
    "attempt.redriven": timed(),
  },
  outcomes: { reloadCheckpoint: ends({ seq: null }), replay: ends({}) },
  abstract: (_, snapshot) => {
    const { at, deadline, lease, epoch, recoveries, cause } = known(snapshot);
    return {
      deadline: since(deadline, at),
      lease: lease && [since(lease.expiresAt, at), lease.epoch - epoch, lease.workerId],
      recoveries,
      failed: cause !== null,
    };
  },
  properties: [
    {
      kind: "always",
      name: "E1: a worker holds the attempt exactly in held",
      holds: (it) => it.in("held") === (of(it).lease !== null),
    },
    {
      kind: "alwaysStep",
      name: "E1: an epoch that a recovery has left behind is not held again",
      when: ({ told }) => told("lease.issued").length > 0,
      holds: ({ before, after }) => of(after).lease?.epoch === of(before).epoch,
    },
    {
      kind: "alwaysStep",
      name: "E2: readyForDispatch is entered by a finished replay alone",
      when: ({ before, after }) => !before.in("readyForDispatch") && after.in("readyForDispatch"),
      holds: ({ before, action }) => before.in("recovering.replay") && action.startsWith("done "),
    },
    {
      kind: "alwaysStep",
      name: "E3: no step of the pipeline is skipped",
      when: ({ before, after }) => !before.in("recovering.replay") && after.in("recovering.replay"),
      holds: ({ before }) => before.in("recovering.checkpointReload"),
    },
    {
      kind: "alwaysStep",
      name: "E4: a recovery that starts raises the epoch by one",
      when: ({ told }) => told("recovery.started").length > 0,
      holds: ({ before, after }) => of(after).epoch === of(before).epoch + 1,
    },
    {
      kind: "alwaysStep",
      name: "E4: a recovery closes when it is left",
      when: ({ before, after }) => before.in("recovering") && !after.in("recovering"),
      holds: ({ told }) =>
        ["recovery.succeeded", "recovery.failed", "recovery.cancelled"].flatMap((it) => told(it)).length ===
        1,
    },
    {
      kind: "always",
      name: "E5: no more recoveries start than the policy allows",
      when: (it) => it.in("recovering"),
      holds: (it) => of(it).recoveries <= Math.max(1, policy.recoveries),
    },
    {
      kind: "always",
      name: "E6: a dead letter has a cause",
      when: (it) => it.in("deadLettered"),
      holds: (it) => of(it).cause !== null,
    },
    {
      kind: "alwaysStep",
      name: "E7: what is refused changes nothing",
      when: ({ told }) => told("claim.refused").length > 0,
      holds: ({ before, after }) =>
        JSON.stringify([before.snapshot.value, before.context]) ===
        JSON.stringify([after.snapshot.value, after.context]),
    },
    {
      kind: "alwaysStep",
      name: "E8: a timer that fires makes it the deadline",
      when: ({ action }) => action === "after untilDeadline",
      holds: ({ before, after }) => of(after).at === of(before).deadline,
    },
    {
      kind: "leadsTo",
      name: "a recovery comes to an end, one way or another",
      from: (it) => it.in("recovering"),
      to: (it) => !it.in("recovering"),
    },
  ],
};

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
