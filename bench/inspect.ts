/**
 * What inspecting costs the inspected app: events a second of one actor that is sent as many as it takes, bare, with our
 * observer connected to a server in another process, and with `@statelyai/inspect` connected to the same. The contenders
 * take turns in one run; ratios are of medians.
 *
 * Usage: npm run -s bench:inspect [-- --json] [-- --rounds 5]
 */
import { fork } from "node:child_process";
import { setImmediate as nextTurn, setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { createWebSocketInspector } from "@statelyai/inspect";
import { assign, createActor, type InspectionEvent, type Observer, setup } from "xstate";
import { createInspector, linkTo, sourcePath } from "../src/inspect/index.ts";
import { openInspector } from "../src/node/inspector/open-inspector.ts";
import { atLeast, type Goal, median, progress, report } from "./support/goals.ts";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "5" }, json: { type: "boolean", default: false } },
});
const rounds = Number(values.rounds);
const warmUps = 1;
const events = 20_000;
/** Sent in one turn of the event loop. */
const burst = 200;

if (process.send !== undefined) await serve();
else await main();

/** The child: a server whose cost is not the app's. */
async function serve(): Promise<void> {
  const { port, token } = await openInspector();
  process.send?.({ port, token });
  process.once("disconnect", () => process.exit());
}

interface Contender {
  readonly name: string;
  readonly inspect?: Observer<InspectionEvent> | ((event: InspectionEvent) => void);
}

async function main(): Promise<void> {
  const server = fork(import.meta.filename, { stdio: "inherit" });
  const { port, token } = await new Promise<{ port: number; token: string }>((resolve) =>
    server.once("message", (message) => resolve(message as { port: number; token: string })),
  );
  const inspector = createInspector();
  const link = linkTo(inspector, { url: `ws://127.0.0.1:${port}${sourcePath}?token=${token}` });
  const upstream = createWebSocketInspector({ url: `ws://127.0.0.1:${port}/?token=${token}` });
  const contenders: readonly Contender[] = [
    { name: "bare" },
    { name: "homeostat", inspect: inspector.inspect },
    { name: "@statelyai/inspect", inspect: upstream.inspect },
  ];
  const rates = new Map(contenders.map(({ name }) => [name, [] as number[]]));
  for (let round = -warmUps; round < rounds; round++) {
    for (const contender of contenders) {
      progress(`round ${round + 1} of ${rounds}: ${contender.name}`);
      const rate = await measure(contender);
      if (round >= 0) rates.get(contender.name)?.push(rate);
    }
  }
  link.close();
  upstream.stop();
  const medians = Object.fromEntries([...rates].map(([name, it]) => [name, median(it)]));
  const { bare = Number.NaN, homeostat = Number.NaN, "@statelyai/inspect": stately = Number.NaN } = medians;
  report(
    "what inspecting costs the app",
    { eventsPerSecond: medians, rounds, failures: inspector.failures },
    [
      atLeast("of the bare rate, all on", 0.55, homeostat / bare),
      atLeast("times what @statelyai/inspect leaves", 4, homeostat / stately),
      ...(await browserGoals()),
    ],
  );
  server.disconnect();
  process.exit();
}

/** Events a second of the loop that sends; what an observer leaves for later runs between its bursts. */
async function measure({ inspect }: Contender): Promise<number> {
  const machine = setup({}).createMachine({
    id: "busy",
    context: { count: 0, items: Array.from({ length: 20 }, (_, id) => ({ id, name: `item ${id}` })) },
    initial: "a",
    states: {
      a: { on: { NEXT: { target: "b", actions: assign({ count: ({ context }) => context.count + 1 }) } } },
      b: { on: { NEXT: "a" } },
    },
  });
  const actor = createActor(machine, inspect === undefined ? {} : { inspect }).start();
  await pause(50);
  const startedAt = performance.now();
  for (let sent = 0; sent < events; sent += burst) {
    for (let i = 0; i < burst; i++) actor.send({ type: "NEXT" });
    await nextTurn();
  }
  const tookMs = performance.now() - startedAt;
  // Not to burden the next contender with what this one left: timers come one after the other.
  await pause(0);
  await pause(200);
  actor.stop();
  return (events / tookMs) * 1_000;
}

/** Figures of the page in a real browser: measured where there is a page, in `inspect/page.ts`. */
async function browserGoals(): Promise<Goal[]> {
  return [];
}
