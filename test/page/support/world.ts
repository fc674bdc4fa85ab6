/**
 * An inspected app for the page to look at: a real supervisor with its charts, on a virtual clock, whose processes a test
 * holds in its hand.
 */
import { createInspector, type Inspector } from "../../../src/inspect/inspector.ts";
import type { Supervisor, SupervisorOptions } from "../../../src/runtime/api.ts";
import { createSupervisor } from "../../../src/runtime/create-supervisor.ts";
import { VirtualClock } from "../../../src/runtime/virtual-clock.ts";
import { FakeServers, flush } from "../../fakes/fake-servers.ts";
import { spec } from "../../fakes/supervised.ts";

export interface World {
  readonly inspector: Inspector;
  readonly supervisor: Supervisor;
  readonly servers: FakeServers;
  readonly clock: VirtualClock;
  advance(ms: number): Promise<void>;
  /** Its youngest process starts to serve. */
  serve(name: string): Promise<void>;
  crash(name: string): Promise<void>;
}

export async function startWorld(
  names: readonly string[] = ["mail", "search", "calendar"],
  options: Partial<SupervisorOptions> = {},
): Promise<World> {
  const clock = new VirtualClock({ now: 1_000, wallNow: Date.now() });
  const servers = new FakeServers();
  const plugins = Object.fromEntries(names.map((name) => [name, { servers: { [name]: spec } }]));
  const supervisor = createSupervisor({ plugins, ports: { openServer: servers.open }, clock, ...options });
  const inspector = createInspector({
    app: "demo",
    now: () => clock.now(),
    timeOrigin: clock.wallNow() - clock.now(),
    batchMs: 10,
  });
  const world: World = {
    inspector,
    supervisor,
    servers,
    clock,
    async advance(ms) {
      clock.advance(ms);
      await flush();
      inspector.flush();
    },
    async serve(name) {
      await servers.last(name).serve();
      inspector.flush();
    },
    async crash(name) {
      await servers.last(name).die();
      inspector.flush();
    },
  };
  inspector.supervise(supervisor);
  supervisor.start();
  inspector.attach(supervisor.actor);
  await flush();
  for (const name of names) {
    await world.serve(name);
    await world.advance(120);
  }
  return world;
}
