/**
 * The stops of the tour, in order. Each brings one decision about and waits until records tell it.
 *
 * @module
 */
import type { Health, ServerStatusReport, Supervisor } from "../../runtime/api.ts";
import { type Agents, source, target } from "./agents.ts";
import { attemptId, type Counter } from "./counter.ts";
import type { TourTally } from "./tally.ts";

export const handshakePlugin = "tour-handshake";
export const crashPlugin = "tour-crash";
export const branch = "feature-branch";

export interface Place {
  readonly supervisor: Supervisor;
  readonly agents: Agents;
  readonly counter: Counter;
  readonly kill: (pid: number) => boolean;
  readonly tally: () => TourTally;
  readonly notice: (text: string) => void;
  readonly look: () => void;
  readonly signal: AbortSignal;
  /** Throws {@link NotSeen} when `holds` does not in time. */
  readonly until: (what: string, holds: () => boolean) => Promise<void>;
}

/** What a stop was to show did not come. */
export class NotSeen extends Error {}

export interface Stop {
  readonly title: string;
  readonly show: (place: Place) => Promise<void>;
}

export const stops: readonly Stop[] = [
  {
    title: `a server that ends in its first handshake (${handshakePlugin}); its recovery recipe tries it once more`,
    show: ({ until, tally }) => until("the handshake was recovered", () => tally().handshakesRecovered > 0),
  },
  { title: `a server that is killed (${crashPlugin}); it is started again after a pause`, show: crashOnce },
  {
    title: `the same server killed again, until its crash budget says no, and when to ask again`,
    show: crashUntilRefused,
  },
  {
    title: `agent notes moves from ${source} to ${target}, with its state`,
    show: (place) => migrate(place, "notes", target, (it) => it.migrationsCommitted),
  },
  {
    title: `agent drafts is to move too, but ${target} cannot run it: it is rolled back`,
    show: (place) => migrate(place, "drafts", source, (it) => it.migrationsRolledBack),
  },
  {
    title: `a worker is killed in the middle of ${attemptId}; another one takes over its lease and its work`,
    show: takeOver,
  },
  {
    title: `a stale branch that no code of this host can rebase: a person is asked`,
    async show({ supervisor, until, tally }) {
      supervisor.reportFailure(branch, "stale_branch", { summary: "it is 40 commits behind" });
      await until("a person was asked", () => tally().escalationsOpen > 0);
    },
  },
];

async function crashOnce(place: Place): Promise<void> {
  const before = place.tally().crashesRecovered;
  await crash(place);
  await place.until("it came back, or was refused", () => {
    const { crashesRecovered, budgetRefusals } = place.tally();
    return crashesRecovered > before || budgetRefusals.length > 0;
  });
}

async function crashUntilRefused(place: Place): Promise<void> {
  const isRefused = (): boolean => place.tally().budgetRefusals.length > 0;
  while (!isRefused()) {
    const before = place.tally().crashesRecovered;
    await crash(place);
    await place.until("its budget refused it", () => isRefused() || place.tally().crashesRecovered > before);
  }
}

/** Kills the server as soon as it serves, and waits until that was seen. */
async function crash({ supervisor, kill, until, notice }: Place): Promise<void> {
  const find = (): ServerStatusReport | undefined => serverOf(supervisor.health());
  await until(`${crashPlugin} serves`, () => find()?.status === "healthy");
  const pid = find()?.pid ?? null;
  if (pid === null || !kill(pid)) throw new NotSeen(`${crashPlugin} had no process to kill`);
  notice(`killed ${crashPlugin}, pid ${pid}`);
  await until(`the end of ${crashPlugin} was seen`, () => find()?.pid !== pid);
}

function serverOf({ plugins }: Health): ServerStatusReport | undefined {
  return plugins.find(({ name }) => name === crashPlugin)?.servers[0];
}

/** Moves an agent from its source; then it has to be served by `expected` alone, with its notes as they were. */
async function migrate(
  { supervisor, agents, until, tally, signal }: Place,
  agent: string,
  expected: string,
  counted: (tally: TourTally) => number,
): Promise<void> {
  await agents.start(agent, signal);
  const bytes = agents.bytes(agent);
  const before = await agents.read(agent, signal);
  const countedBefore = counted(tally());
  supervisor.migrate(agent, { source, target, policy: { maxRetries: 0 } });
  await until(`the migration of ${agent} came to its end`, () => counted(tally()) > countedBefore);
  const after = await agents.read(agent, signal);
  const isSame = before !== null && after?.notes === before.notes && after.host === expected;
  if (!isSame) throw new NotSeen(`agent ${agent} does not serve its notes on ${expected}`);
  if (expected === source && !agents.bytes(agent).equals(bytes))
    throw new NotSeen(`agent ${agent} does not have its own bytes on ${source}`);
}

async function takeOver(place: Place): Promise<void> {
  const { supervisor, counter, kill, until, tally, notice, look } = place;
  await counter.start(supervisor, look, notice);
  await until("a worker was in the middle of its work", () => counter.counted.done >= 3);
  const { pid, workerId, done } = counter.counted;
  if (pid === null || !kill(pid)) throw new NotSeen(`${workerId ?? "the worker"} had no process to kill`);
  notice(`killed ${workerId}, pid ${pid}, after step ${done}`);
  await until("another worker finished the work", () => tally().leasesTakenOver > 0);
  const { isWhole, workers } = counter.outcome();
  if (!isWhole || workers !== 2) throw new NotSeen("two workers did not do each step once, in order");
}
