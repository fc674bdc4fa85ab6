/** Cases of migration and leases that speak of every run: the charts, explored with what their hosts do. */
import { describe, expect, it } from "vitest";
import type { AnyMachineSnapshot, StateValue } from "xstate";
import type { MigrationContext } from "../../machines/migration.ts";
import { PhaseLimits } from "../../src/core/migration.ts";
import {
  type CheckOptions,
  explore,
  type Exploration,
  liveChildren,
  type StateGraph,
} from "../../src/explore/index.ts";
import * as leaseRecovery from "./charts/lease-recovery.ts";
import * as migration from "./charts/migration.ts";
import { exploreWithHosts, type Hosts } from "./support/hosts.ts";
import { rewired } from "./support/rewired.ts";

const { migrationMachine } = migration;
const events = migration.explore.events as Readonly<Record<string, readonly object[]>>;
const slow = { timeout: 120_000 };

// ── With its hosts ───────────────────────────────────────────────────────────

/** No person decides who runs it, and nobody begins anew: these are the ways that the hosts have to themselves. */
const options: CheckOptions = {
  ...migration.explore,
  events: {
    ...events,
    "migration.retry": [],
    "migration.resolve": [],
    "recovery.execute": [],
  },
};
const hasOneActive = ({ source, target }: Hosts): boolean => !(source === "serving" && target === "serving");
const servesItsState = ({ target, hasState }: Hosts): boolean => target !== "serving" || hasState;

const withoutTransfer = rewired(migrationMachine, ({ states }) => {
  const capturing = states?.["migrating"]?.states?.["capturing"];
  const onDone = capturing?.invoke?.["onDone"] as { target: string }[] | undefined;
  if (capturing?.invoke !== undefined && onDone !== undefined) {
    capturing.invoke = {
      ...capturing.invoke,
      onDone: onDone.map((it) => (it.target === "transferring" ? { ...it, target: "restoring" } : it)),
    };
  }
});

describe("a migration among hosts that crash", () => {
  it("L09: has one active incarnation at most, in every order of what may happen", slow, () => {
    const { states, violation, seen } = exploreWithHosts(migrationMachine, options, hasOneActive);
    expect(violation).toBeNull();
    expect(states).toBe(4_459);
    // All that the property speaks of does happen.
    expect([...seen]).toEqual(
      expect.arrayContaining([
        "serving nothing",
        "down nothing",
        "frozen ready",
        "gone serving",
        "gone down",
      ]),
    );
  });

  it.each([
    ["a commit that was settled may still take effect", { settlesWithoutFence: true }, false],
    ["what is taken back is taken back whoever owns it", { ignoresOwner: true }, false],
    ["neither holds any more", { settlesWithoutFence: true, ignoresOwner: true }, true],
  ])("L09: where %s, two are active only if both go wrong", slow, (_, faults, hasTwo) => {
    const { violation } = exploreWithHosts(migrationMachine, options, hasOneActive, { faults });
    expect(violation?.includes("a late commit arrives") ?? false).toBe(hasTwo);
    expect(violation === null).toBe(!hasTwo);
  });

  it("L10: never serves without the agent's state, but does where the chart skips the transfer", slow, () => {
    expect(exploreWithHosts(migrationMachine, options, servesItsState).violation).toBeNull();
    expect(exploreWithHosts(withoutTransfer, options, servesItsState).violation).toEqual([
      "migration.start",
      "checkCompatibility takes effect",
      "checkCompatibility done",
      "capture takes effect",
      "capture done",
      "restore takes effect",
      "restore done",
      "commit takes effect",
    ]);
  });
});

// ── Phases ───────────────────────────────────────────────────────────────────

const leafOf = (value: StateValue): string =>
  typeof value === "string" ? value : leafOf(Object.values(value)[0] as StateValue);
