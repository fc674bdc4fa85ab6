/**
 * One run from start to stop, without a word about how it is shown.
 *
 * @module
 */
import type { Health, Supervisor } from "../../runtime/api.ts";
import type { Clock } from "../../runtime/clock.ts";
import { type ChaosProgress, extensionMs, type Kill, unleashChaos } from "./chaos.ts";
import { formatDuration } from "./duration.ts";
import { count, nameServer } from "./narrator.ts";
import type { Output } from "./output.ts";
import type { Random } from "./random.ts";
import { waitUntil } from "./wait.ts";

export interface SessionOptions {
  readonly supervisor: Supervisor;
  readonly output: Pick<Output, "notice" | "progress" | "stopping">;
  readonly clock: Clock;
  /** From the start; `null`: until `signal` aborts. */
  readonly forMs: number | null;
  readonly kills: number;
  readonly random: Random;
  readonly kill: (pid: number) => boolean;
  /** Ends the run. */
  readonly signal: AbortSignal;
}

export interface SessionResult {
  readonly ranMs: number;
  readonly perKill: readonly Kill[];
  /** Just before the stop. */
  readonly health: Health;
}

/** Starts, lets it run, kills what is to be killed, stops. Resolves when everything has been stopped. */
export async function runSession(options: SessionOptions): Promise<SessionResult> {
  const { supervisor, output, clock, forMs, kills, signal } = options;
  const startedAt = clock.now();
  const endsAt = forMs === null ? null : startedAt + forMs;
  try {
    supervisor.start();
    const perKill = kills === 0 ? [] : await chaos();
    await waitUntil(clock, endsAt ?? Number.POSITIVE_INFINITY, signal);
    const health = supervisor.health();
    if (signal.aborted && signal.reason === "request") output.stopping();
    return { ranMs: clock.now() - startedAt, perKill, health };
  } finally {
    await supervisor.stop();
  }

  async function chaos(): Promise<readonly Kill[]> {
    const ended = new AbortController();
    await Promise.race([
      supervisor.settled(),
      waitUntil(clock, endsAt ?? Number.POSITIVE_INFINITY, AbortSignal.any([signal, ended.signal])),
    ]);
    ended.abort();
    const tally = { kills: 0, recovered: 0 };
    output.progress(describeTally());
    return unleashChaos({ ...options, endsAt, onProgress });

    function onProgress(progress: ChaosProgress): void {
      if (progress.kind === "killed") tally.kills += 1;
      if (progress.kind === "recovered") tally.recovered += 1;
      const text = describeProgress(progress, `kill ${tally.kills} of ${kills}`);
      if (text !== null) output.notice(text);
      output.progress(describeTally());
    }

    function describeTally(): string {
      return `chaos: ${tally.kills} of ${count(kills, "kill")}, ${tally.recovered} recovered`;
    }
  }
}

/** `null`: the records tell it. */
function describeProgress(progress: ChaosProgress, which: string): string | null {
  if (progress.kind === "waiting")
    return "the next kill waits: no healthy server has a retry left in its budget";
  const { plugin, server, pid } = progress.kill;
  const name = nameServer(plugin, server);
  switch (progress.kind) {
    case "killed":
      return `killed ${name}, pid ${pid} (${which})`;
    case "recovered":
      return null;
    case "givenUp":
      return `${name} did not come back in time`;
    case "extended":
      return `the run goes on until ${name} is back, at most ${formatDuration(extensionMs)}`;
  }
}
