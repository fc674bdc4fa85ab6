/** What a migration does at its source: write the state down, and put it back. */
import { access, rm, stat } from "node:fs/promises";
import { HomeostatError } from "../../core/errors.ts";
import type { PortInput, PortResult, Snapshot } from "../../core/migration.ts";
import { hostError } from "./failures.ts";
import { copyToDisk, digestFile, moveIntoPlace } from "./files.ts";
import type { LocalHost } from "./local-host.ts";
import { readBack } from "./read-back.ts";
import { pathOf } from "./snapshot-path.ts";
import { discardAt } from "./target-side.ts";
import { requireSame, type World } from "./world.ts";

/** Calls that are under way when the source is withdrawn get so long to be answered. */
const drainMs = 2_000;

/** How much state there is. @throws {HomeostatError} `invalid_state` when there is none. */
export async function sizeOfState(world: World, source: LocalHost): Promise<number> {
  const { stateFile } = source.placeOf(world.agent);
  try {
    return (await stat(stateFile)).size;
  } catch (error) {
    throw await missing(world, source, error);
  }
}

/** A wrong name must not pass for an agent without state, whose real state would be left behind. */
async function missing({ agent }: World, source: LocalHost, error: unknown): Promise<HomeostatError> {
  const isThere = await access(source.directory).then(
    () => true,
    () => false,
  );
  const isMissing = isThere && (error as NodeJS.ErrnoException).code === "ENOENT";
  if (!isMissing) return hostError(error, source.name, "read the agent's state");
  const { stateFile } = source.placeOf(agent);
  return new HomeostatError(
    "invalid_state",
    `agent "${agent.id}" has no state in ${stateFile}: there is nothing to move; let it write some, or mend "stateFile"`,
    { host: source.name, agent: agent.id },
  );
}

/** Withdraws the source, notes what it answers, ends it, and copies the state that is final then. */
export async function capture(
  world: World,
  { migration, source: name }: PortInput<"capture">,
  signal: AbortSignal,
): Promise<PortResult<"capture">> {
  const { agent } = world;
  const source = world.host(name);
  const { stateFile } = source.placeOf(agent);
  const folder = world.folder(source, migration);
  world.owner(name);
  await sizeOfState(world, source);
  await folder.make();
  await source.withdraw(agent, AbortSignal.any([signal, AbortSignal.timeout(drainMs)]));
  const known = folder.find();
  const running = source.running(agent);
  const answer = running === null ? (known?.readBack ?? null) : await readBack(agent, running, name, signal);
  folder.write({ migration, agent: agent.id, readBack: answer, ruledOut: known?.ruledOut ?? -1 });
  signal.throwIfAborted();
  await end(world, source);
  try {
    const digest = await digestFile(stateFile, signal);
    const draft = `${folder.snapshotFile}.draft`;
    await copyToDisk(stateFile, draft, signal);
    requireSame(digest, await digestFile(draft, signal), "the snapshot", name);
    await moveIntoPlace(draft, folder.snapshotFile);
    const state = { kind: "path", path: folder.snapshotFile } as const;
    return { outcome: "done", state, digest, takenAt: Date.now(), source: name };
  } catch (error) {
    throw hostError(error, name, "wrote down the agent's state");
  }
}

/** What a killed process was writing may be cut off. */
async function end({ agent }: World, source: LocalHost): Promise<void> {
  const exit = await source.stop(agent);
  if (exit?.cause !== "requested" || exit.signal !== "SIGKILL") return;
  throw new HomeostatError(
    "state_corrupt",
    `agent "${agent.id}" on host "${source.name}" had to be killed, so its state may be cut off in the middle; give it longer to end ("stop.termMs")`,
    { host: source.name, agent: agent.id },
  );
}

export async function inspectSnapshot(
  _: World,
  { source, snapshot }: PortInput<"inspectSnapshot">,
  signal: AbortSignal,
): Promise<PortResult<"inspectSnapshot">> {
  const path = pathOf(snapshot);
  const digest = await digestFile(path, signal).catch((error: unknown) => {
    throw hostError(error, source, `read the snapshot ${path}`);
  });
  return { outcome: "done", digest };
}

/** Ends what is at the target, puts the captured bytes back, and lets the source serve again. */
export async function rollback(
  world: World,
  { migration, source: name, target, snapshot }: PortInput<"rollback">,
  signal: AbortSignal,
): Promise<PortResult<"rollback">> {
  const { agent } = world;
  const source = world.host(name);
  const folder = world.folder(source, migration);
  world.owner(name);
  if (target !== null) await discardAt(world, world.host(target), migration);
  const digest = snapshot === null ? null : await putBack(world, source, snapshot, signal);
  try {
    await readBack(agent, await source.prepare(agent, signal), name, signal);
    // No deadline comes between here and the answer: all of it is one turn of the event loop.
    signal.throwIfAborted();
    folder.release();
    source.serve(agent);
    return { outcome: "done", digest };
  } catch (error) {
    await source.stop(agent);
    throw error;
  }
}

/** The digest of what is in place, which is that of the snapshot. */
async function putBack(
  { agent }: World,
  source: LocalHost,
  snapshot: Snapshot,
  signal: AbortSignal,
): Promise<Snapshot["digest"]> {
  const { stateFile } = source.placeOf(agent);
  const draft = `${stateFile}.draft`;
  await source.stop(agent);
  try {
    await copyToDisk(pathOf(snapshot), draft, signal);
    const found = await digestFile(draft, signal);
    requireSame(snapshot.digest, found, "the snapshot", source.name);
    await moveIntoPlace(draft, stateFile);
    return await digestFile(stateFile, signal);
  } catch (error) {
    await rm(draft, { force: true });
    throw hostError(error, source.name, "put the agent's state back");
  }
}
