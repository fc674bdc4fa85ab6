/** Cases of migration that speak of its chart alone. */
import { describe, expect, it } from "vitest";
import { createActor, toPromise } from "xstate";
import { migrationMachine, type MigrationInput } from "../../machines/migration.ts";
import {
  type MigrationPorts,
  type Phase,
  PhaseLimits,
  type PortName,
  type PortResult,
} from "../../src/core/migration.ts";
import { migrationActors } from "../../src/runtime/migration-actors.ts";
import { VirtualClock } from "../../src/runtime/virtual-clock.ts";
import { flush } from "../fakes/fake-servers.ts";
import { portsOf } from "../fakes/migration-ports.ts";
import { digestOf, MigrationWorld } from "../fakes/migration-world.ts";
import { Driver, good } from "./migration/driver.ts";

const bytes = Uint8Array.of(1, 2, 3);
const limits = PhaseLimits.parse({});
const never = (): Promise<never> => new Promise(() => {});
const rejects = (): Promise<never> => Promise.reject(new Error("it broke"));

/** A migration over hosts in memory, on a clock that the test moves. */
function migrate(change: Partial<MigrationPorts>, policy: MigrationInput["policy"] = {}) {
  const world = new MigrationWorld(bytes);
  const clock = new VirtualClock();
  const aborted: string[] = [];
  const watched = Object.fromEntries(
    (Object.entries({ ...portsOf(world), ...change }) as [PortName, MigrationPorts["capture"]][]).map(
      ([name, port]) => [
        name,
        (input: never, signal: AbortSignal) => {
          signal.addEventListener("abort", () => aborted.push(name));
          return port(input, signal);
        },
      ],
    ),
  ) as MigrationPorts;
  const machine = migrationMachine.provide({ actors: migrationActors(watched, clock) });
  const input = { agent: "a", source: "source", policy };
  const actor = createActor(machine, { input, clock });
  const failures: string[] = [];
  const messages: string[] = [];
  actor.on("migration.failed", ({ errorType, message }) => {
    failures.push(errorType);
    messages.push(message);
  });
  actor.start().send({ type: "migration.start", at: 0, target: null });
  return { world, clock, actor, aborted, failures, messages, machine };
}

describe("a migration whose snapshot or restore throws", () => {
  // The original moves the unit and loses its state; here the source goes on with it.
  it.each(["capture", "restore"] as const)(
    "L04: in its %s is rolled back to the source's state",
    async (port) => {
      const { world, actor } = migrate({ [port]: rejects });
      await toPromise(actor);
      expect(actor.getSnapshot()).toMatchObject({ value: "rolledBack", context: { owner: "source" } });
      expect(world).toMatchObject({ active: ["source"], source: { bytes } });
    },
  );
});

describe("a source that blocks while it is frozen", () => {
  it("L05: is timed out, tried again within the bound, and rolled back: no migration goes on for ever", async () => {
    const { world, clock, actor, aborted, failures } = migrate({ capture: never });
    for (let turn = 0; turn < 100 && actor.getSnapshot().status === "active"; turn += 1) {
      await flush();
      clock.advance(5_000);
    }
    expect(actor.getSnapshot()).toMatchObject({ status: "done", value: "rolledBack" });
    expect(failures).toEqual(["Timeout", "Timeout", "Timeout", "Timeout"]);
    expect(aborted.filter((it) => it === "capture")).toHaveLength(4);
    expect(world).toMatchObject({ active: ["source"], source: { bytes } });
    expect(clock.pending).toBe(0);
  });
});

describe("a coordinator that crashes", () => {
  /** Stops it in `phase`, and goes on from what it had persisted, as whoever takes over would. */
  async function crashIn(phase: string, change: Partial<MigrationPorts>) {
    const { world, clock, actor, machine } = migrate(change);
    for (let turn = 0; turn < 50 && !JSON.stringify(actor.getSnapshot().value).includes(phase); turn += 1) {
      await flush();
    }
    expect(JSON.stringify(actor.getSnapshot().value)).toContain(phase);
    const persisted: unknown = JSON.parse(JSON.stringify(actor.getPersistedSnapshot()));
    actor.stop();
    const after = machine.provide({ actors: migrationActors(portsOf(world), clock) });
    const options = { snapshot: persisted, clock } as unknown as { input: object };
    return { world, clock, next: createActor(after, options) };
  }

  it.each([
    ["preparing", { checkCompatibility: never }],
    ["transferring", { transfer: never }],
    ["restoring", { restore: never }],
  ] as const)("L08: in %s leaves the agent with its source, which runs it again", async (phase, hanging) => {
    const { world, clock, next } = await crashIn(phase, hanging);
    expect(next.getSnapshot().context.owner).toBe("source");
    expect(world.active.filter((it) => it !== "source")).toEqual([]);
    next.start().send({ type: "migration.cancel", at: clock.now() });
    if (next.getSnapshot().status === "active") await toPromise(next);
    expect(next.getSnapshot().context.owner).toBe("source");
    expect(world).toMatchObject({ active: ["source"], source: { bytes } });
  });

  it("L08: in the commit that took effect leaves the agent with its target", async () => {
    const { world: hosts, clock, next } = await crashIn("committing", { commit: never });
    // It had its effect; the answer was lost with the coordinator.
    hosts.commit("t1", 0);
    next.start().send({ type: "migration.cancel", at: clock.now() });
    await toPromise(next);
    expect(next.getSnapshot()).toMatchObject({ value: "committed", context: { owner: "target" } });
    expect(hosts.active).toEqual(["t1"]);
  });
});

