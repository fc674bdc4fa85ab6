/**
 * The ports of the migration chart, for an agent that is moved between hosts of this machine.
 *
 * - M1. The owner file changes in one step. Before it the source owns the agent and its copy is complete; the source's
 *   copy is removed only after it.
 * - M2. One port of an agent runs at a time: what was given up has ended before the next one begins.
 * - M3. A port that is given up or fails leaves no process running that it has started.
 * - M4. Bytes take the agent's name only after size, checksum and SHA-256 were those of the snapshot.
 *
 * @module
 */
import { HomeostatError } from "../../core/errors.ts";
import {
  AgentRequirements,
  type MigrationPorts,
  type PortFailure,
  type PortInput,
  type PortName,
  type PortResult,
  type PortUnknown,
} from "../../core/migration.ts";
import { commit, settleCommit } from "./commit-point.ts";
import { toPortFailure } from "./failures.ts";
import type { LocalAgent } from "./local-agent.ts";
import type { LocalHost } from "./local-host.ts";
import { capture, inspectSnapshot, rollback, sizeOfState } from "./source-side.ts";
import { discard, restore, transfer, validate } from "./target-side.ts";
import { Turns } from "./turns.ts";
import { World } from "./world.ts";

export interface MigrationPortsOptions {
  /** The source among them; the others are targets, best first. */
  readonly hosts: readonly LocalHost[];
  /** Whom these ports move. */
  readonly agent: LocalAgent;
}

type Answer<P extends PortName> = PortResult<P> | PortFailure | PortUnknown;
type Work<P extends PortName> = (
  world: World,
  input: PortInput<P>,
  signal: AbortSignal,
) => Promise<Answer<P>>;

/**
 * None of them rejects: what goes wrong is answered as `failed`, with its error type and what to do.
 *
 * @throws {HomeostatError} `config_invalid` when two hosts share a name or a directory.
 */
export function createMigrationPorts({ hosts, agent }: MigrationPortsOptions): MigrationPorts {
  const world = new World(agent, hosts);
  const turns = new Turns();
  const port =
    <P extends PortName>(work: Work<P>) =>
    (input: PortInput<P>, signal: AbortSignal): Promise<Answer<P>> =>
      turns.take(async () => {
        try {
          signal.throwIfAborted();
          requireSense(agent, input);
          return await work(world, input, signal);
        } catch (thrown) {
          return toPortFailure(thrown, "target" in input ? input.target : null);
        }
      });
  return {
    chooseTarget: port<"chooseTarget">(chooseTarget),
    checkCompatibility: port<"checkCompatibility">(checkCompatibility),
    capture: port<"capture">(capture),
    transfer: port<"transfer">(transfer),
    validate: port<"validate">(validate),
    restore: port<"restore">(restore),
    commit: port<"commit">(commit),
    settleCommit: port<"settleCommit">(settleCommit),
    discard: port<"discard">(discard),
    inspectSnapshot: port<"inspectSnapshot">(inspectSnapshot),
    rollback: port<"rollback">(rollback),
  };
}

function requireSense({ id }: LocalAgent, input: PortInput<PortName>): void {
  if (input.agent !== id) {
    const message = `these ports move agent "${id}", not "${input.agent}"; give each agent ports of its own`;
    throw new HomeostatError("not_found", message, { agent: input.agent });
  }
  // What is taken back at a target is removed there.
  if ("target" in input && input.target === input.source) {
    const message = `host "${input.source}" is both source and target of agent "${id}"; name another target`;
    throw new HomeostatError("invalid_state", message, { agent: id, host: input.source });
  }
}

function chooseTarget(
  { hostNames }: World,
  { source }: PortInput<"chooseTarget">,
): Promise<PortResult<"chooseTarget">> {
  return Promise.resolve({ outcome: "done", candidates: hostNames.filter((it) => it !== source) });
}

async function checkCompatibility(
  world: World,
  { source, target }: PortInput<"checkCompatibility">,
): Promise<PortResult<"checkCompatibility">> {
  world.owner(source);
  const stateBytes = await sizeOfState(world, world.host(source));
  const needs = AgentRequirements.parse(world.agent.requirements ?? {});
  const storageBytes = Math.max(needs.storageBytes, stateBytes);
  return {
    outcome: "done",
    requirements: { ...needs, storageBytes, stateBytes },
    capabilities: await world.host(target).capabilities(),
  };
}
