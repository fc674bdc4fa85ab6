import { describe, expect, it } from "vitest";
import type { MigrationPorts } from "../../src/core/migration.ts";
import { createMover, type DrainRequest, type Mover, portsByAgent } from "../../src/runtime/index.ts";
import { FakeServers, flush } from "../fakes/fake-servers.ts";
import { portsOf } from "../fakes/migration-ports.ts";
import { MigrationWorld } from "../fakes/migration-world.ts";
import { startSupervisor } from "../fakes/supervised.ts";

const stateOf = (agent: string): Uint8Array => new TextEncoder().encode(`the state of ${agent}`);

/** Agents that serve on the host "source", each with state of its own, and a mover of their supervisor. */
async function movable(
  agents: readonly string[],
  { change = {}, cooldownMs = 0 }: { change?: Partial<MigrationPorts>; cooldownMs?: number } = {},
) {
  const worlds = new Map(agents.map((it) => [it, new MigrationWorld(stateOf(it))]));
  const world = (agent: string): MigrationWorld => worlds.get(agent) ?? new MigrationWorld(stateOf(agent));
  let most = 0;
  const supervised = await startSupervisor([], {
    ports: {
      openServer: new FakeServers().open,
      migration: {
        ...portsByAgent((agent) => portsOf(world(agent), change)),
        chooseTarget: (input, signal) => {
          most = Math.max(most, supervised.supervisor.health().migrations.length);
          return portsOf(world(input.agent), change).chooseTarget(input, signal);
        },
      },
    },
  });
  const { supervisor, clock } = supervised;
  const mover = createMover(supervisor, { clock, cooldownMs });
  return {
    ...supervised,
    mover,
    world,
    /** The most migrations that there were at a time. */
    most: () => most,
    /** All agents, where their worlds have them. */
    units: (change_: (agent: string) => object = () => ({})) =>
      agents.map((id) => ({ id, node: world(id).active[0] ?? "source", group: "g", ...change_(id) })),
  };
}
type Movable = Awaited<ReturnType<typeof movable>>;

const drain = ({ mover, units }: Movable, request: Partial<DrainRequest> = {}): ReturnType<Mover["drain"]> =>
  mover.drain({ node: "source", units: () => units(), ...request });

/** Until a move that nothing holds up has come to its end. */
async function calm(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await flush();
}

const rejects = (): Promise<never> => Promise.reject(new Error("no route"));

