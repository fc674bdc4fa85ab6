/** How this chart is explored: a small policy, what may happen, what the state keeps of the context, and the invariants of its header. */
import type { AnyMachineSnapshot } from "xstate";
import type { LeaseRecoveryContext } from "../lease-recovery.ts";
import type { CheckOptions, Outcome, StateView } from "../../src/explore/index.ts";
import { contextOf, instants, since, timed } from "../explore/times.ts";

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
