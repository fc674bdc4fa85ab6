/**
 * What a supervised machine costs beside a bare actor of its own, in the same run: start, stop and memory.
 *
 * Usage: npm run -s bench:supervision [-- --json] [-- --rounds 5]
 */
import { setFlagsFromString } from "node:v8";
import { parseArgs } from "node:util";
import { runInNewContext } from "node:vm";
import { type AnyActorRef, assign, createActor, createMachine } from "xstate";
import { createTree, type RootTree, VirtualClock } from "../src/index.ts";
import { atMost, median, progress, report, rounded } from "./support/goals.ts";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "5" }, json: { type: "boolean", default: false } },
});
const rounds = Number(values.rounds);

const child = createMachine({
  context: { n: 0 },
  initial: "idle",
  states: {
    idle: {
      on: {
        ping: { actions: assign({ n: ({ context }) => context.n + 1 }) },
        crash: {
          actions: () => {
            throw new Error("crash");
          },
        },
      },
    },
  },
});

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
/** What is alive, after everything that is not has gone. */
function heapBytes(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

/** Microseconds and bytes for each child. */
interface Cost {
  readonly startUs: number;
  readonly stopUs: number;
  readonly bytes: number;
}

function timed(count: number, run: (index: number) => void): number {
  const startedAt = performance.now();
  for (let index = 0; index < count; index++) run(index);
  return ((performance.now() - startedAt) * 1_000) / count;
}

function bare(count: number): Cost {
  const before = heapBytes();
  const actors: AnyActorRef[] = [];
  const startUs = timed(count, () => void actors.push(createActor(child).start()));
  const bytes = (heapBytes() - before) / count;
  const stopUs = timed(count, (index) => (actors[index] as ReturnType<typeof createActor>).stop());
  return { startUs, stopUs, bytes };
}

async function supervised(count: number): Promise<Cost> {
  const before = heapBytes();
  const tree = createTree({ preset: "otp" });
  await tree.start();
  let last: Promise<unknown> = Promise.resolve();
  const startUs = timed(count, (index) => void (last = tree.children.add({ id: `c${index}`, logic: child })));
  await last;
  expectActive(tree, count);
  const bytes = (heapBytes() - before) / count;
  const stopUs = timed(count, (index) => void (last = tree.children.stop(`c${index}`)));
  await last;
  expectActive(tree, 0);
  await tree.shutdown();
  return { startUs, stopUs, bytes };
}

/** A figure for work that was not done would be worth nothing. */
function expectActive(tree: RootTree, expected: number): void {
  const answer = tree.children.count();
  const active = answer.ok ? answer.counts.active : null;
  if (active !== expected) throw new Error(`expected ${expected} active children, found ${active}`);
}

/** All children crash at one moment; milliseconds until each runs as its second incarnation. */
async function storm(count: number): Promise<number> {
  const policy = { limit: { intensity: count }, backoff: null };
  const tree = createTree({ policy, clock: new VirtualClock() });
  await tree.start();
  const refs: AnyActorRef[] = [];
  for (let index = 0; index < count; index++) {
    const answer = await tree.children.add({ id: `c${index}`, logic: child });
    if (answer.ok && answer.ref !== null) refs.push(answer.ref);
  }
  const startedAt = performance.now();
  for (const ref of refs) ref.send({ type: "crash" });
  const ms = performance.now() - startedAt;
  const list = tree.children.list();
  const again = list.ok ? list.children.filter((it) => it.state === "running" && it.incarnation === 2) : [];
  if (again.length !== count) throw new Error(`only ${again.length} of ${count} run again`);
  await tree.shutdown();
  return ms;
}

const few = 1_000;
const some = 10_000;
const many = 100_000;

/** Medians of `rounds` measurements; a warm-up is not counted. */
async function measure(name: string, times: number, run: () => Cost | Promise<Cost>): Promise<Cost> {
  const costs: Cost[] = [];
  for (let round = 0; round < times; round++) {
    costs.push(await run());
    progress(`${name}: ${round + 1} of ${times}`);
  }
  const of = (pick: (cost: Cost) => number): number => rounded(median(costs.map(pick)));
  return { startUs: of((it) => it.startUs), stopUs: of((it) => it.stopUs), bytes: of((it) => it.bytes) };
}

bare(some);
await supervised(some);
const bareSome = await measure("10,000 bare", rounds, () => bare(some));
const treeSome = await measure("10,000 supervised", rounds, () => supervised(some));
// A thousand take a few milliseconds: more rounds, or the median is noise.
const treeFew = await measure("1,000 supervised", rounds * 10, () => supervised(few));
const bareMany = await measure("100,000 bare", rounds, () => bare(many));
const treeMany = await measure("100,000 supervised", rounds, () => supervised(many));
const storms: number[] = [];
for (let round = 0; round < rounds; round++) storms.push(await storm(some));

report(
  "supervision",
  {
    rounds,
    "10,000 bare": bareSome,
    "10,000 supervised": treeSome,
    "1,000 supervised": treeFew,
    "100,000 bare": bareMany,
    "100,000 supervised": treeMany,
    "10,000 crash at once and run again, ms": rounded(median(storms)),
  },
  [
    atMost("10,000: start over a bare start", 8, treeSome.startUs / bareSome.startUs),
    atMost("10,000: stop over a bare stop", 8, treeSome.stopUs / bareSome.stopUs),
    atMost("100,000: start over that at 1,000", 2, treeMany.startUs / treeFew.startUs),
    atMost("100,000: stop over that at 1,000", 2, treeMany.stopUs / treeFew.stopUs),
    atMost("100,000: memory over bare actors", 1.5, treeMany.bytes / bareMany.bytes),
  ],
);
