/**
 * Kills servers with SIGKILL at random moments, one at a time, and measures how long each is down.
 *
 * @module
 */
import type { SupervisionRecord } from "../../core/records.ts";
import type { Supervisor } from "../../runtime/api.ts";
import type { Clock } from "../../runtime/clock.ts";
import { waitUntil } from "./wait.ts";
import type { Random } from "./random.ts";

/** Beyond the end of the run, for the last server to come back. */
export const extensionMs = 10_000;
/** From a kill to giving the server up. */
const recoveryLimitMs = 30_000;
/** Between kills when the run has no end. */
const openEndedSlotMs = 5_000;
/** The part of its slot in which a kill happens; the rest is for the recovery. */
const killPart = 0.6;
/** Between looks for a server that may be killed. */
const lookEveryMs = 100;

export interface ChaosOptions {
  readonly kills: number;
  readonly random: Random;
  /** When the run ends, on `clock`; `null`: when somebody ends it. */
  readonly endsAt: number | null;
  readonly supervisor: Pick<Supervisor, "health" | "on">;
  /** Plugins whose servers are never killed. */
  readonly spared?: readonly string[];
  readonly clock: Clock;
  /** Sends SIGKILL; false when there is no such process any more. */
  readonly kill: (pid: number) => boolean;
  readonly onProgress: (progress: ChaosProgress) => void;
  /** Ends the chaos early. */
  readonly signal: AbortSignal;
}

export type ChaosProgress =
  | { readonly kind: "killed" | "recovered" | "givenUp"; readonly kill: Kill }
  /** no server is healthy and has a retry left */
  | { readonly kind: "waiting" }
  /** the run goes on after its end, at most `extensionMs` */
  | { readonly kind: "extended"; readonly kill: Kill };

export interface Kill {
  readonly plugin: string;
  readonly server: string;
  readonly pid: number;
  /** Milliseconds from the start of the chaos. */
  readonly afterMs: number;
  /** From the kill to the first verified round trip of the next incarnation; `null`: it did not come back in time. */
  readonly downMs: number | null;
  /** The process that serves now. */
  readonly newPid: number | null;
  readonly by: "restart" | "standby" | null;
}

type Victim = Pick<Kill, "plugin" | "server" | "pid"> & { readonly incarnation: number };
type Recovery = SupervisionRecord<"server.started"> | SupervisionRecord<"server.promoted">;

/** Resolves with the kills that were made: fewer than asked for when no server could be killed in time. */
export async function unleashChaos(options: ChaosOptions): Promise<readonly Kill[]> {
  const { kills, random, endsAt, clock, kill, onProgress, signal } = options;
  const startedAt = clock.now();
  const made: Kill[] = [];
  for (const moment of planMoments(kills, random, startedAt, endsAt)) {
    await waitUntil(clock, moment, signal);
    const next = await strike();
    if (next === null) break;
    made.push(next);
  }
  return made;

  /** Kills one server and waits for it; `null` when there is none to kill before the end. */
  async function strike(): Promise<Kill | null> {
    for (let looks = 0; !signal.aborted; looks += 1) {
      if (endsAt !== null && clock.now() >= endsAt) return null;
      const victim = choose();
      const struck = victim === null ? null : await killAndWait(victim);
      if (struck !== null) return struck;
      if (looks === 0) onProgress({ kind: "waiting" });
      await waitUntil(clock, clock.now() + lookEveryMs, signal);
    }
    return null;
  }

  function choose(): Victim | null {
    const { supervisor, spared = [] } = options;
    const plugins = supervisor.health().plugins.filter(({ name }) => !spared.includes(name));
    const victims = plugins.flatMap(({ name: plugin, servers }) =>
      servers.flatMap(({ name: server, status, pid, incarnation, retriesLeft }): Victim[] => {
        return status === "healthy" && pid !== null && retriesLeft > 0
          ? [{ plugin, server, pid, incarnation }]
          : [];
      }),
    );
    return victims[Math.floor(random() * victims.length)] ?? null;
  }

  /** `null` when the process had ended before it could be killed. */
  async function killAndWait({ incarnation, ...victim }: Victim): Promise<Kill | null> {
    const recovered = Promise.withResolvers<{ record: Recovery; at: number }>();
    const done = new AbortController();
    const off = options.supervisor.on((record) => {
      if (!isRecovery(record, { ...victim, incarnation })) return;
      recovered.resolve({ record, at: clock.now() });
      done.abort();
    });
    try {
      const killedAt = clock.now();
      if (!kill(victim.pid)) return null;
      const pending: Kill = {
        ...victim,
        afterMs: killedAt - startedAt,
        downMs: null,
        newPid: null,
        by: null,
      };
      onProgress({ kind: "killed", kill: pending });
      const either = AbortSignal.any([signal, done.signal]);
      const limit = killedAt + recoveryLimitMs;
      if (endsAt !== null && endsAt < limit) {
        await waitUntil(clock, endsAt, either);
        if (!either.aborted) onProgress({ kind: "extended", kill: pending });
        await waitUntil(clock, Math.min(limit, endsAt + extensionMs), either);
      } else {
        await waitUntil(clock, limit, either);
      }
      if (!done.signal.aborted) {
        onProgress({ kind: "givenUp", kill: pending });
        return pending;
      }
      const { record, at } = await recovered.promise;
      const back: Kill = { ...pending, downMs: at - killedAt, ...successor(record) };
      onProgress({ kind: "recovered", kill: back });
      return back;
    } finally {
      off();
    }
  }

  function successor(record: Recovery): Pick<Kill, "newPid" | "by"> {
    if (record.type === "server.started") return { newPid: record.pid, by: "restart" };
    const plugin = options.supervisor.health().plugins.find((it) => it.name === record.plugin);
    const server = plugin?.servers.find((it) => it.name === record.server);
    return { newPid: server?.pid ?? null, by: "standby" };
  }
}

/** Whether `record` says that a later incarnation of `victim` serves: both kinds follow a verified round trip. */
function isRecovery(record: SupervisionRecord, victim: Victim): record is Recovery {
  if (record.type !== "server.started" && record.type !== "server.promoted") return false;
  if (record.type === "server.started" && record.role !== "active") return false;
  return (
    record.plugin === victim.plugin &&
    record.server === victim.server &&
    record.incarnation > victim.incarnation
  );
}

/** One random moment in each of `kills` equal slots, early enough for the recovery to fit into the slot. */
export function planMoments(kills: number, random: Random, from: number, until: number | null): number[] {
  const slotMs = until === null ? openEndedSlotMs : Math.max(0, until - from) / kills;
  return Array.from({ length: kills }, (_, slot) => from + slotMs * (slot + killPart * random()));
}