describe("a move", () => {
  it("tells where the agent is now, and leaves nothing under way", async () => {
    const { mover, world, supervisor } = await movable(["a"]);
    expect(await mover.move("a", { source: "source" })).toEqual({ outcome: "moved", target: "t1" });
    expect(world("a").active).toEqual(["t1"]);
    await flush();
    expect(supervisor.health().migrations).toEqual([]);
  });

  it("honours the target that it is given", async () => {
    const { mover, world } = await movable(["a"]);
    expect(await mover.move("a", { source: "source", target: "t3" })).toEqual({
      outcome: "moved",
      target: "t3",
    });
    expect(world("a").active).toEqual(["t3"]);
  });

  it("tells that it was rolled back, and by whom it was resolved", async () => {
    const { mover, world } = await movable(["a"], { change: { transfer: rejects } });
    expect(await mover.move("a", { source: "source" })).toEqual({ outcome: "rolledBack" });
    expect(world("a").active).toEqual(["source"]);
  });

  it("L17: that is rolled back publishes that its source serves it, and asks nobody", async () => {
    const { mover, world, records, supervisor } = await movable(["a"], { change: { restore: rejects } });
    await mover.move("a", { source: "source" });
    await flush();
    expect(world("a")).toMatchObject({ active: ["source"], source: { bytes: stateOf("a") } });
    expect(records.at(-1)).toMatchObject({
      type: "migration.reported",
      report: { type: "rollback.completed", agent: "a" },
    });
    expect(supervisor.health()).toMatchObject({ migrations: [], escalations: [] });
  });

  it("L17: whose rollback fails too waits for a person, with both copies and neither active", async () => {
    const { mover, world, supervisor } = await movable(["a"], {
      change: { restore: rejects, rollback: rejects },
    });
    expect(await mover.move("a", { source: "source" })).toEqual({
      outcome: "stuck",
      cause: "rollbackFailed",
      message: "no route",
    });
    expect(world("a").active).toEqual([]);
    expect(world("a").snapshot).toEqual(stateOf("a"));
    expect(world("a").targets.get("t1")?.bytes).toEqual(stateOf("a"));
    const health = supervisor.health();
    expect(health.migrations).toEqual([{ agent: "a", state: "rollbackFailed", owner: "source" }]);
    expect(health.escalations).toMatchObject([{ subject: "a", cause: "migrationStuck" }]);
  });

  it("of an agent without ports ends where it began, and says what is missing", async () => {
    const { supervisor, clock, records } = await startSupervisor([], {
      ports: { openServer: new FakeServers().open, migration: portsByAgent(() => undefined) },
    });
    const mover = createMover(supervisor, { clock });
    expect(await mover.move("a", { source: "source" })).toEqual({ outcome: "rolledBack" });
    expect(JSON.stringify(records)).toContain("give them to portsByAgent");
  });

  it("is refused while another one of the agent is under way", async () => {
    const { mover } = await movable(["a"], { change: { transfer: () => new Promise<never>(() => {}) } });
    void mover.move("a", { source: "source" });
    await flush();
    expect(await mover.move("a", { source: "source" })).toEqual({
      outcome: "refused",
      reason: "onTheMove",
      retryAfterMs: null,
    });
  });

  it("L23: is refused until the cooldown of the last one ends", async () => {
    const { mover, advance } = await movable(["a", "b"], { cooldownMs: 1_000, change: {} });
    await mover.move("a", { source: "source" });
    await advance(999);
    expect(await mover.move("a", { source: "t1" })).toEqual({
      outcome: "refused",
      reason: "coolingDown",
      retryAfterMs: 1,
    });
    expect(await mover.move("b", { source: "source" })).toMatchObject({ outcome: "moved" });
    await advance(1);
    expect(await mover.move("a", { source: "t1", target: "t2" })).toMatchObject({ outcome: "moved" });
  });

  it("tells its own end, not that of another agent's, and listens no longer than to that", async () => {
    let listening = 0;
    const { supervisor, clock } = await movable(["a", "b"], {
      change: { restore: ({ agent }) => (agent === "a" ? rejects() : Promise.resolve({ outcome: "done" })) },
    });
    const watched = createMover(
      {
        ...supervisor,
        on(observer) {
          const off = supervisor.on(observer);
          listening += 1;
          return () => {
            listening -= 1;
            off();
          };
        },
      },
      { clock },
    );
    const both = [watched.move("a", { source: "source" }), watched.move("b", { source: "source" })];
    expect(listening).toBe(2);
    expect(await Promise.all(both)).toEqual([{ outcome: "rolledBack" }, { outcome: "moved", target: "t1" }]);
    expect(listening).toBe(0);
  });

  it("is over when its supervisor is stopped", async () => {
    const { mover, supervisor } = await movable(["a"], {
      change: { transfer: () => new Promise<never>(() => {}) },
    });
    const moving = mover.move("a", { source: "source" });
    await flush();
    await supervisor.stop();
    expect(await moving).toEqual({ outcome: "supervisorStopped" });
  });
});