describe("a verification that fails", () => {
  const failed = (errorType: string, message: string) => () =>
    Promise.resolve({ outcome: "failed", errorType, message } as never);
  const validated = (copy: Uint8Array) => () =>
    Promise.resolve<PortResult<"validate">>({ outcome: "done", digest: digestOf(copy), responsive: true });
  const oneTarget: MigrationPorts["chooseTarget"] = () =>
    Promise.resolve({ outcome: "done", candidates: ["t1"] });
  const old = { ...good.checkCompatibility.capabilities, minVersion: "9.0.0" };

  // Version and disk are the target's own fault: another target is looked for first, and there is none.
  it.each<[string, string, string, Partial<MigrationPorts>]>([
    ["size", "StateCorruption", "Size mismatch", { validate: validated(bytes.slice(1)) }],
    ["checksum", "StateCorruption", "Checksum mismatch", { validate: validated(Uint8Array.of(1, 2, 4)) }],
    ["SHA-256", "StateCorruption", "SHA-256 mismatch", { validate: validated(Uint8Array.of(3, 1, 3)) }],
    [
      "archive",
      "StateCorruption",
      "the archive cannot be read",
      { validate: failed("StateCorruption", "the archive cannot be read") },
    ],
    [
      "version",
      "IncompatibleTarget",
      "9.0.0",
      { checkCompatibility: () => Promise.resolve({ ...good.checkCompatibility, capabilities: old }) },
    ],
    [
      "disk",
      "InsufficientResources",
      "no space left",
      { validate: failed("InsufficientResources", "no space left") },
    ],
  ])("L13: of %s is rolled back as %s, and the source goes on", async (_, errorType, says, change) => {
    const { world, clock, actor, failures, messages } = migrate({ chooseTarget: oneTarget, ...change });
    for (let turn = 0; turn < 5; turn += 1) {
      await flush();
      clock.advance(10_000);
    }
    await toPromise(actor);
    expect(failures[0]).toBe(errorType);
    expect(messages[0]).toContain(says);
    expect(actor.getSnapshot()).toMatchObject({ value: "rolledBack", context: { owner: "source" } });
    expect(world).toMatchObject({ active: ["source"], source: { bytes } });
    expect([...world.targets.keys()]).toEqual([]);
  });
});

describe("a transfer that goes on failing", () => {
  const policy = { maxRetries: 5, initialRetryDelayMs: 10_000, maxRetryDelayMs: 30_000 };
  /** Fails each transfer; the waits between. */
  function waitsOf(it: Driver): number[] {
    const waits: number[] = [];
    it.reach("migrating.transferring");
    for (;;) {
      const failedAt = it.now;
      it.fail("transfer", "NetworkTransient");
      if (it.state !== "recovering.waitingForReadiness") return waits;
      const { readyAt } = it.told("recovery.scheduled").at(-1) ?? { readyAt: NaN };
      waits.push(readyAt - failedAt);
      it.advance(readyAt - failedAt)
        .pass("discard")
        .pass("checkCompatibility");
    }
  }

  it("L15: is tried again as often as the policy says, after waits that grow up to their cap, then rolled back", () => {
    const it = new Driver({ policy });
    // As in the original, the second wait is no longer than the first.
    expect(waitsOf(it)).toEqual([10_000, 10_000, 20_000, 30_000, 30_000]);
    it.pass("inspectSnapshot").pass("rollback");
    expect(it).toMatchObject({ state: "rolledBack", context: { owner: "source" } });
  });

  it("L15: waits for a person where it may not roll back by itself", () => {
    const it = new Driver({ policy: { ...policy, maxRetries: 1, autoRollback: false } });
    expect(waitsOf(it)).toEqual([10_000]);
    expect(it).toMatchObject({ state: "givenUp", context: { escalation: { cause: "retriesExhausted" } } });
    expect(it.advance(1e9).state).toBe("givenUp");
  });

  it("L15: is cleaned up when it is aborted", async () => {
    const { world, clock, actor } = migrate({ validate: never });
    for (let turn = 0; turn < 20 && world.targets.size === 0; turn += 1) await flush();
    expect([...world.targets.keys()]).toEqual(["t1"]);
    actor.send({ type: "migration.cancel", at: clock.now() });
    await toPromise(actor);
    expect(actor.getSnapshot().value).toBe("rolledBack");
    expect(world).toMatchObject({ active: ["source"], targets: new Map() });
  });
});

describe("a phase without progress", () => {
  const backTo = "recovering.waitingForReadiness";
  const reach = (state: string) => () => new Driver().reach(state, null);
  const rolling = () => new Driver().reach("migrating.transferring").cancel();
  const retrying = () =>
    new Driver().reach("migrating.transferring").fail("transfer", "NetworkTransient").advance(10_000);
  const exits: Readonly<Record<Phase, [() => Driver, string]>> = {
    choosingTarget: [reach("migrating.choosingTarget"), backTo],
    preparing: [reach("migrating.preparing"), backTo],
    capturing: [reach("migrating.capturing"), backTo],
    transferring: [reach("migrating.transferring"), backTo],
    validating: [reach("migrating.validating"), backTo],
    restoring: [reach("migrating.restoring"), backTo],
    committing: [reach("committing"), "settlingCommit"],
    settlingCommit: [() => new Driver().reach("committing").lose("commit"), "commitInDoubt"],
    discardingTarget: [retrying, backTo],
    verifyingSnapshot: [rolling, "rollbackFailed"],
    restoringSource: [() => rolling().pass("inspectSnapshot"), "rollbackFailed"],
  };

  it.each(Object.entries(exits))(
    "L16: %s ends at its own time-out, by its own exit",
    (phase, [enter, exit]) => {
      const limitMs = limits[phase as Phase];
      const it = enter();
      const { state } = it;
      expect(state.endsWith(phase)).toBe(true);
      expect(it.advance(limitMs - 1).state).toBe(state);
      expect(it.advance(1).state).toBe(exit);
    },
  );
});
