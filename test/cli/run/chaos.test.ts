import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type ChaosProgress,
  extensionMs,
  type Kill,
  planMoments,
  unleashChaos,
} from "../../../src/cli/run/chaos.ts";
import { seededRandom } from "../../../src/cli/run/random.ts";
import { VirtualClock } from "../../../src/runtime/virtual-clock.ts";
import { FakeSupervisor } from "../../fakes/fake-supervisor.ts";

describe("planMoments", () => {
  it("gives each kill a moment of its own, in order, and leaves time after the last one", () => {
    const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });
    fc.assert(
      fc.property(
        seeds,
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 100_000 }),
        (seed, kills, length) => {
          const moments = planMoments(kills, seededRandom(seed), 1_000, 1_000 + length);
          expect(moments).toHaveLength(kills);
          const slotMs = length / kills;
          moments.forEach((moment, slot) => {
            expect(moment).toBeGreaterThanOrEqual(1_000 + slot * slotMs);
            expect(moment).toBeLessThanOrEqual(1_000 + (slot + 0.6) * slotMs + 1e-6);
          });
        },
      ),
    );
  });

  it("gives the same moments for the same seed, others for another", () => {
    const moments = (seed: number): number[] => planMoments(5, seededRandom(seed), 0, 60_000);
    expect(moments(7)).toEqual(moments(7));
    expect(moments(7)).not.toEqual(moments(8));
  });
});

describe("unleashChaos", () => {
  it("measures from the kill to the verified start of the next incarnation", async () => {
    const chaos = unleash({ kills: 1, names: ["git"] });
    await chaos.until(() => chaos.killed.length === 1);
    await chaos.advance(400);
    chaos.supervisor.recover("git", 200);
    expect(await chaos.made).toMatchObject([
      { plugin: "git", server: "git", pid: 100, newPid: 200, downMs: 400, by: "restart" },
    ]);
    expect(chaos.supervisor.observers).toBe(0);
  });

  it("kills no server of a plugin that is spared", async () => {
    const chaos = unleash({ kills: 1, names: ["a", "b", "c"], spared: ["a", "c"] });
    await chaos.until(() => chaos.killed.length === 1);
    expect(chaos.nameOf(chaos.killed[0])).toBe("b");
    chaos.supervisor.recover("b", 200);
    expect(await chaos.made).toMatchObject([{ plugin: "b" }]);
  });

  it("measures up to the promotion of a warm spare", async () => {
    const chaos = unleash({ kills: 1, names: ["git"] });
    await chaos.until(() => chaos.killed.length === 1);
    await chaos.advance(20);
    chaos.supervisor.tell({
      type: "server.promoted",
      plugin: "git",
      server: "git",
      incarnation: 2,
      monotonicMs: 0,
    });
    expect(await chaos.made).toMatchObject([{ downMs: 20, by: "standby" }]);
  });

  it("takes neither an older incarnation, nor a spare, nor another server for the recovery", async () => {
    const chaos = unleash({ kills: 1, names: ["git"] });
    await chaos.until(() => chaos.killed.length === 1);
    const started = {
      type: "server.started",
      plugin: "git",
      server: "git",
      pid: 1,
      tools: 1,
      startMs: 1,
    } as const;
    chaos.supervisor.tell({ ...started, incarnation: 1, role: "active", monotonicMs: 0 });
    chaos.supervisor.tell({ ...started, incarnation: 2, role: "standby", monotonicMs: 0 });
    chaos.supervisor.tell({ ...started, server: "other", incarnation: 2, role: "active", monotonicMs: 0 });
    await chaos.advance(50);
    chaos.supervisor.recover("git", 200);
    expect(await chaos.made).toMatchObject([{ downMs: 50 }]);
  });

  it("kills no second server before the first one is back", async () => {
    const chaos = unleash({ kills: 2, names: ["a", "b"], forMs: 10_000 });
    const [, second = 0] = planMoments(2, seededRandom(1), chaos.clock.now(), chaos.clock.now() + 10_000);
    await chaos.advance(second + 100 - chaos.clock.now());
    expect(chaos.killed).toHaveLength(1);
    chaos.supervisor.recover(chaos.nameOf(chaos.killed[0]), 200);
    await chaos.advance(1);
    expect(chaos.killed).toHaveLength(2);
    chaos.supervisor.recover(chaos.nameOf(chaos.killed[1]), 201);
    expect((await chaos.made).map((it) => it.server).toSorted()).toEqual(["a", "b"]);
  });

  it("chooses only among healthy servers with a retry left", async () => {
    const chaos = unleash({ kills: 1, names: ["spent", "down", "fit", "starting"] });
    const [spent, down, , starting] = chaos.supervisor.servers;
    Object.assign(spent ?? {}, { retriesLeft: 0 });
    Object.assign(down ?? {}, { status: "failed", pid: null });
    Object.assign(starting ?? {}, { status: "starting" });
    await chaos.until(() => chaos.killed.length === 1);
    expect(chaos.killed).toEqual([102]);
    chaos.supervisor.recover("fit", 200);
    await chaos.made;
  });

  it("waits for a budget to have a retry again", async () => {
    const chaos = unleash({ kills: 1, names: ["git"], forMs: 60_000 });
    const [git] = chaos.supervisor.servers;
    Object.assign(git ?? {}, { retriesLeft: 0 });
    await chaos.until(() => chaos.told("waiting").length === 1);
    await chaos.advance(10_000);
    expect(chaos.killed).toEqual([]);
    Object.assign(git ?? {}, { retriesLeft: 1 });
    await chaos.advance(200);
    expect(chaos.killed).toEqual([100]);
    chaos.supervisor.recover("git", 200);
    expect(await chaos.made).toHaveLength(1);
    expect(chaos.told("waiting")).toHaveLength(1);
  });

  it("makes fewer kills when no budget has a retry before the end", async () => {
    const chaos = unleash({ kills: 1, names: ["git"], forMs: 5_000 });
    Object.assign(chaos.supervisor.servers[0] ?? {}, { retriesLeft: 0 });
    await chaos.advance(5_200);
    expect(await chaos.made).toEqual([]);
  });

  it("goes on after the end for a server that is not back, and gives it up after the extension", async () => {
    const chaos = unleash({ kills: 1, names: ["git"], forMs: 5_000 });
    await chaos.advance(4_999);
    expect(chaos.told("extended")).toEqual([]);
    await chaos.advance(1);
    expect(chaos.told("extended")).toHaveLength(1);
    await chaos.advance(extensionMs - 1);
    expect(chaos.told("givenUp")).toEqual([]);
    await chaos.advance(1);
    expect(await chaos.made).toMatchObject([{ downMs: null, newPid: null, by: null }]);
  });

  it("chooses another server when the process had ended before the kill", async () => {
    const chaos = unleash({ kills: 1, names: ["git"] });
    const [git] = chaos.supervisor.servers;
    Object.assign(git ?? {}, { pid: 999 });
    chaos.refuse(999);
    await chaos.advance(4_000);
    Object.assign(git ?? {}, { pid: 100 });
    await chaos.advance(200);
    expect(chaos.killed).toEqual([100]);
    chaos.supervisor.recover("git", 200);
    expect(await chaos.made).toHaveLength(1);
  });

  it("ends at once when it is told to, with the kill that was not recovered", async () => {
    const chaos = unleash({ kills: 3, names: ["a", "b"] });
    await chaos.until(() => chaos.killed.length === 1);
    chaos.abort();
    expect(await chaos.made).toMatchObject([{ downMs: null }]);
    expect(chaos.clock.pending).toBe(0);
  });
});

