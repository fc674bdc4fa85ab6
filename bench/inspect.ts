/**
 * What inspecting costs, and how fast it is.
 *
 * - `app`: what it costs the inspected app, events a second of one actor that is sent as many as it takes, bare, with our
 * observer connected to a server in another process, and with `@statelyai/inspect` connected to the same. The contenders
 * take turns in one run; ratios are of medians.
 * - `page`: first paint, first chart, and a real browser's page fed 10,000 and 50,000 records a second by 1,000 actors.
 * - `filter`: the log's filter over 200,000 rows.
 * - `layout`: layouts of 1,000 random charts.
 *
 * Usage: npm run -s bench:inspect [-- --json] [-- --rounds 5] [-- --seconds 8] [-- --charts 1000] [-- --only page]
 */
import { fork } from "node:child_process";
import { setImmediate as nextTurn, setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { createWebSocketInspector } from "@statelyai/inspect";
import { assign, createActor, type InspectionEvent, type Observer, setup } from "xstate";
import { createInspector, linkTo, sourcePath } from "../src/inspect/index.ts";
import { openInspector } from "../src/node/inspector/open-inspector.ts";
import { measureFilter } from "./inspect/filter.ts";
import { measureLayouts } from "./inspect/layouts.ts";
import { measurePage, type Part } from "./inspect/page.ts";
import { atLeast, median, progress, report } from "./support/goals.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "8" },
    charts: { type: "string", default: "1000" },
    only: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const warmUps = 1;
const events = 20_000;
/** Sent in one turn of the event loop. */
const burst = 200;

if (process.send !== undefined) await serve();
else await main();

async function main(): Promise<void> {
  const parts: readonly (readonly [name: string, run: () => Part | Promise<Part>])[] = [
    ["app", measureApp],
    ["page", () => measurePage({ rounds, seconds: Number(values.seconds) })],
    ["filter", () => measureFilter({ rounds })],
    ["layout", () => measureLayouts({ charts: Number(values.charts) })],
  ];
  const wanted = parts.filter(([name]) => values.only === undefined || values.only === name);
  if (wanted.length === 0)
    throw new Error(`--only ${values.only}: there are ${parts.map(([name]) => name).join()}`);
  const measured: Part[] = [];
  for (const [, run] of wanted) measured.push(await run());
  const figures = Object.assign({ rounds }, ...measured.map((it) => it.figures)) as Part["figures"];
  report(
    "inspecting",
    figures,
    measured.flatMap((it) => it.goals),
  );
  process.exit();
}

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

async function measureApp(): Promise<Part> {
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
  server.disconnect();
  return {
    figures: { eventsPerSecond: medians, failures: inspector.failures },
    goals: [
      atLeast("of the bare rate, all on", 0.55, homeostat / bare),
      atLeast("times what @statelyai/inspect leaves", 4, homeostat / stately),
    ],
  };
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
