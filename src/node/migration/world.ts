import { join } from "node:path";
import { HomeostatError } from "../../core/errors.ts";
import { type StateDigest, verifyDigest } from "../../core/migration.ts";
import { nameOf } from "./files.ts";
import type { LocalAgent } from "./local-agent.ts";
import type { LocalHost } from "./local-host.ts";
import { MigrationFolder } from "./migration-folder.ts";
import { type AgentOwner, readOwner } from "./owner-file.ts";

/** The agent that is moved, and the hosts among which it is. */
export class World {
  readonly agent: LocalAgent;
  /** Best first. */
  readonly hostNames: readonly string[];
  readonly #hosts: ReadonlyMap<string, LocalHost>;

  /** @throws {HomeostatError} `config_invalid` when two hosts share a name or a directory. */
  constructor(agent: LocalAgent, hosts: readonly LocalHost[]) {
    requireDistinct(hosts, "name");
    requireDistinct(hosts, "directory");
    this.agent = agent;
    this.hostNames = hosts.map(({ name }) => name);
    this.#hosts = new Map(hosts.map((it) => [it.name, it]));
  }

  /** @throws {HomeostatError} `not_found` */
  host(name: string): LocalHost {
    const host = this.#hosts.get(name);
    if (host !== undefined) return host;
    const known = this.hostNames.map((it) => `"${it}"`).join(", ");
    const message = `there is no host "${name}" among ${known}; name one of those, or give it to createMigrationPorts`;
    throw new HomeostatError("not_found", message, { host: name });
  }

  folder(source: LocalHost, migration: string): MigrationFolder {
    return new MigrationFolder(source.placeOf(this.agent), migration);
  }

  /** Where a copy waits until it was validated. */
  arrivalFile(target: LocalHost, migration: string): string {
    return join(target.placeOf(this.agent).directory, nameOf("arriving", migration));
  }

  /** @throws {HomeostatError} `invalid_state` when the agent has no owner, or one that is not `allowed`. */
  owner(...allowed: readonly string[]): AgentOwner {
    const owner = readOwner(this.agent);
    if (owner !== null && allowed.includes(owner.owner)) return owner;
    const { id, ownerFile } = this.agent;
    const advice = owner === null ? "start it on a host first" : `migrate it from "${owner.owner}"`;
    throw new HomeostatError(
      "invalid_state",
      `agent "${id}" belongs to ${owner === null ? "nobody" : `"${owner.owner}"`} (${ownerFile}), expected ${allowed.map((it) => `"${it}"`).join(" or ")}; ${advice}`,
      { agent: id, owner: owner?.owner ?? null },
    );
  }
}

/** @throws {HomeostatError} `state_corrupt` when `found` is not `expected`, of which everything that is known counts. */
export function requireSame(expected: StateDigest, found: StateDigest, what: string, host: string): void {
  const digest = expected.sha256 === null ? "checksum" : "sha256";
  const { passed, details } = verifyDigest(expected, found, { digest, responsive: true });
  if (passed) return;
  throw new HomeostatError(
    "state_corrupt",
    `${what} on host "${host}" is not what was captured: ${details.join("; ")}; roll back, and check the disk`,
    { host },
  );
}

/** What is removed at one host must not be what another one owns. */
function requireDistinct(hosts: readonly LocalHost[], key: "name" | "directory"): void {
  const values = hosts.map((it) => it[key]);
  const twice = values.find((it, index) => values.indexOf(it) !== index);
  if (twice === undefined) return;
  const message = `two hosts have the ${key} "${twice}"; give each one of its own`;
  throw new HomeostatError("config_invalid", message, { [key]: twice });
}