const atOf = ({ context }: AnyMachineSnapshot): number => (context as MigrationContext).at;
const withTarget = (it: AnyMachineSnapshot): object[] =>
  ["t", null].map((target) => ({ at: atOf(it), target }));
function policyOf({ input }: CheckOptions): object {
  return (input as { policy: object }).policy;
}
interface Pair {
  readonly from: string;
  readonly to: string;
  readonly action: string;
  /** Whether the source stood still before. */
  readonly isFrozen: boolean;
}
function* edgesOf({ graph }: { readonly graph: StateGraph }): Generator<Pair> {
  for (let edge = 0; edge < graph.edges; edge += 1) {
    const { from, to, label } = graph.edge(edge);
    const before = graph.snapshot(from);
    yield {
      from: leafOf(before.value),
      to: leafOf(graph.snapshot(to).value),
      action: label.action,
      isFrozen: (before.context as MigrationContext).sourceFrozen,
    };
  }
}

/** All of the chart, with what people and other hosts may do, where it rolls back by itself and where it does not. */
const whole = [true, false].map((autoRollback) =>
  explore(migrationMachine, {
    ...migration.explore,
    verify: false,
    input: {
      ...(migration.explore.input as object),
      policy: { ...policyOf(migration.explore), autoRollback },
    },
    events: {
      ...events,
      "migration.start": withTarget,
      "migration.retry": withTarget,
      "failure.reported": (it: AnyMachineSnapshot) =>
        ["NetworkTransient", "TargetUnreachable"].map((errorType) => ({
          at: atOf(it),
          errorType,
          message: "",
          target: "t",
          retryCount: 0,
        })),
    },
  }),
);

const phases = PhaseLimits.keyof().options;
const terminal = ["committed", "rolledBack", "cancelled", "resolved"];
const states = [
  "idle",
  ...phases,
  "waitingForReadiness",
  "givenUp",
  "rollbackFailed",
  "commitInDoubt",
  ...terminal,
];

/**
 * The phases of our own chart, where the original of the case has thirteen: `preparing` is its authorising, `capturing`
 * freezes and snapshots, `validating` verifies, `restoring` rehydrates, `committing` finalises. From each, where it may go.
 */
const accepted: Readonly<Record<string, string>> = {
  idle: "choosingTarget preparing waitingForReadiness cancelled",
  choosingTarget:
    "preparing verifyingSnapshot restoringSource waitingForReadiness givenUp rolledBack cancelled resolved",
  preparing:
    "capturing transferring verifyingSnapshot restoringSource waitingForReadiness givenUp rolledBack cancelled resolved",
  capturing: "transferring restoringSource waitingForReadiness givenUp resolved",
  transferring: "validating verifyingSnapshot waitingForReadiness givenUp resolved",
  validating: "restoring verifyingSnapshot waitingForReadiness givenUp resolved",
  restoring: "committing verifyingSnapshot waitingForReadiness givenUp resolved",
  committing: "settlingCommit verifyingSnapshot waitingForReadiness givenUp committed",
  settlingCommit: "verifyingSnapshot waitingForReadiness givenUp commitInDoubt committed",
  discardingTarget:
    "choosingTarget preparing verifyingSnapshot restoringSource waitingForReadiness givenUp resolved",
  verifyingSnapshot: "restoringSource rollbackFailed",
  restoringSource: "rollbackFailed rolledBack",
  waitingForReadiness:
    "choosingTarget preparing discardingTarget verifyingSnapshot restoringSource rolledBack cancelled resolved",
  givenUp:
    "choosingTarget preparing discardingTarget verifyingSnapshot restoringSource rolledBack cancelled resolved",
  rollbackFailed: "verifyingSnapshot restoringSource resolved",
  commitInDoubt: "settlingCommit resolved",
  // What is over stays so.
  committed: "",
  rolledBack: "",
  cancelled: "",
  resolved: "",
};

