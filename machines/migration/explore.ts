/** How this chart is explored: a small policy, what may happen, what the state keeps of the context, and the invariants of its header. */
import type { AnyMachineSnapshot } from "xstate";
import type { MigrationContext } from "../migration.ts";
import type { CheckOptions, Outcome, StateView } from "../../src/explore/index.ts";
import { contextOf, instants, since, timed } from "../explore/times.ts";

const known = (snapshot: AnyMachineSnapshot): MigrationContext => contextOf(snapshot);
const of = ({ context }: StateView): MigrationContext => context as MigrationContext;
const now = timed([0]);
const withTime =
  (facts: object) =>
  (snapshot: AnyMachineSnapshot): object[] =>
    now(snapshot).map((it) => ({ ...it, ...facts }));

const digest = { sizeBytes: 1, checksum: 1, sha256: "a".repeat(64) };
/** As it should be, failed for a reason that is retried elsewhere, unknown, or thrown. */
const ends =
  (well: object) =>
  (snapshot: AnyMachineSnapshot): Outcome[] => [
    ...instants(snapshot, [0]).flatMap((at): Outcome[] => [
      { kind: "done", output: { outcome: "done", ...well, at } },
      { kind: "done", output: { outcome: "failed", errorType: "NetworkTransient", message: "no", at } },
      { kind: "done", output: { outcome: "unknown", message: "?", at } },
    ]),
    { kind: "error", error: new Error("no") },
  ];

export const explore: CheckOptions = {
  input: {
    migration: "m",
    agent: "a",
    source: "s",
    policy: {
      maxRetries: 1,
      initialRetryDelayMs: 1,
      maxRetryDelayMs: 1,
      recordLimit: 1,
      rules: { deadline: "ignored" },
    },
  },
  events: {
    "migration.start": withTime({ target: "t" }),
    "migration.cancel": now,
    "migration.retry": withTime({ target: "t" }),
    "migration.resolve": withTime({ owner: "source", details: "" }),
    "failure.reported": [],
    "recovery.execute": now,
    "recovery.clear": [],
    "attempt.succeeded": [],
    "attempt.failed": [],
    "rollback.request": withTime({ acceptExpired: false }),
    "commit.settle": now,
    "snapshot.sweep": [],
    "policy.set": [],
  },
  outcomes: {
    chooseTarget: ends({ candidates: ["t"] }),
    checkCompatibility: ends({
      requirements: {
        architecture: null,
        memoryBytes: 0,
        storageBytes: 0,
        features: [],
        stateBytes: 0,
        version: "",
      },
      capabilities: {
        architectures: [],
        memoryBytes: 1,
        storageBytes: 1,
        features: [],
        maxStateBytes: 1,
        minVersion: "",
      },
    }),
    capture: ends({ state: { kind: "path", path: "p" }, digest, takenAt: 0, policyData: "", source: null }),
    transfer: ends({}),
    validate: ends({ digest, responsive: true }),
    restore: ends({ responsive: true }),
    commit: ends({ details: "" }),
    settleCommit: (snapshot) => [
      ...ends({ committed: true })(snapshot),
      ...ends({ committed: false })(snapshot).slice(0, 1),
    ],
    discard: ends({}),
    inspectSnapshot: ends({ digest }),
    rollback: ends({ digest }),
  },
  abstract: (_, snapshot) => {
    const it = known(snapshot);
    const { pending, attempts } = it.recovery;
    return {
      target: it.target,
      owner: it.owner,
      deadline: since(it.deadline, it.at),
      hasSnapshot: it.snapshot !== null,
      sourceFrozen: it.sourceFrozen,
      touchedTarget: it.touchedTarget,
      failedTargets: it.failedTargets,
      pending: pending && [
        pending.errorType,
        pending.retryCount,
        pending.target,
        since(pending.readyAt, it.at, 1),
      ],
      last: attempts === null ? null : (attempts.at(-1)?.outcome ?? "none"),
      strategy: attempts?.at(-1)?.strategy ?? null,
      exhaustion: it.exhaustion,
      escalation: it.escalation?.cause ?? null,
      acceptsExpired: it.acceptsExpired,
    };
  },
  properties: [
    {
      kind: "alwaysStep",
      name: "G1: the target owns the agent from the commit on, and not before",
      when: ({ before, after }) => of(before).owner !== of(after).owner,
      holds: ({ before, action }) =>
        before.in("committing") || before.in("settlingCommit") || action === "migration.resolve",
    },
    {
      kind: "always",
      name: "G1: what is committed is the target's",
      when: (it) => it.in("committed"),
      holds: (it) => of(it).owner === "target",
    },
    {
      kind: "always",
      name: "G5: an escalation is open exactly while a person has to decide",
      holds: (it) => it.snapshot.hasTag("escalated") === (of(it).escalation !== null),
    },
    {
      kind: "always",
      name: "G7: retries stay within the policy",
      when: (it) => of(it).recovery.pending !== null,
      holds: (it) => (of(it).recovery.pending?.retryCount ?? 0) <= 1,
    },
    {
      kind: "alwaysStep",
      name: "G10: nobody cancels or rolls back from the commit on",
      when: ({ before, action }) =>
        (before.in("committing") || before.in("settlingCommit")) &&
        (action === "migration.cancel" || action === "rollback.request"),
      holds: ({ after }) => !after.in("cancelled") && !after.in("rollingBack"),
    },
    {
      kind: "leadsTo",
      name: "G6: every phase comes to an end",
      from: (it) => it.in("migrating") || it.in("committing") || it.in("settlingCommit"),
      to: (it) => !it.in("migrating") && !it.in("committing") && !it.in("settlingCommit"),
    },
  ],
};
