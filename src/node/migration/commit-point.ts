/** The commit: the owner file changes in one step, and everything else follows from what it says. */
import { HomeostatError, toFailure } from "../../core/errors.ts";
import type { PortInput, PortResult, PortUnknown } from "../../core/migration.ts";
import type { LocalHost } from "./local-host.ts";
import { passOn } from "./owner-file.ts";
import { readBack } from "./read-back.ts";
import { removeCopy } from "./target-side.ts";
import type { World } from "./world.ts";

/** What has been committed is not given up half-way. */
const never = new AbortController().signal;

/** `unknown` when the owner file could not be written: what it says then is found out by {@link settleCommit}. */
export async function commit(
  world: World,
  input: PortInput<"commit">,
  signal: AbortSignal,
): Promise<PortResult<"commit"> | PortUnknown> {
  const { agent } = world;
  const { source, target } = input;
  const owner = world.owner(source, target);
  if (owner.owner === source) {
    await requireReady(world, input, signal);
    // From here to the new owner it is one turn of the event loop.
    signal.throwIfAborted();
    try {
      passOn(agent, owner, target);
    } catch (error) {
      return { outcome: "unknown", message: toFailure(error).message };
    }
  }
  return { outcome: "done", details: ["Migration committed", ...(await follow(world, input))].join("; ") };
}

/** The source stands still, the target answers, and nobody ruled this attempt out. */
async function requireReady(
  world: World,
  { migration, source: sourceName, target: targetName, attempt }: PortInput<"commit">,
  signal: AbortSignal,
): Promise<void> {
  const { agent } = world;
  const source = world.host(sourceName);
  const target = world.host(targetName);
  const { ruledOut } = world.folder(source, migration).read();
  if (attempt <= ruledOut) {
    const message = `the commit of attempt ${attempt} was ruled out before; expected attempt ${ruledOut + 1} or later`;
    throw new HomeostatError("invalid_state", message, { agent: agent.id, attempt });
  }
  if (source.running(agent) !== null) {
    const message = `agent "${agent.id}" still runs on host "${sourceName}"; capture it again, so that no change is lost`;
    throw new HomeostatError("invalid_state", message, { agent: agent.id, host: sourceName });
  }
  const session = target.running(agent);
  if (session === null) {
    const message = `agent "${agent.id}" has no process on host "${targetName}" any more; restore it again`;
    throw new HomeostatError("unresponsive", message, { agent: agent.id, host: targetName });
  }
  await readBack({ ...agent, readBack: null }, session, targetName, signal);
}

/** Makes the target serve, then removes the source's copy; says what could not be done, which takes nothing back. */
async function follow(world: World, { migration, source, target }: PortInput<"commit">): Promise<string[]> {
  const served = await attempt(() => serve(world, world.host(target)));
  const removed = await attempt(async () => {
    world.folder(world.host(source), migration).release();
    await removeCopy(world, world.host(source), migration);
  });
  return [
    ...(served === null ? [] : [`it does not serve yet: ${served}; start it there`]),
    ...(removed === null ? [] : [`the source's copy is still there: ${removed}; remove it`]),
  ];
}

async function serve({ agent }: World, target: LocalHost): Promise<void> {
  // Its process may have ended in the very moment of the commit.
  if (target.running(agent) === null) await target.prepare(agent, never);
  target.serve(agent);
}

async function attempt(work: () => Promise<void>): Promise<string | null> {
  try {
    await work();
    return null;
  } catch (error) {
    return toFailure(error).message;
  }
}

/** What the owner file says. A commit that has not taken effect is ruled out, for this attempt and earlier ones. */
export async function settleCommit(
  world: World,
  input: PortInput<"settleCommit">,
): Promise<PortResult<"settleCommit">> {
  const { source, target, migration } = input;
  if (world.owner(source, target).owner === target) {
    await follow(world, input);
    return { outcome: "done", committed: true };
  }
  const folder = world.folder(world.host(source), migration);
  const facts = folder.find();
  if (facts !== null) folder.write({ ...facts, ruledOut: Math.max(facts.ruledOut, input.attempt) });
  return { outcome: "done", committed: false };
}
