import { describe, expect, it } from "vitest";
import { createActor, toPromise, waitFor } from "xstate";
import { migrationMachine } from "../../machines/migration.ts";
import { type MigrationPorts, portInputs, type PortName } from "../../src/core/migration.ts";
import { migrationActors } from "../../src/runtime/migration-actors.ts";
import { VirtualClock } from "../../src/runtime/virtual-clock.ts";
import { portsOf } from "../fakes/migration-ports.ts";
import { digestOf, MigrationWorld } from "../fakes/migration-world.ts";

function start(ports: MigrationPorts, now = 0) {
  const clock = new VirtualClock({ now });
  const machine = migrationMachine.provide({ actors: migrationActors(ports, clock) });
  const actor = createActor(machine, { input: { agent: "a", source: "source" }, clock });
  actor.start().send({ type: "migration.start", at: clock.now(), target: null });
  return { actor, clock };
}

const bytes = Uint8Array.of(1, 2, 3);
const rejects = (): Promise<never> => Promise.reject(new Error("no route"));

describe("a migration over ports", () => {
  it("moves the bytes, and the target serves", async () => {
    const world = new MigrationWorld(bytes);
    const { actor } = start(portsOf(world), 70);
    await toPromise(actor);
    expect(actor.getSnapshot()).toMatchObject({
      value: "committed",
      context: { at: 70, owner: "target", snapshot: { digest: digestOf(bytes) } },
    });
    expect(world).toMatchObject({ active: ["t1"], restored: [bytes] });
  });

  it("goes back to the original bytes when the target cannot be restored", async () => {
    const world = new MigrationWorld(bytes);
    const failed = { outcome: "failed", errorType: "NetworkPermanent", message: "gone" } as const;
    const { actor } = start(portsOf(world, { restore: () => Promise.resolve(failed) }));
    await toPromise(actor);
    expect(actor.getSnapshot()).toMatchObject({ value: "rolledBack", context: { owner: "source" } });
    expect(world).toMatchObject({ active: ["source"], source: { bytes } });
  });

  it("settles a commit whose port throws although it took effect", async () => {
    const world = new MigrationWorld(bytes);
    const { actor } = start(
      portsOf(world, {
        commit: ({ target, attempt }) => {
          world.commit(target, attempt);
          return rejects();
        },
      }),
    );
    await toPromise(actor);
    expect(actor.getSnapshot()).toMatchObject({ value: "committed", context: { owner: "target" } });
    expect(world.active).toEqual(["t1"]);
  });

  it("calls each port with what its schema says", async () => {
    const called: PortName[] = [];
    const ports = portsOf(new MigrationWorld(bytes), {
      restore: () => Promise.resolve({ outcome: "failed", errorType: "NetworkPermanent", message: "gone" }),
    });
    const watched = Object.fromEntries(
      (Object.keys(portInputs) as PortName[]).map((name) => [
        name,
        (input: never, signal: AbortSignal) => {
          called.push(name);
          expect(portInputs[name].parse(input)).toEqual(input);
          return ports[name](input, signal);
        },
      ]),
    ) as unknown as MigrationPorts;
    await toPromise(start(watched).actor);
    expect(called).toEqual([
      "chooseTarget",
      "checkCompatibility",
      "capture",
      "transfer",
      "validate",
      "restore",
      "inspectSnapshot",
      "rollback",
    ]);
  });

  it.each<PortName>(["checkCompatibility", "capture", "transfer", "validate"])(
    "fails with what the port %s threw, at the instant when it did",
    async (port) => {
      const { actor } = start(portsOf(new MigrationWorld(bytes), { [port]: rejects }), 70);
      const failed = new Promise((resolve) => void actor.on("migration.failed", resolve));
      await expect(failed).resolves.toMatchObject({ errorType: "Unknown", message: "no route", at: 70 });
    },
  );

  it("fails with an answer that does not fit its schema", async () => {
    const lying = {
      capture: () => Promise.resolve({ outcome: "done" }),
    } as unknown as Partial<MigrationPorts>;
    const { actor } = start(portsOf(new MigrationWorld(bytes), lying));
    const failed = new Promise((resolve) => void actor.on("migration.failed", resolve));
    await expect(failed).resolves.toMatchObject({ phase: "capturing", errorType: "Unknown" });
  });

  it("aborts the port that is under way when it is cancelled", async () => {
    const world = new MigrationWorld(bytes);
    let aborted = false;
    const transfer: MigrationPorts["transfer"] = (_, signal) =>
      new Promise(() => signal.addEventListener("abort", () => (aborted = true)));
    const { actor, clock } = start(portsOf(world, { transfer }));
    await waitFor(actor, (snapshot) => snapshot.matches({ migrating: "transferring" }));
    actor.send({ type: "migration.cancel", at: clock.now() });
    expect(aborted).toBe(true);
    await toPromise(actor);
    expect(world).toMatchObject({ active: ["source"], source: { bytes } });
  });
});
