/** Group P: the work of a supervisor for each child does not grow with the number of its children. It is counted, not timed. */
import { Session } from "node:inspector/promises";
import { afterAll, describe, expect, it } from "vitest";
import type { ChildSpecInput, RootTree, TreePolicyInput, TreePreset } from "../../../src/index.ts";
import { createMachine } from "xstate";

const logic = createMachine({
  on: {
    crash: {
      actions: () => {
        throw new Error("crash");
      },
    },
  },
});

const session = new Session();
session.connect();
await session.post("Profiler.enable");
await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
// V8 counts blocks of what it compiles from here on, and so these come after it.
const { createTree, VirtualClock } = await import("../../../src/index.ts");
const { oneByOne } = await import("../../../src/runtime/tree/one-by-one.ts");
afterAll(() => session.disconnect());

/** How often the blocks of the code of trees and of its core are entered while `run` runs, by V8's own count. */
async function blocksEntered(run: () => Promise<void>): Promise<number> {
  await session.post("Profiler.takePreciseCoverage");
  await run();
  const { result } = await session.post("Profiler.takePreciseCoverage");
  return result
    .filter(({ url }) => /\/src\/(runtime\/tree|core)\//.test(url))
    .flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges.map(({ count }) => count)))
    .reduce((sum, count) => sum + count, 0);
}

const clock = new VirtualClock();

async function pool(count: number, spec: Partial<ChildSpecInput> = {}): Promise<RootTree> {
  const tree = createTree({ preset: "otp", clock, template: { id: "w", logic, ...spec } });
  await tree.start();
  const ids = Array.from({ length: count }, (_, i) => `${i}`);
  await Promise.all(ids.map((id) => tree.children.add({ id })));
  return tree;
}

async function flock(
  count: number,
  given: TreePolicyInput & { preset?: TreePreset } = {},
): Promise<{ tree: RootTree; ids: string[]; order: string[] }> {
  const { preset = "otp", ...policy } = given;
  const ids = Array.from({ length: count }, (_, i) => `${i}`);
  const order: string[] = [];
  const tree = createTree({
    preset,
    policy,
    clock,
    children: ids.map((id) => ({ id, logic })),
    onRecord: (it) => void (it.type === "restart.scheduled" && order.push(it.id)),
  });
  await tree.start();
  return { tree, ids, order };
}

/** The work for ten times as many children, over that for `count`. */
async function ratioOf(
  count: number,
  work: (count: number) => Promise<() => Promise<void>>,
): Promise<number> {
  // Once for what is done at the first time only.
  await blocksEntered(await work(count));
  const [few, many] = [await work(count), await work(10 * count)];
  return (await blocksEntered(many)) / (await blocksEntered(few));
}

/** V8 misses some blocks that it inlines, and a heap is logarithmic; one look at all the others for each would make it near 100. */
const [least, most] = [8, 13];

describe("the work for ten times as many children", () => {
  it("P01: is about ten times as much to stop a pool of temporary ones", async () => {
    const ratio = await ratioOf(1_000, async (count) => {
      const tree = await pool(count, { restart: "temporary" });
      return async () => {
        await tree.shutdown();
        expect(tree.phase).toBe("stopped");
      };
    });
    expect(ratio).toBeLessThan(most);
    expect(ratio).toBeGreaterThan(least);
  });

  it("P02: is about ten times as much to start all and to stop all", async () => {
    const started = await ratioOf(1_000, async (count) => async () => {
      await flock(count);
    });
    expect(started).toBeLessThan(most);
    expect(started).toBeGreaterThan(least);
    const stopped = await ratioOf(1_000, async (count) => {
      const { tree, ids } = await flock(count);
      return async () => {
        await Promise.all(ids.map((id) => tree.children.stop(id)));
      };
    });
    expect(stopped).toBeLessThan(most);
    expect(stopped).toBeGreaterThan(least);
  });

  it.each<[string, TreePolicyInput & { preset?: TreePreset }]>([
    ["at once, on one count for all", { limit: { intensity: 100_000 } }],
    ["after back-off, each on its own count", { preset: "product" }],
    ["through start slots", { preset: "product", startSlots: 50 }],
    ["on a count that decays", { preset: "suture", limit: { threshold: 100_000 } }],
    ["after a pause", { preset: "suture", limit: { threshold: 50 } }],
  ])("is about ten times as much to restart all that crash at one moment, %s", async (_, policy) => {
    const storm = async (count: number) => {
      const { tree, ids, order } = await flock(count, policy);
      const refs = ids.map(refOf(tree));
      return async () => {
        for (const it of refs) it.send({ type: "crash" });
        clock.advance(60_000);
        const list = tree.children.list();
        expect(list.ok && list.children.every((it) => it.state === "running" && it.incarnation === 2)).toBe(
          true,
        );
        // Every decision in the order of the crashes.
        expect(order).toEqual(ids.slice(0, order.length));
      };
    };
    const ratio = await ratioOf(300, storm);
    expect(ratio).toBeLessThan(most);
  });

  it("P02: is to add, crash and stop each without one walk over the others, which V8 would do unseen", async () => {
    const tree = createTree({ policy: { limit: { intensity: 9 }, backoff: null }, clock });
    await tree.start();
    const ids = Array.from({ length: 300 }, (_, i) => `${i}`);
    const walks = await walksOverMany(async () => {
      for (const id of ids) await tree.children.add({ id, logic });
    });
    const refs = ids.map(refOf(tree));
    const crashWalks = await walksOverMany(async () => {
      for (const it of refs) it.send({ type: "crash" });
      for (const id of ids) await tree.children.stop(id);
    });
    expect([walks, crashWalks]).toEqual([0, 0]);
    const seen = await walksOverMany(async () => void tree.children.list());
    expect(seen).toBe(1);
  });

  it("is seen where it is not: the count of blocks grows with the square of a loop in a loop", async () => {
    const square = async (count: number) => async () => {
      const all = Array.from({ length: count }, (_, i) => i);
      for (const _ of all)
        oneByOne(
          all,
          (__, done) => done(),
          () => {},
        );
    };
    expect(await ratioOf(100, square)).toBeGreaterThan(50);
  });
});

/** How often a walk over a map of at least 100 entries is begun while `run` runs. */
async function walksOverMany(run: () => Promise<void>): Promise<number> {
  const prototype = Map.prototype as unknown as Record<PropertyKey, (this: Map<unknown, unknown>) => unknown>;
  const names = ["keys", "values", "entries", "forEach", Symbol.iterator] as const;
  const originals = names.map((name) => [name, prototype[name] as () => unknown] as const);
  let walks = 0;
  for (const [name, original] of originals)
    prototype[name] = function (...args: []) {
      if (this.size >= 100) walks += 1;
      return original.apply(this, args);
    };
  try {
    await run();
  } finally {
    for (const [name, original] of originals) prototype[name] = original;
  }
  return walks;
}

/** By id, without a search for each. */
function refOf(tree: RootTree) {
  const list = tree.children.list();
  const refs = new Map(list.ok ? list.children.map((it) => [it.id, it.ref]) : []);
  return (id: string) => {
    const ref = refs.get(id);
    if (ref === undefined || ref === null) throw new Error(`"${id}" does not run`);
    return ref;
  };
}