describe("the phases of a migration", () => {
  const edges = whole.flatMap((it) => [...edgesOf(it)]);

  it("L11: follow each other as listed, in all of their pairs, and what is over stays so", () => {
    expect(whole.map(({ complete }) => complete)).toEqual([true, true]);
    const taken = new Set(edges.map(({ from, to }) => `${from} ${to}`));
    const listed = states.flatMap((from) => (accepted[from] ?? "").split(" ").map((to) => `${from} ${to}`));
    const pairs = states.flatMap((from) => states.map((to) => `${from} ${to}`));
    expect(pairs).toHaveLength(400);
    const wrong = pairs.filter((pair) => {
      const [from, to] = pair.split(" ");
      return from !== to && taken.has(pair) !== listed.includes(pair);
    });
    expect(wrong).toEqual([]);
    expect(edges.filter(({ from }) => terminal.includes(from))).toEqual([]);
    // None that the list does not know of.
    expect([...taken].filter((pair) => !pairs.includes(pair))).toEqual([]);
  });

  it("L12: can be rolled back from the freeze to the commit; before it there is only to stop, after it nothing", () => {
    const asked = edges.filter(({ action }) => action === "rollback.request");
    // Where nothing stands still, a rollback that is asked for ends the migration at once: no port runs.
    const ends = (from: string, isFrozen: boolean): string[] => [
      ...new Set(asked.filter((it) => it.from === from && it.isFrozen === isFrozen).map(({ to }) => to)),
    ];
    expect(["choosingTarget", "preparing"].map((it) => ends(it, false))).toEqual([
      ["rolledBack"],
      ["rolledBack"],
    ]);
    const rollsBack = ["verifyingSnapshot", "restoringSource"];
    for (const phase of ["capturing", "transferring", "validating", "restoring", "waitingForReadiness"]) {
      expect(ends(phase, true).filter((it) => !rollsBack.includes(it))).toEqual([]);
      expect(ends(phase, true)).not.toEqual([]);
    }
    for (const phase of ["committing", "settlingCommit", "commitInDoubt"])
      expect(ends(phase, true)).toEqual([phase]);
    for (const phase of rollsBack) expect(ends(phase, true)).toEqual([phase]);
    expect(ends("idle", false)).toEqual(["idle"]);
  });
});

// ── What waits for itself ────────────────────────────────────────────────────

/** States in which an actor is waited for, and that no timer leaves. */
function stuckIn({ graph }: Exploration): string[] {
  const stuck = new Set<string>();
  for (let state = 0; state < graph.states; state += 1) {
    const world = graph.world(state);
    if (world.snapshot.status !== "active" || liveChildren(world).length === 0) continue;
    const [first, end] = graph.edgesFrom(state);
    const edges = Array.from({ length: end - first }, (_, index) => graph.edge(first + index));
    const leaf = leafOf(world.snapshot.value);
    const isLeft = edges.some(
      ({ label, to }) => label.kind === "timer" && leafOf(graph.snapshot(to).value) !== leaf,
    );
    if (!isLeft) stuck.add(leaf);
  }
  return [...stuck];
}

describe("what waits for an actor", () => {
  const leases = { ...leaseRecovery.explore, verify: false };

  it("M23: is left by a deadline, though the answer never comes", () => {
    expect(whole.map(stuckIn)).toEqual([[], []]);
    expect(stuckIn(explore(leaseRecovery.leaseRecoveryMachine, leases))).toEqual([]);
  });

  it("M23: is found out where it is not", () => {
    const endless = rewired(leaseRecovery.leaseRecoveryMachine, ({ states: top }) => {
      delete top?.["recovering"]?.states?.["replay"]?.after;
    });
    expect(stuckIn(explore(endless, leases))).toEqual(["replay"]);
    const hanging = rewired(migrationMachine, ({ states: top }) => {
      delete top?.["migrating"]?.states?.["transferring"]?.after;
    });
    expect(stuckIn(explore(hanging, { ...migration.explore, verify: false }))).toEqual(["transferring"]);
  });
});
