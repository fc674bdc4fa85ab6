/**
 * What a supervised machine costs beside a bare actor of its own, in the same run: start, stop and memory; and what a
 * storm costs, in which all children crash at one moment, beside Erlang/OTP's own supervisor.
 *
 * Usage: npm run -s bench:supervision [-- --json] [-- --rounds 5]
 */
import { setFlagsFromString } from "node:v8";
import { parseArgs } from "node:util";
import { runInNewContext } from "node:vm";
import { type AnyActorRef, assign, createActor, createMachine } from "xstate";
import { createTree, type RootTree, type TreePolicyInput, type TreeRecord } from "../src/index.ts";
import { atMost, median, notMeasured, progress, report, rounded } from "./support/goals.ts";
import { otpYardstick } from "./support/otp.ts";

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

interface Storm {
  /** Until all are decided and each runs as its second incarnation. */
  readonly ms: number;
  /** Memory after the storm over that before it, with as many children. */
  readonly memoryRatio: number;
}

/** All children crash at one moment, on one count for all, as in OTP; each decision is recorded, in their order. */
async function storm(count: number, policy: TreePolicyInput = {}): Promise<Storm> {
  const decided: string[] = [];
  let up = 0;
  let allUp = (): void => {};
  const again = new Promise<void>((resolve) => (allUp = resolve));
  const onRecord = (record: TreeRecord): void => {
    if (record.type === "restart.scheduled") decided.push(record.id);
    if (record.type === "child.started" && record.isRestart && ++up === count) allUp();
  };
  const limit = { intensity: count };
  const tree = createTree({ preset: "otp", policy: { limit, ...policy }, onRecord });
  await tree.start();
  const ids = Array.from({ length: count }, (_, index) => `c${index}`);
  const refs: AnyActorRef[] = [];
  for (const id of ids) {
    const answer = await tree.children.add({ id, logic: child });
    if (answer.ok && answer.ref !== null) refs.push(answer.ref);
  }
  const before = heapBytes();
  const startedAt = performance.now();
  for (const ref of refs) ref.send({ type: "crash" });
  await again;
  const ms = performance.now() - startedAt;
  if (decided.join() !== ids.join()) throw new Error("not every crash was decided, in order");
  expectActive(tree, count);
  // What was the last generation goes with it.
  refs.length = 0;
  decided.length = 0;
  const memoryRatio = heapBytes() / before;
  await tree.shutdown();
  return { ms, memoryRatio };
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
const otp = otpYardstick();
const storms: Storm[] = [];
const otpStorms: number[] = [];
const slotted: Storm[] = [];
await storm(some);
for (let round = 0; round < rounds; round++) {
  storms.push(await storm(some));
  // Beside each other, so that a busy machine is as busy for both.
  if (otp !== null) otpStorms.push(otp.stormMs(some));
  slotted.push(await storm(some, { startSlots: 64 }));
  progress(`storm: ${round + 1} of ${rounds}`);
}
otp?.remove();
const stormMs = median(storms.map(({ ms }) => ms));
const overOtp = "10,000 crash at once: until all run again, over Erlang/OTP";

report(
  "supervision",
  {
    rounds,
    "10,000 bare": bareSome,
    "10,000 supervised": treeSome,
    "1,000 supervised": treeFew,
    "100,000 bare": bareMany,
    "100,000 supervised": treeMany,
    "10,000 crash at once and run again, ms": rounded(stormMs),
    "the same under Erlang/OTP, ms": otp === null ? "Erlang is not installed" : rounded(median(otpStorms)),
    "the same with 64 start slots, ms": rounded(median(slotted.map(({ ms }) => ms))),
  },
  [
    atMost("10,000: start over a bare start", 8, treeSome.startUs / bareSome.startUs),
    atMost("10,000: stop over a bare stop", 8, treeSome.stopUs / bareSome.stopUs),
    atMost("100,000: start over that at 1,000", 2, treeMany.startUs / treeFew.startUs),
    atMost("100,000: stop over that at 1,000", 2, treeMany.stopUs / treeFew.stopUs),
    atMost("100,000: memory over bare actors", 1.5, treeMany.bytes / bareMany.bytes),
    otp === null
      ? notMeasured(overOtp, 1, "Erlang is not installed: apt-get install erlang-base")
      : atMost(overOtp, 1, stormMs / median(otpStorms)),
    atMost("10,000 crash at once: memory after over before", 1.1, median(storms.map((it) => it.memoryRatio))),
  ],
);
