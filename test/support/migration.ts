import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { createActor, type SnapshotFrom, waitFor } from "xstate";
import type * as z from "zod";
import { type MigrationInput, migrationMachine, type MigrationReport } from "../../machines/migration.ts";
import type { MigrationPorts, PortName } from "../../src/core/migration.ts";
import type { ServerSession, SessionCallOutcome } from "../../src/core/ports.ts";
import type { ServerSpec } from "../../src/core/server.ts";
import {
  type AgentPlace,
  createMigrationPorts,
  type LocalAgent,
  type LocalHost,
  openLocalHost,
} from "../../src/node/index.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { migrationActors } from "../../src/runtime/migration-actors.ts";
import { referenceServer } from "./command.ts";
import { faultySpec } from "./faulty.ts";
import { temporaryFolder } from "./processes.ts";

const never = new AbortController().signal;
// The machine may be busy with other tests.
const patient = { start: { handshakeMs: 30_000 }, probe: { timeoutMs: 10_000 } };

type Server = z.input<typeof ServerSpec>;

/** The reference server that keeps a graph in a file. */
export function memoryServer({ stateFile }: Pick<AgentPlace, "stateFile">): Server {
  return { ...referenceServer("memory"), env: { MEMORY_FILE_PATH: stateFile }, ...patient };
}

/** A server that goes wrong as `fault` says. */
export function faultyServer(fault: string, env: Record<string, string> = {}): Server {
  return { ...faultySpec(fault, { env }), cwd: undefined, ...patient };
}

/** Hosts on disk with one agent, "notes". */
export class Hosts {
  readonly folder = temporaryFolder();
  readonly all: readonly LocalHost[];
  readonly agent: LocalAgent;
  /** Which hosts served, whenever somebody looked. */
  readonly served: string[][] = [];

  constructor(names: readonly string[], agent: Partial<LocalAgent>) {
    this.all = names.map((name) => openLocalHost({ name, directory: join(this.folder, name) }));
    this.agent = {
      id: "notes",
      ownerFile: join(this.folder, "owner.json"),
      stateFile: "memory.jsonl",
      server: memoryServer,
      readBack: { name: "read_graph", args: {} },
      ...agent,
    };
    onTestFinished(async () => void (await Promise.all(this.all.map((it) => it.close()))));
  }

  host(name: string): LocalHost {
    const host = this.all.find((it) => it.name === name);
    if (host === undefined) throw new Error(`no host ${name}`);
    return host;
  }

  /** The names of those that let calls in. */
  look(): string[] {
    const serving = this.all.filter((it) => it.session(this.agent) !== null).map(({ name }) => name);
    this.served.push(serving);
    return serving;
  }

  /** The names of those where a process runs. */
  running(): string[] {
    return this.all.filter((it) => it.running(this.agent) !== null).map(({ name }) => name);
  }

  stateFile(name: string): string {
    return this.host(name).placeOf(this.agent).stateFile;
  }

  state(name: string): Buffer {
    return readFileSync(this.stateFile(name));
  }

  owner(): unknown {
    return JSON.parse(readFileSync(this.agent.ownerFile, "utf8"));
  }

  /** Everything that is on a host. */
  files(name: string): string[] {
    return readdirSync(this.host(name).directory, { recursive: true, encoding: "utf8" }).toSorted();
  }

  /** Calls the agent where it is served. */
  call(name: string, tool: string, args: Record<string, unknown> = {}): Promise<SessionCallOutcome> {
    const session = this.host(name).session(this.agent);
    if (session === null) throw new Error(`${name} does not serve`);
    return call(session, tool, args);
  }

  ports(change: (real: MigrationPorts) => Partial<MigrationPorts> = () => ({})): MigrationPorts {
    const real = createMigrationPorts({ hosts: this.all, agent: this.agent });
    return { ...real, ...change(real) };
  }
}

export function call(
  session: ServerSession,
  name: string,
  args: Record<string, unknown> = {},
): Promise<SessionCallOutcome> {
  return session.callTool({ name, args, timeoutMs: 30_000 }, never);
}

/** A memory server on host "a", with a graph. */
export async function hostsWithMemory(
  names: readonly string[],
  agent: Partial<LocalAgent> = {},
): Promise<Hosts & { readonly session: ServerSession }> {
  const hosts = new Hosts(names, agent);
  const session = await hosts.host("a").start(hosts.agent);
  await call(session, "create_entities", { entities });
  return Object.assign(hosts, { session });
}

/** A server on host "a" that echoes, with state that it never looks at; elsewhere it goes wrong as `fault` says. */
export async function hostsWithFault(
  names: readonly string[],
  fault: string,
  spec: Partial<Server> = {},
): Promise<Hosts & { readonly session: ServerSession }> {
  const hosts = new Hosts(names, {
    server: ({ host }) => (host === "a" ? faultyServer("") : { ...faultyServer(fault), ...spec }),
    readBack: { name: "echo", args: { said: "before" } },
  });
  const session = await hosts.host("a").start(hosts.agent);
  writeFileSync(hosts.stateFile("a"), "the state\n");
  return Object.assign(hosts, { session });
}

export const entities = [
  { name: "homeostat", entityType: "machine", observations: ["stable", "built by Ashby"] },
  { name: "Ashby", entityType: "person", observations: ["1948"] },
];

export interface Migration {
  readonly actor: ReturnType<typeof start>;
  readonly reports: readonly MigrationReport[];
  /** The ports in the order in which they were called. */
  readonly called: readonly PortName[];
  /** Resolves when it is over, or waits for a person. */
  readonly ended: Promise<SnapshotFrom<typeof migrationMachine>>;
}

/** Moves the agent from "a" with the running chart on the real clock. */
export function migrate(
  hosts: Hosts,
  {
    ports = hosts.ports(),
    policy = {},
    target = null,
  }: {
    readonly ports?: MigrationPorts;
    readonly policy?: MigrationInput["policy"];
    readonly target?: string | null;
  } = {},
): Migration {
  const reports: MigrationReport[] = [];
  const called: PortName[] = [];
  const actor = start(watched(hosts, ports, called), policy);
  actor.on("*", (report) => {
    reports.push(report);
    hosts.look();
  });
  actor.send({ type: "migration.start", at: systemClock.now(), target });
  const ended = waitFor(actor, (it) => it.status !== "active" || it.hasTag("escalated"), { timeout: 50_000 });
  onTestFinished(() => void actor.stop());
  return { actor, reports, called, ended };
}

function start(ports: MigrationPorts, policy: MigrationInput["policy"]) {
  const machine = migrationMachine.provide({ actors: migrationActors(ports, systemClock) });
  const quick = { maxRetries: 1, initialRetryDelayMs: 20, maxRetryDelayMs: 20, ...policy };
  const input = { migration: "m1", agent: "notes", source: "a", policy: quick };
  return createActor(machine, { input, clock: systemClock }).start();
}

/** Notes each call, and who serves before and after it. */
function watched(hosts: Hosts, ports: MigrationPorts, called: PortName[]): MigrationPorts {
  const entries = Object.entries(ports).map(([name, port]) => [
    name,
    async (input: never, signal: AbortSignal) => {
      called.push(name as PortName);
      hosts.look();
      try {
        return await port(input, signal);
      } finally {
        hosts.look();
      }
    },
  ]);
  return Object.fromEntries(entries) as MigrationPorts;
}
