/** The two agents of the tour, on two hosts that are directories of this machine. */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { HomeostatError } from "../../core/errors.ts";
import type { MigrationPorts, PortInput, PortName } from "../../core/migration.ts";
import {
  type AgentPlace,
  createMigrationPorts,
  type LocalAgent,
  type LocalHost,
  openLocalHost,
  type RunDirectory,
} from "../../node/index.ts";
import { script } from "./script.ts";

export const source = "host-a";
export const target = "host-b";

/** A program that no machine has: what an agent's host may lack. */
const missingProgram = "homeostat-tour-program-that-is-not-installed";

export class Agents {
  readonly ports: MigrationPorts;
  readonly #hosts: readonly LocalHost[];
  readonly #agents: ReadonlyMap<string, LocalAgent>;
  readonly #underWay = new Set<Promise<unknown>>();

  /** In `directory`, which is made. Starts nothing. */
  constructor(directory: string, runDirectory: RunDirectory) {
    mkdirSync(directory);
    this.#hosts = [source, target].map((name) =>
      openLocalHost({ name, directory: join(directory, name), runDirectory }),
    );
    const notesAt = ({ stateFile }: AgentPlace) => script("notes-server", stateFile);
    const agents = [
      describeAgent("notes", directory, notesAt),
      describeAgent("drafts", directory, (place) =>
        place.host === target ? { command: missingProgram } : notesAt(place),
      ),
    ];
    this.#agents = new Map(agents.map((it) => [it.id, it]));
    this.ports = this.#dispatch(
      new Map(agents.map((agent) => [agent.id, createMigrationPorts({ hosts: this.#hosts, agent })])),
    );
  }

  /** Starts an agent on its source, with a note. */
  async start(id: string, signal: AbortSignal): Promise<void> {
    const session = await this.#host(source).start(this.#agent(id), signal);
    const call = { name: "write_note", args: { text: `written on ${source}` }, timeoutMs: 5_000 };
    await session.callTool(call, signal);
  }

  /** What an agent answers on the host that serves it; `null`: no host does, or both do. */
  async read(
    id: string,
    signal: AbortSignal,
  ): Promise<{ readonly host: string; readonly notes: string } | null> {
    const serving = this.#hosts.filter((it) => it.session(this.#agent(id)) !== null);
    const [host, ...others] = serving;
    const session = host?.session(this.#agent(id)) ?? null;
    if (host === undefined || session === null || others.length > 0) return null;
    const answer = await session.callTool({ name: "read_notes", args: {}, timeoutMs: 5_000 }, signal);
    return answer.outcome === "completed"
      ? { host: host.name, notes: JSON.stringify(answer.result.content) }
      : null;
  }

  /** The bytes of an agent's state on its source. */
  bytes(id: string): Buffer {
    return readFileSync(this.#host(source).placeOf(this.#agent(id)).stateFile);
  }

  /** Ends every process; to be called when no migration is under way any more. */
  async close(): Promise<void> {
    // What was given up ends what it has started.
    await Promise.allSettled(this.#underWay);
    await Promise.all(this.#hosts.map((it) => it.close()));
  }

  /** One set of ports for all agents: that of the agent which is moved. */
  #dispatch(byAgent: ReadonlyMap<string, MigrationPorts>): MigrationPorts {
    const port =
      <P extends PortName>(name: P) =>
      (input: PortInput<P>, signal: AbortSignal): ReturnType<MigrationPorts[P]> => {
        const ports = byAgent.get(input.agent);
        if (ports === undefined) throw unknownAgent(input.agent);
        const answer = ports[name](input, signal);
        const forget = (): void => void this.#underWay.delete(answer);
        this.#underWay.add(answer);
        answer.then(forget, forget);
        // A mapped type over one port's name, which the compiler does not follow.
        return answer as ReturnType<MigrationPorts[P]>;
      };
    return {
      chooseTarget: port("chooseTarget"),
      checkCompatibility: port("checkCompatibility"),
      capture: port("capture"),
      transfer: port("transfer"),
      validate: port("validate"),
      restore: port("restore"),
      commit: port("commit"),
      settleCommit: port("settleCommit"),
      discard: port("discard"),
      inspectSnapshot: port("inspectSnapshot"),
      rollback: port("rollback"),
    };
  }

  #agent(id: string): LocalAgent {
    const agent = this.#agents.get(id);
    if (agent === undefined) throw unknownAgent(id);
    return agent;
  }

  #host(name: string): LocalHost {
    const host = this.#hosts.find((it) => it.name === name);
    if (host === undefined) throw new HomeostatError("not_found", `the tour has no host "${name}"`);
    return host;
  }
}

function describeAgent(id: string, directory: string, server: LocalAgent["server"]): LocalAgent {
  const ownerFile = join(directory, `${id}-owner.json`);
  return { id, ownerFile, stateFile: "notes.txt", server, readBack: { name: "read_notes", args: {} } };
}

const unknownAgent = (id: string): HomeostatError =>
  new HomeostatError("not_found", `the tour has no agent "${id}"`);
