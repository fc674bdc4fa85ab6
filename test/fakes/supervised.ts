import type { SupervisionRecord } from "../../src/core/records.ts";
import type { ServerStatusReport, Supervisor, SupervisorOptions } from "../../src/runtime/api.ts";
import { createSupervisor } from "../../src/runtime/create-supervisor.ts";
import { VirtualClock } from "../../src/runtime/virtual-clock.ts";
import { FakeServers, flush } from "./fake-servers.ts";

export const spec = { command: "fake" };

interface Supervised {
  readonly clock: VirtualClock;
  readonly servers: FakeServers;
  readonly records: SupervisionRecord[];
  readonly supervisor: Supervisor;
  /** The types of all records so far. */
  readonly types: () => string[];
  /** The first server of a plugin. */
  readonly server: (plugin: string) => ServerStatusReport | undefined;
  readonly advance: (ms: number) => Promise<void>;
}

/** A started supervisor of one plugin per name, each with one server of that name, on a virtual clock. */
export async function startSupervisor(
  names: readonly string[],
  options: Partial<SupervisorOptions> = {},
): Promise<Supervised> {
  const clock = new VirtualClock({ now: 1_000, wallNow: 1_700_000_000_000 });
  const servers = new FakeServers();
  const records: SupervisionRecord[] = [];
  const supervisor = createSupervisor({
    plugins: Object.fromEntries(names.map((name) => [name, { servers: { [name]: spec } }])),
    ports: { openServer: servers.open },
    clock,
    observers: [(record) => void records.push(record)],
    ...options,
  });
  supervisor.start();
  await flush();
  return {
    clock,
    servers,
    records,
    supervisor,
    types: () => records.map(({ type }) => type),
    server: (plugin) => supervisor.health().plugins.find((it) => it.name === plugin)?.servers[0],
    async advance(ms) {
      clock.advance(ms);
      await flush();
    },
  };
}
