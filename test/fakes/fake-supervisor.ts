import type { Occurrence, SupervisionRecord } from "../../src/core/records.ts";
import type { Health, Observer, PluginStatus, ServerStatusReport } from "../../src/runtime/api.ts";
import type { Clock } from "../../src/runtime/clock.ts";

export function serverStatus(name: string, facts: Partial<ServerStatusReport> = {}): ServerStatusReport {
  return {
    name,
    status: "healthy",
    phase: "ready",
    incarnation: 1,
    pid: 100,
    tools: 3,
    uptimeMs: 65_000,
    restarts: 0,
    budget: "steady",
    retriesLeft: 1,
    retryAfterMs: null,
    standby: "none",
    lastError: null,
    ...facts,
  };
}

export function pluginStatus(name: string, facts: Partial<PluginStatus> = {}): PluginStatus {
  return {
    name,
    state: "healthy",
    reason: null,
    degraded: null,
    discovery: { tools: 1, resources: 0, partial: false },
    servers: [serverStatus(name)],
    ...facts,
  };
}

export function healthOf(...plugins: PluginStatus[]): Health {
  return { status: "running", plugins, escalations: [], recoveries: [], attempts: [], migrations: [] };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A supervisor of single-server plugins that a test moves by hand. */
export class FakeSupervisor {
  readonly servers: Mutable<ServerStatusReport>[];
  readonly #clock: Clock;
  readonly #observers = new Set<Observer>();
  #seq = 0;

  constructor(clock: Clock, ...names: string[]) {
    this.#clock = clock;
    this.servers = names.map((name, index) => serverStatus(name, { pid: 100 + index }));
  }

  /** Of records and of processes that have not been taken down. */
  get observers(): number {
    return this.#observers.size;
  }

  health(): Health {
    return healthOf(...this.servers.map((server) => pluginStatus(server.name, { servers: [{ ...server }] })));
  }

  on(observer: Observer): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  tell(occurrence: Occurrence): void {
    this.#seq += 1;
    const record: SupervisionRecord = { ...occurrence, seq: this.#seq, at: 0 };
    for (const observer of this.#observers) observer(record);
  }

  /** The server with this pid dies; false when there is none. */
  crash(pid: number): boolean {
    const server = this.servers.find((it) => it.pid === pid);
    if (server === undefined) return false;
    Object.assign(server, { status: "failed", pid: null, retriesLeft: server.retriesLeft - 1 });
    return true;
  }

  /** The next incarnation of `name` serves. */
  recover(name: string, pid: number): void {
    const server = this.servers.find((it) => it.name === name);
    if (server === undefined) throw new Error(`there is no server ${name}`);
    Object.assign(server, { status: "healthy", pid, incarnation: server.incarnation + 1 });
    const { incarnation } = server;
    this.tell({
      type: "server.started",
      plugin: name,
      server: name,
      incarnation,
      role: "active",
      pid,
      tools: 3,
      startMs: 100,
      monotonicMs: this.#clock.now(),
    });
  }
}
