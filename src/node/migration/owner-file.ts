/**
 * Who owns an agent: a small file that every host sees, and that changes in one step.
 *
 * @module
 */
import { linkSync, readFileSync, rmSync } from "node:fs";
import { randomUUID } from "node:crypto";
import * as z from "zod";
import { HomeostatError } from "../../core/errors.ts";
import { replaceJson, syncFolderOf, writeDraft } from "./files.ts";
import { hostError } from "./failures.ts";
import type { LocalAgent } from "./local-agent.ts";

export const AgentOwner = z.object({
  agentId: z.string(),
  /** The name of a host. */
  owner: z.string(),
  /** Counts the owners from 1. */
  epoch: z.int().positive(),
});
export type AgentOwner = z.infer<typeof AgentOwner>;

type Owned = Pick<LocalAgent, "id" | "ownerFile">;

/**
 * `null`: nobody has started the agent yet.
 *
 * @throws {HomeostatError} `state_corrupt` when the file makes no sense or is another agent's, or as {@link hostError}.
 */
export function readOwner({ id, ownerFile }: Owned): AgentOwner | null {
  const text = readText(ownerFile);
  if (text === null) return null;
  const { data } = AgentOwner.safeParse(parseJson(text));
  if (data?.agentId === id) return data;
  const found = data === undefined ? "something else" : `that of agent "${data.agentId}"`;
  throw new HomeostatError(
    "state_corrupt",
    `${ownerFile} should say who owns agent "${id}", but holds ${found}; write {agentId, owner, epoch} by hand, or give each agent a file of its own`,
    { agent: id },
  );
}

/** The owner of the agent: `host`, when it has none yet; of several that claim it at once exactly one succeeds. */
export function claim(agent: Owned, host: string): AgentOwner {
  const known = readOwner(agent);
  if (known !== null) return known;
  const { id, ownerFile } = agent;
  const draft = attempt(host, () =>
    writeDraft(`${ownerFile}.${randomUUID()}`, { agentId: id, owner: host, epoch: 1 }),
  );
  try {
    linkSync(draft, ownerFile);
    syncFolderOf(ownerFile);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
      throw hostError(error, host, `claimed agent "${id}"`);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  const owner = readOwner(agent);
  if (owner !== null) return owner;
  throw new HomeostatError("internal", `${ownerFile} was removed while agent "${id}" was claimed`);
}

/** Makes `host` the owner after `from`, who must still be it. In one turn of the event loop. */
export function passOn(agent: Owned, from: AgentOwner, host: string): AgentOwner {
  const now = readOwner(agent);
  if (now?.owner !== from.owner || now.epoch !== from.epoch) {
    throw new HomeostatError(
      "invalid_state",
      `agent "${agent.id}" belongs to "${now?.owner ?? "nobody"}", expected "${from.owner}" in epoch ${from.epoch}; read its owner again`,
      { agent: agent.id },
    );
  }
  const next = { agentId: agent.id, owner: host, epoch: from.epoch + 1 };
  attempt(host, () => replaceJson(agent.ownerFile, next));
  return next;
}

function attempt<T>(host: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw hostError(error, host, "wrote who owns an agent");
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw hostError(error, "", "read who owns an agent");
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
