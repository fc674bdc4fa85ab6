/** What a migration does at its target: bring the state, start the agent without serving it, and take it all away. */
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { HomeostatError } from "../../core/errors.ts";
import type { PortInput, PortResult } from "../../core/migration.ts";
import { hostError } from "./failures.ts";
import { copyToDisk, digestFile, moveIntoPlace, removeIfEmpty } from "./files.ts";
import type { LocalHost } from "./local-host.ts";
import { removeHolds } from "./migration-folder.ts";
import { readBack } from "./read-back.ts";
import { pathOf } from "./snapshot-path.ts";
import { requireSame, type World } from "./world.ts";

export async function transfer(
  world: World,
  { migration, source, target: name, snapshot }: PortInput<"transfer">,
  signal: AbortSignal,
): Promise<PortResult<"transfer">> {
  const target = world.host(name);
  world.owner(source);
  await target.makeFolder(world.agent);
  await removeHolds(target.placeOf(world.agent)).catch((error: unknown) => {
    throw hostError(error, name, "removed what an earlier migration left");
  });
  const from = pathOf(snapshot);
  await copyToDisk(from, world.arrivalFile(target, migration), signal).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.path === from) throw hostError(error, source, "read the snapshot");
      throw hostError(error, name, "received a copy of the agent's state");
    },
  );
  return { outcome: "done" };
}

export async function validate(
  world: World,
  { migration, target: name }: PortInput<"validate">,
  signal: AbortSignal,
): Promise<PortResult<"validate">> {
  const target = world.host(name);
  return { outcome: "done", digest: await digestOfArrival(world, target, migration, signal) };
}

/** Its digest where it is now: under its temporary name, or already in place. */
async function digestOfArrival(
  world: World,
  target: LocalHost,
  migration: string,
  signal: AbortSignal,
): ReturnType<typeof digestFile> {
  const arrival = world.arrivalFile(target, migration);
  const path = existsSync(arrival) ? arrival : target.placeOf(world.agent).stateFile;
  try {
    return await digestFile(path, signal);
  } catch (error) {
    throw hostError(error, target.name, "read the copy of the agent's state");
  }
}

/** Puts the copy in place and starts the agent from it; it must answer what the source did. It does not serve yet. */
export async function restore(
  world: World,
  { migration, source, target: name, snapshot }: PortInput<"restore">,
  signal: AbortSignal,
): Promise<PortResult<"restore">> {
  const { agent } = world;
  const target = world.host(name);
  world.owner(source);
  const { readBack: expected } = world.folder(world.host(source), migration).read();
  await target.stop(agent);
  // It was validated a while ago; what replaces anything is looked at right before.
  const found = await digestOfArrival(world, target, migration, signal);
  requireSame(snapshot.digest, found, "the copy", name);
  await putInPlace(world, target, migration);
  try {
    const session = await target.prepare(agent, signal);
    const answer = await readBack(agent, session, name, signal);
    if (expected !== null && answer !== expected) throw differentAnswer(world, name, source);
    signal.throwIfAborted();
    return { outcome: "done" };
  } catch (error) {
    await target.stop(agent);
    throw error;
  }
}

async function putInPlace(world: World, target: LocalHost, migration: string): Promise<void> {
  const arrival = world.arrivalFile(target, migration);
  if (!existsSync(arrival)) return;
  await moveIntoPlace(arrival, target.placeOf(world.agent).stateFile).catch((error: unknown) => {
    throw hostError(error, target.name, "put the copy in place");
  });
}

function differentAnswer({ agent }: World, target: string, source: string): HomeostatError {
  const what = `answers "${agent.readBack?.name ?? ""}" in another way on host "${target}" than on "${source}", from the same bytes`;
  const advice = "compare the versions of its server, and see that it reads only its state file";
  return new HomeostatError("state_corrupt", `agent "${agent.id}" ${what}; ${advice}`, { host: target });
}

export async function discard(
  world: World,
  { migration, source, target }: PortInput<"discard">,
): Promise<PortResult<"discard">> {
  world.owner(source);
  await discardAt(world, world.host(target), migration);
  return { outcome: "done" };
}

/** Ends the agent at a host that does not own it, and removes its copy. */
export async function discardAt(world: World, target: LocalHost, migration: string): Promise<void> {
  await target.stop(world.agent);
  try {
    await removeCopy(world, target, migration);
  } catch (error) {
    // What is left at a host that is out of reach is nobody's: it must not keep the agent from going on elsewhere.
    if (!(error instanceof HomeostatError && error.code === "host_unreachable")) throw error;
  }
}

/** What a host has of an agent that it does not own. */
export async function removeCopy(world: World, host: LocalHost, migration: string): Promise<void> {
  const { directory, stateFile } = host.placeOf(world.agent);
  try {
    await rm(world.arrivalFile(host, migration), { force: true });
    await rm(stateFile, { force: true });
    await removeIfEmpty(directory);
  } catch (error) {
    throw hostError(error, host.name, "removed its copy of the agent's state");
  }
}
