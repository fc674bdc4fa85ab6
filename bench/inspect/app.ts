/**
 * The inspected app and the inspector's server, in a process of their own: real actors, a real observer. The page is that of
 * the directory it is given. What it is to do comes by message; what it did is answered.
 *
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import { type AnyActorRef, assign, createActor, sendTo, setup, spawnChild } from "xstate";
import { createInspector, type Inspector } from "../../src/inspect/index.ts";
import { type InspectorServer, openInspector } from "../../src/node/inspector/open-inspector.ts";
import { startWorld } from "../../test/page/support/world.ts";

export type Order =
  /** So many actors, or those of a supervisor with three servers. */
  | { readonly order: "open"; readonly page: string; readonly actors: number | "supervisor" }
  /** Keeps `rate` records a second coming until the next order. */
  | { readonly order: "feed"; readonly rate: number }
  | { readonly order: "count" }
  /** Stops feeding; everything made is on its way. */
  | { readonly order: "rest" }
  | { readonly order: "close" };

export interface Report {
  readonly url: string;
  /** Numbers given to records so far, by the source. */
  readonly records: number;
  /** Records a second since feeding began. */
  readonly rate: number;
}

const states = ["idle", "loading", "ready", "busy", "failing", "recovering"] as const;

const job = setup({}).createMachine({
  id: "job",
  context: { crashes: 0, budget: 5, attempt: 0, title: "job" },
  initial: "idle",
  states: Object.fromEntries(
    states.map((state, at) => [
      state,
      {
        on: {
          NEXT: {
            target: states[(at + 1) % states.length],
            actions: assign({ attempt: ({ context }) => context.attempt + 1 }),
          },
        },
      },
    ]),
  ),
});

const root = (actors: number) =>
  setup({ actors: { job } }).createMachine({
    id: "root",
    entry: Array.from({ length: actors - 1 }, (_, at) => spawnChild("job", { id: `job-${at}` })),
    on: { PASS: { actions: sendTo(({ event }) => event["to"] as AnyActorRef, { type: "NEXT" }) } },
  });

interface World {
  readonly server: InspectorServer;
  readonly feed: (rate: number) => Promise<void>;
  readonly rest: () => void;
  readonly report: () => Report;
}
let world: World | null = null;

interface Busy {
  readonly inspector: Inspector;
  readonly children: readonly AnyActorRef[];
  /** By way of their parent. */
  readonly pass: (to: AnyActorRef) => void;
}

async function open(page: string, actors: number | "supervisor"): Promise<World> {
  const server = await openInspector({ page, version: "bench" });
  let records = 0;
  server.listen((message) => {
    if (message.type === "gap") records = Math.max(records, message.to);
    if (message.type === "batch") records = Math.max(records, message.records.at(-1)?.[1] ?? 0);
  });
  let isFeeding = false;
  let fedFrom = { at: 0, records: 0 };
  const { inspector, children, pass } =
    actors === "supervisor" ? await supervised(server) : jobs(server, actors);
  return {
    server,
    async feed(rate) {
      isFeeding = true;
      fedFrom = { at: performance.now(), records };
      let sent = 0;
      let next = 0;
      while (isFeeding) {
        const seconds = (performance.now() - fedFrom.at) / 1000;
        const seen = records - fedFrom.records;
        // Records that an event makes, once there is something to count.
        const each = sent > 2_000 ? Math.max(2, seen / sent) : 4;
        // A late turn is made up for, but not all at once.
        const due = Math.min(rate * 0.1, rate * seconds - sent * each) / each;
        for (let it = 0; it < due; it++) {
          const to = children[(next = (next + 7919) % children.length)];
          if (sent++ % 7 === 0 && to !== undefined) pass(to);
          else to?.send({ type: "NEXT" });
        }
        await pause(4);
      }
    },
    rest() {
      isFeeding = false;
      inspector.flush();
    },
    report() {
      const seconds = (performance.now() - fedFrom.at) / 1000;
      return { url: server.url, records, rate: (records - fedFrom.records) / seconds };
    },
  };
}

async function supervised(server: InspectorServer): Promise<Busy> {
  const { inspector } = await startWorld();
  server.inspect(inspector);
  return { inspector, children: [], pass: () => {} };
}

function jobs(server: InspectorServer, actors: number): Busy {
  const inspector = createInspector({ app: "bench" });
  server.inspect(inspector);
  const actor = createActor(root(actors), { inspect: inspector.inspect }).start();
  const children = Object.values(actor.getSnapshot().children).filter((it) => it !== undefined);
  return { inspector, children, pass: (to: AnyActorRef) => actor.send({ type: "PASS", to }) };
}

async function obey(order: Order): Promise<Report | null> {
  if (order.order === "open") world = await open(order.page, order.actors);
  if (order.order === "feed") void world?.feed(order.rate);
  if (order.order === "rest" || order.order === "close") world?.rest();
  const report = world?.report() ?? null;
  if (order.order === "close") {
    await world?.server.close();
    world = null;
  }
  return report;
}

process.on("message", (order: Order) => void obey(order).then((report) => process.send?.(report)));
process.once("disconnect", () => process.exit());