describe("a drain", () => {
  const hundred = Array.from({ length: 100 }, (_, index) => `agent-${index}`);

  it("L02: moves a hundred units as a batch, each with its state", async () => {
    const moved = await movable(hundred);
    const report = await drain(moved, { policy: { maxParallel: 100 } });
    expect(report).toMatchObject({ drained: true, failed: [], refused: [], waiting: [] });
    expect(report.moved.toSorted()).toEqual(hundred.toSorted());
    for (const agent of hundred) {
      expect(moved.world(agent)).toMatchObject({ active: ["t1"], restored: [stateOf(agent)] });
    }
    expect(moved.most()).toBe(100);
  });

  it("L19: has as many moves under way at a time as it may, and moves all", async () => {
    const moved = await movable(hundred.slice(0, 10));
    expect(await drain(moved, { policy: { maxParallel: 3 } })).toMatchObject({ drained: true });
    expect(moved.most()).toBe(3);
  });

  it("L19: waits for the health of what it moved", async () => {
    const moved = await movable(["a", "b"]);
    const proven = new Set<string>();
    const units = () =>
      moved.units((id) => ({
        health: moved.world(id).active[0] === "source" || proven.has(id) ? "healthy" : "pending",
      }));
    const draining = drain(moved, { units, lookEveryMs: 100 });
    await calm();
    await moved.advance(100_000);
    await calm();
    expect([moved.world("a").active, moved.world("b").active]).toEqual([["t1"], ["source"]]);
    proven.add("a");
    await moved.advance(100);
    await calm();
    expect(moved.world("b").active).toEqual(["t1"]);
    expect(await draining).toMatchObject({ drained: true, moved: ["a", "b"] });
  });

  it("begins a move once, whatever else ends meanwhile", async () => {
    const held = Promise.withResolvers<void>();
    const moved = await movable(["a", "b", "c"], {
      change: {
        restore: async ({ agent }) => {
          if (agent === "a") await held.promise;
          return { outcome: "done" };
        },
      },
    });
    const groups = { a: "g", b: "h", c: "h" };
    const units = () => moved.units((id) => ({ group: groups[id as "a"] }));
    const draining = drain(moved, { units });
    await calm();
    expect(moved.world("b").active).toEqual(["t1"]);
    held.resolve();
    expect(await draining).toMatchObject({ drained: true, failed: [] });
  });

  it("leaves what cannot be moved, says why, and goes on with the others", async () => {
    const moved = await movable(["a", "b", "c"], {
      change: { restore: ({ agent }) => (agent === "b" ? rejects() : Promise.resolve({ outcome: "done" })) },
    });
    expect(await drain(moved)).toEqual({
      drained: false,
      moved: ["a", "c"],
      failed: [{ unit: "b", because: { outcome: "rolledBack" } }],
      refused: [],
      waiting: [],
    });
  });

  it("L20: is done with a node of system units at once, and waits for batch work until its deadline", async () => {
    const moved = await movable(["a", "b"]);
    const kinds = { a: "system", b: "batch" } as const;
    const units = () => moved.units((id) => ({ kind: kinds[id as "a" | "b"] }));
    expect(await drain(moved, { units: () => units().slice(0, 1) })).toMatchObject({
      drained: true,
      moved: [],
    });
    const draining = drain(moved, { units, batchDeadlineMs: 10_000 });
    await moved.advance(9_000);
    await calm();
    expect(moved.world("b").active).toEqual(["source"]);
    await moved.advance(1_000);
    expect(await draining).toMatchObject({ drained: true, moved: ["b"] });
    expect(moved.world("a").active).toEqual(["source"]);
  });

  it("L22: starts replacements first, and stops each unit when its own is healthy", async () => {
    const moved = await movable(["a", "b"]);
    const done: string[] = [];
    const replacements: Record<string, "none" | "pending" | "healthy"> = {};
    const draining = drain(moved, {
      units: () =>
        moved.units((id) => ({ singleActivation: false, replacement: replacements[id] ?? "none" })),
      policy: { order: "makeBeforeBreak" },
      replacement: {
        start: ({ id }) => Promise.resolve(void done.push(`start ${id}`)),
        retire: ({ id }) => Promise.resolve(void done.push(`retire ${id}`)),
      },
    });
    await flush();
    await moved.advance(60_000);
    expect(done).toEqual(["start a"]);
    replacements["a"] = "healthy";
    await moved.advance(1_000);
    expect(done).toEqual(["start a", "retire a", "start b"]);
    replacements["b"] = "healthy";
    await moved.advance(1_000);
    expect(done.at(-1)).toBe("retire b");
    expect(await draining).toMatchObject({ drained: true, moved: ["a", "b"] });
  });

  it("L22: refuses to replace first what may run once at a time, and to replace without ports", async () => {
    const moved = await movable(["a", "b"]);
    const report = await drain(moved, {
      units: () => moved.units((id) => ({ singleActivation: id === "a" })),
      policy: { order: "makeBeforeBreak", maxParallel: 2 },
    });
    expect(report).toMatchObject({
      drained: false,
      refused: [{ unit: "a", reason: "singleActivation" }],
      failed: [{ unit: "b", because: expect.stringContaining('no "replacement" ports') }],
    });
    expect(moved.world("a").active).toEqual(["source"]);
  });

  it("L23: leaves a unit that the mover moved just now until its cooldown ends", async () => {
    const moved = await movable(["a"], { cooldownMs: 5_000 });
    await moved.mover.move("a", { source: "source" });
    const draining = moved.mover.drain({
      node: "t1",
      units: () => moved.units(),
      optionsFor: () => ({ source: "t1", target: "t2" }),
    });
    await moved.advance(4_999);
    await calm();
    expect(moved.world("a").active).toEqual(["t1"]);
    await moved.advance(1_000);
    expect(await draining).toMatchObject({ drained: true, moved: ["a"] });
  });

  it("begins nothing more when it is called off, and awaits what is under way", async () => {
    const moved = await movable(["a", "b"]);
    const off = new AbortController();
    const draining = drain(moved, { signal: off.signal });
    off.abort();
    const report = await draining;
    expect(report).toMatchObject({ drained: false, moved: ["a"] });
    expect(moved.world("b").active).toEqual(["source"]);
    expect(moved.clock.pending).toBe(0);
  });

  it("refuses units and a policy that make no sense", async () => {
    const moved = await movable([]);
    const policy = { maxParallel: 0 };
    await expect(drain(moved, { policy })).rejects.toMatchObject({ code: "config_invalid" });
    const units = () => [{ id: "a", node: "source", group: "g", health: "fine" as "healthy" }];
    await expect(drain(moved, { units })).rejects.toMatchObject({ code: "config_invalid" });
  });
});