interface Arrangement {
  kills: number;
  names: string[];
  spared?: string[];
  forMs?: number;
}

function unleash({ kills, names, spared, forMs }: Arrangement) {
  const clock = new VirtualClock({ now: 500 });
  const supervisor = new FakeSupervisor(clock, ...names);
  const byPid = new Map(supervisor.servers.map(({ pid, name }) => [pid, name]));
  const aborted = new AbortController();
  const killed: number[] = [];
  const refused = new Set<number>();
  const progress: ChaosProgress[] = [];
  const made: Promise<readonly Kill[]> = unleashChaos({
    kills,
    random: seededRandom(1),
    endsAt: forMs === undefined ? null : clock.now() + forMs,
    supervisor,
    spared,
    clock,
    kill(pid) {
      if (refused.has(pid) || !supervisor.crash(pid)) return false;
      killed.push(pid);
      return true;
    },
    onProgress: (it) => progress.push(it),
    signal: aborted.signal,
  });
  return {
    clock,
    supervisor,
    killed,
    made,
    advance,
    async until(holds: () => boolean): Promise<void> {
      for (let steps = 0; !holds(); steps += 1) {
        if (steps > 60_000) throw new Error("it never holds");
        await advance(1);
      }
    },
    refuse: (pid: number) => refused.add(pid),
    abort: () => aborted.abort(),
    nameOf: (pid: number | undefined) => byPid.get(pid ?? null) ?? "",
    told: (kind: ChaosProgress["kind"]) => progress.filter((it) => it.kind === kind),
  };

  /** Lets promises settle around every millisecond at which something is due. */
  async function advance(ms: number): Promise<void> {
    const until = clock.now() + ms;
    await settle();
    while (clock.now() < until) {
      clock.advance(1);
      await settle();
    }
  }
}

async function settle(): Promise<void> {
  for (let turns = 0; turns < 10; turns += 1) await Promise.resolve();
}
